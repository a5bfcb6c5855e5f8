"""The Exchange Online half of an organisation: everything that Entra, Graph and its EWS answer from."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.directory import Application, OnlineDomain, OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.online.policies import (
    AccessPolicy,
    ApplicationRole,
    ConditionalAccessPolicy,
    EwsSwitches,
    GraphFaults,
    NamedLocation,
    TransportRule,
)


@dataclass(slots=True)
class OnlineHalf:
    """Exchange Online's part of an organisation; guarded by the organisation's ``lock``."""

    tenant_id: str
    """A GUID."""
    name: str
    domains: list[OnlineDomain]
    clock: MovableClock
    lock: threading.RLock
    """The organisation's."""
    users: dict[str, OnlineUser] = field(default_factory=dict)
    """By lower-case primary address, in their order; rooms and shared mailboxes among them."""
    groups: dict[str, OnlineGroup] = field(default_factory=dict)
    """By lower-case address."""
    applications: dict[str, Application] = field(default_factory=dict)
    """By lower-case App ID."""
    access_policies: list[AccessPolicy] = field(default_factory=list)
    application_roles: list[ApplicationRole] = field(default_factory=list)
    ews: EwsSwitches = field(default_factory=EwsSwitches)
    conditional_access: list[ConditionalAccessPolicy] = field(default_factory=list)
    locations: dict[str, NamedLocation] = field(default_factory=dict)
    transport_rules: list[TransportRule] = field(default_factory=list)
    faults: GraphFaults = field(default_factory=GraphFaults)
    token_minutes: int = 60
    """How long a token is good."""
    only: bool = True
    """Whether there is no Exchange Server half: nothing answers at its addresses."""
    random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    seed_mailbox: Callable[[Mailbox], None] | None = None
    opened: dict[bytes, Mailbox] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the organisation's time."""
        return self.clock()
