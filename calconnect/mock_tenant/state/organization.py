"""The organisation: everything that the server answers from."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.directory import Account, Directory, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.faults import Faults
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.opening import FAILOVER, STATE_ERRORS, STORE_DOWN, demand_root, no_mailbox
from calconnect.mock_tenant.state.policies import AuthenticationPolicy, DatabaseState, Policies, ThrottlingPolicy
from calconnect.mock_tenant.state.rbac import RoleBook
from calconnect.mock_tenant.state.server import ServerFacts
from calconnect.mock_tenant.state.subscriptions import SubscriptionBook

_DATABASE_ERRORS = {DatabaseState.FAILOVER: FAILOVER, DatabaseState.DISMOUNTED: STORE_DOWN}


@dataclass(slots=True)
class Organization:
    """An Exchange organisation. ``lock`` guards all of it: the server holds it while an operation runs."""

    name: str
    domains: list[str]
    """Accepted domains, lower-case; the first is the default one."""
    clock: MovableClock
    server: ServerFacts = field(default_factory=ServerFacts)
    policies: Policies = field(default_factory=Policies)
    """What holds for everybody to whom nothing else is assigned."""
    faults: Faults = field(default_factory=Faults)
    authentication_policies: dict[str, AuthenticationPolicy] = field(default_factory=dict)
    """By name."""
    authentication_policy: str = ""
    """The name of the default one; empty: there is none, and nothing is blocked."""
    throttling_policies: dict[str, ThrottlingPolicy] = field(default_factory=dict)
    """By name; the default one stands in ``policies``."""
    databases: dict[str, DatabaseState] = field(default_factory=dict)
    """By name; one that is not here is mounted."""
    directory: Directory = field(default_factory=Directory)
    roles: RoleBook = field(default_factory=RoleBook)
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    lock: threading.RLock = field(default_factory=threading.RLock)
    seed_mailbox: Callable[[Mailbox], None] | None = None
    """Fills a mailbox when it is opened for the first time (the description's events)."""
    opened: dict[bytes, Mailbox] = field(default_factory=dict)
    subscriptions: SubscriptionBook = field(default_factory=SubscriptionBook)
    online: OnlineHalf | None = None
    """The Exchange Online half; None: there is none."""

    @property
    def host(self) -> str:
        """The full host name of the server."""
        return self.server.host if "." in self.server.host else f"{self.server.host}.{self.domains[0]}"

    def now(self) -> datetime:
        """Return the organisation's time."""
        return self.clock()

    def authentication_policy_of(self, account: Account) -> AuthenticationPolicy | None:
        """Return the authentication policy that holds for an account: its own, else the default one."""
        return self.authentication_policies.get(account.authentication_policy or self.authentication_policy)

    def blocks_legacy(self, account: Account) -> bool:
        """Whether Basic and NTLM are refused for an account although its password is right."""
        policy = self.authentication_policy_of(account)
        return policy is not None and policy.block_legacy_ews

    def throttling_policy_of(self, account: Account | None) -> ThrottlingPolicy:
        """Return the throttling policy that holds for an account: its own, else the default one."""
        policies = self.policies
        default = ThrottlingPolicy("", policies.ews_max_concurrency, policies.ews_max_subscriptions)
        return default if account is None else self.throttling_policies.get(account.throttling_policy, default)

    def mailbox(self, recipient: Recipient) -> Mailbox:
        """Open a recipient's mailbox.

        Raises:
            EwsError: ``ErrorNonExistentMailbox`` (none here), or the code of the state that it or its database is in.
        """
        if not recipient.has_mailbox:
            raise no_mailbox()
        wrong = STATE_ERRORS.get(recipient.state)
        if wrong is None and self.databases:
            wrong = _DATABASE_ERRORS.get(self.databases.get(recipient.database, DatabaseState.MOUNTED))
        if wrong is not None:
            raise EwsError(*wrong)
        demand_root(recipient)
        guid = recipient.guid.bytes
        mailbox = self.opened.get(guid)
        if mailbox is None:
            mailbox = self.opened[guid] = Mailbox(recipient, self.clock, seed=self.seed_mailbox)
        return mailbox
