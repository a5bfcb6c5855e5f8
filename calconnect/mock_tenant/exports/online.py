"""Exports of the Exchange Online half, as the module ExchangeOnlineManagement (version 3) answers collect-evidence.ps1.

What the module answers with is plain: names of enumerations, addresses as text.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from calconnect.mock_tenant.exports.values import Entry, Named, Row, Smtp, recipient_type
from calconnect.mock_tenant.state.online.access import in_role_scope, permissions_of_role, policy_limit
from calconnect.mock_tenant.state.online.directory import Location, OnlineGroup, OnlineUser, object_id
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.policies import AccessPolicy, ApplicationRole, TransportRule

_FOREST = "OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM"
_LIST_TAKES_EFFECT = timedelta(hours=24)
_ACTIONS = {"bypass": "SetSclAction", "quarantine": "QuarantineAction", "reject": "RejectMessageAction"}


def organization_rows(half: OnlineHalf) -> list[Row]:
    """``Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy``."""
    switches, changed = half.ews, None
    if switches.allowed_apps_effective is not None:
        changed = switches.allowed_apps_effective - _LIST_TAKES_EFFECT
    return [
        {
            "Name": initial_domain(half),
            "EwsEnabled": switches.enabled,
            "EwsAllowedAppIDs": ",".join(switches.allowed_apps),
            "EwsApplicationAccessPolicy": Named(switches.access_policy) if switches.access_policy else None,
            "EwsAllowList": list(switches.allow_list),
            "EwsBlockList": list(switches.block_list),
            "WhenChangedUTC": changed,
        }
    ]


def initial_domain(half: OnlineHalf) -> str:
    """Return the domain that the tenant was given when it was made, which is its name in Exchange Online."""
    return next((one.name for one in half.domains if one.initial), half.name)


def accepted_domain_rows(half: OnlineHalf) -> list[Row]:
    """``Get-AcceptedDomain``: the verified domains that have mail."""
    return [
        {"DomainName": one.name, "DomainType": Named("Authoritative"), "Default": one.default}
        for one in half.domains
        if one.verified and (one.email or one.initial)
    ]


def access_policy_rows(half: OnlineHalf) -> list[Row]:
    """``Get-ApplicationAccessPolicy``. It does not say when a policy was made."""
    rows: list[Row] = []
    for policy in half.access_policies:
        group = half.group(policy.group)
        name, identity = (group.name, group.id) if group is not None else (policy.group, "")
        sid = _sid(identity)
        rows.append(
            {
                "AppId": policy.app_id,
                "ScopeName": name,
                "ScopeIdentity": name,
                "ScopeIdentityRaw": f"{sid};{identity}",
                "AccessRight": Named(_right(policy)),
                "IsValid": True,
            }
        )
    return rows


def access_policy_change_rows(half: OnlineHalf, now: datetime) -> list[Row]:
    """``Search-UnifiedAuditLog`` for the commands that change such policies, as far as ``now`` is later."""
    return [
        {
            "CreationDate": policy.created,
            "Operation": "New-ApplicationAccessPolicy",
            "AppId": policy.app_id,
            "PolicyScopeGroupId": policy.group,
            "AccessRight": Named(_right(policy)),
        }
        for policy in half.access_policies
        if policy.created <= now
    ]


def service_principal_rows(half: OnlineHalf) -> list[Row]:
    """``Get-ServicePrincipal``: those that somebody has introduced to Exchange Online to give them a role."""
    known = {role.app_id.lower() for role in half.application_roles}
    return [
        {"AppId": one.app_id, "ObjectId": one.id, "DisplayName": one.name, "Identity": one.id}
        for one in half.applications.values()
        if one.app_id.lower() in known
    ]


def application_role_rows(half: OnlineHalf) -> list[Row]:
    """``Get-ManagementRoleAssignment -RoleAssigneeType ServicePrincipal``."""
    return [
        {
            "Name": role.name,
            "Role": role.role,
            "RoleAssigneeName": object_id("service-principal", role.app_id),
            "RoleAssigneeType": Named("ServicePrincipal"),
            "CustomResourceScope": Entry(_scope_name(role)) if role.group else None,
            "Enabled": True,
            "WhenChangedUTC": role.created,
        }
        for role in half.application_roles
    ]


def application_scope_rows(half: OnlineHalf) -> list[Row]:
    """``Get-ManagementScope``."""
    rows: list[Row] = []
    for role in half.application_roles:
        group = half.group(role.group) if role.group else None
        if group is not None:
            name = _distinguished_name(half, group).replace("'", "''")
            rows.append(
                {
                    "Name": _scope_name(role),
                    "RecipientFilter": f"MemberOfGroup -eq '{name}'",
                    "WhenChangedUTC": role.created,
                }
            )
    return rows


def group_rows(half: OnlineHalf, group: OnlineGroup | None) -> list[Row]:
    """``Get-DistributionGroup``."""
    if group is None or not group.mail_enabled:
        return []
    return [
        {
            "Name": group.name,
            "PrimarySmtpAddress": Smtp(group.email),
            "DistinguishedName": _distinguished_name(half, group),
            "ExternalDirectoryObjectId": group.id,
            "RecipientTypeDetails": _group_type(group),
        }
    ]


def member_rows(half: OnlineHalf, group: OnlineGroup | None) -> list[Row]:
    """``Get-DistributionGroupMember``: direct members only."""
    rows: list[Row] = []
    for address in group.members if group is not None else ():
        user, nested = half.users.get(address.lower()), half.groups.get(address.lower())
        if user is not None:
            rows.append({"PrimarySmtpAddress": Smtp(user.recipient.email), "RecipientTypeDetails": _user_type(user)})
        elif nested is not None:
            rows.append({"PrimarySmtpAddress": Smtp(nested.email), "RecipientTypeDetails": _group_type(nested)})
    return rows


def access_test_rows(half: OnlineHalf, applications: Iterable[str], users: Iterable[OnlineUser]) -> list[Row]:
    """``Test-ApplicationAccessPolicy``: by all policies, those that live calls do not follow yet among them."""
    tested = list(users)
    return [
        {
            "AppId": app_id,
            "Identity": user.recipient.email,
            "AccessCheckResult": Named(
                "Granted" if policy_limit(half, app_id, user, half.access_policies) is None else "Denied"
            ),
        }
        for app_id in applications
        for user in tested
    ]


def authorization_test_rows(half: OnlineHalf, applications: Iterable[str], users: Iterable[OnlineUser]) -> list[Row]:
    """``Test-ServicePrincipalAuthorization``: one row for each role of an application, and each mailbox."""
    tested = list(users)
    return [
        {
            "AppId": app_id,
            "Resource": user.recipient.email,
            "RoleName": role.role,
            "GrantedPermissions": [one.rpartition(": ")[2] for one in permissions_of_role(role.role)],
            "AllowedResourceScope": _scope_name(role) if role.group else "Organization",
            "InScope": in_role_scope(half, role, user),
        }
        for app_id in applications
        for role in half.application_roles
        if role.app_id.lower() == app_id.lower()
        for user in tested
    ]


def user_rows(users: Iterable[OnlineUser]) -> list[Row]:
    """``Get-Recipient``: a user without a mailbox anywhere is no recipient."""
    return [
        {"PrimarySmtpAddress": Smtp(one.recipient.email), "RecipientTypeDetails": _user_type(one)}
        for one in users
        if one.location is not Location.NOWHERE
    ]


def cas_rows(users: Iterable[OnlineUser]) -> list[Row]:
    """``Get-CASMailbox``."""
    return [
        {"PrimarySmtpAddress": Smtp(one.recipient.email), "EwsEnabled": one.ews_enabled}
        for one in users
        if one.location is Location.ONLINE and one.recipient.has_mailbox
    ]


def transport_rule_rows(rules: Iterable[TransportRule]) -> list[Row]:
    """``Get-TransportRule``. Without a sender's domain a rule is about everybody outside."""
    return [
        {
            "Name": rule.name,
            "State": Named("Enabled" if rule.enabled else "Disabled"),
            "Mode": Named("Enforce"),
            "Priority": priority,
            "FromScope": None if rule.sender_domains else Named("NotInOrganization"),
            "SenderDomainIs": list(rule.sender_domains),
            "ExceptIfSenderDomainIs": [],
            "Conditions": ["SenderDomainIsPredicate" if rule.sender_domains else "FromScopePredicate"],
            "Exceptions": [],
            "Actions": [_ACTIONS[rule.action]] if rule.action else [],
            "SetSCL": -1 if rule.action == "bypass" else None,
        }
        for priority, rule in enumerate(rules)
    ]


def listed_users(half: OnlineHalf, addresses: Iterable[str]) -> Iterator[OnlineUser]:
    """Return who is found by addresses, each once."""
    seen: set[str] = set()
    for address in addresses:
        user = half.user(address)
        if user is not None and user.id not in seen:
            seen.add(user.id)
            yield user


def _right(policy: AccessPolicy) -> str:
    return "RestrictAccess" if policy.restrict else "DenyAccess"


def _scope_name(role: ApplicationRole) -> str:
    return f"Scope of {role.name}"


def _distinguished_name(half: OnlineHalf, group: OnlineGroup) -> str:
    return f"CN={group.name},OU={initial_domain(half)},{_FOREST}"


def _sid(identity: str) -> str:
    number = uuid.uuid5(uuid.NAMESPACE_OID, identity).int
    return f"S-1-5-21-{number >> 96}-{number >> 64 & 0xFFFFFFFF}-{number >> 32 & 0xFFFFFFFF}-{number & 0xFFFFF}"


def _group_type(group: OnlineGroup) -> Named:
    if group.room_list:
        return recipient_type("RoomList")
    return recipient_type("MailUniversalSecurityGroup" if group.security else "MailUniversalDistributionGroup")


def _user_type(user: OnlineUser) -> Named:
    """Return what kind of recipient a user is here: a mailbox on the server makes it a mail user."""
    if user.location is Location.ONLINE and user.recipient.has_mailbox:
        return recipient_type(user.recipient.type_details)
    return recipient_type("MailUser" if user.location is Location.SERVER else "User")
