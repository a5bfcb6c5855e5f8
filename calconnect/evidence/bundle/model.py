"""Configuration evidence, as read: typed records of what the exports say. ``None`` always means: was not exported.

The files and the cmdlets that write them are those of docs/evidence.md. Property names are Exchange's and Active
Directory's own. Source: https://learn.microsoft.com/powershell/exchange/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class ManagementScope:
    """``Get-ManagementScope``, one row."""

    name: str
    recipient_filter: str
    recipient_root: str
    exclusive: bool
    members: tuple[str, ...] | None = None
    """Primary addresses of whom the filter finds (``Get-Recipient -RecipientPreviewFilter``)."""


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """The group that limits impersonation: ``Get-DistributionGroup`` and its members."""

    primary_address: str
    distinguished_name: str
    recipient_type: str
    """RecipientTypeDetails."""
    members: tuple[str, ...] = ()
    """Primary addresses of direct members that are mailboxes."""
    nested_groups: tuple[str, ...] = ()
    """Primary addresses of direct members that are groups."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """The service account: ``Get-Mailbox``, ``Get-CASMailbox``, ``Get-User`` and ``Get-ADUser``."""

    primary_address: str
    recipient_type: str
    """RecipientTypeDetails: ``UserMailbox``, ``RemoteUserMailbox``, ``User`` (none) …"""
    ews_enabled: bool | None = None
    authentication_policy: str | None = None
    """Name; empty: none assigned, so the organisation's default holds."""
    enabled: bool | None = None
    locked_out: bool | None = None
    password_expired: bool | None = None
    must_change_password: bool | None = None
    """pwdLastSet is 0."""
    admin_count: int | None = None
    member_of: tuple[str, ...] | None = None
    """Distinguished names."""


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """``Get-OrganizationConfig``, ``Get-AcceptedDomain`` and ``Get-AuthenticationPolicy``."""

    ews_enabled: bool | None
    """None: not set, which allows it."""
    default_authentication_policy: str
    accepted_domains: tuple[str, ...]
    policies_blocking_legacy_ews: tuple[str, ...] | None = None
    """Names of authentication policies whose BlockLegacyAuthWebServices is true; None: was not exported."""


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
    admin_count: int | None = None
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

    def file(self, name: str) -> BundleFile | None:
        """Return the file of that name; None: it was not exported."""
        return next((file for file in self.files if file.name == name), None)
