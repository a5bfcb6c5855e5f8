"""The exports of Exchange Online, written by the module ExchangeOnlineManagement (version 3 or later).

What a cmdlet does not say, and the script knows, is put in by the script: which application and mailbox a test is
about.
Names of properties: https://learn.microsoft.com/powershell/module/exchange/
"""

from __future__ import annotations

from calconnect.evidence.bundle.enumerations import RECIPIENT_TYPES
from calconnect.evidence.bundle.shape import Export, Form, Property

MOST_HOURS = 24
"""How old the export of the organisation's switches may be: the list of App IDs takes up to 24 hours to be followed,
and Microsoft itself turns the switches as the end of EWS comes nearer. Source:
https://techcommunity.microsoft.com/blog/exchange/introducing-ewsallowedappids-preparing-for-the-final-phase-of-ews-retirement/4529471"""

_ADDRESS = Property("PrimarySmtpAddress", Form.ADDRESS, empty=False)
_TYPE = Property("RecipientTypeDetails", Form.ENUM, empty=False, numbers=RECIPIENT_TYPES)
_APP = Property("AppId", empty=False)
_CHANGED = Property("WhenChangedUTC", Form.MOMENT, required=False)


def _named(name: str, *, required: bool = True, empty: bool = False) -> Property:
    """Return an enumeration whose numbers are not published: the name is needed."""
    return Property(name, Form.ENUM, required=required, empty=empty, numbers={})


def _export(
    name: str, command: str, *properties: Property, single: bool = False, most_hours_old: int | None = None
) -> Export:
    return Export(name, command, properties, single=single, online=True, most_hours_old=most_hours_old)


ONLINE_EXPORTS: tuple[Export, ...] = (
    _export(
        "online_org",
        "Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy",
        Property("EwsEnabled", Form.BOOLEAN),
        Property("EwsAllowedAppIDs", Form.TEXTS, required=False),
        _named("EwsApplicationAccessPolicy", required=False, empty=True),
        Property("EwsAllowList", Form.TEXTS, required=False),
        Property("EwsBlockList", Form.TEXTS, required=False),
        _CHANGED,
        single=True,
        most_hours_old=MOST_HOURS,
    ),
    _export("online_accepted_domains", "Get-AcceptedDomain, in Exchange Online", Property("DomainName", empty=False)),
    _export(
        "application_access_policies",
        "Get-ApplicationAccessPolicy",
        _APP,
        Property("ScopeName", empty=False),
        Property("ScopeIdentity", required=False),
        Property("ScopeIdentityRaw", required=False),
        _named("AccessRight"),
        Property("IsValid", Form.BOOLEAN, required=False),
    ),
    _export(
        "access_policy_changes",
        "Search-UnifiedAuditLog -Operations New-ApplicationAccessPolicy, Set-ApplicationAccessPolicy,"
        " Remove-ApplicationAccessPolicy",
        Property("CreationDate", Form.MOMENT, empty=False),
        Property("Operation", empty=False),
        Property("AppId"),
        Property("PolicyScopeGroupId"),
        _named("AccessRight", empty=True),
    ),
    _export(
        "service_principals",
        "Get-ServicePrincipal",
        _APP,
        Property("ObjectId", empty=False),
        Property("DisplayName"),
        Property("Identity", required=False),
    ),
    _export(
        "application_roles",
        "Get-ManagementRoleAssignment -RoleAssigneeType ServicePrincipal",
        Property("Name", Form.NAME, empty=False),
        Property("Role", Form.NAME, empty=False),
        Property("RoleAssigneeName", Form.NAME, empty=False),
        _named("RoleAssigneeType"),
        Property("CustomResourceScope", Form.NAME),
        Property("Enabled", Form.BOOLEAN, empty=False),
        _CHANGED,
    ),
    _export(
        "application_scopes",
        "Get-ManagementScope, in Exchange Online",
        Property("Name", Form.NAME, empty=False),
        Property("RecipientFilter"),
        _CHANGED,
    ),
    _export(
        "online_group",
        "Get-DistributionGroup -Identity <group>, in Exchange Online",
        Property("Name", Form.NAME, empty=False),
        _ADDRESS,
        Property("DistinguishedName", empty=False),
        Property("ExternalDirectoryObjectId"),
        _TYPE,
        single=True,
    ),
    _export(
        "online_group_members",
        "Get-DistributionGroupMember -Identity <group> -ResultSize Unlimited, in Exchange Online",
        Property("PrimarySmtpAddress", Form.ADDRESS),
        _TYPE,
    ),
    _export(
        "access_policy_tests",
        "Test-ApplicationAccessPolicy, for each application and the first users of the list",
        _APP,
        Property("Identity", Form.ADDRESS, empty=False),
        _named("AccessCheckResult"),
    ),
    _export(
        "authorization_tests",
        "Test-ServicePrincipalAuthorization, for each application and the first users of the list",
        _APP,
        Property("Resource", Form.ADDRESS, empty=False),
        Property("RoleName", Form.NAME, empty=False),
        Property("GrantedPermissions", Form.TEXTS),
        Property("AllowedResourceScope", Form.NAME),
        Property("InScope", Form.BOOLEAN),
    ),
    _export(
        "online_users",
        "Get-Recipient, in Exchange Online, for each user to be integrated",
        _ADDRESS,
        _TYPE,
    ),
    _export(
        "online_cas_mailboxes",
        "Get-CASMailbox, in Exchange Online, for each user to be integrated",
        _ADDRESS,
        Property("EwsEnabled", Form.BOOLEAN),
    ),
    _export(
        "transport_rules",
        "Get-TransportRule",
        Property("Name", Form.NAME, empty=False),
        _named("State"),
        _named("Mode", required=False),
        Property("Priority", Form.WHOLE, required=False),
        _named("FromScope", required=False, empty=True),
        Property("SenderDomainIs", Form.TEXTS),
        Property("ExceptIfSenderDomainIs", Form.TEXTS),
        Property("Conditions", Form.TEXTS),
        Property("Exceptions", Form.TEXTS),
        Property("Actions", Form.TEXTS),
        Property("SetSCL", Form.WHOLE, required=False),
    ),
)
