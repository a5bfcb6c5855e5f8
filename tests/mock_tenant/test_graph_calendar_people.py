"""Meetings, schedules, rooms and mailbox settings over the mock's Graph: what reaches from one mailbox to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from tests.mock_tenant.graph_calendars import (
    ROOM,
    ROOM_LIST,
    at,
    body,
    calendar_tenant,
    created,
    mailbox_of,
    new_user,
)
from tests.mock_tenant.graph_client import OWN, GraphClient, half_of

WINDOW = {"startTime": {"dateTime": "2026-11-26T08:00:00"}, "endTime": {"dateTime": "2026-11-26T18:00:00"}}
ANN, BEN = "ann@contoso.test", "ben@contoso.test"


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with calendar_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def client(tenant: MockTenant) -> Iterator[GraphClient]:
    made = GraphClient(tenant)
    yield made
    made.close()


def invited(*addresses: str) -> list[dict[str, Any]]:
    kinds = {ROOM: "resource"}
    return [{"emailAddress": {"address": one}, "type": kinds.get(one, "required")} for one in addresses]


def only(client: GraphClient, user: str, subject: str) -> Any:
    (found,) = [one for one in client.get(f"users/{user}/events?$top=50")["value"] if subject in one["subject"]]
    return found


def answers(client: GraphClient, user: str, event: str) -> dict[str, str]:
    people = client.get(f"users/{user}/events/{event}")["attendees"]
    return {one["emailAddress"]["address"]: one["status"]["response"] for one in people}


def test_a_meeting_reaches_its_attendees_and_their_answers_come_back(client: GraphClient) -> None:
    meeting = created(client, ANN, body("Review", attendees=invited(BEN, ROOM, "guest@elsewhere.test")))["id"]
    assert answers(client, ANN, meeting) == {BEN: "none", ROOM: "accepted", "guest@elsewhere.test": "none"}
    theirs = only(client, BEN, "Review")
    assert (theirs["isOrganizer"], theirs["showAs"]) == (False, "tentative")
    assert theirs["responseStatus"]["response"] == "notResponded"
    assert theirs["iCalUId"] == client.get(f"users/{ANN}/events/{meeting}")["iCalUId"]
    path = f"users/{BEN}/events/{theirs['id']}"
    assert client("POST", f"{path}/accept", {"comment": "Gladly", "sendResponse": True}).status_code == 202
    assert client.get(path)["responseStatus"] == {"response": "accepted", "time": "2026-11-23T09:00:00Z"}
    assert answers(client, ANN, meeting)[BEN] == "accepted"
    for wrong in (client("POST", f"{path}/cancel"), client("POST", f"users/{ANN}/events/{meeting}/decline")):
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "ErrorInvalidRequest")
    assert client("POST", f"users/{ANN}/events/{meeting}/cancel", {"comment": "Off"}).status_code == 202
    assert client.refused(f"users/{ANN}/events/{meeting}") == (404, "ErrorItemNotFound")
    assert only(client, BEN, "Review")["isCancelled"] is True


def test_declining_takes_the_meeting_away(client: GraphClient) -> None:
    meeting = created(client, ANN, body("Declined", 13, attendees=invited(BEN)))["id"]
    path = f"users/{BEN}/events/{only(client, BEN, 'Declined')['id']}"
    assert client("POST", f"{path}/decline").status_code == 202
    assert client.refused(path) == (404, "ErrorItemNotFound")
    assert answers(client, ANN, meeting) == {BEN: "declined"}


def test_who_has_no_mailbox_online_gets_nothing_and_breaks_nothing(tenant: MockTenant, client: GraphClient) -> None:
    people = invited("dan@contoso.test", "cat@contoso.test")
    meeting = created(client, ANN, body("Elsewhere", 16, attendees=people))
    assert [one["status"]["response"] for one in meeting["attendees"]] == ["none", "none"]
    assert not {"dan@contoso.test", "cat@contoso.test"} & {
        one.recipient.email for one in half_of(tenant).opened.values()
    }


def test_a_schedule_tells_of_each_address_by_itself(tenant: MockTenant, client: GraphClient) -> None:
    zoe = new_user(tenant, "zoe", "America/New_York")
    mailbox = mailbox_of(tenant, "zoe")
    for hour, busy in ((9, "Busy"), (10, "Tentative"), (11, "OOF"), (12, "WorkingElsewhere"), (13, "Free")):
        add_event(mailbox, start=at(hour, 26), end=at(hour + 1, 26), subject=f"At {hour}", busy=busy)
    addresses = [zoe, ROOM, "nobody@contoso.test", "dan@contoso.test", "cat@contoso.test"]
    asked = {"schedules": addresses, "availabilityViewInterval": 60, **WINDOW}
    response = client("POST", f"users/{ANN}/calendar/getSchedule", asked, Prefer='outlook.timezone="Asia/Tokyo"')
    assert response.status_code == 200, response.text
    found = {one["scheduleId"]: one for one in response.json()["value"]}
    assert list(found) == addresses
    assert found[zoe]["availabilityView"] == "0213000000"
    assert found[ROOM]["availabilityView"] == "0" * 10
    assert found[zoe]["workingHours"]["timeZone"] == {"name": "Eastern Standard Time"}
    assert found[zoe]["scheduleItems"][0] == {
        "status": "busy",
        "start": {"dateTime": "2026-11-26T18:00:00.0000000", "timeZone": "Asia/Tokyo"},
        "end": {"dateTime": "2026-11-26T19:00:00.0000000", "timeZone": "Asia/Tokyo"},
    }, "who may see only free and busy sees no subject"
    codes = [found[one]["error"]["responseCode"] for one in addresses[2:]]
    assert codes == ["5009", "ErrorProxyRequestProcessingFailed", "5009"]
    own = client("POST", f"users/{zoe}/calendar/getSchedule", {"schedules": [zoe], **WINDOW}).json()["value"][0]
    assert own["scheduleItems"][0]["subject"] == "At 9"
    assert len(own["availabilityView"]) == 20


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"schedules": [f"a{number}@contoso.test" for number in range(21)]}, "ErrorMailboxDataArrayTooBig"),
        ({"schedules": []}, "ErrorPropertyValidationFailure"),
        ({"availabilityViewInterval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"endTime": {"dateTime": "2026-11-26T08:00:00"}}, "ErrorInvalidTimeInterval"),
        ({"endTime": {"dateTime": "2027-11-26T08:00:00"}}, "ErrorTimeIntervalTooBig"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(client: GraphClient, more: dict[str, Any], code: str) -> None:
    response = client("POST", f"users/{ANN}/calendar/getSchedule", {"schedules": [ANN], **WINDOW, **more})
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_rooms_and_lists_of_rooms(tenant: MockTenant, client: GraphClient) -> None:
    (room,) = client.get("places/microsoft.graph.room?$top=10")["value"]
    assert (room["emailAddress"], room["displayName"], room["bookingType"]) == (ROOM, "Room 1", "standard")
    (listed,) = client.get("places/microsoft.graph.roomlist")["value"]
    assert listed["emailAddress"] == ROOM_LIST
    for name in (ROOM_LIST, listed["id"]):
        assert client.get(f"places/{name}/microsoft.graph.roomlist/rooms")["value"] == [room]
    assert client.get(f"places/{ROOM}")["@odata.type"] == "#microsoft.graph.room"
    assert client.refused("places/nowhere@contoso.test") == (404, "ErrorItemNotFound")
    application = half_of(tenant).applications[OWN]
    before, application.permissions = application.permissions, ["User.Read.All"]
    poor = GraphClient(tenant)
    assert poor.refused("places/microsoft.graph.room") == (403, "ErrorAccessDenied")
    poor.close()
    application.permissions = before


def test_who_may_only_read_writes_nothing(tenant: MockTenant) -> None:
    application = half_of(tenant).applications[OWN]
    before, application.permissions = application.permissions, ["Calendars.Read"]
    reader = GraphClient(tenant)
    assert reader("GET", f"users/{ANN}/calendar").status_code == 200
    assert reader.refused(f"users/{ANN}/mailboxSettings") == (403, "ErrorAccessDenied")
    for method, path in (("POST", "events"), ("PATCH", "calendar"), ("POST", "calendars")):
        refused = reader(method, f"users/{ANN}/{path}", body("Not mine"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ErrorAccessDenied")
    reader.close()
    application.permissions = before


def test_mailbox_settings_are_read_and_changed(tenant: MockTenant, client: GraphClient) -> None:
    path = f"users/{new_user(tenant, 'set', 'Europe/Berlin')}/mailboxSettings"
    settings = client.get(path)
    assert (settings["timeZone"], settings["userPurpose"]) == ("W. Europe Standard Time", "user")
    assert settings["workingHours"]["timeZone"] == {"name": "W. Europe Standard Time"}
    assert client.get(f"users/{ROOM}/mailboxSettings/userPurpose")["value"] == "room"
    changed = client(
        "PATCH",
        path,
        {
            "timeZone": "Tokyo Standard Time",
            "language": {"locale": "ja-JP"},
            "automaticRepliesSetting": {"status": "alwaysEnabled", "internalReplyMessage": "Away"},
        },
    )
    assert changed.status_code == 200, changed.text
    now = client.get(path)
    assert (now["timeZone"], now["language"]["locale"]) == ("Tokyo Standard Time", "ja-JP")
    assert now["automaticRepliesSetting"]["status"] == "alwaysEnabled"
    assert now["automaticRepliesSetting"]["internalReplyMessage"] == "Away"
    for wrong, code in (({"timeZone": "Nowhere"}, "TimeZoneNotSupportedException"), ({"zone": 1}, "RequestBodyRead")):
        refused = client("PATCH", path, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


def test_several_calendars_are_read_and_written_in_one_batch(client: GraphClient) -> None:
    parts = [
        {
            "id": "1",
            "method": "POST",
            "url": f"/users/{ANN}/events",
            "body": body("Batched", 17),
            "headers": {"Content-Type": "application/json"},
        },
        {"id": "2", "method": "GET", "url": f"/users/{BEN}/calendar", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/users/dan@contoso.test/calendar"},
    ]
    found = {one["id"]: one for one in client("POST", "$batch", {"requests": parts}).json()["responses"]}
    assert [found[number]["status"] for number in "123"] == [201, 200, 404]
    assert found["1"]["body"]["subject"] == "Batched"
    assert found["3"]["body"]["error"]["code"] == "MailboxNotEnabledForRESTAPI"
