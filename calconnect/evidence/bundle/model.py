"""Configuration evidence, as read: typed records of what the exports say. ``None`` always means: was not exported.

The files and the cmdlets that write them are those of docs/evidence.md. Property names are Exchange's and Active
Directory's own. Source: https://learn.microsoft.com/powershell/exchange/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from calconnect.evidence.bundle.model_online import OnlineRecords


class DatedBy(StrEnum):
    """What tells when a file was exported."""

    BUNDLE = "bundle.json"
    """The list that collect-evidence.ps1 writes."""
    FILE = "modification time"
    """Nothing but the file itself: it was exported by hand."""


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One exported file."""

    name: str
    """Such as ``role_assignments.json``."""
    path: Path
    sha256: str
    size: int
    """Bytes."""
    exported_at: datetime
    """When it was exported (aware)."""
    dated_by: DatedBy = DatedBy.BUNDLE
    """How that is known."""
    command: str = ""
    """The command whose output it holds."""
    rows: int = 0

    @property
    def export(self) -> str:
        """The name without its ending: ``role_assignments``."""
        return self.name.rpartition(".")[0].lower()


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """``Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers``, one row."""

    name: str
    assignee: str
    """RoleAssigneeName: the account or role group."""
    assignee_type: str
    effective_user: str
    """EffectiveUserName."""
    delegation: str
    """RoleAssignmentDelegationType: ``Regular``, ``DelegatingOrgWide`` …"""
    recipient_write_scope: str
    """RecipientWriteScope: ``Organization``, ``CustomRecipientScope``, ``ExclusiveRecipientScope`` …"""
    custom_scope: str
    """CustomRecipientWriteScope: name of the management scope; empty: none."""
    enabled: bool
    changed_at: datetime | None = None
    """WhenChangedUTC (aware): a right that was changed a short while ago need not hold everywhere yet."""


@dataclass(frozen=True, slots=True)
class ManagementScope:
    """``Get-ManagementScope``, one row."""

    name: str
    recipient_filter: str
    recipient_root: str
    exclusive: bool
    members: tuple[str, ...] | None = None
    """Primary addresses of whom the filter finds (``Get-Recipient -RecipientPreviewFilter``)."""
    changed_at: datetime | None = None
    """WhenChangedUTC (aware)."""


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """The group that limits impersonation: ``Get-DistributionGroup`` and its members."""

    primary_address: str
    distinguished_name: str
    recipient_type: str
    """RecipientTypeDetails."""
    members: tuple[str, ...] | None = None
    """Primary addresses of direct members that are no groups; None: was not exported."""
    nested_groups: tuple[str, ...] | None = None
    """Primary addresses of direct members that are groups; None: was not exported."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """The service account: ``Get-Mailbox``, ``Get-CASMailbox``, ``Get-User`` and ``Get-ADUser``."""

    primary_address: str
    """Empty: it has none, or none of the exports that show it is there."""
    recipient_type: str
    """RecipientTypeDetails: ``UserMailbox``, ``RemoteUserMailbox``, ``User`` (none) …; empty: was not exported."""
    name: str = ""
    """Name, by which role assignments call it (EffectiveUserName); empty: was not exported."""
    sam_account_name: str = ""
    """The part of ``DOMAIN\\name`` behind the backslash; empty: was not exported."""
    ews_enabled: bool | None = None
    """Not set, which allows it, is True."""
    authentication_policy: str | None = None
    """Name; empty: none assigned, so the organisation's default holds."""
    enabled: bool | None = None
    locked_out: bool | None = None
    password_expired: bool | None = None
    must_change_password: bool | None = None
    """pwdLastSet is 0."""
    admin_count: int | None = None
    """adminCount; 0: not set."""
    member_of: tuple[str, ...] | None = None
    """Distinguished names."""


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """``Get-OrganizationConfig``, ``Get-AcceptedDomain`` and ``Get-AuthenticationPolicy``."""

    ews_enabled: bool | None
    """None: not set, which allows it."""
    default_authentication_policy: str
    accepted_domains: tuple[str, ...] | None = None
    """In lower case; ``*.example.com`` where subdomains belong to it. None: was not exported."""
    policies_blocking_legacy_ews: tuple[str, ...] | None = None
    """Names of authentication policies whose BlockLegacyAuthWebServices is true; None: was not exported."""
    authentication_policies: tuple[str, ...] | None = None
    """Names of all of them; None: was not exported."""


@dataclass(frozen=True, slots=True)
class VirtualDirectory:
    """``Get-WebServicesVirtualDirectory``, one row."""

    server: str
    external_url: str
    internal_url: str
    basic: bool | None
    windows: bool | None
    """WindowsAuthentication: NTLM and Negotiate."""
    extended_protection: str
    """ExtendedProtectionTokenChecking: ``None``, ``Allow``, ``Require``; empty: was not exported."""


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """``Get-ExchangeServer``, one row."""

    name: str
    version: str
    """Build as in SOAP headers, ``15.2.2562.17``, made of AdminDisplayVersion."""
    roles: str


@dataclass(frozen=True, slots=True)
class ThrottlingRecord:
    """The throttling policy that holds for the service account."""

    policy: str
    """Name."""
    ews_max_concurrency: int | None
    """None: unlimited."""
    ews_max_subscriptions: int | None


@dataclass(frozen=True, slots=True)
class UserRecord:
    """One of the users to be integrated: ``Get-Recipient``, ``Get-CASMailbox``, ``Get-ADUser``."""

    primary_address: str
    recipient_type: str
    """RecipientTypeDetails: ``UserMailbox``, ``RemoteUserMailbox`` …"""
    ews_enabled: bool | None = None
    """Not set, which allows it, is True; None: was not exported."""
    admin_count: int | None = None
    """adminCount; 0: not set. None: was not exported."""
    database: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that was exported."""

    folder: Path
    files: tuple[BundleFile, ...] = ()
    role_assignments: tuple[RoleAssignment, ...] | None = None
    scopes: tuple[ManagementScope, ...] | None = None
    group: GroupRecord | None = None
    account: AccountRecord | None = None
    organization: OrganizationRecord | None = None
    virtual_directories: tuple[VirtualDirectory, ...] | None = None
    servers: tuple[ServerRecord, ...] | None = None
    throttling: ThrottlingRecord | None = None
    users: tuple[UserRecord, ...] | None = None
    online: OnlineRecords = field(default_factory=OnlineRecords)
    """What was exported from Exchange Online."""

    def file(self, name: str) -> BundleFile | None:
        """Return the file of that export; None: it was not exported.

        Args:
            name: with its ending or without: ``servers.json`` or ``servers``, which is ``servers.csv`` as well.
        """
        return next((file for file in self.files if name in (file.name, file.export)), None)
