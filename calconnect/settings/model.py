"""The settings of a run, as every other part sees them: checked, complete, with paths made absolute."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from calconnect.settings.secrets import SecretReference

DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_WINDOW_DAYS = 14
DEFAULT_OUTSIDERS_DRAWN = 5
DEFAULT_MOST_DAYS_OLD = 7


class AccessLevel(StrEnum):
    """How much the service account was agreed to reach in each mailbox. Source:
    https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-exchange/"""

    FULL = "full"
    """The whole mailbox, by impersonation."""
    CALENDAR_ONLY = "calendar-only"
    """The calendar alone, by a permission on that folder."""
    FREE_BUSY = "free-busy"
    """When people are free, and nothing else, by the permission AvailabilityOnly."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The fields of the vendor's setup form, in its order."""

    service_account_email: str
    service_account_password: SecretReference
    email_to_impersonate: str
    """Also the mailbox of the trial, which must not be an IT administrator's."""
    terms_agreed: bool
    exchange_server_url: str | None = None
    """None: left out, so Autodiscover must find the server."""
    service_account_username: str | None = None
    """None: left out, so the e-mail address must work as the login."""


@dataclass(frozen=True, slots=True)
class ListedMailbox:
    """One line of the list of mailboxes that are to be integrated."""

    address: str
    """As written in the list, without surrounding space."""
    line: int | None
    """1-based line in the list's file; None if it stands in the settings."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The domain group that is said to limit impersonation."""

    group: str
    """The group's e-mail address."""
    outsiders: tuple[str, ...] = ()
    """Mailboxes outside the group, which must be refused. Empty: they are drawn from the directory."""
    outsiders_drawn: int = DEFAULT_OUTSIDERS_DRAWN
    """How many are drawn, where none is named."""


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """Who counts as an IT administrator."""

    administrators: tuple[str, ...] = ()
    """E-mail addresses of IT administrators."""
    administrator_groups: tuple[str, ...] = ()
    """E-mail addresses of groups whose members, nested ones too, are IT administrators; expanded at the tenant."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How the server is reached, and by whom it must be reachable."""

    ca_file: Path | None = None
    """PEM file of the certification authority to trust beside the system's."""
    connect_to: dict[str, str] = field(default_factory=dict)
    """``host:port`` → ``address:port`` to connect to in its place (curl's --connect-to); names in TLS stay as asked."""
    vendor_addresses: Path | None = None
    """The vendor's fixed IP addresses for the data centre: a text file, one address or CIDR network a line."""
    firewall_export: Path | None = None
    """The firewall's rules as CSV: ``order,action,source,destination,port,enabled``."""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """The configuration evidence: what ``calconnect evidence import`` has written."""

    folder: Path | None = None
    """The folder that holds it; None: none was imported."""
    most_days_old: int = DEFAULT_MOST_DAYS_OLD
    """An export that is older proves nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run needs to know."""

    file: Path
    """Where it was read from."""
    connection: ConnectionSettings
    mailboxes: tuple[ListedMailbox, ...]
    """The list, in its order, without duplicates; never empty."""
    mailboxes_file: Path | None = None
    limit: LimitSettings | None = None
    trial: TrialSettings = field(default_factory=TrialSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    access: AccessLevel = AccessLevel.FULL
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    waivers: Path | None = None
    """The file of waivers; None: there is none."""
    attestations: Path | None = None
    """The file of attestations; None: there is none."""
    rooms_wanted: bool = False
    window_days: int = DEFAULT_WINDOW_DAYS
    """How many days from today on are looked at."""
    suite: Path | None = None
    """A folder of the user's own with ``*.feature`` files and ``steps/*.py``."""
    reports: Path | None = None
    """Where runs are written; None: ``reports`` in the current folder."""
