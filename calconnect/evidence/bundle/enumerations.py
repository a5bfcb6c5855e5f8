"""The numbers that ConvertTo-Json writes for the names of enumerations, as far as they are published or well known."""

from __future__ import annotations

from collections.abc import Mapping

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

_GROUPS = ("MailUniversalDistributionGroup", "MailNonUniversalGroup", "MailUniversalSecurityGroup", "RoomList")
_MORE_GROUPS = ("DynamicDistributionGroup", "UniversalDistributionGroup", "UniversalSecurityGroup", "GroupMailbox")
GROUP_TYPES = frozenset((*_GROUPS, *_MORE_GROUPS, "NonUniversalGroup", "RoleGroup"))
"""RecipientTypeDetails of what has members itself."""
