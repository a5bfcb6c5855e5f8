"""Events over the mock's Graph: made, read, changed, deleted, with the shapes and errors of Microsoft's reference."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.graph_calendars import MARK, at, body, calendar_tenant, created, mailbox_of, new_user, weekly
from tests.mock_tenant.graph_client import GraphClient

_numbers = itertools.count(1)
PACIFIC = 'outlook.timezone="Pacific Standard Time"'


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


def refusal(client: GraphClient, user: str, event: dict[str, Any]) -> tuple[int, str]:
    response = client("POST", f"users/{user}/events", event)
    return response.status_code, response.json()["error"]["code"]


def test_an_event_has_all_that_the_reference_names(client: GraphClient, user: str) -> None:
    event = created(client, user, body("Hello", location={"displayName": "Room 9"}, categories=["Red"]))
    reference = {
        *("@odata.context", "@odata.etag", "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories"),
        *("transactionId", "originalStartTimeZone", "originalEndTimeZone", "iCalUId", "reminderMinutesBeforeStart"),
        *("isReminderOn", "hasAttachments", "subject", "bodyPreview", "importance", "sensitivity", "isAllDay", "end"),
        *("isCancelled", "isOrganizer", "responseRequested", "seriesMasterId", "showAs", "type", "webLink", "start"),
        *("onlineMeetingUrl", "isOnlineMeeting", "onlineMeetingProvider", "allowNewTimeProposals", "isDraft", "body"),
        *("hideAttendees", "responseStatus", "location", "locations", "recurrence", "attendees", "organizer"),
        "onlineMeeting",
    }
    assert set(event) == reference
    assert event["start"] == {"dateTime": "2026-11-23T10:00:00.0000000", "timeZone": "UTC"}
    assert event["location"]["displayName"] == "Room 9"
    assert (event["type"], event["showAs"], event["sensitivity"]) == ("singleInstance", "busy", "normal")
    assert event["organizer"]["emailAddress"]["address"] == user
    assert event["responseStatus"] == {"response": "organizer", "time": "0001-01-01T00:00:00Z"}
    assert client.get(f"users/{user}/events/{event['id']}") == event
    assert client.get(f"users/{user}/calendar/events/{event['id']}")["changeKey"] == event["changeKey"]


def test_an_event_changes_and_goes(client: GraphClient, user: str) -> None:
    event = created(client, user, body("Before"))
    path = f"users/{user}/events/{event['id']}"
    changed = client("PATCH", path, {"subject": "After", "showAs": "oof"})
    assert changed.status_code == 200
    assert changed.json()["subject"] == "After"
    assert changed.json()["start"] == event["start"]
    assert changed.json()["@odata.etag"] != event["@odata.etag"]
    stale = client("PATCH", path, {"subject": "Never"}, If_Match=event["@odata.etag"])
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "ErrorIrresolvableConflict")
    assert client("DELETE", path).status_code == 204
    assert client.refused(path) == (404, "ErrorItemNotFound")
    assert client("DELETE", path).status_code == 404


def test_ids_that_lead_nowhere_are_told_apart(tenant: MockTenant, client: GraphClient, user: str) -> None:
    other = created(client, new_user(tenant, f"user{next(_numbers)}"), body("Elsewhere"))["id"]
    assert client.refused(f"users/{user}/events/{other}") == (404, "ErrorItemNotFound")
    assert client.refused(f"users/{user}/events/no-id") == (400, "ErrorInvalidIdMalformed")
    assert client.refused(f"users/{user}/calendars/{other}") == (404, "ErrorItemNotFound")
    assert client.refused("users/nobody@contoso.test/events") == (404, "ErrorInvalidUser")
    assert client.refused("users/dan@contoso.test/events") == (404, "MailboxNotEnabledForRESTAPI")


def test_moments_are_read_and_shown_in_every_zone(client: GraphClient, user: str) -> None:
    there = {
        "start": {"dateTime": "2026-11-23T09:30:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-11-23T10:30:00", "timeZone": "W. Europe Standard Time"},
    }
    event = created(client, user, {"subject": "Berlin", **there})
    assert event["start"]["dateTime"] == "2026-11-23T08:30:00.0000000"
    assert event["originalStartTimeZone"] == event["originalEndTimeZone"] == "W. Europe Standard Time"
    answer = client("GET", f"users/{user}/events/{event['id']}", Prefer=PACIFIC)
    assert answer.headers["Preference-Applied"] == PACIFIC
    assert answer.json()["start"] == {"dateTime": "2026-11-23T00:30:00.0000000", "timeZone": "Pacific Standard Time"}
    unknown = (400, "TimeZoneNotSupportedException")
    assert client.refused(f"users/{user}/events", Prefer='outlook.timezone="Nowhere"') == unknown
    wrong = {"dateTime": "2026-11-23T09:30:00", "timeZone": "Greenwich Mean Time"}
    assert refusal(client, user, body("Wrong", start=wrong)) == unknown


def test_an_all_day_event_keeps_its_date_on_every_clock(client: GraphClient, user: str) -> None:
    days = {
        "start": {"dateTime": "2026-11-23T00:00:00", "timeZone": "Tokyo Standard Time"},
        "end": {"dateTime": "2026-11-24T00:00:00", "timeZone": "Tokyo Standard Time"},
    }
    event = created(client, user, {"subject": "Day", "isAllDay": True, **days})
    shown = client.get(f"users/{user}/events/{event['id']}", Prefer=PACIFIC)
    for one in (event, shown):
        assert (one["start"]["dateTime"], one["end"]["dateTime"]) == (
            "2026-11-23T00:00:00.0000000",
            "2026-11-24T00:00:00.0000000",
        )
    assert refusal(client, user, body("Not at midnight", isAllDay=True)) == (400, "ErrorPropertyValidationFailure")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"end": {"dateTime": "2026-11-22T09:00:00", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"end": {"dateTime": "9999-12-31T23:59:59", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"showAs": "asleep"}, "ErrorPropertyValidationFailure"),
        ({"isReminderOn": "yes"}, "ErrorPropertyValidationFailure"),
        ({"attendees": [{"emailAddress": {"address": "nobody"}}]}, "ErrorPropertyValidationFailure"),
        ({"recurrence": {"pattern": {"type": "hourly"}, "range": {"type": "noEnd"}}}, "ErrorPropertyValidationFailure"),
        ({"titel": "Misspelt"}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": "Colour", "value": "x"}]}, "ErrorInvalidExtendedProperty"),
    ],
)
def test_what_cannot_be_is_refused_by_its_code(
    client: GraphClient, tenant: MockTenant, more: dict[str, Any], code: str
) -> None:
    before = len(mailbox_of(tenant, "ann").items)
    assert refusal(client, "ann@contoso.test", body("Wrong", **more)) == (400, code)
    assert len(mailbox_of(tenant, "ann").items) == before


def test_a_retried_creation_makes_one_event(client: GraphClient, user: str) -> None:
    event = body("Once", transactionId="7E163156-7762-4BEB-A1C6-729EA81755A7")
    assert created(client, user, event)["id"] == created(client, user, event)["id"]
    assert len(client.get(f"users/{user}/events")["value"]) == 1


def test_a_marked_event_is_found_by_its_extended_property(client: GraphClient, user: str) -> None:
    created(client, user, body("Not marked"))
    created(client, user, body("Marked", singleValueExtendedProperties=[{"id": MARK, "value": "run 'one'"}]))
    elsewise = MARK.upper().replace("STRING", "String").replace(" NAME CALCONNECT-TEST", " Name calconnect-test")
    for written in (MARK, elsewise):
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{written}' and ep/value eq 'run ''one''')"
        expand = f"singleValueExtendedProperties($filter=id eq '{written}')"
        path = f"users/{user}/events?$filter={quote(wanted)}&$expand={quote(expand)}&$select=subject"
        (found,) = client.get(path)["value"]
        assert found["subject"] == "Marked"
        assert found["singleValueExtendedProperties"] == [{"id": MARK, "value": "run 'one'"}]
    assert "singleValueExtendedProperties" not in client.get(f"users/{user}/events")["value"][1]
    assert client.refused(f"users/{user}/events?$expand=nothing") == (400, "BadRequest")


def test_a_body_comes_as_it_is_wanted(client: GraphClient, user: str) -> None:
    event = created(client, user, body("Body", body={"contentType": "html", "content": "<p>Line <b>one</b></p>"}))
    assert event["body"] == {"contentType": "html", "content": "<p>Line <b>one</b></p>"}
    assert event["bodyPreview"] == "Line one"
    text = client.get(f"users/{user}/events/{event['id']}", Prefer='outlook.body-content-type="text"')
    assert text["body"] == {"contentType": "text", "content": "Line one"}


def test_one_occurrence_of_a_series_changes_and_another_goes(tenant: MockTenant, client: GraphClient) -> None:
    weekly(mailbox_of(tenant, "ben"), "Standup", time_zone="Europe/Berlin")
    (master,) = [one for one in client.get("users/ben@contoso.test/events")["value"] if one["subject"] == "Standup"]
    assert master["type"] == "seriesMaster"
    assert master["recurrence"] == {
        "pattern": {
            "type": "weekly",
            "interval": 1,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": ["tuesday", "thursday"],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-11-24",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": "W. Europe Standard Time",
            "numberOfOccurrences": 6,
        },
    }
    window = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"
    path = f"users/ben@contoso.test/events/{master['id']}"
    first, second = client.get(f"{path}/instances?{window}&$top=2")["value"]
    assert len({first["iCalUId"], second["iCalUId"], master["iCalUId"]}) == 3
    moved = {"dateTime": "2026-11-24T15:00:00", "timeZone": "UTC"}, {"dateTime": "2026-11-24T16:00:00"}
    changed = client(
        "PATCH", f"users/ben@contoso.test/events/{first['id']}", {"start": moved[0], "end": moved[1], "subject": "Late"}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["type"], changed.json()["originalStart"]) == ("exception", "2026-11-24T10:00:00Z")
    assert client("DELETE", f"users/ben@contoso.test/events/{second['id']}").status_code == 204
    left = client.get(f"{path}/instances?{window}&$select=subject,type")["value"]
    assert [one["type"] for one in left] == ["exception", *["occurrence"] * 4]
    whole = client.get(f"{path}?$expand=exceptionOccurrences&$select=subject,cancelledOccurrences")
    assert [one["subject"] for one in whole["exceptionOccurrences"]] == ["Late"]
    assert whole["cancelledOccurrences"] == [f"OID.{master['id']}.2026-11-26"]
    assert client.refused(f"users/ben@contoso.test/events/{second['id']}") == (404, "ErrorItemNotFound")


def test_calendars_are_made_renamed_and_deleted(client: GraphClient, user: str) -> None:
    default = client.get(f"users/{user}/calendar")
    assert (default["name"], default["isDefaultCalendar"], default["isRemovable"]) == ("Calendar", True, False)
    made = client("POST", f"users/{user}/calendars", {"name": "Side"})
    assert made.status_code == 201
    side = f"users/{user}/calendars/{made.json()['id']}"
    assert client("POST", f"{side}/events", body("Aside")).status_code == 201
    assert [one["subject"] for one in client.get(f"{side}/events")["value"]] == ["Aside"]
    assert client.get(f"users/{user}/events")["value"] == []
    assert client("PATCH", side, {"name": "Other"}).json()["name"] == "Other"
    assert [one["name"] for one in client.get(f"users/{user}/calendars")["value"]] == ["Calendar", "Other"]
    (group,) = client.get(f"users/{user}/calendarGroups")["value"]
    assert len(client.get(f"users/{user}/calendarGroups/{group['id']}/calendars")["value"]) == 2
    assert client("DELETE", side).status_code == 204
    assert client.refused(side) == (404, "ErrorItemNotFound")
    refused = client("DELETE", f"users/{user}/calendars/{default['id']}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ErrorInvalidRequest")


def test_a_mailbox_without_its_calendar_says_so(tenant: MockTenant, client: GraphClient, user: str) -> None:
    mailbox = mailbox_of(tenant, user.partition("@")[0])
    with tenant.organization.lock:
        mailbox.remove_folder(mailbox.by_distinguished.pop("calendar"))
    assert client.refused(f"users/{user}/calendar") == (404, "ErrorFolderNotFound")
    assert client.refused(f"users/{user}/events") == (404, "ErrorFolderNotFound")


def test_lists_are_filtered_ordered_and_paged(client: GraphClient, user: str) -> None:
    for hour in (15, 9, 12):
        created(client, user, body(f"At {hour}", hour))
    later = quote(f"start/dateTime ge '{at(10):%Y-%m-%dT%H:%M:%S}'")
    found = client.get(f"users/{user}/events?$filter={later}&$orderby=start/dateTime desc", Prefer=PACIFIC)["value"]
    assert [one["subject"] for one in found] == ["At 15", "At 12"], "a filter means UTC, whatever zone is shown"
    page = client.get(f"users/{user}/events?$top=2&$orderby=start/dateTime&$select=subject&$count=true")
    assert ([one["subject"] for one in page["value"]], page["@odata.count"]) == (["At 9", "At 12"], 3)
    assert set(page["value"][0]) == {"@odata.etag", "id", "subject"}
    rest = client.get(page["@odata.nextLink"].partition("/v1.0/")[2])
    assert [one["subject"] for one in rest["value"]] == ["At 15"]
    assert "@odata.nextLink" not in rest
