"""Exports about the organisation and its servers: role assignments, scopes, policies, virtual directories, builds."""

from __future__ import annotations

import uuid

from calconnect.mock_tenant.exports.recipients import account_name
from calconnect.mock_tenant.exports.values import Entry, Limit, Named, Row, Smtp, recipient_type
from calconnect.mock_tenant.state.directory import Account, MailboxState
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.rbac import IMPERSONATION
from calconnect.mock_tenant.state.server import ExtendedProtection

_USER = Named("User", 0)
_ROLE_GROUP = Named("RoleGroup", 10)
_TOKEN_CHECKING = {
    ExtendedProtection.NONE: Named("None", 0),
    ExtendedProtection.ALLOW: Named("Allow", 1),
    ExtendedProtection.REQUIRE: Named("Require", 2),
}


def role_assignment_rows(organization: Organization) -> list[Row]:
    """``Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers``.

    One row for each user on whom an assignment takes effect: of a role group, one for each of its members.
    """
    roles = organization.roles
    rows: list[Row] = []
    for assignment in roles.assignments:
        if assignment.role.lower() != IMPERSONATION.lower():
            continue
        scope = roles.scopes.get(assignment.scope)
        if scope is None:
            write_scope = Named("Organization", 2)
        else:
            write_scope = Named("ExclusiveRecipientScope", 13) if scope.exclusive else Named("CustomRecipientScope", 7)
        group = next((name for name in roles.role_groups if name.lower() == assignment.assignee.lower()), None)
        effective = roles.role_groups[group] if group is not None else [assignment.assignee]
        rows += [
            {
                "Name": assignment.name,
                "RoleAssigneeName": group if group is not None else _name(organization, assignment.assignee),
                "RoleAssigneeType": _ROLE_GROUP if group is not None else _USER,
                "EffectiveUserName": _name(organization, user),
                "RoleAssignmentDelegationType": Named("DelegatingOrgWide" if assignment.delegating else "Regular"),
                "RecipientWriteScope": write_scope,
                "CustomRecipientWriteScope": Entry(assignment.scope, "CN=Scopes") if assignment.scope else None,
                "Enabled": assignment.enabled,
            }
            for user in effective
        ]
    return rows


def _name(organization: Organization, login: str) -> str:
    """Return the name of whom a login or an address belongs to."""
    directory = organization.directory
    account = directory.account(login)
    if account is not None:
        return account_name(account)
    recipient = directory.by_address(login)
    return recipient.name if recipient is not None else login


def scope_rows(organization: Organization) -> list[Row]:
    """``Get-ManagementScope``."""
    return [
        {
            "Name": scope.name,
            "ScopeRestrictionType": Named("RecipientScope", 3),
            "RecipientRoot": None,
            "RecipientFilter": scope.filter,
            "Exclusive": scope.exclusive,
        }
        for scope in organization.roles.scopes.values()
    ]


def scope_member_rows(organization: Organization) -> list[Row]:
    """``Get-Recipient -RecipientPreviewFilter``, for each scope."""
    directory = organization.directory
    shown = [one for one in directory if not one.is_group and one.state is not MailboxState.SOFT_DELETED]
    return [
        {
            "Scope": scope.name,
            "PrimarySmtpAddress": Smtp(one.email),
            "RecipientTypeDetails": recipient_type(one.type_details),
        }
        for scope in organization.roles.scopes.values()
        for one in shown
        if scope.covers(one, directory)
    ]


def organization_rows(organization: Organization) -> list[Row]:
    """``Get-OrganizationConfig``. That EWS is allowed shows as nothing, as long as nobody has set it."""
    policy = organization.authentication_policy
    return [
        {
            "Name": organization.name,
            "EwsEnabled": None if organization.policies.ews_enabled else False,
            "DefaultAuthenticationPolicy": Entry(policy, "CN=Auth Policies") if policy else None,
        }
    ]


def accepted_domain_rows(organization: Organization) -> list[Row]:
    """``Get-AcceptedDomain``."""
    return [
        {"DomainName": domain, "DomainType": Named("Authoritative", 0), "Default": index == 0}
        for index, domain in enumerate(organization.domains)
    ]


def authentication_policy_rows(organization: Organization) -> list[Row]:
    """``Get-AuthenticationPolicy``."""
    return [
        {"Name": policy.name, "BlockLegacyAuthWebServices": policy.block_legacy_ews}
        for policy in organization.authentication_policies.values()
    ]


def virtual_directory_rows(organization: Organization) -> list[Row]:
    """``Get-WebServicesVirtualDirectory``."""
    policies = organization.policies
    url = f"https://{organization.host}/EWS/Exchange.asmx"
    return [
        {
            "Name": "EWS (Default Web Site)",
            "Server": Entry(organization.server.server_name, "CN=Servers"),
            "InternalUrl": url,
            "ExternalUrl": url,
            "BasicAuthentication": policies.basic,
            "WindowsAuthentication": policies.ntlm or policies.negotiate,
            "ExtendedProtectionTokenChecking": _TOKEN_CHECKING[organization.server.extended_protection],
        }
    ]


def server_rows(organization: Organization) -> list[Row]:
    """``Get-ExchangeServer``."""
    major, minor, build, revision = organization.server.version.split(".")
    return [
        {
            "Name": organization.server.server_name,
            "AdminDisplayVersion": f"Version {major}.{minor} (Build {build}.{revision})",
            "ServerRole": Named("Mailbox"),
        }
    ]


def throttling_rows(account: Account | None) -> list[Row]:
    """``Get-ThrottlingPolicyAssociation``."""
    if account is None:
        return []
    policy = account.throttling_policy
    return [{"Name": account_name(account), "ThrottlingPolicyId": Entry(policy) if policy else None}]


def throttling_policy_rows(organization: Organization) -> list[Row]:
    """``Get-ThrottlingPolicy``: the one that holds for everybody, and those that are assigned."""
    policies = organization.policies
    identifier = uuid.uuid5(uuid.NAMESPACE_DNS, organization.domains[0])
    rows: list[Row] = [
        {
            "Name": f"GlobalThrottlingPolicy_{identifier}",
            "ThrottlingPolicyScope": Named("Global"),
            "EwsMaxConcurrency": Limit(policies.ews_max_concurrency),
            "EwsMaxSubscriptions": Limit(policies.ews_max_subscriptions),
        }
    ]
    rows += [
        {
            "Name": policy.name,
            "ThrottlingPolicyScope": Named("Regular"),
            "EwsMaxConcurrency": Limit(policy.ews_max_concurrency),
            "EwsMaxSubscriptions": Limit(policy.ews_max_subscriptions),
        }
        for policy in organization.throttling_policies.values()
    ]
    return rows
