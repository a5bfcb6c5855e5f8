"""FindItem: calendar views, pages, orders, groups, and the limit on what is returned at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    CALENDAR,
    calendar_view,
    create,
    daily,
    event,
    find,
    get,
    ids_of,
    occurrence,
    shape,
    subjects,
)
from tests.mock_tenant.raw_client import NS, RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

INBOX = '<t:DistinguishedFolderId Id="inbox"/>'


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


def at(hour: int, day: int = 10) -> str:
    return f"2026-11-{day:02}T{hour:02}:00:00Z"


@pytest.fixture
def full(box: ItemClient) -> ItemClient:
    """A mailbox with six events on one day, made in no order, and a series."""
    for hour in (12, 8, 16, 10, 14, 18):
        box.make(event(f"At {hour:02}", at(hour), at(hour + 1)))
    box.make(event("Daily", at(9, 1), at(10, 1), after=daily("2026-11-01", 20)))
    return box


def page(offset: int, most: int | None = 3, base: str = "Beginning") -> str:
    limit = f' MaxEntriesReturned="{most}"' if most is not None else ""
    return f'<m:IndexedPageItemView{limit} Offset="{offset}" BasePoint="{base}"/>'


def order(uri: str = "item:Subject", direction: str = "Ascending") -> str:
    return f'<t:FieldOrder Order="{direction}"><t:FieldURI FieldURI="{uri}"/></t:FieldOrder>'


def test_a_calendar_view_shows_occurrences_in_order_and_no_masters(full: ItemClient) -> None:
    fields = ["item:Subject", "calendar:Start", "calendar:CalendarItemType", "calendar:IsRecurring"]
    answer = full(find(view=calendar_view(at(0), at(23)), item_shape=shape(fields=fields)))
    assert subjects(answer) == ["At 08", "Daily", "At 10", "At 12", "At 14", "At 16", "At 18"]
    starts = [one.text or "" for one in answer.all("//t:Start")]
    assert starts == sorted(starts)
    assert [one.text for one in answer.all("//t:CalendarItemType")].count("Occurrence") == 1
    root = answer.one("//m:RootFolder")
    assert (root.get("TotalItemsInView"), root.get("IncludesLastItemInRange")) == ("7", "true")
    assert root.get("IndexedPagingOffset") is None


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (at(9), at(10), ["Daily"]),
        (at(8), at(9), ["At 08"]),
        ("2026-11-10T08:59:59Z", "2026-11-10T09:00:01Z", ["At 08", "Daily"]),
        (at(11), at(12), []),
        (at(10), at(10), []),
        ("2026-11-10T09:30:00+01:00", "2026-11-10T09:31:00+01:00", ["At 08"]),
    ],
)
def test_the_window_of_a_calendar_view(full: ItemClient, start: str, end: str, found: list[str]) -> None:
    assert subjects(full(find(view=calendar_view(start, end)))) == found


def test_a_calendar_view_can_be_cut_short(full: ItemClient) -> None:
    answer = full(find(view=calendar_view(at(0), at(23), 2)))
    assert subjects(answer) == ["At 08", "Daily"]
    root = answer.one("//m:RootFolder")
    assert (root.get("TotalItemsInView"), root.get("IncludesLastItemInRange")) == ("7", "false")


@pytest.mark.parametrize(
    ("view", "code"),
    [
        (calendar_view(at(10), at(9)), "ErrorCalendarEndDateIsEarlierThanStartDate"),
        (calendar_view("2026-01-01T00:00:00Z", "2028-01-01T00:00:01Z"), "ErrorCalendarViewRangeTooBig"),
        (calendar_view(at(9), at(10), 0), "ErrorInvalidPagingMaxRows"),
        (page(0, 0), "ErrorInvalidPagingMaxRows"),
        (page(-1), "ErrorInvalidIndexedPagingParameters"),
        ('<m:FractionalPageItemView Numerator="2" Denominator="1"/>', "ErrorInvalidFractionalPagingParameters"),
        ('<m:FractionalPageItemView Numerator="0" Denominator="0"/>', "ErrorInvalidFractionalPagingParameters"),
    ],
)
def test_views_that_are_refused(box: ItemClient, view: str, code: str) -> None:
    answer = box(find(view=view))
    assert (answer.status, answer.codes) == (200, [code])


def test_two_years_are_not_too_many(box: ItemClient) -> None:
    assert box(find(view=calendar_view("2024-02-29T00:00:00Z", "2026-03-01T00:00:00Z"))).codes == ["NoError"]


@pytest.mark.parametrize(
    "view",
    [
        '<m:CalendarView StartDate="2026-11-01T00:00:00Z"/>',
        calendar_view("yesterday", at(9)),
        '<m:IndexedPageItemView Offset="x" BasePoint="Beginning"/>',
        '<m:IndexedPageItemView Offset="0" BasePoint="Middle"/>',
        page(0) + page(0),
    ],
)
def test_views_that_the_schema_does_not_allow(box: ItemClient, view: str) -> None:
    answer = box(find(view=view))
    assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


def test_only_calendars_have_calendar_views(box: ItemClient) -> None:
    answer = box(find(folder=INBOX, view=calendar_view(at(0), at(23))))
    assert answer.codes == ["ErrorCalendarFolderIsInvalidForCalendarView"]


def test_a_calendar_view_is_not_restricted_or_sorted(box: ItemClient) -> None:
    exists = '<t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists>'
    view = calendar_view(at(0), at(23))
    assert box(find(view=view, restriction=exists)).codes == ["ErrorInvalidRequest"]
    assert box(find(view=view, order=order())).codes == ["ErrorInvalidRequest"]


def test_without_a_view_there_are_masters_and_no_occurrences(full: ItemClient) -> None:
    answer = full(find(item_shape=shape(fields=["calendar:CalendarItemType"])))
    kinds = [one.text for one in answer.all("//t:CalendarItemType")]
    assert sorted(kinds, key=str) == ["RecurringMaster", *["Single"] * 6]


def test_pages(full: ItemClient) -> None:
    seen: list[str] = []
    offset = 0
    while True:
        answer = full(find(view=page(offset), order=order()))
        root = answer.one("//m:RootFolder")
        seen += subjects(answer)
        offset = int(root.get("IndexedPagingOffset") or "")
        assert root.get("TotalItemsInView") == "7"
        if root.get("IncludesLastItemInRange") == "true":
            break
    assert seen == ["At 08", "At 10", "At 12", "At 14", "At 16", "At 18", "Daily"]
    assert offset == 7
    beyond = full(find(view=page(50), order=order()))
    assert subjects(beyond) == []
    assert beyond.one("//m:RootFolder").get("IncludesLastItemInRange") == "true"


def test_pages_from_the_end(full: ItemClient) -> None:
    answer = full(find(view=page(0, 2, "End"), order=order()))
    assert subjects(answer) == ["At 18", "Daily"]
    answer = full(find(view=page(5, 4, "End"), order=order()))
    assert subjects(answer) == ["At 08", "At 10"]
    assert answer.one("//m:RootFolder").get("IncludesLastItemInRange") == "true"


def test_a_fraction_of_the_items(full: ItemClient) -> None:
    view = '<m:FractionalPageItemView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'
    answer = full(find(view=view, order=order()))
    assert subjects(answer) == ["At 14", "At 16"]
    root = answer.one("//m:RootFolder")
    assert (root.get("NumeratorOffset"), root.get("AbsoluteDenominator")) == ("5", "7")


def test_seeking_to_a_condition(full: ItemClient) -> None:
    condition = (
        '<t:Condition><t:IsGreaterThanOrEqualTo><t:FieldURI FieldURI="calendar:Start"/><t:FieldURIOrConstant>'
        f'<t:Constant Value="{at(13)}"/></t:FieldURIOrConstant></t:IsGreaterThanOrEqualTo></t:Condition>'
    )
    name = "SeekToConditionPageItemView"
    view = f'<m:{name} MaxEntriesReturned="2" BasePoint="Beginning">{condition}</m:{name}>'
    answer = full(find(view=view, order=order("calendar:Start")))
    assert subjects(answer) == ["At 14", "At 16"]
    assert answer.one("//m:RootFolder").get("IndexedPagingOffset") == "6"


def test_orders(full: ItemClient) -> None:
    answer = full(find(order=order("calendar:Start", "Descending")))
    assert subjects(answer)[0] == "At 18"
    assert subjects(answer)[-1] == "Daily"
    full.make(event("At 08", at(20), at(21), before="<t:Importance>High</t:Importance>"))
    both = order("item:Importance", "Descending") + order("item:Subject", "Descending")
    assert subjects(full(find(order=both))) == ["At 08", "Daily", "At 18", "At 16", "At 14", "At 12", "At 10", "At 08"]


@pytest.mark.parametrize("uri", ["calendar:Recurrence", "calendar:RequiredAttendees", "item:EffectiveRights"])
def test_orders_that_are_refused(box: ItemClient, uri: str) -> None:
    assert box(find(order=order(uri))).codes == ["ErrorUnsupportedPathForSortGroup"]


def test_groups(box: ItemClient) -> None:
    for number, place in enumerate(["B", "A", "B", "A", "A"]):
        box.make(event(f"E{number}", at(8 + number), at(9 + number), after=f"<t:Location>{place}</t:Location>"))
    grouping = (
        '<m:GroupBy Order="Descending"><t:FieldURI FieldURI="calendar:Location"/>'
        '<t:AggregateOn Aggregate="Minimum"><t:FieldURI FieldURI="calendar:Start"/></t:AggregateOn></m:GroupBy>'
    )
    answer = box(find(view=page(0, 50) + grouping, order=order("calendar:Start")))
    groups = answer.all("//t:Groups/t:GroupedItems")
    assert [group.findtext("t:GroupIndex", namespaces=NS) for group in groups] == ["0", "1"]
    names = [[one.text for one in group.findall("t:Items/*/t:Subject", NS)] for group in groups]
    assert names == [["E1", "E3", "E4"], ["E0", "E2"]]


def test_several_folders_are_answered_one_by_one(full: ItemClient) -> None:
    gone = '<t:FolderId Id="AGNBAQ=="/>'
    answer = full(find(folder=CALENDAR + gone + INBOX))
    assert answer.codes == ["NoError", "ErrorInvalidIdMalformed", "NoError"]
    assert [one.get("TotalItemsInView") for one in answer.all("//m:RootFolder")] == ["7", "0"]


def test_associated_items_are_found_only_when_asked_for(box: ItemClient) -> None:
    item = "<t:Message><t:Subject>Hidden</t:Subject><t:IsAssociated>true</t:IsAssociated></t:Message>"
    box.make(item, INBOX)
    assert subjects(box(find(folder=INBOX))) == []
    assert subjects(box(find(folder=INBOX, traversal="Associated"))) == ["Hidden"]


def test_what_only_get_item_returns_is_left_out(box: ItemClient) -> None:
    box.make(event(before='<t:Body BodyType="Text">x</t:Body>', after=daily("2026-11-25", 2)))
    fields = ["item:Body", "calendar:Recurrence", "calendar:RequiredAttendees", "item:Subject"]
    answer = box(find(item_shape=shape("AllProperties", fields)))
    assert subjects(answer) == ["Event"]
    assert answer.all("//t:Body | //t:Recurrence | //t:RequiredAttendees") == []


def test_ids_from_a_calendar_view_lead_to_their_occurrences(full: ItemClient) -> None:
    found = full(find(view=calendar_view(at(9), at(10))))
    (identity,) = ids_of(found)
    assert full.text(identity, "calendar:Start") == at(9)
    master = full(get([f'<t:RecurringMasterItemId OccurrenceId="{identity}"/>'], shape())).one("//t:ItemId")
    same = full(get([occurrence(master.get("Id") or "", 10)], shape())).one("//t:ItemId")
    assert same.get("Id") == identity


def test_the_limit_on_what_is_found_at_once() -> None:
    made = organization()
    made.policies.ews_find_count_limit = 5
    with MockTenant(describe(made)) as server:
        soap = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
        box = ItemClient(soap, "alice@contoso.test")
        box(create("".join(event(f"E{hour}", at(hour), at(hour)) for hour in range(8))))
        assert box(find()).codes == ["ErrorExceededFindCountLimit"]
        assert box(find(), version="Exchange2010").codes == ["ErrorServerBusy"]
        assert box(find(view=calendar_view(at(0), at(23)))).codes == ["ErrorExceededFindCountLimit"]
        assert len(subjects(box(find(view=calendar_view(at(0), at(23), 5))))) == 5
        paged = box(find(view=page(0, 100)))
        assert len(subjects(paged)) == 5
        assert paged.one("//m:RootFolder").get("IncludesLastItemInRange") == "false"
        soap.close()
