"""The Exchange Online half of an organisation: everything that Entra, Graph and its EWS answer from."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.deltas import DeltaBook
from calconnect.mock_tenant.state.online.directory import (
    Application,
    Location,
    OnlineDomain,
    OnlineGroup,
    OnlineUser,
)
from calconnect.mock_tenant.state.online.policies import (
    AccessPolicy,
    ApplicationRole,
    ConditionalAccessPolicy,
    EwsSwitches,
    GraphFaults,
    NamedLocation,
    TransportRule,
)
from calconnect.mock_tenant.state.opening import STATE_ERRORS, demand_root, no_mailbox


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
    """Without an Exchange Server half it is the organisation's own: one mailbox, whoever opens it."""
    deltas: DeltaBook = field(default_factory=DeltaBook)
    """What clients of the change tracking were told."""
    issuer_keys: dict[str, bytes] = field(default_factory=dict)
    """Issuer of federated assertions → its public key, PEM."""
    _found: dict[str, OnlineUser] | None = None
    _grouped: dict[str, OnlineGroup] | None = None
    _memberships: dict[str, list[OnlineGroup]] | None = None

    def now(self) -> datetime:
        """Return the organisation's time."""
        return self.clock()

    def user(self, key: str) -> OnlineUser | None:
        """Return the user with this object id, user principal name, or address (a further one, too)."""
        if self._found is None:
            self._found = {}
            for user in self.users.values():
                for alias in user.recipient.aliases:
                    self._found[alias.lower()] = user
            for address, user in self.users.items():
                self._found |= {user.id: user, user.user_principal_name.lower(): user, address: user}
        return self._found.get(key.lower())

    def group(self, key: str) -> OnlineGroup | None:
        """Return the group with this object id or address."""
        if self._grouped is None:
            self._grouped = self.groups | {group.id: group for group in self.groups.values()}
        return self._grouped.get(key.lower())

    def groups_with(self, address: str) -> list[OnlineGroup]:
        """Return the groups that hold a user or group, by its primary address, directly."""
        if self._memberships is None:
            self._memberships = {}
            for group in self.groups.values():
                for member in group.members:
                    self._memberships.setdefault(member.lower(), []).append(group)
        return self._memberships.get(address.lower(), [])

    def directory_changed(self) -> None:
        """Forget what is held about users and groups; call after changing either, or who is in a group."""
        self._found = self._grouped = self._memberships = None

    def mailbox(self, user: OnlineUser) -> Mailbox:
        """Open a user's mailbox.

        Raises:
            EwsError: ``ErrorNonExistentMailbox`` (none in Exchange Online), or the code of the state that it is in.
        """
        recipient = user.recipient
        if user.location is not Location.ONLINE or not recipient.has_mailbox:
            raise no_mailbox()
        wrong = STATE_ERRORS.get(recipient.state)
        if wrong is not None:
            raise EwsError(*wrong)
        demand_root(recipient)
        guid = recipient.guid.bytes
        mailbox = self.opened.get(guid)
        if mailbox is None:
            mailbox = self.opened[guid] = Mailbox(recipient, self.clock, seed=self.seed_mailbox)
        return mailbox
