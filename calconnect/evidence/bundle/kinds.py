"""The exports there are: which file holds the output of which command, with which properties. As docs/evidence.md.

A file is called after its export, ``role_assignments.json`` or ``role_assignments.csv``. Names of properties are those
of the cmdlets: https://learn.microsoft.com/powershell/module/exchange/ and, of Get-ADUser,
https://learn.microsoft.com/powershell/module/activedirectory/get-aduser. PowerShell does not mind their case.
"""

from __future__ import annotations

from collections.abc import Mapping

from calconnect.evidence.bundle.enumerations import ASSIGNEE_TYPES, RECIPIENT_TYPES, TOKEN_CHECKING, WRITE_SCOPES
from calconnect.evidence.bundle.kinds_online import ONLINE_EXPORTS
from calconnect.evidence.bundle.shape import Export, Form, Property

_ADDRESS = Property("PrimarySmtpAddress", Form.ADDRESS, empty=False)
_TYPE = Property("RecipientTypeDetails", Form.ENUM, empty=False, numbers=RECIPIENT_TYPES)
_ACCOUNT = "-Identity <service account>"


def _optional(name: str, form: Form = Form.TEXT) -> Property:
    return Property(name, form, required=False)


SERVER_EXPORTS: tuple[Export, ...] = (
    Export(
        "role_assignments",
        "Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers",
        (
            Property("Name", Form.NAME, empty=False),
            Property("RoleAssigneeName", Form.NAME, empty=False),
            Property("RoleAssigneeType", Form.ENUM, empty=False, numbers=ASSIGNEE_TYPES),
            Property("EffectiveUserName", Form.NAME),
            Property("RoleAssignmentDelegationType", Form.ENUM, empty=False, numbers={}),
            Property("RecipientWriteScope", Form.ENUM, empty=False, numbers=WRITE_SCOPES),
            Property("CustomRecipientWriteScope", Form.NAME),
            Property("Enabled", Form.BOOLEAN, empty=False),
            _optional("WhenChangedUTC", Form.MOMENT),
        ),
    ),
    Export(
        "scopes",
        "Get-ManagementScope",
        (
            Property("Name", Form.NAME, empty=False),
            Property("RecipientFilter"),
            Property("RecipientRoot", Form.TEXT),
            Property("Exclusive", Form.BOOLEAN, empty=False),
            _optional("WhenChangedUTC", Form.MOMENT),
        ),
    ),
    Export(
        "scope_members",
        "Get-Recipient -ResultSize Unlimited -RecipientPreviewFilter <RecipientFilter>, for each scope",
        (Property("Scope", Form.NAME, empty=False), _ADDRESS, _TYPE),
    ),
    Export(
        "group",
        "Get-DistributionGroup -Identity <group>",
        (_ADDRESS, Property("DistinguishedName", empty=False), _TYPE),
        single=True,
    ),
    Export(
        "group_members",
        "Get-DistributionGroupMember -Identity <group> -ResultSize Unlimited",
        (Property("PrimarySmtpAddress", Form.ADDRESS), _TYPE),
    ),
    Export(
        "svc_mailbox",
        f"Get-Mailbox {_ACCOUNT}",
        (_ADDRESS, _TYPE, _optional("EmailAddresses", Form.TEXTS)),
        single=True,
    ),
    Export(
        "svc_cas_mailbox",
        f"Get-CASMailbox {_ACCOUNT}",
        (_ADDRESS, Property("EwsEnabled", Form.BOOLEAN)),
        single=True,
    ),
    Export(
        "svc_user",
        f"Get-User {_ACCOUNT}",
        (
            Property("Name", Form.NAME, empty=False),
            Property("UserPrincipalName"),
            Property("WindowsEmailAddress", Form.ADDRESS),
            _TYPE,
            Property("AuthenticationPolicy", Form.NAME),
        ),
        single=True,
    ),
    Export(
        "svc_ad_user",
        "Get-ADUser <service account> -Properties mail, adminCount, LockedOut, PasswordExpired, pwdLastSet, memberOf",
        (
            Property("SamAccountName", empty=False),
            Property("UserPrincipalName"),
            Property("mail", Form.ADDRESS),
            Property("Enabled", Form.BOOLEAN, empty=False),
            Property("LockedOut", Form.BOOLEAN),
            Property("PasswordExpired", Form.BOOLEAN),
            Property("pwdLastSet", Form.WHOLE),
            Property("adminCount", Form.WHOLE),
            _optional("memberOf", Form.TEXTS),
        ),
        single=True,
    ),
    Export(
        "org",
        "Get-OrganizationConfig",
        (Property("EwsEnabled", Form.BOOLEAN), Property("DefaultAuthenticationPolicy", Form.NAME)),
        single=True,
    ),
    Export(
        "accepted_domains",
        "Get-AcceptedDomain",
        (Property("DomainName", empty=False),),
    ),
    Export(
        "authentication_policies",
        "Get-AuthenticationPolicy",
        (
            Property("Name", Form.NAME, empty=False),
            Property("BlockLegacyAuthWebServices", Form.BOOLEAN, empty=False),
        ),
    ),
    Export(
        "vdirs",
        "Get-WebServicesVirtualDirectory -ADPropertiesOnly:$false",
        (
            Property("Server", Form.NAME, empty=False),
            Property("InternalUrl"),
            Property("ExternalUrl"),
            Property("BasicAuthentication", Form.BOOLEAN),
            Property("WindowsAuthentication", Form.BOOLEAN),
            Property("ExtendedProtectionTokenChecking", Form.ENUM, required=False, numbers=TOKEN_CHECKING),
        ),
    ),
    Export(
        "servers",
        "Get-ExchangeServer",
        (
            Property("Name", Form.NAME, empty=False),
            Property("AdminDisplayVersion", Form.BUILD, empty=False),
            Property("ServerRole", Form.ENUM),
        ),
    ),
    Export(
        "throttling",
        f"Get-ThrottlingPolicyAssociation {_ACCOUNT}",
        (Property("ThrottlingPolicyId", Form.NAME),),
        single=True,
    ),
    Export(
        "throttling_policies",
        "Get-ThrottlingPolicy",
        (
            Property("Name", Form.NAME, empty=False),
            Property("ThrottlingPolicyScope", Form.ENUM, empty=False, numbers={}),
            Property("EwsMaxConcurrency", Form.COUNT),
            Property("EwsMaxSubscriptions", Form.COUNT),
        ),
    ),
    Export(
        "users",
        "Get-Recipient, for each user to be integrated",
        (
            _ADDRESS,
            _TYPE,
            _optional("Database", Form.NAME),
            _optional("EwsEnabled", Form.BOOLEAN),
            _optional("adminCount", Form.WHOLE),
        ),
    ),
    Export(
        "users_cas",
        "Get-CASMailbox, for each user to be integrated",
        (_ADDRESS, Property("EwsEnabled", Form.BOOLEAN)),
    ),
    Export(
        "users_ad",
        "Get-ADUser -Properties mail, adminCount, for each user to be integrated",
        (Property("mail", Form.ADDRESS, empty=False), Property("adminCount", Form.WHOLE)),
    ),
)

EXPORTS: tuple[Export, ...] = (*SERVER_EXPORTS, *ONLINE_EXPORTS)
"""Those of the organisation's own servers, then those of Exchange Online; no name is in both."""
BY_NAME: Mapping[str, Export] = {export.name: export for export in EXPORTS}
ABOUT_THE_ACCOUNT = frozenset({"svc_mailbox", "svc_cas_mailbox", "svc_user", "svc_ad_user", "throttling"})
"""Exports that are about the service account alone."""
