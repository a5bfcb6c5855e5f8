"""One mailbox, two protocols: what Graph writes EWS shows, and what EWS changes Graph shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account
from tests.mock_tenant.graph_calendars import MARK, at, body, created, mailbox_of, weekly
from tests.mock_tenant.graph_client import GraphClient, online_organization
from tests.mock_tenant.item_requests import find, get, occurrence, set_field, shape, subjects, update
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import describe

ANN, PASSWORD = "ann@contoso.test", "Anns-Password-1"
EXTENDED = (
    '<t:ExtendedFieldURI PropertySetId="00020329-0000-0000-c000-000000000046" PropertyName="calconnect-test" '
    'PropertyType="String"/>'
)


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    """A tenant whose halves hold the same mailboxes, so that EWS answers to a user's own password."""
    made = online_organization()
    assert made.online is not None
    made.online.only = False
    ann = made.online.users[ANN].recipient
    made.directory.add_account(Account((ANN,), PASSWORD, recipient=ann))
    with MockTenant(describe(made)) as served:
        yield served


@pytest.fixture(scope="module")
def graph(tenant: MockTenant) -> Iterator[GraphClient]:
    client = GraphClient(tenant)
    yield client
    client.close()


@pytest.fixture(scope="module")
def ews(tenant: MockTenant) -> Iterator[RawClient]:
    client = RawClient(tenant.ews_url, tenant.ca_pem, (ANN, PASSWORD))
    yield client
    client.close()


def of_ews(identity: str) -> str:
    """Return an id of Graph as EWS writes it."""
    return identity.translate(str.maketrans("-_", "/+"))


def test_an_event_of_graph_is_the_same_over_ews(graph: GraphClient, ews: RawClient) -> None:
    event = created(
        graph,
        ANN,
        body(
            "Both",
            location={"displayName": "Room 9"},
            showAs="oof",
            sensitivity="private",
            attendees=[{"emailAddress": {"address": "guest@elsewhere.test"}, "type": "optional"}],
            singleValueExtendedProperties=[{"id": MARK, "value": "run"}],
        ),
    )
    identity = of_ews(event["id"])
    answer = ews(get([identity], shape("AllProperties", more=EXTENDED)))
    wanted = {
        "Subject": "Both",
        "Start": "2026-11-23T10:00:00Z",
        "LegacyFreeBusyStatus": "OOF",
        "Sensitivity": "Private",
        "Location": "Room 9",
        "UID": event["iCalUId"],
        "OptionalAttendees/t:Attendee/t:Mailbox/t:EmailAddress": "guest@elsewhere.test",
        "ExtendedProperty/t:Value": "run",
    }
    assert {name: answer.text(f"//t:CalendarItem/t:{name}") for name in wanted} == wanted
    assert answer.one("//t:CalendarItem/t:ItemId").get("ChangeKey") == event["changeKey"]

    location = set_field("calendar:Location", "<t:Location>Room 10</t:Location>")
    assert ews(update(answer.one("//t:CalendarItem/t:ItemId").get("Id") or "", location)).codes == ["NoError"]
    after = graph.get(f"users/{ANN}/events/{event['id']}")
    assert (after["location"]["displayName"], after["subject"]) == ("Room 10", "Both")
    assert after["changeKey"] != event["changeKey"]
    assert graph("DELETE", f"users/{ANN}/events/{event['id']}").status_code == 204
    assert ews(get([identity])).codes == ["ErrorItemNotFound"]


def test_an_exception_of_a_series_is_one_over_both(tenant: MockTenant, graph: GraphClient, ews: RawClient) -> None:
    weekly(mailbox_of(tenant, "ann"))
    (series,) = [one for one in graph.get(f"users/{ANN}/events")["value"] if one["type"] == "seriesMaster"]
    window = f"startDateTime={at(0, 24):%Y-%m-%dT%H:%M:%SZ}&endDateTime={at(0, 30):%Y-%m-%dT%H:%M:%SZ}"
    first, second = graph.get(f"users/{ANN}/events/{series['id']}/instances?{window}")["value"]
    assert graph("PATCH", f"users/{ANN}/events/{first['id']}", {"subject": "Moved"}).status_code == 200
    found = ews(get([occurrence(of_ews(series["id"]), 1), of_ews(second["id"])]))
    assert [one.text for one in found.all("//t:CalendarItem/t:Subject")] == ["Moved", "Weekly"]
    assert [one.text for one in found.all("//t:CalendarItem/t:CalendarItemType")] == ["Exception", "Occurrence"]
    assert subjects(ews(find())) == ["Weekly"], "the series itself"
