"""What a tenant file amounts to, once read, checked and built: the organisation, and how its server is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts
from calconnect.mock_tenant.firewall import Firewall
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.tls import CertificateFacts


@dataclass(frozen=True, slots=True)
class ServiceAccountFacts:
    """The first service account of the file: what an administrator would write into the connection settings."""

    email: str
    username: str
    """The first name that it signs in by."""
    usernames: tuple[str, ...]
    password: str = field(repr=False)
    """As the administrator noted it, which need not be right."""
    noted_openly: bool = False
    """Whether the file that it is noted in may be read by everybody."""


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of the configuration that the administrator supplies."""

    supplied: bool = True
    days_old: int = 0
    """How many days ago they were exported."""
    without: tuple[str, ...] = ()
    """Names of exports that are left out, such as ``servers``."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an audit is to find otherwise than in the healthy tenant of the same topology."""

    failed: tuple[str, ...] = ()
    """Ids of the requirements that fail."""
    unknown: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    """Ids of those that do not apply here, though they do in a healthy tenant."""
    passed: tuple[str, ...] = ()
    """Ids of those that apply here and pass, though they do not apply in a healthy tenant."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Id → the code that its scenario quotes."""
    problems: tuple[str, ...] = ()
    """Keys of the settings that must be refused before anything is sent (``connection.exchange_server_url``); with any
    of them, no requirement comes to a verdict."""
    answer: str = ""
    """``ready``, ``not-ready`` or ``not-known``, where waivers have a say in it; empty: what the verdicts come to."""


@dataclass(frozen=True, slots=True)
class OnlineFacts:
    """What an administrator of the Exchange Online half would write into the settings."""

    topology: str
    """``exchange-online-graph``, ``exchange-online-ews`` or ``hybrid``."""
    tenant: str
    """The initial domain."""
    application: str
    """App ID of calconnect's own application; empty: the tenant file has none."""
    trial_mailbox: str
    """A listed mailbox in Exchange Online, of somebody without a directory role; empty if there is none."""
    authorised_by: str = ""
    """User principal name of a Global Administrator; empty if there is none."""
    vendor_connected_on: date | None = None
    client_secret: str = field(default="", repr=False)
    """As the administrator noted it, which need not be right; empty: another credential is used."""
    certificate: bytes = field(default=b"", repr=False)
    """PEM, with the private key; empty: another credential is used."""
    assertion: str = field(default="", repr=False)
    """A signed assertion of another identity provider; empty: another credential is used."""


@dataclass(frozen=True, slots=True)
class Description:
    """A tenant file, read and built. Loading the file again gives the same tenant in its first state."""

    name: str
    title: str
    description: str
    """What is wrong with the tenant, in a sentence."""
    file: Path
    organization: Organization
    listed: tuple[str, ...]
    """Addresses of the mailboxes that are to be integrated: what ``mailboxes.csv`` holds."""
    trial_mailbox: str
    """A listed mailbox that is no IT administrator's, for the e-mail to impersonate; empty if there is none."""
    administrators: tuple[str, ...]
    """Addresses of the mailboxes that are marked one by one as IT administrators'."""
    administrator_groups: tuple[str, ...]
    """Addresses of the groups that are marked as IT administrators'."""
    service_account: ServiceAccountFacts | None
    """None: the file names no service account."""
    firewall: Firewall
    certificate: CertificateFacts
    autodiscover: AutodiscoverFacts
    vendor_addresses: tuple[str, ...]
    """Loopback addresses that stand for the vendor's fixed ones."""
    settings: Mapping[str, Any]
    """Laid over the settings that are generated for this tenant: tables merged, ``""`` takes a key away."""
    exports: Exports
    expected: Expected
    waivers: tuple[Mapping[str, Any], ...] = ()
    """What stands in the file of waivers beside the settings, entry by entry; days may be counted from today."""
    attestations: tuple[Mapping[str, Any], ...] = ()
    """What stands in the file of attestations beside the settings, likewise."""
    online: OnlineFacts | None = None
    """None: there is no Exchange Online half."""
    dated: bool = False
    """Whether the file says when it is now, or whoever loaded it did: what holds on that day is to be looked at."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A tenant that comes with calconnect."""

    name: str
    title: str
    file: Path
    breaks: tuple[str, ...] = ()
    """Ids of the requirements that are expected to fail in it."""
