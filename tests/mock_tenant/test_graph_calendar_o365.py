"""python-o365 reads and writes the mock's calendars and users over Graph, signed in by msal with TLS verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msal import ConfidentialClientApplication
from O365 import Account, Connection, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.graph_calendars import ROOM, calendar_tenant, mailbox_of, new_user, weekly
from tests.mock_tenant.graph_client import DOMAIN, OWN, SECRET

ANN, BEN = "ann@contoso.test", "ben@contoso.test"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with calendar_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def account(tenant: MockTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application's account, whose client asks the mock tenant in place of Microsoft's cloud."""
    ca_file = tmp_path_factory.mktemp("o365") / "ca.pem"
    ca_file.write_bytes(tenant.ca_pem)

    class MockConnection(Connection):  # type: ignore[misc]
        @cached_property
        def msal_client(self) -> Any:
            return ConfidentialClientApplication(
                OWN,
                client_credential=SECRET,
                authority=f"{tenant.base_url}/{DOMAIN}",
                token_cache=self.token_backend,
                verify=str(ca_file),
                instance_discovery=False,
            )

    class MockProtocol(MSGraphProtocol):  # type: ignore[misc]
        _protocol_url = f"{tenant.base_url}/"

    class MockAccount(Account):  # type: ignore[misc]
        connection_constructor = MockConnection

    made = MockAccount(
        (OWN, SECRET),
        auth_flow_type="credentials",
        tenant_id=DOMAIN,
        protocol=MockProtocol(timezone="Europe/Berlin"),
        main_resource=f"users/{ANN}",
        token_backend=MemoryTokenBackend(),
        verify_ssl=str(ca_file),
    )
    with pytest.MonkeyPatch.context() as environment:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # requests would rather believe these
            environment.delenv(name, raising=False)
        environment.setenv("NO_PROXY", "localhost")
        assert made.authenticate()
        yield made
        made.con.session.close()


def hours(start: int, day: int = 25) -> datetime:
    return datetime(2026, 11, day, start, tzinfo=BERLIN)


def test_an_event_is_written_changed_and_deleted(tenant: MockTenant, account: Any) -> None:
    calendar = account.schedule().get_default_calendar()
    assert (calendar.name, calendar.can_edit, calendar.owner.address) == ("Calendar", True, ANN)
    event = calendar.new_event("Interview")
    event.start, event.end = hours(10), hours(11)
    event.body, event.location = "<p>With <b>Zoe</b></p>", "Room 9"
    event.attendees.add(BEN)
    assert event.save()
    (item,) = [one for one in mailbox_of(tenant, "ann").items.values() if one.kind == "CalendarItem"]
    assert (item.properties["Subject"], item.properties["Location"]) == ("Interview", "Room 9")
    assert item.calendar.start == hours(10)
    assert item.calendar.zone_id == "W. Europe Standard Time"

    found = calendar.get_event(event.object_id)
    assert (found.subject, found.start, found.end) == ("Interview", hours(10), hours(11))
    assert [one.address for one in found.attendees] == [BEN]
    found.subject = "Second interview"
    assert found.save()
    assert item.properties["Subject"] == "Second interview"
    assert found.delete()
    assert item not in mailbox_of(tenant, "ann").distinguished("calendar").items.values()


def test_a_view_with_a_series_comes_in_pages(tenant: MockTenant, account: Any) -> None:
    user = new_user(tenant, "sue")
    weekly(mailbox_of(tenant, "sue"))
    calendar = account.schedule(resource=f"users/{user}").get_default_calendar()
    events = calendar.get_events(
        limit=10,
        batch=2,
        include_recurring=True,
        start_recurring=hours(0, 23),
        end_recurring=hours(0, 23) + timedelta(30),
    )
    found = sorted(one.start for one in events)
    assert found == [hours(11, day) for day in (24, 26)] + [
        hours(11, 24) + timedelta(days=days) for days in (7, 9, 14, 16)
    ]
    (series,) = calendar.get_events(include_recurring=False)
    assert (series.subject, series.recurrence.days_of_week) == ("Weekly", ["tuesday", "thursday"])


def test_schedules_and_users_are_read(account: Any) -> None:
    answers = account.schedule().get_availability([ROOM, "nobody@contoso.test"], hours(8), hours(12), interval=60)
    assert [one["scheduleId"] for one in answers] == [ROOM, "nobody@contoso.test"]
    assert answers[0]["availabilityView"] == ["free"] * 4
    people = list(account.directory(resource="users").get_users())
    assert {ANN, BEN} <= {one.mail for one in people}
