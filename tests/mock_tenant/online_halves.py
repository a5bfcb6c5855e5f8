"""An Exchange Online half for the tests of its rules: users and groups by short names."""

from __future__ import annotations

import threading
from datetime import datetime

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.online.directory import Licence, OnlineDomain, OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf
from tests.mock_tenant.tenants import NOW

DOMAIN = "contoso.test"


def address(name: str) -> str:
    """Return the address of a short name."""
    return f"{name}@{DOMAIN}"


def user(name: str, *, licence: Licence = Licence.E3, ews_enabled: bool | None = None) -> OnlineUser:
    """Return a user."""
    recipient = Recipient(address(name), name.title())
    return OnlineUser(recipient, address(name), licence=licence, ews_enabled=ews_enabled)


def half_of(users: list[OnlineUser], groups: dict[str, list[str]] | None = None, *, now: datetime = NOW) -> OnlineHalf:
    """Return a half with these users, and groups with members by short names."""
    made = [OnlineGroup(address(name), name, [address(one) for one in who]) for name, who in (groups or {}).items()]
    return OnlineHalf(
        tenant_id="00000000-0000-0000-0000-000000000001",
        name="Contoso",
        domains=[OnlineDomain(DOMAIN, default=True)],
        clock=MovableClock(now, running=False),
        lock=threading.RLock(),
        users={one.recipient.email: one for one in users},
        groups={one.email: one for one in made},
    )
