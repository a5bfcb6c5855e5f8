"""A mock tenant for Graph's calendars: users, a room in a list, and events to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.directory import Licence, OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.recurrence import Recurrence, Weekly
from tests.mock_tenant.graph_client import NOW, OWN, GraphClient, half_of, online_organization
from tests.mock_tenant.tenants import describe

ROOM, ROOM_LIST = "room@contoso.test", "rooms@contoso.test"
MARK = "String {00020329-0000-0000-c000-000000000046} Name calconnect-test"
WEEK = "startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-30T00:00:00Z"
"""The week that the tenant's clock stands in: Monday, 23 November 2026."""


def calendar_tenant() -> MockTenant:
    """Return a tenant that is to be started: ann and ben in Exchange Online, a room, and dan on the server."""
    made = online_organization()
    half = made.online
    assert half is not None
    half.applications[OWN].permissions += ["Place.Read.All", "MailboxSettings.ReadWrite"]
    half.applications[OWN].permissions.append("User.Read.All")
    room = made.directory.add(Recipient(ROOM, "Room 1", RecipientKind.ROOM))
    half.users[ROOM] = OnlineUser(room, ROOM, licence=Licence.NONE)
    half.groups[ROOM_LIST] = OnlineGroup(ROOM_LIST, "Rooms", [ROOM, "ann@contoso.test"], security=False, room_list=True)
    half.directory_changed()
    return MockTenant(describe(made))


def mailbox_of(tenant: MockTenant, name: str) -> Mailbox:
    """Return a user's mailbox, opened."""
    half = half_of(tenant)
    return half.mailbox(half.users[f"{name}@contoso.test"])


def new_user(tenant: MockTenant, name: str, time_zone: str = "UTC") -> str:
    """Add a user with an empty mailbox, and return the address."""
    half, email = half_of(tenant), f"{name}@contoso.test"
    with tenant.organization.lock:
        recipient = tenant.organization.directory.add(Recipient(email, name.title(), time_zone=time_zone))
        half.users[email] = OnlineUser(recipient, email)
        half.directory_changed()
    return email


def at(hour: int, day: int = 23) -> datetime:
    """Return an hour of a day in November 2026, UTC."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def weekly(mailbox: Mailbox, subject: str = "Weekly", time_zone: str = "UTC") -> int:
    """Put a series of Tuesdays and Thursdays at ten (UTC on the first day) into a calendar; return its number."""
    recurrence = Recurrence(Weekly(("Tuesday", "Thursday")), at(0, 24).date(), count=6)
    start = at(10, 24)
    made = add_event(
        mailbox,
        start=start,
        end=start + timedelta(hours=1),
        subject=subject,
        recurrence=recurrence,
        time_zone=time_zone,
    )
    return made.number


def body(subject: str, hour: int = 10, **more: Any) -> dict[str, Any]:
    """Return the JSON of an event of one hour on the tenant's day, UTC."""
    return {
        "subject": subject,
        "start": {"dateTime": f"2026-11-23T{hour:02}:00:00", "timeZone": "UTC"},
        "end": {"dateTime": f"2026-11-23T{hour + 1:02}:00:00", "timeZone": "UTC"},
        **more,
    }


def created(client: GraphClient, user: str, event: dict[str, Any]) -> Any:
    """Create an event and return it."""
    response = client("POST", f"users/{user}/events", event)
    assert response.status_code == 201, response.text
    return response.json()


__all__ = ["MARK", "NOW", "ROOM", "ROOM_LIST", "WEEK", "at", "body", "calendar_tenant", "created", "mailbox_of"]
