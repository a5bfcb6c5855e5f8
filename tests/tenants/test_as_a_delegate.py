"""Reaching mailboxes as the service account itself, by permissions on folders: against the mock tenant, over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.evidence.store import dump_observation
from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.settings.model import ConnectionSettings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from tests.mock_tenant.tenants import NOW, SERVICE, SERVICE_AUTH, describe, organization
from tests.tenants.scripted import Canned, FakeExchange, Seen, message

LEVELS = ("None", "AvailabilityOnly", "LimitedDetails", "Reviewer", "Author", "Editor", "Owner")
WEEK = Window(NOW, NOW + timedelta(days=7))
SECRET = "The merger"
DELEGATE = Mode.DELEGATE
CLOSED = ("ErrorAccessDenied", "ErrorItemNotFound", "ErrorFolderNotFound")
"""What Exchange answers about a folder without a right to it."""


def mailbox_of(level: str) -> str:
    return f"{level.lower()}@contoso.test"


@pytest.fixture(scope="module")
def mock() -> Iterator[MockTenant]:
    """Serve an organisation with a mailbox for each level of permission; each holds one event of its owner's."""
    made = organization()
    for level in LEVELS:
        mailbox = made.mailbox(made.directory.add(Recipient(mailbox_of(level), f"{level} Person")))
        mailbox.distinguished("calendar").permissions[SERVICE] = level
        start = NOW + timedelta(days=1)
        add_event(mailbox, start=start, end=start + timedelta(hours=1), subject=SECRET)
    empty = made.mailbox(made.directory.add(Recipient("empty@contoso.test", "Empty Person")))
    empty.distinguished("calendar").permissions[SERVICE] = "Editor"
    empty.distinguished("inbox").permissions[SERVICE] = "Reviewer"
    with MockTenant(describe(made)) as server:
        yield server


@pytest.fixture(scope="module")
def tenant(mock: MockTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeServerTenant]:
    folder = tmp_path_factory.mktemp("delegate")
    made = tenant_of(mock, folder)
    yield made
    made.close()


def tenant_of(server: MockTenant, folder: Path) -> ExchangeServerTenant:
    (folder / "ca.pem").write_bytes(server.ca_pem)
    (folder / "password").write_text(SERVICE_AUTH[1])
    return ExchangeServerTenant(
        ConnectionSettings(
            service_account_email=SERVICE,
            service_account_password=SecretReference("file", "password", folder),
            email_to_impersonate=mailbox_of("Editor"),
            terms_agreed=True,
            exchange_server_url="https://mail.contoso.test/EWS/Exchange.asmx",
        ),
        NetworkSettings(
            ca_file=folder / "ca.pem",
            connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"},
            timeout_seconds=10.0,
        ),
        clock=MovableClock(NOW, running=False),
        run_id="run-1",
        state_folder=folder / "state",
    )


def rights(observation: Observation) -> dict[str, Fact]:
    return {name: observation.details.get(name) for name in ("read", "create")}


@pytest.mark.parametrize(
    ("level", "opens", "create"),
    [
        ("None", False, None),
        ("AvailabilityOnly", False, None),
        ("LimitedDetails", False, None),
        ("Reviewer", True, False),
        ("Author", True, True),
        ("Editor", True, True),
        ("Owner", True, True),
    ],
)
def test_opening_a_calendar_tells_the_rights_in_it(
    tenant: ExchangeServerTenant, level: str, opens: bool, create: bool | None
) -> None:
    seen = tenant.open_calendar(mailbox_of(level), DELEGATE)
    assert (seen.probe, seen.mode, seen.target) == ("open-calendar", DELEGATE, mailbox_of(level))
    assert seen.ok is opens
    if opens:
        assert rights(seen) == {"read": True, "create": create}
    else:
        assert seen.outcome is Outcome.REFUSED
        assert seen.code in CLOSED


@pytest.mark.parametrize(("level", "changeable"), [("Reviewer", 0), ("Author", 0), ("Editor", 1), ("Owner", 1)])
def test_rights_in_events_are_those_in_events_of_others(
    tenant: ExchangeServerTenant, level: str, changeable: int
) -> None:
    seen = tenant.event_rights(mailbox_of(level))
    assert (seen.mode, seen.ok) == (DELEGATE, True)
    assert seen.details == {"events": 1, "changeable": changeable, "deletable": changeable}
    assert SECRET not in dump_observation(seen)


def test_a_calendar_without_events_shows_no_rights_in_them(tenant: ExchangeServerTenant) -> None:
    assert tenant.event_rights("empty@contoso.test").details == {"events": 0, "changeable": 0, "deletable": 0}


@pytest.mark.parametrize(("level", "events"), [("Reviewer", 1), ("AvailabilityOnly", None)])
def test_listing_events(tenant: ExchangeServerTenant, level: str, events: int | None) -> None:
    seen = tenant.list_events(mailbox_of(level), WEEK, DELEGATE)
    assert seen.details.get("events") == events
    assert seen.code == ("NoError" if events else "ErrorAccessDenied")


@pytest.mark.parametrize("folder", ["inbox", "contacts"])
def test_other_folders_stay_closed_whatever_the_calendar_allows(tenant: ExchangeServerTenant, folder: str) -> None:
    seen = tenant.open_folder(mailbox_of("Owner"), folder)
    assert (seen.probe, seen.mode) == ("open-folder", DELEGATE)
    assert seen.code in CLOSED
    assert seen.details["folder"] == folder


def test_a_folder_that_is_shared_opens(tenant: ExchangeServerTenant) -> None:
    assert tenant.open_folder("empty@contoso.test", "inbox").ok
    assert not tenant.open_folder("empty@contoso.test", "contacts").ok


@pytest.mark.parametrize(
    ("level", "view"), [("AvailabilityOnly", "FreeBusy"), ("LimitedDetails", "Detailed"), ("Reviewer", "Detailed")]
)
def test_how_much_a_free_busy_view_tells_and_nothing_of_it_is_kept(
    tenant: ExchangeServerTenant, level: str, view: str
) -> None:
    seen = tenant.free_busy_view(mailbox_of(level), Window(NOW + timedelta(days=1), NOW + timedelta(days=3)))
    assert (seen.probe, seen.details) == ("free-busy-view", {"view": view})
    assert SECRET not in dump_observation(seen)


def test_no_free_busy_view_without_a_right_to_one(tenant: ExchangeServerTenant) -> None:
    seen = tenant.free_busy_view(mailbox_of("None"), WEEK)
    assert (seen.code, seen.details) == ("ErrorNoFreeBusyAccess", {})


def test_a_test_events_life_by_a_permission(mock: MockTenant, tmp_path: Path) -> None:
    tenant = tenant_of(mock, tmp_path)
    seen = tenant.event_round_trip(mailbox_of("Editor"), DELEGATE)
    assert [one.details["step"] for one in seen] == ["create", "read", "update", "read-again", "delete", "find-gone"]
    assert all(one.ok and one.mode is DELEGATE for one in seen)
    (refused,) = tenant.event_round_trip(mailbox_of("Reviewer"), DELEGATE)
    assert refused.code in ("ErrorAccessDenied", "ErrorCreateItemAccessDenied")
    assert list((tmp_path / "state" / "test-events").iterdir()) == [], "what was not created needs no note"
    (strays,) = tenant.remove_stray_events(DELEGATE)
    assert (strays.mode, strays.ok, strays.details["found"]) == (DELEGATE, True, 0)
    tenant.close()


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("edi", ["editor@contoso.test"]),
        ("zzz", []),
        ("cloud", []),  # its mailbox is elsewhere
        ("all rooms", []),  # a group
    ],
)
def test_whom_a_beginning_may_mean(tenant: ExchangeServerTenant, beginning: str, found: list[str]) -> None:
    seen = tenant.find_names(beginning)
    assert (seen.probe, seen.target, seen.outcome) == ("find-names", beginning, Outcome.OK)
    if beginning == "cloud":
        assert seen.details["matches"] == 1
    else:
        assert seen.details["mailboxes"] == found
    assert seen.details["complete"] is True


def test_a_directory_that_is_too_large_for_one_answer(tmp_path: Path) -> None:
    made = organization()
    for number in range(120):
        made.directory.add(Recipient(f"many{number:03}@contoso.test", f"Many {number}"))
    with MockTenant(describe(made)) as server:
        tenant = tenant_of(server, tmp_path)
        seen = tenant.find_names("m")
        assert (seen.details["matches"], seen.details["complete"]) == (100, False)
        tenant.close()


def test_what_is_asked_as_a_delegate_names_the_mailbox_and_impersonates_nobody(
    serve: object, tenant_for: object, exchange: FakeExchange
) -> None:
    """On the wire: no ExchangeImpersonation header, the mailbox in the folder's id, and the anchor of the target."""
    asked: list[Seen] = []

    def note(seen: Seen) -> Canned:
        asked.append(seen)
        return message(seen.operation, code="ErrorAccessDenied")

    exchange.answers.update(dict.fromkeys(("GetFolder", "FindItem", "CreateItem"), note))
    tenant = tenant_for(serve(exchange))  # type: ignore[operator]
    for seen in (
        tenant.open_calendar("alice@contoso.test", DELEGATE),
        tenant.open_folder("alice@contoso.test", "inbox"),
        tenant.list_events("alice@contoso.test", WEEK, DELEGATE),
        tenant.event_rights("alice@contoso.test"),
        *tenant.event_round_trip("alice@contoso.test", DELEGATE),
    ):
        assert (seen.mode, seen.code) == (DELEGATE, "ErrorAccessDenied")
    assert len(asked) >= 5
    for one in asked:
        assert b"ExchangeImpersonation" not in one.body
        assert b"<t:EmailAddress>alice@contoso.test</t:EmailAddress>" in one.body
        assert one.headers["x-anchormailbox"] == "alice@contoso.test"
