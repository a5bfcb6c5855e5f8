"""Makes the typed bundle of the rows of its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calconnect.evidence.bundle.assemble_online import assemble_online
from calconnect.evidence.bundle.cells import (
    Tables,
    accepted_domains,
    boolean,
    members_and_groups,
    moment,
    text,
    texts,
    whole,
)
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

_ADDRESS = "PrimarySmtpAddress"


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
        online=assemble_online(tables),
    )


def _role_assignments(tables: Tables) -> tuple[RoleAssignment, ...] | None:
    rows = tables.get("role_assignments")
    if rows is None:
        return None
    return tuple(
        RoleAssignment(
            name=text(row, "Name"),
            assignee=text(row, "RoleAssigneeName"),
            assignee_type=text(row, "RoleAssigneeType"),
            effective_user=text(row, "EffectiveUserName"),
            delegation=text(row, "RoleAssignmentDelegationType"),
            recipient_write_scope=text(row, "RecipientWriteScope"),
            custom_scope=text(row, "CustomRecipientWriteScope"),
            enabled=row.get("Enabled") is True,
            changed_at=moment(row, "WhenChangedUTC"),
        )
        for row in rows
    )


def _scopes(tables: Tables) -> tuple[ManagementScope, ...] | None:
    rows, found = tables.get("scopes"), tables.get("scope_members")
    if rows is None:
        return None
    members: dict[str, list[str]] = {}
    for row in found or ():
        members.setdefault(text(row, "Scope").lower(), []).append(text(row, _ADDRESS))
    return tuple(
        ManagementScope(
            name=text(row, "Name"),
            recipient_filter=text(row, "RecipientFilter"),
            recipient_root=text(row, "RecipientRoot"),
            exclusive=row.get("Exclusive") is True,
            members=None
            if found is None or not row.get("RecipientFilter")
            else tuple(members.get(text(row, "Name").lower(), ())),
            changed_at=moment(row, "WhenChangedUTC"),
        )
        for row in rows
    )


def _group(tables: Tables) -> GroupRecord | None:
    rows, found = tables.get("group"), tables.get("group_members")
    if not rows:
        return None
    people, nested = members_and_groups(found or ())
    return GroupRecord(
        primary_address=text(rows[0], _ADDRESS),
        distinguished_name=text(rows[0], "DistinguishedName"),
        recipient_type=text(rows[0], "RecipientTypeDetails"),
        members=None if found is None else people,
        nested_groups=None if found is None else nested,
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
        text(mailbox, _ADDRESS),
        text(user, "WindowsEmailAddress"),
        text(cas, _ADDRESS),
        text(entry, "mail"),
    ]
    password_set = whole(entry, "pwdLastSet")
    return AccountRecord(
        primary_address=next((one for one in addresses if one), ""),
        recipient_type=text(mailbox, "RecipientTypeDetails") or text(user, "RecipientTypeDetails"),
        name=text(user, "Name"),
        sam_account_name=text(entry, "SamAccountName"),
        ews_enabled=None if cas is None else cas.get("EwsEnabled") is not False,
        authentication_policy=None if user is None else text(user, "AuthenticationPolicy"),
        enabled=boolean(entry, "Enabled"),
        locked_out=boolean(entry, "LockedOut"),
        password_expired=boolean(entry, "PasswordExpired"),
        must_change_password=None if password_set is None else password_set == 0,
        admin_count=None if entry is None else whole(entry, "adminCount") or 0,
        member_of=None if entry is None else texts(entry, "memberOf"),
    )


def _organization(tables: Tables) -> OrganizationRecord | None:
    rows, domains, policies = (tables.get(name) for name in ("org", "accepted_domains", "authentication_policies"))
    if not rows:
        return None
    return OrganizationRecord(
        ews_enabled=boolean(rows[0], "EwsEnabled"),
        default_authentication_policy=text(rows[0], "DefaultAuthenticationPolicy"),
        accepted_domains=None if domains is None else accepted_domains(domains),
        policies_blocking_legacy_ews=None
        if policies is None
        else tuple(text(row, "Name") for row in policies if row.get("BlockLegacyAuthWebServices") is True),
        authentication_policies=None if policies is None else tuple(text(row, "Name") for row in policies),
    )


def _virtual_directories(tables: Tables) -> tuple[VirtualDirectory, ...] | None:
    rows = tables.get("vdirs")
    if rows is None:
        return None
    return tuple(
        VirtualDirectory(
            server=text(row, "Server"),
            external_url=text(row, "ExternalUrl"),
            internal_url=text(row, "InternalUrl"),
            basic=boolean(row, "BasicAuthentication"),
            windows=boolean(row, "WindowsAuthentication"),
            extended_protection=text(row, "ExtendedProtectionTokenChecking"),
        )
        for row in rows
    )


def _servers(tables: Tables) -> tuple[ServerRecord, ...] | None:
    rows = tables.get("servers")
    if rows is None:
        return None
    return tuple(
        ServerRecord(text(row, "Name"), text(row, "AdminDisplayVersion"), text(row, "ServerRole")) for row in rows
    )


def _throttling(tables: Tables) -> ThrottlingRecord | None:
    """Return the policy that holds for the account: its own, else the organisation's, else the global one.

    https://learn.microsoft.com/powershell/module/exchange/new-throttlingpolicy
    """
    own, policies = tables.get("throttling"), tables.get("throttling_policies")
    if own is None or policies is None:
        return None
    assigned = text(own[0], "ThrottlingPolicyId").lower() if own else ""
    if assigned:
        holding = [row for row in policies if text(row, "Name").lower() == assigned]
    else:
        scopes = ("Organization", "Global")
        holding = [row for scope in scopes for row in policies if text(row, "ThrottlingPolicyScope") == scope]
    if not holding:
        return None
    return ThrottlingRecord(
        text(holding[0], "Name"), whole(holding[0], "EwsMaxConcurrency"), whole(holding[0], "EwsMaxSubscriptions")
    )


def _users(tables: Tables) -> tuple[UserRecord, ...] | None:
    rows = tables.get("users")
    if rows is None:
        return None
    cas = {text(row, _ADDRESS).lower(): row for row in tables.get("users_cas") or ()}
    entries = {text(row, "mail").lower(): row for row in tables.get("users_ad") or ()}
    return tuple(
        _user(row, cas.get(text(row, _ADDRESS).lower()), entries.get(text(row, _ADDRESS).lower())) for row in rows
    )


def _user(row: Values, cas: Values | None, entry: Values | None) -> UserRecord:
    with_ews = cas if cas is not None else row
    with_count = entry if entry is not None else row
    return UserRecord(
        primary_address=text(row, _ADDRESS),
        recipient_type=text(row, "RecipientTypeDetails"),
        ews_enabled=with_ews["EwsEnabled"] is not False if "EwsEnabled" in with_ews else None,
        admin_count=whole(with_count, "adminCount") or 0 if "adminCount" in with_count else None,
        database=text(row, "Database"),
    )
