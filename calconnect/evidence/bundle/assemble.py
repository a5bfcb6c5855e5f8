"""Makes the typed bundle of the rows of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from calconnect.evidence.bundle.checking import Values
from calconnect.evidence.bundle.model import (
    AccountRecord,
    Bundle,
    BundleFile,
    GroupRecord,
    ManagementScope,
    OrganizationRecord,
    RoleAssignment,
    ServerRecord,
    ThrottlingRecord,
    UserRecord,
    VirtualDirectory,
)

Tables = Mapping[str, Sequence[Values]]
"""By export, its rows."""

_ADDRESS = "PrimarySmtpAddress"
_GROUP_TYPES = ("MailUniversalDistributionGroup", "MailNonUniversalGroup", "MailUniversalSecurityGroup", "RoomList")
_MORE_GROUP_TYPES = ("DynamicDistributionGroup", "UniversalDistributionGroup", "UniversalSecurityGroup")
GROUP_TYPES = frozenset((*_GROUP_TYPES, *_MORE_GROUP_TYPES, "NonUniversalGroup", "RoleGroup"))
"""RecipientTypeDetails of what has members itself."""


def assemble(folder: Path, files: Sequence[BundleFile], tables: Tables) -> Bundle:
    """Return the bundle. What was not exported is None in it."""
    return Bundle(
        folder=folder,
        files=tuple(files),
        role_assignments=_role_assignments(tables),
        scopes=_scopes(tables),
        group=_group(tables),
        account=_account(tables),
        organization=_organization(tables),
        virtual_directories=_virtual_directories(tables),
        servers=_servers(tables),
        throttling=_throttling(tables),
        users=_users(tables),
    )


def _role_assignments(tables: Tables) -> tuple[RoleAssignment, ...] | None:
    rows = tables.get("role_assignments")
    if rows is None:
        return None
    return tuple(
        RoleAssignment(
            name=_text(row, "Name"),
            assignee=_text(row, "RoleAssigneeName"),
            assignee_type=_text(row, "RoleAssigneeType"),
            effective_user=_text(row, "EffectiveUserName"),
            delegation=_text(row, "RoleAssignmentDelegationType"),
            recipient_write_scope=_text(row, "RecipientWriteScope"),
            custom_scope=_text(row, "CustomRecipientWriteScope"),
            enabled=row.get("Enabled") is True,
            changed_at=_moment(row, "WhenChangedUTC"),
        )
        for row in rows
    )


def _scopes(tables: Tables) -> tuple[ManagementScope, ...] | None:
    rows, found = tables.get("scopes"), tables.get("scope_members")
    if rows is None:
        return None
    members: dict[str, list[str]] = {}
    for row in found or ():
        members.setdefault(_text(row, "Scope").lower(), []).append(_text(row, _ADDRESS))
    return tuple(
        ManagementScope(
            name=_text(row, "Name"),
            recipient_filter=_text(row, "RecipientFilter"),
            recipient_root=_text(row, "RecipientRoot"),
            exclusive=row.get("Exclusive") is True,
            members=None
            if found is None or not row.get("RecipientFilter")
            else tuple(members.get(_text(row, "Name").lower(), ())),
            changed_at=_moment(row, "WhenChangedUTC"),
        )
        for row in rows
    )


def _group(tables: Tables) -> GroupRecord | None:
    rows, found = tables.get("group"), tables.get("group_members")
    if not rows:
        return None
    people: list[str] = []
    nested: list[str] = []
    for row in found or ():
        if address := _text(row, _ADDRESS):
            (nested if row.get("RecipientTypeDetails") in GROUP_TYPES else people).append(address)
    return GroupRecord(
        primary_address=_text(rows[0], _ADDRESS),
        distinguished_name=_text(rows[0], "DistinguishedName"),
        recipient_type=_text(rows[0], "RecipientTypeDetails"),
        members=None if found is None else tuple(people),
        nested_groups=None if found is None else tuple(nested),
    )


def _account(tables: Tables) -> AccountRecord | None:
    mailbox, cas, user, entry = (
        next(iter(tables.get(name) or ()), None)
        for name in ("svc_mailbox", "svc_cas_mailbox", "svc_user", "svc_ad_user")
    )
    known = [one for one in (mailbox, cas, user, entry) if one is not None]
    if not known:
        return None
    addresses = [
        _text(mailbox, _ADDRESS),
        _text(user, "WindowsEmailAddress"),
        _text(cas, _ADDRESS),
        _text(entry, "mail"),
    ]
    password_set = _whole(entry, "pwdLastSet")
    return AccountRecord(
        primary_address=next((one for one in addresses if one), ""),
        recipient_type=_text(mailbox, "RecipientTypeDetails") or _text(user, "RecipientTypeDetails"),
        name=_text(user, "Name"),
        sam_account_name=_text(entry, "SamAccountName"),
        ews_enabled=None if cas is None else cas.get("EwsEnabled") is not False,
        authentication_policy=None if user is None else _text(user, "AuthenticationPolicy"),
        enabled=_boolean(entry, "Enabled"),
        locked_out=_boolean(entry, "LockedOut"),
        password_expired=_boolean(entry, "PasswordExpired"),
        must_change_password=None if password_set is None else password_set == 0,
        admin_count=None if entry is None else _whole(entry, "adminCount") or 0,
        member_of=None if entry is None else _texts(entry, "memberOf"),
    )


def _organization(tables: Tables) -> OrganizationRecord | None:
    rows, domains, policies = (tables.get(name) for name in ("org", "accepted_domains", "authentication_policies"))
    if not rows:
        return None
    return OrganizationRecord(
        ews_enabled=_boolean(rows[0], "EwsEnabled"),
        default_authentication_policy=_text(rows[0], "DefaultAuthenticationPolicy"),
        accepted_domains=None if domains is None else accepted_domains(domains),
        policies_blocking_legacy_ews=None
        if policies is None
        else tuple(_text(row, "Name") for row in policies if row.get("BlockLegacyAuthWebServices") is True),
        authentication_policies=None if policies is None else tuple(_text(row, "Name") for row in policies),
    )


def accepted_domains(rows: Sequence[Values]) -> tuple[str, ...]:
    """Return the domains of Get-AcceptedDomain, in lower case."""
    return tuple(_text(row, "DomainName").lower() for row in rows)


def _virtual_directories(tables: Tables) -> tuple[VirtualDirectory, ...] | None:
    rows = tables.get("vdirs")
    if rows is None:
        return None
    return tuple(
        VirtualDirectory(
            server=_text(row, "Server"),
            external_url=_text(row, "ExternalUrl"),
            internal_url=_text(row, "InternalUrl"),
            basic=_boolean(row, "BasicAuthentication"),
            windows=_boolean(row, "WindowsAuthentication"),
            extended_protection=_text(row, "ExtendedProtectionTokenChecking"),
        )
        for row in rows
    )


def _servers(tables: Tables) -> tuple[ServerRecord, ...] | None:
    rows = tables.get("servers")
    if rows is None:
        return None
    return tuple(
        ServerRecord(_text(row, "Name"), _text(row, "AdminDisplayVersion"), _text(row, "ServerRole")) for row in rows
    )


def _throttling(tables: Tables) -> ThrottlingRecord | None:
    """Return the policy that holds for the account: its own, else the organisation's, else the global one.

    https://learn.microsoft.com/powershell/module/exchange/new-throttlingpolicy
    """
    own, policies = tables.get("throttling"), tables.get("throttling_policies")
    if own is None or policies is None:
        return None
    assigned = _text(own[0], "ThrottlingPolicyId").lower() if own else ""
    if assigned:
        holding = [row for row in policies if _text(row, "Name").lower() == assigned]
    else:
        scopes = ("Organization", "Global")
        holding = [row for scope in scopes for row in policies if _text(row, "ThrottlingPolicyScope") == scope]
    if not holding:
        return None
    return ThrottlingRecord(
        _text(holding[0], "Name"), _whole(holding[0], "EwsMaxConcurrency"), _whole(holding[0], "EwsMaxSubscriptions")
    )


def _users(tables: Tables) -> tuple[UserRecord, ...] | None:
    rows = tables.get("users")
    if rows is None:
        return None
    cas = {_text(row, _ADDRESS).lower(): row for row in tables.get("users_cas") or ()}
    entries = {_text(row, "mail").lower(): row for row in tables.get("users_ad") or ()}
    return tuple(
        _user(row, cas.get(_text(row, _ADDRESS).lower()), entries.get(_text(row, _ADDRESS).lower())) for row in rows
    )


def _user(row: Values, cas: Values | None, entry: Values | None) -> UserRecord:
    with_ews = cas if cas is not None else row
    with_count = entry if entry is not None else row
    return UserRecord(
        primary_address=_text(row, _ADDRESS),
        recipient_type=_text(row, "RecipientTypeDetails"),
        ews_enabled=with_ews["EwsEnabled"] is not False if "EwsEnabled" in with_ews else None,
        admin_count=_whole(with_count, "adminCount") or 0 if "adminCount" in with_count else None,
        database=_text(row, "Database"),
    )


def _text(row: Values | None, name: str) -> str:
    value = row.get(name) if row is not None else None
    return value if isinstance(value, str) else ""


def _boolean(row: Values | None, name: str) -> bool | None:
    value = row.get(name) if row is not None else None
    return value if isinstance(value, bool) else None


def _moment(row: Values, name: str) -> datetime | None:
    value = _text(row, name)
    return datetime.fromisoformat(value) if value else None


def _whole(row: Values | None, name: str) -> int | None:
    value = row.get(name) if row is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(row: Values, name: str) -> tuple[str, ...] | None:
    if name not in row:
        return None
    value = row[name]
    return value if isinstance(value, tuple) else ()
