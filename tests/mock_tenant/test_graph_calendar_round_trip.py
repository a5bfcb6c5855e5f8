"""Whatever event Graph takes, it gives back the same: properties of reading and writing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.event_input import read_event
from calconnect.mock_tenant.graph.outlook.event_json import event_json
from calconnect.mock_tenant.graph.outlook.event_write import change_event, create_event, delete_event
from calconnect.mock_tenant.graph.outlook.recurrences import read_recurrence, recurrence_json
from calconnect.mock_tenant.graph.outlook.things import find_event
from calconnect.mock_tenant.graph.outlook.windows import Window, events_in
from calconnect.mock_tenant.graph.request import Caller, GraphRequest
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.online.half import OnlineHalf
from tests.mock_tenant.graph_calendars import MARK, at, body
from tests.mock_tenant.graph_client import NOW, OWN, online_organization

WINDOWS = st.sampled_from(["UTC", "Pacific Standard Time", "W. Europe Standard Time", "India Standard Time"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
WALLS = st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-01-01")).map(
    lambda one: one.replace(microsecond=0)
)
DAYS = st.lists(
    st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
    min_size=1,
    unique=True,
)
SOME_DAY = st.integers(0, 6).map(
    lambda number: [["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"][number]]
)
INDEX = st.sampled_from(["first", "second", "third", "fourth", "last"])
INTERVAL = st.integers(1, 12)


def pattern(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), **parts})


PATTERNS = st.one_of(
    pattern("daily", interval=INTERVAL),
    pattern("weekly", interval=INTERVAL, daysOfWeek=DAYS, firstDayOfWeek=st.sampled_from(["sunday", "monday"])),
    pattern("absoluteMonthly", interval=INTERVAL, dayOfMonth=st.integers(1, 31)),
    pattern("relativeMonthly", interval=INTERVAL, daysOfWeek=SOME_DAY, index=INDEX),
    pattern("absoluteYearly", interval=st.just(1), dayOfMonth=st.integers(1, 28), month=st.integers(1, 12)),
    pattern("relativeYearly", interval=st.just(1), daysOfWeek=SOME_DAY, index=INDEX, month=st.integers(1, 12)),
)
RANGES = st.one_of(
    st.just({"type": "noEnd"}),
    st.integers(1, 999).map(lambda count: {"type": "numbered", "numberOfOccurrences": count}),
    st.integers(0, 3000).map(lambda days: {"type": "endDate", "endDate": str(date(2026, 1, 1) + timedelta(days))}),
)
EVENTS = st.fixed_dictionaries(
    {
        "subject": TEXT,
        "showAs": st.sampled_from(["free", "tentative", "busy", "oof", "workingElsewhere"]),
        "sensitivity": st.sampled_from(["normal", "personal", "private", "confidential"]),
        "importance": st.sampled_from(["low", "normal", "high"]),
        "isReminderOn": st.booleans(),
        "reminderMinutesBeforeStart": st.integers(0, 40320),
        "responseRequested": st.booleans(),
        "allowNewTimeProposals": st.booleans(),
        "hideAttendees": st.booleans(),
        "categories": st.lists(TEXT.filter(bool), max_size=3),
        "locations": st.lists(TEXT.filter(bool).map(lambda name: {"displayName": name}), max_size=2),
        "singleValueExtendedProperties": st.just([{"id": MARK, "value": "1"}]) | st.just([]),
    }
)


def request_in(half: OnlineHalf, organization: Any) -> GraphRequest:
    user = half.users["ann@contoso.test"]
    caller = Caller(half.applications[OWN], frozenset())
    return GraphRequest(
        organization=organization,
        half=half,
        caller=caller,
        method="POST",
        version_url="https://graph.microsoft.com/v1.0",
        path="users/ann@contoso.test/events",
        parameters={"user": "ann@contoso.test"},
        query={},
        headers={},
        at=NOW,
        limits=None,  # type: ignore[arg-type]
        found_user=user,
        found_mailbox=half.mailbox(user),
    )


@pytest.fixture(scope="module")
def request_() -> GraphRequest:
    made = online_organization()
    assert made.online is not None
    return request_in(made.online, made)


def moment(wall: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": wall.isoformat(), "timeZone": zone}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(event=EVENTS, start=WALLS, minutes=st.integers(0, 3000), zone=WINDOWS)
def test_what_is_written_is_read_again(
    request_: GraphRequest, event: dict[str, Any], start: datetime, minutes: int, zone: str
) -> None:
    end = start + timedelta(minutes=minutes)
    times = {"start": moment(start, zone), "end": moment(end, zone)}
    try:
        given_event = read_event({**event, **times}, NOW.date())
    except GraphError as error:  # in an hour that a clock change repeats or leaves out, the end may be before the start
        assume(error.code != "ErrorPropertyValidationFailure")
        raise
    folder = request_.mailbox.distinguished("calendar")
    made = create_event(request_, folder, given_event)
    shown = event_json(made)
    assert {name: shown[name] for name in event if name != "locations"} == {
        name: value for name, value in event.items() if name != "locations"
    }
    assert [one["displayName"] for one in shown["locations"]] == [one["displayName"] for one in event["locations"]]
    assert shown["originalStartTimeZone"] == zone
    writable = {name: value for name, value in shown.items() if not name.startswith("@")}
    change_event(request_, made, read_event(writable, NOW.date()))
    again = event_json(find_event(made.mailbox, made.id))
    changing = {"@odata.etag", "changeKey", "lastModifiedDateTime", "originalStartTimeZone", "originalEndTimeZone"}
    assert {name: one for name, one in again.items() if name not in changing} == {
        name: one for name, one in shown.items() if name not in changing
    }, "an event that a client sends back as it came stays as it is"
    delete_event(request_, made)


@settings(max_examples=120, deadline=None)
@given(shape=PATTERNS, span=RANGES, start=st.dates(date(2020, 1, 1), date(2026, 1, 1)))
def test_a_recurrence_is_read_and_written_alike(shape: dict[str, Any], span: dict[str, Any], start: date) -> None:
    given_json = {"pattern": shape, "range": {**span, "startDate": start.isoformat()}}
    shown = recurrence_json(read_recurrence(given_json, NOW.date()), "UTC")
    for part, whole in (("pattern", shape), ("range", given_json["range"])):
        for name, value in whole.items():
            found = shown[part][name]
            assert sorted(found) == sorted(value) if isinstance(value, list) else found == value
    assert read_recurrence(shown, NOW.date()) == read_recurrence(given_json, NOW.date())


@settings(max_examples=40, deadline=None)
@given(shape=PATTERNS, zone=WINDOWS)
def test_a_series_is_expanded_to_occurrences_that_are_found_by_their_ids(
    request_: GraphRequest, shape: dict[str, Any], zone: str
) -> None:
    start = datetime.fromisoformat("2026-03-02T10:00:00")
    recurrence = {"pattern": shape, "range": {"type": "noEnd", "startDate": "2026-03-02"}}
    times = {"start": moment(start, zone), "end": moment(start + timedelta(hours=1), zone)}
    folder = request_.mailbox.distinguished("calendar")
    made = create_event(request_, folder, read_event({"recurrence": recurrence, **times}, NOW.date()))
    window = Window(at(0).replace(year=2026, month=1), at(0).replace(year=2029))
    found = [one for one in events_in(request_.mailbox, folder, window) if one.item is made.item]
    assert found, "every pattern has an occurrence in three years"
    seen: set[str] = set()
    for one in found[:8]:
        again = event_json(find_event(made.mailbox, one.id))
        assert again == event_json(one)
        assert (again["type"], again["seriesMasterId"]) == ("occurrence", made.id)
        assert again["originalStart"][:19] == again["start"]["dateTime"][:19]
        seen.add(again["iCalUId"])
    assert len(seen) == len(found[:8])
    delete_event(request_, made)


@settings(max_examples=80, deadline=None)
@given(
    key=st.sampled_from(["subject", "start", "body", "location", "attendees", "recurrence", "isAllDay", "categories"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["dateTime", "timeZone", "content", "pattern", "range", "type"]), inner)
        ),
        max_leaves=6,
    ),
)
def test_no_body_brings_the_reader_down(key: str, value: Any) -> None:
    try:
        read_event({**body("Odd"), key: value}, NOW.date())
    except GraphError as error:
        assert error.status == 400
    except EwsError as error:
        assert error.code.startswith("Error")
