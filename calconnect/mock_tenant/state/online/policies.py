"""What limits applications and sign-ins: access policies, roles of applications, EWS switches, Conditional Access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """An application access policy. Source:
    https://learn.microsoft.com/powershell/module/exchange/new-applicationaccesspolicy"""

    app_id: str
    group: str
    """Address of the mail-enabled security group."""
    restrict: bool
    """``RestrictAccess``; else ``DenyAccess``."""
    created: datetime
    """Live calls follow it an hour and more later."""
    effective: datetime
    """When live calls follow it."""


@dataclass(frozen=True, slots=True)
class ApplicationRole:
    """A role for applications (RBAC for Applications) that is assigned. Source:
    https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""

    name: str
    app_id: str
    role: str
    """``Application Calendars.ReadWrite``, ``Application EWS.AccessAsApp`` …"""
    group: str
    """Address of the group that the scope is made of (direct members only); empty: the whole organisation."""
    created: datetime
    effective: datetime
    """When live calls follow it: 30 minutes to 2 hours after."""


@dataclass(slots=True)
class EwsSwitches:
    """Exchange Online's EWS, as the organisation has set it. What comes of it on a day: state/online/ews.py."""

    enabled: bool | None = None
    """``EwsEnabled`` of the organisation; None: never set."""
    allowed_apps: tuple[str, ...] = ()
    """``EwsAllowedAppIDs``."""
    allowed_apps_effective: datetime | None = None
    """When the list is followed (up to 24 hours after its change); None: it is."""
    rollout: date = date(2026, 10, 1)
    """The day on which Microsoft's phased disablement reaches this tenant."""
    access_policy: str = ""
    """``EnforceAllowList``, ``EnforceBlockList`` or empty: by User-Agent."""
    allow_list: tuple[str, ...] = ()
    block_list: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedLocation:
    """A named location: networks by CIDR."""

    name: str
    ranges: tuple[str, ...]
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class ConditionalAccessPolicy:
    """A Conditional Access policy, as far as a sign-in by a user is concerned."""

    name: str
    state: str = "enabled"
    """``enabled``, ``disabled`` or ``enabledForReportingButNotEnforced``."""
    users: tuple[str, ...] = ("All",)
    """Addresses, or ``All``."""
    excluded_users: tuple[str, ...] = ()
    applications: tuple[str, ...] = ("All",)
    locations: tuple[str, ...] = ("All",)
    """Names of locations, ``All`` or ``AllTrusted``."""
    excluded_locations: tuple[str, ...] = ()
    client_app_types: tuple[str, ...] = ("all",)
    controls: tuple[str, ...] = ("mfa",)
    """``block``, ``mfa`` …"""


@dataclass(frozen=True, slots=True)
class TransportRule:
    """A mail flow rule, as far as the vendor's invitations are concerned."""

    name: str
    enabled: bool = True
    sender_domains: tuple[str, ...] = ()
    action: str = ""
    """``bypass`` (spam filtering), ``quarantine``, ``reject`` or empty."""


@dataclass(slots=True)
class GraphFaults:
    """How Graph misbehaves, deliberately."""

    throttle_every: int = 0
    """Every n-th request to a mailbox is answered with 429; 0: none is."""
    retry_after_seconds: int | None = 1
    """None: a 429 without ``Retry-After``."""
    requests_per_second: float = 0.0
    """Requests a second of one application, over all mailboxes; each part of a batch is one. Beyond, 429.
    0: no limit."""
    whole_batches: bool = False
    """Whether a batch of which not all parts are allowed any more gets that 429 as a whole."""
    latency_milliseconds: int = 0
    """How long each request takes at least."""
    endless_pages: bool = False
    """``@odata.nextLink`` leads round in a circle."""
    not_json: bool = False
    """Answers are a proxy's HTML page."""
    stale_delta: bool = False
    """Every delta token is dead: 410 ``syncStateNotFound``."""
