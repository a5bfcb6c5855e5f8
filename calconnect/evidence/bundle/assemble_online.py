"""Makes the typed records of Exchange Online of the rows of its exports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

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
from calconnect.evidence.bundle.model_online import (
    AccessPolicyRecord,
    AccessTestRecord,
    ApplicationRoleRecord,
    AuthorizationTestRecord,
    OnlineGroupRecord,
    OnlineOrganizationRecord,
    OnlineRecords,
    OnlineUserRecord,
    TransportRuleRecord,
)

_ADDRESS = "PrimarySmtpAddress"
_MEMBERS_OF = re.compile(r"\(*\s*MemberOfGroup\s+-eq\s+'((?:[^']|'')+)'\s*\)*", re.I)
"""The whole filter of a scope that is made of one group: its distinguished name."""
_COMMON_NAME = re.compile(r"CN=((?:[^,\\]|\\.)+)", re.I)
_KIND = re.compile(r"(?:Predicate|Action)$")


def assemble_online(tables: Tables) -> OnlineRecords:
    """Return what was exported from Exchange Online. What was not exported is None in it."""
    group, domains, users = _group(tables), tables.get("online_accepted_domains"), tables.get("online_users")
    return OnlineRecords(
        organization=_organization(tables),
        accepted_domains=None if domains is None else accepted_domains(domains),
        access_policies=_access_policies(tables, group),
        roles=_roles(tables, group),
        group=group,
        access_tests=_access_tests(tables),
        authorization_tests=_authorization_tests(tables),
        users=None
        if users is None
        else tuple(OnlineUserRecord(text(row, _ADDRESS), text(row, "RecipientTypeDetails")) for row in users),
        ews_of_mailboxes=_ews_of_mailboxes(tables),
        transport_rules=_transport_rules(tables),
    )


def _organization(tables: Tables) -> OnlineOrganizationRecord | None:
    rows = tables.get("online_org")
    if not rows:
        return None
    row = rows[0]
    listed = texts(row, "EwsAllowedAppIDs")
    ids = None if listed is None else tuple(part.strip().lower() for one in listed for part in one.split(","))
    return OnlineOrganizationRecord(
        ews_enabled=boolean(row, "EwsEnabled"),
        allowed_app_ids=None if ids is None else tuple(one for one in ids if one),
        access_policy=text(row, "EwsApplicationAccessPolicy"),
        allow_list=texts(row, "EwsAllowList") or (),
        block_list=texts(row, "EwsBlockList") or (),
        changed_at=moment(row, "WhenChangedUTC"),
    )


def _group(tables: Tables) -> OnlineGroupRecord | None:
    rows, found = tables.get("online_group"), tables.get("online_group_members")
    if not rows:
        return None
    people, nested = members_and_groups(found or ())
    return OnlineGroupRecord(
        primary_address=text(rows[0], _ADDRESS),
        name=text(rows[0], "Name"),
        object_id=text(rows[0], "ExternalDirectoryObjectId").lower(),
        distinguished_name=text(rows[0], "DistinguishedName"),
        recipient_type=text(rows[0], "RecipientTypeDetails"),
        members=None if found is None else people,
        nested_groups=None if found is None else nested,
    )


def _access_policies(tables: Tables, group: OnlineGroupRecord | None) -> tuple[AccessPolicyRecord, ...] | None:
    rows = tables.get("application_access_policies")
    if rows is None:
        return None
    changes = tables.get("access_policy_changes") or ()
    found = []
    for row in rows:
        # ScopeIdentityRaw: the group's SID, a semicolon, and its object id.
        object_id = text(row, "ScopeIdentityRaw").partition(";")[2].strip().lower()
        known = [text(row, "ScopeName"), text(row, "ScopeIdentity"), object_id]
        if group is not None and group.object_id and group.object_id == object_id:
            known.append(group.primary_address)
        names = tuple(dict.fromkeys(one for one in known if one))
        app_id, right = text(row, "AppId").lower(), text(row, "AccessRight")
        found.append(AccessPolicyRecord(app_id, names, right, _changed(changes, app_id, right, names, group)))
    return tuple(found)


def _changed(
    changes: Sequence[Values], app_id: str, right: str, names: tuple[str, ...], group: OnlineGroupRecord | None
) -> datetime | None:
    """Return when a policy was made or changed last, as the audit log tells; None: it does not."""
    known = {one.lower() for one in names}
    if group is not None and group.primary_address.lower() in known:
        known |= {group.name.lower(), group.distinguished_name.lower()}
    moments = [
        at
        for row in changes
        if text(row, "Operation").startswith(("New-", "Set-"))
        and text(row, "AppId").lower() == app_id
        and text(row, "AccessRight") == right
        and text(row, "PolicyScopeGroupId").lower() in known
        and (at := moment(row, "CreationDate")) is not None
    ]
    return max(moments, default=None)


def _roles(tables: Tables, group: OnlineGroupRecord | None) -> tuple[ApplicationRoleRecord, ...] | None:
    rows = tables.get("application_roles")
    if rows is None:
        return None
    apps: dict[str, str] = {}
    for principal in tables.get("service_principals") or ():
        for name in ("AppId", "ObjectId", "DisplayName", "Identity"):
            if known := text(principal, name).lower():
                apps.setdefault(known, text(principal, "AppId").lower())
    scopes = {text(row, "Name").lower(): row for row in tables.get("application_scopes") or ()}
    found = []
    for row in rows:
        if text(row, "RoleAssigneeType") != "ServicePrincipal":
            continue
        assignee, scope = text(row, "RoleAssigneeName"), text(row, "CustomResourceScope")
        written = scopes.get(scope.lower())
        changes = [moment(one, "WhenChangedUTC") for one in (row, written) if one is not None]
        found.append(
            ApplicationRoleRecord(
                name=text(row, "Name"),
                role=text(row, "Role"),
                app_id=apps.get(assignee.lower(), ""),
                assignee=assignee,
                scope=scope,
                group=_group_of_scope(scope, written, group),
                enabled=row.get("Enabled") is True,
                changed_at=max((one for one in changes if one is not None), default=None),
            )
        )
    return tuple(found)


def _group_of_scope(scope: str, row: Values | None, group: OnlineGroupRecord | None) -> tuple[str, ...] | None:
    if not scope:
        return ()
    found = _MEMBERS_OF.fullmatch(text(row, "RecipientFilter").strip())
    if found is None:
        return None
    distinguished_name = found.group(1).replace("''", "'")
    if group is not None and group.distinguished_name.lower() == distinguished_name.lower():
        known = (group.primary_address, group.name, group.object_id, distinguished_name)
        return tuple(one for one in known if one)
    name = _COMMON_NAME.match(distinguished_name)
    return (name.group(1), distinguished_name) if name is not None else (distinguished_name,)


def _access_tests(tables: Tables) -> tuple[AccessTestRecord, ...] | None:
    rows = tables.get("access_policy_tests")
    if rows is None:
        return None
    said = {"granted": True, "denied": False}
    return tuple(
        AccessTestRecord(
            text(row, "AppId").lower(), text(row, "Identity"), said.get(text(row, "AccessCheckResult").lower())
        )
        for row in rows
    )


def _authorization_tests(tables: Tables) -> tuple[AuthorizationTestRecord, ...] | None:
    rows = tables.get("authorization_tests")
    if rows is None:
        return None
    return tuple(
        AuthorizationTestRecord(
            app_id=text(row, "AppId").lower(),
            mailbox=text(row, "Resource"),
            role=text(row, "RoleName"),
            permissions=texts(row, "GrantedPermissions") or (),
            scope=text(row, "AllowedResourceScope"),
            in_scope=boolean(row, "InScope"),
        )
        for row in rows
    )


def _ews_of_mailboxes(tables: Tables) -> dict[str, bool | None] | None:
    rows = tables.get("online_cas_mailboxes")
    return None if rows is None else {text(row, _ADDRESS).lower(): boolean(row, "EwsEnabled") for row in rows}


def _transport_rules(tables: Tables) -> tuple[TransportRuleRecord, ...] | None:
    rows = tables.get("transport_rules")
    if rows is None:
        return None
    return tuple(
        TransportRuleRecord(
            name=text(row, "Name"),
            enforced=text(row, "State") == "Enabled" and text(row, "Mode") in ("", "Enforce"),
            sender_domains=_lowered(row, "SenderDomainIs"),
            excepted_domains=_lowered(row, "ExceptIfSenderDomainIs"),
            from_outside=text(row, "FromScope") != "InOrganization",
            conditions=_kinds(row, "Conditions"),
            actions=_kinds(row, "Actions"),
            priority=whole(row, "Priority"),
            spam_confidence=whole(row, "SetSCL"),
        )
        for row in rows
    )


def _kinds(row: Values, name: str) -> tuple[str, ...]:
    """Return the kinds of conditions or actions: of ``DeleteMessageAction`` it is ``DeleteMessage``."""
    return tuple(_KIND.sub("", one) for one in texts(row, name) or ())


def _lowered(row: Values, name: str) -> tuple[str, ...]:
    return tuple(one.lower() for one in texts(row, name) or ())
