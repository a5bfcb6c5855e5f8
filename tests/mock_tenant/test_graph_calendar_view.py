"""The calendar view over the mock's Graph: windows, pages, and change tracking whose tokens go stale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.online.policies import GraphFaults
from calconnect.mock_tenant.state.recurrence import Daily, Recurrence
from tests.mock_tenant.graph_calendars import WEEK, at, body, calendar_tenant, created, mailbox_of, new_user, weekly
from tests.mock_tenant.graph_client import GraphClient, half_of

_numbers = itertools.count(1)
TWO = "odata.maxpagesize=2"


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with calendar_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def client(tenant: MockTenant) -> Iterator[GraphClient]:
    made = GraphClient(tenant)
    yield made
    made.close()


@pytest.fixture
def user(tenant: MockTenant) -> str:
    """A user with an empty mailbox."""
    return new_user(tenant, f"user{next(_numbers)}")


def view(client: GraphClient, user: str, window: str = WEEK, **headers: str) -> list[Any]:
    found = client.get(f"users/{user}/calendarView?{window}", **headers)
    values: list[Any] = found["value"]
    return values


def rest(link: str) -> str:
    """Return a link's path below the version."""
    return link.partition("/v1.0/")[2]


def told(client: GraphClient, path: str, **headers: str) -> tuple[dict[str, Any], str]:
    """Follow change tracking to its end; return what was told, by id, and where the next round begins."""
    found: dict[str, Any] = {}
    while True:
        page = client.get(path, **headers)
        assert len(page["value"]) <= 2 or not headers
        found |= {one["id"]: one for one in page["value"]}
        assert ("@odata.nextLink" in page) != ("@odata.deltaLink" in page)
        if "@odata.deltaLink" in page:
            assert "$deltatoken=" in page["@odata.deltaLink"]
            return found, rest(page["@odata.deltaLink"])
        assert "$skiptoken=" in page["@odata.nextLink"]
        path = rest(page["@odata.nextLink"])


def test_a_view_has_every_occurrence_in_its_window_and_no_series(
    tenant: MockTenant, client: GraphClient, user: str
) -> None:
    weekly(mailbox_of(tenant, user.partition("@")[0]))
    created(client, user, body("Monday"))
    found = view(client, user)
    assert [(one["subject"], one["type"]) for one in found] == [
        ("Monday", "singleInstance"),
        ("Weekly", "occurrence"),
        ("Weekly", "occurrence"),
    ]
    assert found[1]["seriesMasterId"] == found[2]["seriesMasterId"]
    assert found[1]["start"]["dateTime"] == "2026-11-24T10:00:00.0000000"
    assert view(client, user, "startDateTime=2026-11-24T12:00:00%2B01:00&endDateTime=2026-11-24T13:00:00+01:00") == []
    hour = "startDateTime=2026-11-24T11:30:00%2B01:00&endDateTime=2026-11-24T13:00:00+01:00"
    assert len(view(client, user, hour)) == 1, "an offset counts, and a plus sign that was not escaped, too"


def test_occurrences_keep_their_wall_time_over_a_clock_change(
    tenant: MockTenant, client: GraphClient, user: str
) -> None:
    mailbox = mailbox_of(tenant, user.partition("@")[0])
    start = at(9, 1).replace(month=10, day=24)
    add_event(
        mailbox,
        start=start,
        end=start + timedelta(hours=1),
        subject="Daily",
        recurrence=Recurrence(Daily(), start.date(), count=3),
        time_zone="Europe/Berlin",
    )
    window = "startDateTime=2026-10-24T00:00:00Z&endDateTime=2026-10-30T00:00:00Z&$select=start"
    hours = [one["start"]["dateTime"][11:13] for one in view(client, user, window)]
    assert hours == ["09", "10", "10"]
    berlin = view(client, user, window, Prefer='outlook.timezone="Europe/Berlin"')
    assert [one["start"]["dateTime"][11:13] for one in berlin] == ["11", "11", "11"]


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ("", "ErrorInvalidParameter"),
        ("startDateTime=2026-11-23T00:00:00Z", "ErrorInvalidParameter"),
        ("startDateTime=now&endDateTime=then", "ErrorInvalidParameter"),
        ("startDateTime=2026-11-24T00:00:00Z&endDateTime=2026-11-23T00:00:00Z", "ErrorInvalidParameter"),
        ("startDateTime=2020-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z", "ErrorCalendarViewRangeTooBig"),
    ],
)
def test_a_view_needs_a_window(client: GraphClient, window: str, code: str) -> None:
    for tail in ("calendarView", "calendar/calendarView", "calendarView/delta"):
        assert client.refused(f"users/ann@contoso.test/{tail}?{window}") == (400, code)


def test_a_view_is_paged_by_preference(client: GraphClient, user: str) -> None:
    for hour in range(12):
        created(client, user, body(f"{hour}", hour + 8))
    first = client.get(f"users/{user}/calendarView?{WEEK}")
    assert len(first["value"]) == 10, "the usual page"
    subjects: list[str] = []
    path = f"users/{user}/calendarView?{WEEK}&$select=subject"
    while path:
        page = client.get(path, Prefer="odata.maxpagesize=5")
        subjects += [one["subject"] for one in page["value"]]
        path = rest(page.get("@odata.nextLink", ""))
    assert subjects == [str(hour) for hour in range(12)]


def test_change_tracking_tells_all_and_then_only_what_changed(
    tenant: MockTenant, client: GraphClient, user: str
) -> None:
    weekly(mailbox_of(tenant, user.partition("@")[0]))
    single = created(client, user, body("Single"))["id"]
    created(
        client,
        user,
        body("Outside", start={"dateTime": "2026-12-24T10:00:00"}, end={"dateTime": "2026-12-24T11:00:00"}),
    )
    path = f"users/{user}/calendarView/delta?{WEEK}"
    first, again = told(client, path, Prefer=TWO)
    assert sorted(one["type"] for one in first.values()) == [
        "occurrence",
        "occurrence",
        "seriesMaster",
        "singleInstance",
    ]
    (master,) = [one for one in first.values() if one["type"] == "seriesMaster"]
    occurrence = next(one for one in first.values() if one["type"] == "occurrence")
    assert set(occurrence) == {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}
    assert told(client, again)[0] == {}

    client("PATCH", f"users/{user}/events/{single}", {"subject": "Renamed"})
    client("DELETE", f"users/{user}/events/{occurrence['id']}")
    second, after = told(client, again)
    assert {one: second[one].get("subject") for one in second} == {
        single: "Renamed",
        master["id"]: "Weekly",
        occurrence["id"]: None,
    }
    assert second[occurrence["id"]]["@removed"] == {"reason": "deleted"}

    client("DELETE", f"users/{user}/events/{master['id']}")
    third, _ = told(client, after)
    assert len(third) == 2
    assert all("@removed" in one for one in third.values()), "the series, and the occurrence that was left of it"
    assert told(client, again)[0].keys() == {*second, *third}, "an earlier round can be asked again"


def test_a_series_that_becomes_shorter_loses_its_occurrences(
    tenant: MockTenant, client: GraphClient, user: str
) -> None:
    weekly(mailbox_of(tenant, user.partition("@")[0]))
    before, again = told(client, f"users/{user}/calendarView/delta?{WEEK}")
    (master,) = [one for one in before.values() if one["type"] == "seriesMaster"]
    shorter = {"pattern": master["recurrence"]["pattern"], "range": {"type": "numbered", "numberOfOccurrences": 1}}
    assert client("PATCH", f"users/{user}/events/{master['id']}", {"recurrence": shorter}).status_code == 200
    changes, _ = told(client, again)
    assert [one for one in changes if "@removed" in changes[one]] == [
        view_id for view_id in before if view_id not in {master["id"], *(one["id"] for one in view(client, user))}
    ]


def test_stale_tokens_are_gone_and_others_are_none(tenant: MockTenant, client: GraphClient, user: str) -> None:
    path, gone = f"users/{user}/calendarView/delta", (410, "syncStateNotFound")
    _, first = told(client, f"{path}?{WEEK}")
    for _ in range(8):
        _, last = told(client, f"{path}?{WEEK}")
    assert client.refused(first) == gone
    assert client.get(last)["value"] == []
    assert client.refused(last.replace(user, "ann@contoso.test")) == gone, "a token is of one calendar"
    assert client.refused(f"{path}?$deltatoken=nonsense") == (400, "BadRequest")
    half = half_of(tenant)
    half.faults = GraphFaults(stale_delta=True)
    assert client.refused(last) == gone
    half.faults = GraphFaults()
    assert client.get(last)["value"] == []


def test_change_tracking_takes_no_query_options(client: GraphClient) -> None:
    for option in ("$select=subject", "$top=5", "$filter=isAllDay eq true"):
        refused = client.refused(f"users/ann@contoso.test/calendarView/delta?{WEEK}&{option}")
        assert refused == (400, "ErrorInvalidUrlQuery")
