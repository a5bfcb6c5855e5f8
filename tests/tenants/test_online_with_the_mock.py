"""The Graph client against the mock tenant: two products that know each other by the protocol alone, over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.evidence.observation import Observation, Outcome
from calconnect.foundation.clock import system_clock
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.policies import GraphFaults
from calconnect.settings.model import CRONOFY_APPLICATION
from calconnect.tenants.common.journal import Journal
from calconnect.tenants.common.mark import Mark
from calconnect.tenants.exchange_online import ExchangeOnlineTenant, events
from calconnect.tenants.interface import Window
from tests.tenants.online_mock import connect, half_of

ROBIN, DANA, CHAIR = "robin.okafor@contoso.test", "dana.lindqvist@contoso.test", "board.chair@contoso.test"
ADMIN, GROUP = "it.admin@contoso.test", "calendar-sync@contoso.test"
USERS = [f"user{number:05}@contoso.test" for number in range(1, 11)]


@pytest.fixture(scope="module")
def mock() -> Iterator[MockTenant]:
    with MockTenant("online-healthy") as server:
        yield server


@pytest.fixture
def tenant(mock: MockTenant, tmp_path: Path, pauses: list[float]) -> Iterator[ExchangeOnlineTenant]:
    half = half_of(mock)
    half.clock.set(system_clock())

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        half.clock.advance(timedelta(seconds=seconds))

    made = connect(mock, tmp_path, pause, state_folder=tmp_path / "state")
    yield made
    made.close()
    half.faults = GraphFaults()
    half.clock.set(system_clock())


def window(mock: MockTenant, days: int = 14) -> Window:
    now = half_of(mock).now()
    return Window(now, now + timedelta(days=days))


def codes(observed: tuple[Observation, ...]) -> list[str | None]:
    return [one.code for one in observed]


def test_the_directory(tenant: ExchangeOnlineTenant) -> None:
    organization = tenant.organization()
    assert organization[-1].details["verified"] == ["contoso.onmicrosoft.com", "contoso.test"]
    assert organization[-1].details["initial"] == "contoso.onmicrosoft.com"
    found = tenant.users([ROBIN, "recruiting@contoso.test", "nobody@contoso.test"])
    assert codes(found) == [None, None, "Request_ResourceNotFound"]
    assert [one.details.get("primary_smtp") for one in found] == [ROBIN, ROBIN, None]
    assert [one.details.get("found_by") for one in found] == ["user-principal-name", "address", None]
    assert found[0].details["exchange_plan"] == "enabled"
    assert found[0].details["plan_names"] == ["EXCHANGE_S_ENTERPRISE"]
    roles = tenant.directory_roles([ADMIN, ROBIN])
    assert [one.details["roles"] for one in roles] == [["Global Administrator"], []]
    assert tenant.some_users(3).details["complete"] is False


def test_consent_and_groups(tenant: ExchangeOnlineTenant) -> None:
    consent = tenant.application(CRONOFY_APPLICATION)[-1]
    permissions = ["Calendars.ReadWrite", "Organization.Read.All", "Place.Read.All", "User.Read.All"]
    assert (consent.details["permissions"], consent.details["enabled"]) == (permissions, True)
    own = tenant.application(str(tenant.sign_in_application().details["application"]))[-1]
    found = own.details["permissions"]
    assert isinstance(found, list)
    assert "Office 365 Exchange Online: full_access_as_app" in found
    assert tenant.application("c0ffee00-0000-4000-8000-000000000000")[-1].code == "Request_ResourceNotFound"
    assert tenant.application("Cronofy")[-1].code == "invalid-app-id"
    group = tenant.group_members(GROUP)[-1]
    assert group.details["direct"] == group.details["transitive"] == [ROBIN, DANA, *USERS]
    assert (group.details["groups"], group.details["mail_enabled"], group.details["security_enabled"]) == (
        0,
        True,
        True,
    )
    assert codes(tenant.group_members("nobody@contoso.test")) == ["no-such-group"]


def test_mailboxes(tenant: ExchangeOnlineTenant, mock: MockTenant) -> None:
    calendars = tenant.open_calendars([ROBIN, DANA, CHAIR, *USERS])
    assert {one.target for one in calendars if not one.ok} == {CHAIR}
    assert calendars[2].code == "ErrorAccessDenied"
    assert calendars[2].details["blocked_by"] == "application-access-policy"
    assert all(one.outcome is Outcome.OK for one in tenant.list_events([ROBIN, DANA], window(mock)))
    busy = tenant.free_busy([CHAIR, ROBIN, "nobody@contoso.test"], window(mock))
    assert busy[1].details["asked_through"] == ROBIN
    assert busy[2].code == "5009"
    rooms = tenant.rooms()
    assert rooms[0].details["lists"] == [rooms[1].details["list"]] == ["rooms-london@contoso.test"]
    assert rooms[1].details["rooms"] == ["room-1-04@contoso.test", "boardroom@contoso.test"]


def test_an_event_lives_and_is_gone(tenant: ExchangeOnlineTenant, tmp_path: Path) -> None:
    lived = tenant.event_round_trip(ROBIN)
    steps = ["create", "read", "update", "read-again", "follow", "delete", "find-gone"]
    assert [one.details["step"] for one in lived] == steps
    assert all(one.ok for one in lived)
    assert list((tmp_path / "state" / "test-events").iterdir()) == []
    assert tenant.remove_stray_events(ROBIN)[-1].details == {"found": 0, "strays": 0, "removed": 0}


def test_changes_whose_state_is_lost_are_read_anew(tenant: ExchangeOnlineTenant, mock: MockTenant) -> None:
    half_of(mock).faults = GraphFaults(stale_delta=True)
    lived = tenant.event_round_trip(ROBIN)
    assert all(one.ok for one in lived)
    assert lived[4].details == {"step": "follow", "resync": True}


def test_an_event_is_deleted_whatever_happens(
    tenant: ExchangeOnlineTenant, mock: MockTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(events, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tenant.event_round_trip(ROBIN)
    assert tenant.remove_stray_events(ROBIN)[-1].details["found"] == 0


def test_what_an_interrupted_run_left_is_deleted_and_nothing_else(
    tenant: ExchangeOnlineTenant, mock: MockTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = half_of(mock).now()
    asking = tenant._asking
    before = tenant.list_events([ROBIN], window(mock))[0].details["events"]
    for age in (timedelta(hours=2), timedelta()):
        made = asking.session.ask(events.create(ROBIN, Mark.new("run-0", now - age), now, now + timedelta(hours=1)))
        assert made.ok
    journal = Journal(tmp_path / "state", "run-0", half_of(mock).clock)
    entry = journal.begin(tenant._round_trip._endpoint, DANA)
    assert asking.session.ask(events.create(DANA, entry.mark, now, now + timedelta(hours=1))).ok
    monkeypatch.setattr(Journal, "is_left_over", lambda *_: True)
    removed = tenant.remove_stray_events(ROBIN)
    assert [one.details for one in removed] == [
        {"found": 1, "strays": 1, "removed": 1, "left_by": "run-0"},
        {"found": 2, "strays": 1, "removed": 1},
    ]
    half_of(mock).clock.advance(timedelta(hours=3))
    assert tenant.remove_stray_events(ROBIN)[-1].details["removed"] == 1
    half_of(mock).clock.set(now)
    assert tenant.list_events([ROBIN], window(mock))[0].details["events"] == before


def test_the_same_creation_sent_twice_creates_once(tenant: ExchangeOnlineTenant, mock: MockTenant) -> None:
    now = half_of(mock).now()
    request = events.create(ROBIN, Mark.new("run-0", now - timedelta(hours=2)), now, now + timedelta(hours=1))
    session = tenant._asking.session
    first, again = session.ask(request), session.ask(request)
    assert first.ok
    assert again.ok
    assert first.body["id"] == again.body["id"]
    assert tenant.remove_stray_events(ROBIN)[-1].details["removed"] == 1


def test_a_token_that_expires_on_the_way_loses_nothing(tenant: ExchangeOnlineTenant, mock: MockTenant) -> None:
    assert tenant.sign_in_application().ok
    half_of(mock).clock.advance(timedelta(minutes=61))
    assert all(one.ok for one in tenant.open_calendars([ROBIN, DANA, *USERS]))
    half_of(mock).clock.advance(timedelta(minutes=61))
    assert all(one.ok for one in tenant.event_round_trip(ROBIN))


@pytest.mark.parametrize("seconds", [1, None])
def test_graph_that_throttles_is_given_time_and_nothing_is_lost(
    seconds: int | None, tenant: ExchangeOnlineTenant, mock: MockTenant, pauses: list[float]
) -> None:
    half_of(mock).faults = GraphFaults(throttle_every=3, retry_after_seconds=seconds)
    observed = tenant.open_calendars([ROBIN, DANA, *USERS])
    assert all(one.ok for one in observed)
    assert any(one.details.get("retried_after") for one in observed)
    assert pauses[0] == 1.0


@pytest.mark.parametrize(
    ("fault", "code"),
    [(GraphFaults(endless_pages=True), "endless-pages"), (GraphFaults(not_json=True), "not-json")],
)
def test_pages_without_end_and_pages_that_are_no_json(
    fault: GraphFaults, code: str, tenant: ExchangeOnlineTenant, mock: MockTenant
) -> None:
    half_of(mock).faults = fault
    listed = tenant.list_events([ROBIN, DANA], window(mock))
    assert codes(listed) == [code, code]
    assert {one.outcome for one in listed} == {Outcome.NO_ANSWER}
    assert tenant.organization()[-1].code == code


def test_a_permission_that_nobody_consented_to(tenant: ExchangeOnlineTenant, mock: MockTenant) -> None:
    half = half_of(mock)
    own = next(one for one in half.applications.values() if one.own)
    granted = own.permissions
    try:
        own.permissions = []
        signed_in = tenant.sign_in_application()
        assert (signed_in.ok, signed_in.details["permissions"]) == (True, [])
        assert codes(tenant.users([ROBIN])) == ["Authorization_RequestDenied"]
        assert codes(tenant.open_calendars([ROBIN])) == ["ErrorAccessDenied"]
        assert "blocked_by" not in tenant.open_calendars([ROBIN])[0].details
    finally:
        own.permissions = granted


def test_what_conditional_access_would_do(tenant: ExchangeOnlineTenant, pauses: list[float]) -> None:
    asked = [tenant.what_if(ROBIN, "203.0.113.7") for _ in range(2)]
    assert [one.details for one in asked] == [
        {"applies": [], "controls": [], "report_only": [], "source": "203.0.113.7"}
    ] * 2
    assert len(pauses) == 1
    assert 0 < pauses[0] <= 1


def test_ews_with_tokens_while_it_lives(
    tenant: ExchangeOnlineTenant, mock: MockTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(tenant.sign_in_ews().details["application"])
    ews = half_of(mock).ews
    monkeypatch.setattr(ews, "enabled", True)
    monkeypatch.setattr(ews, "allowed_apps", (own,))
    half_of(mock).clock.set(datetime(2026, 11, 22, 12, tzinfo=UTC))
    opened = tenant.open_ews_calendar(ROBIN)
    assert (opened.code, opened.details["folder_class"]) == ("NoError", "IPF.Appointment")
    busy = tenant.ews_free_busy([CHAIR, ROBIN], window(mock))
    assert (busy[1].code, busy[1].details["asked_through"]) == ("NoError", ROBIN)
    assert not tenant.open_ews_calendar(CHAIR).ok
    half_of(mock).clock.set(datetime(2027, 4, 2, tzinfo=UTC))
    ended = tenant.open_ews_calendar(ROBIN)
    assert (ended.http_status, ended.code) == (403, "ews-policy")
    assert ended.headers["X-EWS-Policy-Reason"]


def test_autodiscover_says_where_a_mailbox_is(tenant: ExchangeOnlineTenant) -> None:
    assert tenant.locate(ROBIN).details["hosted"] == "online"
    assert tenant.locate("nobody@contoso.test").code == "UserNotFound"
