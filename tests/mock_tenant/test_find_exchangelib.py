"""exchangelib's documented queries: filter, exclude, order_by, only, values, slices, view, bulk operations, sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from exchangelib import Account, CalendarItem, EWSDateTime, EWSTimeZone, Q
from exchangelib.errors import ErrorInvalidSyncStateData, MultipleObjectsReturned
from exchangelib.folders import Calendar, FolderCollection

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.exchangelib_access import impersonated

BERLIN = EWSTimeZone("Europe/Berlin")


def at(day: int, hour: int = 10) -> EWSDateTime:
    return EWSDateTime(2026, 11, day, hour, tzinfo=BERLIN)


def made(account: Account, number: int) -> CalendarItem:
    return CalendarItem(
        account=account,
        folder=account.calendar,
        subject=f"S{number:02}",
        start=at(1) + timedelta(days=number),
        end=at(1, 11) + timedelta(days=number),
        categories=["odd" if number % 2 else "even"],
        body=f"text {number}",
    )


@pytest.fixture
def account(tenant_server: MockTenant, new_user: Callable[..., Recipient], tmp_path: Path) -> Iterator[Account]:
    """A calendar with twenty events on twenty days."""
    with impersonated(tenant_server, tmp_path, new_user().email) as found:
        found.default_timezone = BERLIN
        ids = found.bulk_create(found.calendar, [made(found, number) for number in range(20)])
        assert len(ids) == 20
        yield found


def names(query: object) -> list[str]:
    return sorted(one.subject for one in query)  # type: ignore[attr-defined]


def test_filters(account: Account) -> None:
    calendar = account.calendar
    assert names(calendar.filter(subject="S03")) == ["S03"]
    assert names(calendar.filter(subject__in=["S03", "S04"])) == ["S03", "S04"]
    assert names(calendar.filter(subject__startswith="S1")) == [f"S{number}" for number in range(10, 20)]
    assert calendar.filter(subject__icontains="s1").count() == 10
    assert calendar.filter(subject__contains="s1").count() == 0
    assert calendar.filter(subject__iexact="s07").count() == 1
    assert calendar.exclude(subject="S00").count() == 19
    assert calendar.filter(subject__not="S00").count() == 19
    assert names(calendar.filter(start__range=(at(3, 0), at(5, 0)))) == ["S02", "S03"]
    assert names(calendar.filter(start__lt=at(2))) == ["S00"]
    assert names(calendar.filter(Q(subject="S01") | Q(start__gte=at(20)))) == ["S01", "S19"]
    assert names(calendar.filter(~Q(subject__startswith="S0"), categories__contains=["odd"])) == [
        "S11",
        "S13",
        "S15",
        "S17",
        "S19",
    ]
    assert names(calendar.filter("subject:S04")) == ["S04"]
    assert calendar.filter(location__exists=True).count() == 0
    assert names(calendar.filter(body__contains="text 7")) == ["S07"]


def test_orders_slices_and_values(account: Account) -> None:
    calendar = account.calendar
    assert list(calendar.all().order_by("-start").values_list("subject", flat=True)[:2]) == ["S19", "S18"]
    assert [one.subject for one in calendar.all().order_by("subject")[5:7]] == ["S05", "S06"]
    assert calendar.all().order_by("subject").only("subject")[3].subject == "S03"
    assert next(iter(calendar.filter(subject="S02").values("subject", "start"))) == {"subject": "S02", "start": at(3)}
    assert calendar.filter(subject="S02").exists()
    assert calendar.get(subject="S02").body == "text 2"
    with pytest.raises(MultipleObjectsReturned):
        calendar.get(subject__startswith="S")
    query = calendar.all()
    query.page_size = 7
    assert len(list(query)) == 20


def test_calendar_views(account: Account) -> None:
    found = list(account.calendar.view(start=at(5, 0), end=at(8, 0)))
    assert [one.subject for one in found] == ["S04", "S05", "S06"]
    assert [one.subject for one in account.calendar.view(start=at(5, 0), end=at(8, 0), max_items=2)] == ["S04", "S05"]
    assert next(iter(account.calendar.view(start=at(5, 0), end=at(8, 0)).only("start"))).start == at(5)


def test_several_folders_at_once(account: Account) -> None:
    other = Calendar(parent=account.calendar, name="Other").save()
    item = made(account, 30)
    item.folder = other
    item.save()
    both = FolderCollection(account=account, folders=[account.calendar, other])
    assert both.filter(subject__in=["S01", "S30"]).count() == 2


def test_bulk_operations(account: Account) -> None:
    items = list(account.calendar.filter(subject__startswith="S0"))
    for one in items:
        one.location = f"Room {one.subject}"
    assert len(account.bulk_update([(one, ("location",)) for one in items])) == 10
    assert names(account.fetch([(one.id, None) for one in items])) == [f"S{number:02}" for number in range(10)]
    assert account.calendar.filter(location__startswith="Room").count() == 10
    moved = account.bulk_move(account.calendar.filter(subject="S00"), to_folder=account.trash)
    assert len(moved) == 1
    assert len(account.bulk_copy(account.calendar.filter(subject="S01"), to_folder=account.trash)) == 1
    assert names(account.trash.all()) == ["S00", "S01"]
    assert account.bulk_delete(account.calendar.filter(subject__startswith="S0")) == [True] * 9
    account.calendar.all().delete()
    assert account.calendar.all().count() == 0


def test_synchronising(account: Account) -> None:
    calendar = account.calendar
    changes = list(calendar.sync_items(only_fields=["subject"]))
    assert sorted(one.subject for kind, one in changes if kind == "create") == [f"S{number:02}" for number in range(20)]
    state = calendar.item_sync_state
    changed = calendar.get(subject="S05")
    changed.subject = "New"
    changed.save(update_fields=["subject"])
    gone = calendar.get(subject="S06")
    deleted = gone.id
    gone.delete()
    made(account, 40).save()
    later = dict(calendar.sync_items(sync_state=state, only_fields=["subject"]))
    assert later["update"].subject == "New"
    assert later["delete"].id == deleted
    assert later["create"].subject == "S40"
    assert list(calendar.sync_items()) == []
    with pytest.raises(ErrorInvalidSyncStateData):
        list(calendar.sync_items(sync_state="nonsense"))
