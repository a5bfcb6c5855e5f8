"""The parts of the results that tell of the run itself: what ran, against whom, told what, and with which files."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Part(BaseModel):
    """The root of every part of the results: closed and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ReusedSweep(Part):
    """A sweep whose observations served the run."""

    run: str
    """Its id."""
    observations: int = Field(ge=0)
    """How many of them were used."""
    oldest: AwareDatetime | None
    """When the oldest of these was made; null: none was used."""
    newest: AwareDatetime | None
    """When the newest was."""


class RunInfo(Part):
    """The execution itself."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The run's id, which is also the name of its folder."""
    started: AwareDatetime
    """When the first question was about to be asked, in UTC."""
    finished: AwareDatetime
    """When the last scenario had ended, in UTC."""
    calconnect_version: str
    """The version of calconnect that ran."""
    command: str
    """The command that does the same again. Holds paths and names, never a secret."""
    interrupted: bool
    """Whether the run was stopped before its end; what was not reached is then ``unknown``."""
    reused: ReusedSweep | None = None
    """The sweep whose observations served the run; null: everything was asked anew."""


class OnlineTenantInfo(Part):
    """The organisation in Exchange Online, as calconnect's own application found it."""

    tenant_id: str
    """As the token says; empty if it does not."""
    application: str
    """App ID of calconnect's own application, as which everything was asked."""
    signed_in_by: str
    """``secret``, ``certificate`` or ``assertion``; empty if it did not sign in."""
    permissions: list[str]
    """The application permissions that its token carries."""
    domains: list[str]
    """The verified domains."""


class TenantInfo(Part):
    """The organisation's server, as it was found."""

    topology: str
    """How the mailboxes are reached: ``exchange-server``, ``exchange-online-graph``, ``exchange-online-ews`` or
    ``hybrid``."""
    mock: str | None
    """The mock tenant that this run started itself; null where the settings named the server."""
    server_host: str | None
    """Host of the EWS URL; null if no server was found."""
    ews_url: str | None
    """The EWS URL that was used; null if no server was found."""
    server_version: str | None
    """The build that the server said it is (``15.2.1748.10``); null if it did not."""
    found_by: Literal["settings", "autodiscover"] | None
    """How the URL was found; null if it was not."""
    topology_found_by: Literal["settings", "tables"] | None = None
    """``settings`` name the topology, or their ``tables`` show it; null: there is an Exchange Server alone."""
    trial_hosted: str = ""
    """Where Autodiscover has the mailbox of the trial (``online``, ``elsewhere``), if it was asked."""
    online: OnlineTenantInfo | None = None
    """Exchange Online, as it was found; null where the topology has none, or it was not reached."""


class NetworkSummary(Part):
    """How the server was reached, without anything secret."""

    ca_file: str | None
    """Name of the certification authority's file; null: the system's authorities alone."""
    connect_to: dict[str, str]
    """``host:port`` to ``address:port``, where something else than the name's own address was connected to."""
    vendor_addresses: str | None
    """Name of the file with the vendor's fixed IP addresses."""
    firewall_export: str | None
    """Name of the firewall's export."""
    timeout_seconds: float
    """How long one request may take."""


class Microsoft365Summary(Part):
    """The organisation in Microsoft's cloud, and calconnect's own application there: of its credential the kind."""

    tenant: str
    """Tenant id, or a verified domain."""
    application: str
    """App ID of calconnect's own application."""
    credential: Literal["client-secret", "certificate", "federated-assertion"]
    """How that application proves itself."""
    cloud: str
    authority: str | None
    """Where tokens are issued; null: the cloud's own."""
    trial_mailbox: str | None
    """The mailbox of the trial in Exchange Online, in a hybrid; null: the e-mail to impersonate."""
    vendor_application: str
    """App ID of the vendor's application."""
    authorised_by: str | None
    vendor_connected_on: date | None
    """The day on which the vendor was, or is to be, let in."""


class SettingsSummary(Part):
    """What the run was told. The password's place is named by its kind only."""

    file: str
    """Name of the settings file."""
    service_account_email: str
    """The service account; empty where the topology has none."""
    service_account_username: str | None
    """The login; null: left out, so the e-mail address is the login."""
    password_reference: Literal["keyring", "env", "file"] | None
    """What kind of place the password is kept in; null where the topology has no service account."""
    exchange_server_url: str | None
    """The server's URL; null: left out, so Autodiscover must find it."""
    email_to_impersonate: str
    """The mailbox of the trial."""
    terms_agreed: bool
    """Whether the vendor's terms are agreed to."""
    mailboxes_file: str | None
    """Name of the list's file; null: the list stands in the settings."""
    limit_group: str | None
    """The group that is said to limit impersonation."""
    outsiders: list[str]
    """Mailboxes outside that group, which must be refused."""
    administrators: list[str]
    """Who counts as an IT administrator by name."""
    administrator_groups: list[str]
    """Groups whose members count as IT administrators."""
    rooms_wanted: bool
    """Whether rooms are to be listed."""
    window_days: int
    """How many days were looked at."""
    suite: str | None
    """Name of the user's own folder of scenarios."""
    network: NetworkSummary
    """How the server was reached."""
    access: Literal["full", "calendar-only", "free-busy"] = "full"
    """How much of each mailbox the service account was agreed to reach."""
    outsiders_drawn: int = 0
    """How many outsiders were to be drawn from the directory; 0: they were named, or no limit was to be observed."""
    microsoft365: Microsoft365Summary | None = None
    """Null where the topology has no Exchange Online."""


class EnvironmentInfo(Part):
    """What it ran on. No host name, no user name, no path."""

    python: str
    implementation: str
    system: str
    machine: str
    packages: dict[str, str]
    """Versions of what calconnect stands on."""


EvidenceRole = Literal[
    "settings",
    "mailbox-list",
    "ca-file",
    "settings-snapshot",
    "requirements",
    "vendor-addresses",
    "firewall-export",
    "configuration-evidence",
    "waivers",
    "attestations",
    "own-scenario",
    "observations",
    "events",
    "verdicts",
]
"""What a file is to the verdicts."""


class EvidenceFile(Part):
    """A file that went into the verdicts, so that anybody can check that it is the same one."""

    role: EvidenceRole
    name: str
    """The file's name, without its folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
    path: str | None = None
    """Where it lies in the run's folder, such as ``inputs/settings.json``; null: it is not kept there."""
    exported: AwareDatetime | None = None
    """Of an export of the configuration: when it was exported; else null."""
