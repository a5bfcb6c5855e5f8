"""Configuration evidence of Exchange Online, as read: typed records of what the exports say.

``None`` always means: was not exported. Property names are the cmdlets' own:
https://learn.microsoft.com/powershell/module/exchange/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OnlineOrganizationRecord:
    """``Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy``: the switches of EWS."""

    ews_enabled: bool | None
    """``EwsEnabled``; None: never set."""
    allowed_app_ids: tuple[str, ...] | None = None
    """``EwsAllowedAppIDs``, in lower case; None: was not exported."""
    access_policy: str = ""
    """``EwsApplicationAccessPolicy``: ``EnforceAllowList``, ``EnforceBlockList``; empty: none."""
    allow_list: tuple[str, ...] = ()
    """``EwsAllowList``: patterns of User-Agents."""
    block_list: tuple[str, ...] = ()
    changed_at: datetime | None = None
    """When anything about the organisation was changed last (aware); None: not told."""


@dataclass(frozen=True, slots=True)
class AccessPolicyRecord:
    """``Get-ApplicationAccessPolicy``, one row."""

    app_id: str
    """In lower case."""
    group: tuple[str, ...]
    """By what the group of its scope is known: name, address (of the exported group), object id; never empty."""
    right: str
    """``RestrictAccess`` or ``DenyAccess``."""
    changed_at: datetime | None = None
    """When it was made or changed last, by the audit log (aware); None: the audit log was not exported or holds nothing
    of it."""

    @property
    def denies(self) -> bool:
        """Whether it keeps the application out of the group's mailboxes; else it keeps it to them."""
        return self.right == "DenyAccess"


@dataclass(frozen=True, slots=True)
class ApplicationRoleRecord:
    """``Get-ManagementRoleAssignment -RoleAssigneeType ServicePrincipal``, one row: a role for applications."""

    name: str
    role: str
    """``Application Calendars.ReadWrite`` …"""
    app_id: str
    """In lower case; empty: service principals were not exported, or none of them is the assignee."""
    assignee: str
    """RoleAssigneeName: how Exchange calls the service principal."""
    scope: str
    """CustomResourceScope: name of the management scope; empty: none, so it holds for every mailbox."""
    group: tuple[str, ...] | None
    """By what the group is known that the scope is made of: name, distinguished name, and of the exported group its
    address and object id. Empty: there is no scope. None: the scope was not exported, or is not made of a group."""
    enabled: bool
    changed_at: datetime | None = None
    """When the assignment or its scope was changed last (aware); None: not told."""

    @property
    def permission(self) -> str:
        """What the role permits: ``Calendars.ReadWrite``."""
        return self.role.removeprefix("Application ")


@dataclass(frozen=True, slots=True)
class AccessTestRecord:
    """What Exchange Online's own tests said of one application and mailbox."""

    app_id: str
    """In lower case."""
    mailbox: str
    granted: bool | None
    """``Test-ApplicationAccessPolicy``: whether AccessCheckResult is ``Granted``; None: it is neither that nor
    ``Denied``."""


@dataclass(frozen=True, slots=True)
class AuthorizationTestRecord:
    """``Test-ServicePrincipalAuthorization -Resource``, one row: one role of one application, for one mailbox."""

    app_id: str
    """In lower case."""
    mailbox: str
    role: str
    permissions: tuple[str, ...]
    scope: str
    in_scope: bool | None
    """None: the test was not run for a mailbox (``Not Run``)."""


@dataclass(frozen=True, slots=True)
class TransportRuleRecord:
    """``Get-TransportRule``, one row: a mail flow rule."""

    name: str
    enforced: bool
    """It is enabled, and its mode is ``Enforce``: in a mode for testing it holds nothing back."""
    sender_domains: tuple[str, ...]
    """``SenderDomainIs``, in lower case; empty: senders of any domain."""
    excepted_domains: tuple[str, ...]
    """``ExceptIfSenderDomainIs``, in lower case."""
    from_outside: bool
    """Whether it is about senders outside of the organisation (too)."""
    conditions: tuple[str, ...]
    """Kinds of its conditions, such as ``SenderDomainIs``."""
    actions: tuple[str, ...]
    """Kinds of its actions, such as ``Quarantine``, ``RejectMessage``, ``DeleteMessage``, ``SetScl``."""
    priority: int | None = None
    spam_confidence: int | None = None
    """``SetSCL``: -1 goes past the filter for spam; 5 and more counts as spam."""

    @property
    def holds_back(self) -> str:
        """How it holds mail back: ``quarantine``, ``reject``, ``delete``, ``redirect``; empty: it does not."""
        return next((word for action, word in HOLDING_BACK.items() if action in self.actions), "")

    @property
    def other_conditions(self) -> bool:
        """Whether it has conditions beside the sender's domain and being from outside."""
        return any(one not in ("SenderDomainIs", "FromScope") for one in self.conditions)


HOLDING_BACK = {
    "Quarantine": "quarantine",
    "RejectMessage": "reject",
    "DeleteMessage": "delete",
    "RedirectMessage": "redirect",
}
"""Actions of mail flow rules after which a message does not reach its recipient. Source:
https://learn.microsoft.com/exchange/security-and-compliance/mail-flow-rules/mail-flow-rule-actions"""


@dataclass(frozen=True, slots=True)
class OnlineGroupRecord:
    """The group that limits the application: ``Get-DistributionGroup`` and its members, in Exchange Online."""

    primary_address: str
    name: str
    object_id: str
    """ExternalDirectoryObjectId: its object id in Entra; empty: it has none."""
    distinguished_name: str
    recipient_type: str
    """RecipientTypeDetails: ``MailUniversalSecurityGroup`` where an application can be limited to it."""
    members: tuple[str, ...] | None = None
    """Primary addresses of direct members that are no groups; None: was not exported."""
    nested_groups: tuple[str, ...] | None = None
    """Primary addresses of direct members that are groups; None: was not exported."""


@dataclass(frozen=True, slots=True)
class OnlineUserRecord:
    """``Get-Recipient`` in Exchange Online: one of the users to be integrated."""

    primary_address: str
    recipient_type: str
    """RecipientTypeDetails: ``UserMailbox`` where Exchange Online holds the mailbox, ``MailUser`` where a server
    does."""


@dataclass(frozen=True, slots=True)
class OnlineRecords:
    """All that was exported from Exchange Online."""

    organization: OnlineOrganizationRecord | None = None
    accepted_domains: tuple[str, ...] | None = None
    """In lower case."""
    access_policies: tuple[AccessPolicyRecord, ...] | None = None
    roles: tuple[ApplicationRoleRecord, ...] | None = None
    group: OnlineGroupRecord | None = None
    access_tests: tuple[AccessTestRecord, ...] | None = None
    authorization_tests: tuple[AuthorizationTestRecord, ...] | None = None
    users: tuple[OnlineUserRecord, ...] | None = None
    ews_of_mailboxes: Mapping[str, bool | None] | None = None
    """``Get-CASMailbox``: by address in lower case, ``EwsEnabled``; None: not set."""
    transport_rules: tuple[TransportRuleRecord, ...] | None = None
