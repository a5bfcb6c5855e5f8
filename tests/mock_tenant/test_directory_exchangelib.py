"""What exchangelib's documentation shows of names, rooms, free/busy, delegates and automatic replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import exchangelib
import pytest
from exchangelib.errors import ErrorMailRecipientNotFound, ErrorNameResolutionNoResults
from exchangelib.settings import OofSettings

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from tests.mock_tenant.exchangelib_access import impersonated
from tests.mock_tenant.tenants import describe, organization

BERLIN = exchangelib.EWSTimeZone("Europe/Berlin")


@pytest.fixture(scope="module")
def server() -> Iterator[MockTenant]:
    made = organization()
    made.directory.add(
        Recipient("all@contoso.test", "All of us", kind=RecipientKind.GROUP, members=["bob@contoso.test"])
    )
    with MockTenant(describe(made)) as running:
        yield running


@pytest.fixture(scope="module")
def account(server: MockTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[exchangelib.Account]:
    folder: Path = tmp_path_factory.mktemp("exchangelib")
    with impersonated(server, folder, "alice@contoso.test") as opened:
        yield opened


def test_room_lists_and_rooms(account: exchangelib.Account) -> None:
    (room_list,) = account.protocol.get_roomlists()
    assert room_list.email_address == "rooms@contoso.test"
    rooms = list(account.protocol.get_rooms(room_list.email_address))
    assert [room.email_address for room in rooms] == ["room1@contoso.test", "room2@contoso.test"]
    with pytest.raises(ErrorNameResolutionNoResults):
        list(account.protocol.get_rooms("alice@contoso.test"))


def test_names_are_resolved(account: exchangelib.Account) -> None:
    (found,) = account.protocol.resolve_names(["bob"])
    assert (found.name, found.email_address, found.mailbox_type) == ("Bob Müller", "bob@contoso.test", "Mailbox")
    ((mailbox, contact),) = account.protocol.resolve_names(["carol"], return_full_contact_data=True)
    assert mailbox.email_address == "carol@contoso.test"
    assert (contact.given_name, contact.surname) == ("Carol", "Müller")
    assert len(account.protocol.resolve_names(["müller"])) == 4
    (nobody,) = account.protocol.resolve_names(["nobody"])
    assert isinstance(nobody, ErrorNameResolutionNoResults)


def test_distribution_lists_are_expanded(account: exchangelib.Account) -> None:
    (member,) = account.protocol.expand_dl("all@contoso.test")
    assert member.email_address == "bob@contoso.test"
    assert list(account.protocol.expand_dl(exchangelib.DLMailbox(email_address="all@contoso.test"))) == [member]


def test_free_busy(account: exchangelib.Account, server: MockTenant) -> None:
    start = exchangelib.EWSDateTime(2026, 12, 1, 8, tzinfo=BERLIN)
    with server.organization.lock:
        alice = server.organization.directory.by_address("alice@contoso.test")
        assert alice is not None
        begins = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
        add_event(server.organization.mailbox(alice), start=begins, end=begins + timedelta(hours=1), subject="Plan")
    asked = [
        (account, "Organizer", False),
        ("nobody@contoso.test", "Required", False),
        ("bob@contoso.test", "Room", False),
    ]
    mine, nobody, bobs = account.protocol.get_free_busy_info(asked, start, start + timedelta(hours=4), 30)
    assert mine.merged == "00220000"
    (event,) = mine.calendar_events
    assert event.start == begins
    # exchangelib asks in the name of the service account, which sees times only
    assert (event.busy_type, event.details, mine.view_type) == ("Busy", None, "FreeBusyMerged")
    assert mine.working_hours[0].weekdays == [1, 2, 3, 4, 5]
    assert mine.working_hours_timezone.bias == -60
    assert isinstance(nobody, ErrorMailRecipientNotFound)
    assert (bobs.merged, bobs.view_type) == ("00000000", "FreeBusyMerged")


def test_automatic_replies(account: exchangelib.Account) -> None:
    assert account.oof_settings.state == OofSettings.DISABLED
    # exchangelib holds the end against the machine's clock
    start = exchangelib.EWSDateTime(2126, 1, 1, tzinfo=exchangelib.UTC)
    account.oof_settings = OofSettings(
        state=OofSettings.SCHEDULED,
        external_audience="Known",
        start=start,
        end=start + timedelta(days=1),
        internal_reply="Inside & out",
        external_reply="Outside",
    )
    shown = account.oof_settings
    assert (shown.state, shown.external_audience, shown.start) == (
        "Scheduled",
        "Known",
        datetime(2126, 1, 1, tzinfo=UTC),
    )
    assert (shown.internal_reply, shown.external_reply) == ("Inside & out", "Outside")
    account.oof_settings = OofSettings(state=OofSettings.DISABLED, internal_reply="", external_reply="")
    assert account.oof_settings.state == OofSettings.DISABLED


def test_delegates(account: exchangelib.Account, server: MockTenant) -> None:
    assert account.delegates == []
    with server.organization.lock:
        alice = server.organization.directory.by_address("alice@contoso.test")
        assert alice is not None
        mailbox = server.organization.mailbox(alice)
        mailbox.delegates["bob@contoso.test"] = {"view_private_items": True}
        mailbox.distinguished("calendar").permissions["bob@contoso.test"] = "Editor"
    (delegate,) = account.delegates
    assert delegate.user_id.primary_smtp_address == "bob@contoso.test"
    assert delegate.delegate_permissions.calendar_folder_permission_level == "Editor"
    assert delegate.view_private_items


def test_user_configuration(account: exchangelib.Account) -> None:
    found = account.root.get_user_configuration(name="OWA.UserOptions", properties="Dictionary")
    assert found.dictionary == {"timezone": "W. Europe Standard Time"}
