"""The exports there are: which file holds the output of which command, with which properties. As docs/evidence.md.

A file is called after its export, ``role_assignments.json`` or ``role_assignments.csv``. Names of properties are those
of the cmdlets: https://learn.microsoft.com/powershell/module/exchange/ and, of Get-ADUser,
https://learn.microsoft.com/powershell/module/activedirectory/get-aduser. PowerShell does not mind their case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Form(Enum):
    """What a property holds, however it was written."""

    TEXT = auto()
    NAME = auto()
    """Of an object in the directory: its name."""
    ADDRESS = auto()
    BOOLEAN = auto()
    WHOLE = auto()
    COUNT = auto()
    """A whole number, or ``Unlimited``."""
    TEXTS = auto()
    """Any number of texts."""
    ENUM = auto()
    """One name of a closed list; ``Property.numbers`` says which number is which."""
    BUILD = auto()
    """``Version 15.2 (Build 2562.17)``."""
    MOMENT = auto()
    """A moment in UTC. One that cannot be told apart from local time has no value."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an export."""

    name: str
    form: Form = Form.TEXT
    required: bool = True
    """Whether each row must have it. That it has no value is another thing."""
    empty: bool = True
    """Whether it may have no value."""
    numbers: Mapping[int, str] | None = None
    """Of an enumeration: its names by the numbers that ConvertTo-Json writes for them, as far as they are published."""


@dataclass(frozen=True, slots=True)
class Export:
    """One file of the bundle."""

    name: str
    """The file's name without its ending."""
    command: str
    properties: tuple[Property, ...]
    single: bool = False
    """Whether it is about one thing, so that there can be no second row."""


RECIPIENT_TYPES: Mapping[int, str] = {
    1: "UserMailbox",
    2: "LinkedMailbox",
    4: "SharedMailbox",
    8: "LegacyMailbox",
    16: "RoomMailbox",
    32: "EquipmentMailbox",
    64: "MailContact",
    128: "MailUser",
    256: "MailUniversalDistributionGroup",
    512: "MailNonUniversalGroup",
    1024: "MailUniversalSecurityGroup",
    2048: "DynamicDistributionGroup",
    4096: "PublicFolder",
    8192: "SystemAttendantMailbox",
    16384: "SystemMailbox",
    32768: "MailForestContact",
    65536: "User",
    131072: "Contact",
    262144: "UniversalDistributionGroup",
    524288: "UniversalSecurityGroup",
    1048576: "NonUniversalGroup",
    2097152: "DisabledUser",
    4194304: "MicrosoftExchange",
    8388608: "ArbitrationMailbox",
    16777216: "MailboxPlan",
    33554432: "LinkedUser",
    268435456: "RoomList",
    536870912: "DiscoveryMailbox",
    1073741824: "RoleGroup",
    2147483648: "RemoteUserMailbox",
    8589934592: "RemoteRoomMailbox",
    17179869184: "RemoteEquipmentMailbox",
    34359738368: "RemoteSharedMailbox",
}
"""RecipientTypeDetails, the same numbers as the attribute msExchRecipientTypeDetails:
https://windowstechno.com/reference-to-msexchrecipienttypedetails"""

ASSIGNEE_TYPES: Mapping[int, str] = {
    0: "User",
    2: "SecurityGroup",
    4: "RoleAssignmentPolicy",
    6: "MailboxPlan",
    8: "ForeignSecurityPrincipal",
    10: "RoleGroup",
    11: "PartnerLinkedRoleGroup",
    12: "LinkedRoleGroup",
    14: "Computer",
}
"""RoleAssigneeType of Microsoft.Exchange.Data.Directory.SystemConfiguration; its names:
https://learn.microsoft.com/powershell/module/exchange/get-managementroleassignment"""

WRITE_SCOPES: Mapping[int, str] = {
    0: "None",
    1: "NotApplicable",
    2: "Organization",
    3: "MyGAL",
    4: "Self",
    5: "MyDirectReports",
    6: "OU",
    7: "CustomRecipientScope",
    8: "MyDistributionGroups",
    9: "MyExecutive",
    13: "ExclusiveRecipientScope",
    15: "MailboxICanDelegate",
}
"""RecipientWriteScopeType, of the same place."""

TOKEN_CHECKING: Mapping[int, str] = {0: "None", 1: "Allow", 2: "Require"}
"""https://learn.microsoft.com/iis/configuration/system.webserver/security/authentication/windowsauthentication/extendedprotection/"""

_ADDRESS = Property("PrimarySmtpAddress", Form.ADDRESS, empty=False)
_TYPE = Property("RecipientTypeDetails", Form.ENUM, empty=False, numbers=RECIPIENT_TYPES)
_ACCOUNT = "-Identity <service account>"


def _optional(name: str, form: Form = Form.TEXT) -> Property:
    return Property(name, form, required=False)


EXPORTS: tuple[Export, ...] = (
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

BY_NAME: Mapping[str, Export] = {export.name: export for export in EXPORTS}
ABOUT_THE_ACCOUNT = frozenset({"svc_mailbox", "svc_cas_mailbox", "svc_user", "svc_ad_user", "throttling"})
"""Exports that are about the service account alone."""
