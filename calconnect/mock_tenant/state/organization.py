"""The organisation: everything that the server answers from."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.directory import Directory, MailboxState, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.rbac import RoleBook
from calconnect.mock_tenant.state.subscriptions import SubscriptionBook

_STATE_ERRORS = {
    MailboxState.MOVING: ("ErrorMailboxMoveInProgress", "Mailbox move in progress. Try again later."),
    MailboxState.FAILOVER: ("ErrorMailboxFailover", "Mailbox is failing over. Try again later."),
    MailboxState.STORE_DOWN: ("ErrorMailboxStoreUnavailable", "The mailbox database is temporarily unavailable."),
}


@dataclass(slots=True)
class Policies:
    """What the server is set to allow. Defaults are Exchange Server's own."""

    basic: bool = True
    ntlm: bool = True
    negotiate: bool = True
    """Whether ``Negotiate`` is offered beside ``NTLM`` (raw NTLM tokens are accepted under it)."""
    ews_max_concurrency: int = 27
    """Requests in flight for one account; https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"""
    ews_find_count_limit: int = 1000
    ews_max_subscriptions: int = 5000
    requests_per_second: float = 0.0
    """Requests a second for one account and target mailbox before ErrorServerBusy; 0: no limit."""
    back_off_milliseconds: int = 1000
    busy_as_503: bool = False
    """Whether a client over ``requests_per_second`` gets HTTP 503 with ``Retry-After`` instead of ErrorServerBusy."""
    ews_enabled: bool = True
    latency_milliseconds: int = 0
    """How long each EWS request takes at least."""


@dataclass(slots=True)
class ServerFacts:
    """How the server names itself."""

    version: str = "15.2.1748.10"
    """Build: 15.2 is Exchange 2019 and SE (exchangelib, version.py)."""
    host: str = "mail"
    """Host name in the first domain, or a full name."""
    server_name: str = "EX01"


@dataclass(slots=True)
class Organization:
    """An Exchange organisation. ``lock`` guards all of it: the server holds it while an operation runs."""

    name: str
    domains: list[str]
    """Accepted domains, lower-case; the first is the default one."""
    clock: MovableClock
    server: ServerFacts = field(default_factory=ServerFacts)
    policies: Policies = field(default_factory=Policies)
    directory: Directory = field(default_factory=Directory)
    roles: RoleBook = field(default_factory=RoleBook)
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    lock: threading.RLock = field(default_factory=threading.RLock)
    seed_mailbox: Callable[[Mailbox], None] | None = None
    """Fills a mailbox when it is opened for the first time (the description's events)."""
    opened: dict[bytes, Mailbox] = field(default_factory=dict)
    subscriptions: SubscriptionBook = field(default_factory=SubscriptionBook)

    @property
    def host(self) -> str:
        """The full host name of the server."""
        return self.server.host if "." in self.server.host else f"{self.server.host}.{self.domains[0]}"

    def now(self) -> datetime:
        """Return the organisation's time."""
        return self.clock()

    def mailbox(self, recipient: Recipient) -> Mailbox:
        """Open a recipient's mailbox.

        Raises:
            EwsError: ``ErrorNonExistentMailbox`` (none here), or the code of the state that it is in.
        """
        if not recipient.has_mailbox:
            raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        if recipient.state in _STATE_ERRORS:
            raise EwsError(*_STATE_ERRORS[recipient.state])
        guid = recipient.guid.bytes
        mailbox = self.opened.get(guid)
        if mailbox is None:
            mailbox = self.opened[guid] = Mailbox(recipient, self.clock, seed=self.seed_mailbox)
        return mailbox
