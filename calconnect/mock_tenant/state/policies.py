"""What the organisation's policies allow: for everybody, and for those to whom one with a name is assigned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    account_requests_per_second: float = 0.0
    """The same for one account over all mailboxes; 0: no limit. Exchange charges the target mailbox; it is load
    balancers and gateways before it that count so."""
    back_off_milliseconds: int = 1000
    busy_as_503: bool = False
    """Whether a client over one of these rates gets HTTP 503 with ``Retry-After`` instead of ErrorServerBusy."""
    busy_as_429: bool = False
    """Whether it gets HTTP 429 with ``Retry-After``, as gateways answer; goes before ``busy_as_503``."""
    ews_enabled: bool = True
    latency_milliseconds: int = 0
    """How long each EWS request takes at least."""


@dataclass(frozen=True, slots=True)
class ThrottlingPolicy:
    """A throttling policy with a name, which takes the place of the default one for whom it is assigned to.

    https://learn.microsoft.com/powershell/module/exchange/new-throttlingpolicy
    """

    name: str
    ews_max_concurrency: int = 27
    """Requests in flight; 0: no limit."""
    ews_max_subscriptions: int = 5000
    """0: no limit."""


@dataclass(frozen=True, slots=True)
class AuthenticationPolicy:
    """An authentication policy: https://learn.microsoft.com/powershell/module/exchange/set-authenticationpolicy"""

    name: str
    block_legacy_ews: bool = False
    """``BlockLegacyAuthWebServices``: whether Basic and NTLM are refused."""


class DatabaseState(StrEnum):
    """Whether a mailbox database can be used."""

    MOUNTED = "mounted"
    DISMOUNTED = "dismounted"
    """ErrorMailboxStoreUnavailable for all of its mailboxes."""
    FAILOVER = "failover"
    """ErrorMailboxFailover for all of its mailboxes."""
