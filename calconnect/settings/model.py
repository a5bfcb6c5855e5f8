"""The settings of a run, as every other part sees them: checked, complete, with paths made absolute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from calconnect.settings.secrets import SecretReference

DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_WINDOW_DAYS = 14
DEFAULT_OUTSIDERS_DRAWN = 5
DEFAULT_MOST_DAYS_OLD = 7


CRONOFY_APPLICATION = "10bb7e5b-b80b-4e6e-a209-f78581dbc79e"
"""The App ID of Cronofy's Graph Enterprise Connect. Source:
https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-graph/restrict-data-access/"""


class Topology(StrEnum):
    """How the mailboxes are reached."""

    EXCHANGE_SERVER = "exchange-server"
    """Mailboxes on an Exchange Server of the organisation's own: EWS, a service account, impersonation."""
    EXCHANGE_ONLINE_GRAPH = "exchange-online-graph"
    """Mailboxes in Exchange Online: Microsoft Graph, an administrator's consent, an application scope."""
    EXCHANGE_ONLINE_EWS = "exchange-online-ews"
    """Mailboxes in Exchange Online over EWS, for free/busy alone, until EWS ends there."""
    HYBRID = "hybrid"
    """Both: each mailbox is reached on the side that holds it, over EWS there and over Graph here."""

    @property
    def has_server(self) -> bool:
        """Whether an Exchange Server is asked."""
        return self in (Topology.EXCHANGE_SERVER, Topology.HYBRID)

    @property
    def has_online(self) -> bool:
        """Whether Exchange Online is asked."""
        return self is not Topology.EXCHANGE_SERVER


class Cloud(StrEnum):
    """Which of Microsoft's clouds the organisation is in. Hosts:
    https://learn.microsoft.com/graph/deployments"""

    GLOBAL = "global"
    US_GOVERNMENT = "us-government"
    US_GOVERNMENT_DOD = "us-government-dod"
    CHINA = "china"


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
    """The fields of the vendor's setup form, in its order.

    For Exchange Online the form has no service account: its fields are empty then.
    """

    service_account_email: str
    """Empty: the topology has none."""
    service_account_password: SecretReference | None
    """None: the topology has none."""
    email_to_impersonate: str
    """Also the mailbox of the trial, which must not be an IT administrator's."""
    terms_agreed: bool
    exchange_server_url: str | None = None
    """None: left out, so Autodiscover must find the server."""
    service_account_username: str | None = None
    """None: left out, so the e-mail address must work as the login."""


@dataclass(frozen=True, slots=True)
class ApplicationCredential:
    """How calconnect's own application proves itself to Entra: exactly one of the three ways is filled."""

    client_secret: SecretReference | None = None
    certificate: Path | None = None
    """PEM file with the certificate and its private key, or a PFX file."""
    certificate_password: SecretReference | None = None
    """Of the private key; None: it has none."""
    federated_assertion: SecretReference | None = None
    """A signed assertion (JWT) of another identity provider that the application trusts."""


@dataclass(frozen=True, slots=True)
class Microsoft365Settings:
    """The organisation in Microsoft's cloud, and calconnect's own application there.

    That application is not the vendor's: what it may do proves nothing about what the vendor's may.
    """

    tenant: str
    """Tenant id (a GUID) or a verified domain."""
    application: str
    """App ID (client id) of calconnect's own application."""
    credential: ApplicationCredential
    cloud: Cloud = Cloud.GLOBAL
    authority: str | None = None
    """Where tokens are issued (``https://login.example.com``); None: the cloud's own."""
    trial_mailbox: str | None = None
    """The mailbox of the trial in Exchange Online, where a hybrid's e-mail to impersonate is on the server; None: the
    e-mail to impersonate."""
    vendor_application: str = CRONOFY_APPLICATION
    """App ID of the vendor's application, which the organisation consents to."""
    authorised_by: str | None = None
    """Who gives the consent: the user principal name of a Global Administrator; None: not said."""
    vendor_connected_on: date | None = None
    """The day on which the vendor was, or is to be, let in: limits must stand before it; None: not yet."""


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
    topology: Topology = Topology.EXCHANGE_SERVER
    """As the settings say, or as the tables that are filled in show."""
    topology_named: bool = True
    """Whether the settings name it; else the tables have shown it."""
    microsoft365: Microsoft365Settings | None = None
    """None: the topology has no Exchange Online."""
    reports: Path | None = None
    """Where runs are written; None: ``reports`` in the current folder."""

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """Where each secret of the run is kept."""
        references = [self.connection.service_account_password]
        if self.microsoft365 is not None:
            credential = self.microsoft365.credential
            references += [credential.client_secret, credential.certificate_password, credential.federated_assertion]
        return tuple(reference for reference in references if reference is not None)
