"""What an application may do in a mailbox, over Graph and over EWS with application tokens. Pure rules.

Two systems grant, and what either grants is granted (their union):

- the consent of the organisation in Entra, which holds for all mailboxes unless application access policies limit it;
- roles for applications in Exchange, each for the mailboxes of its scope.

Sources: https://learn.microsoft.com/exchange/permissions-exo/application-rbac and
https://learn.microsoft.com/powershell/module/exchange/new-applicationaccesspolicy
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calconnect.mock_tenant.state.online.directory import Application, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import holds, holds_directly
from calconnect.mock_tenant.state.online.policies import AccessPolicy, ApplicationRole

EWS_PERMISSION = "Office 365 Exchange Online: full_access_as_app"
"""Everything in every mailbox, over EWS."""
BLOCKED_BY_POLICY = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
ACCESS_DENIED = "Access is denied. Check credentials and try again."

_WIDER = {
    "Calendars.Read": ("Calendars.ReadWrite",),
    "Calendars.ReadBasic.All": ("Calendars.Read", "Calendars.ReadWrite"),
    "MailboxSettings.Read": ("MailboxSettings.ReadWrite",),
    "Mail.Read": ("Mail.ReadWrite",),
    "Mail.ReadBasic.All": ("Mail.Read", "Mail.ReadWrite"),
    "Contacts.Read": ("Contacts.ReadWrite",),
    "User.ReadBasic.All": ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "User.Read.All": ("User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "Organization.Read.All": ("Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "Domain.Read.All": ("Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "Application.Read.All": ("Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "GroupMember.Read.All": (
        *("Group.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All"),
        *("Directory.Read.All", "Directory.ReadWrite.All"),
    ),
    "RoleManagement.Read.Directory": (
        *("RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All"),
        *("Directory.Read.All", "Directory.ReadWrite.All"),
    ),
    "Place.Read.All": ("Places.Read.All", "Place.ReadWrite.All"),
    "Policy.Read.ConditionalAccess": ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"),
}
"""Permission → those that hold it within them: https://learn.microsoft.com/graph/permissions-reference"""
_FULL_ACCESS = "Application Exchange Full Access"
_IN_FULL_ACCESS = (
    "Calendars.ReadWrite",
    "Mail.ReadWrite",
    "Mail.Send",
    "MailboxSettings.ReadWrite",
    "Contacts.ReadWrite",
)


class Why(StrEnum):
    """What an application was refused by."""

    NO_GRANT = "no-grant"
    """Neither a consent nor a role for this mailbox."""
    DENIED = "denied"
    """The consent is there, and a policy with DenyAccess holds for the mailbox."""
    OUT_OF_SCOPE = "out-of-scope"
    """The consent is there, and policies with RestrictAccess limit it to others."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The application may."""

    by_role: bool = False
    """By a role for applications; else by consent."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The application may not."""

    why: Why
    code: str = "ErrorAccessDenied"
    """Graph's ``error.code``, and the EWS response code."""
    message: str = ACCESS_DENIED
    status: int = 403


def allowed(
    half: OnlineHalf, application: Application, mailbox: OnlineUser, permission: str, at: datetime
) -> Allowed | Denied:
    """Decide whether an application may do something in a mailbox.

    Args:
        half: the organisation's Exchange Online.
        application: who asks.
        mailbox: whose mailbox it is.
        permission: what it takes: ``Calendars.Read``; for EWS ``EWS_PERMISSION``. A wider one that is granted serves.
        at: when; policies and roles count from their ``effective`` time on.
    """
    consented = has_consent(application, permission, at)
    refused = _limit(half, application, mailbox, at) if consented else Why.NO_GRANT
    if refused is None:
        return Allowed()
    if _has_role(half, application, mailbox, permission, at):
        return Allowed(by_role=True)
    return Denied(refused, message=ACCESS_DENIED if refused is Why.NO_GRANT else BLOCKED_BY_POLICY)


def has_consent(application: Application, permission: str, at: datetime) -> bool:
    """Whether the organisation has consented to a permission, or to one that holds it within it.

    It is all that counts for the directory, which policies and roles of Exchange do not limit.
    """
    if application.granted_at is not None and application.granted_at > at:
        return False
    return is_within(permission, application.permissions)


def is_within(permission: str, granted: Collection[str]) -> bool:
    """Whether a permission, or one that holds it within it, is among the names of ``granted``."""
    return permission in granted or any(wider in granted for wider in _WIDER.get(permission, ()))


def has_any_role(half: OnlineHalf, application: Application, permission: str, at: datetime) -> bool:
    """Whether an application has a role in force for a permission, for whichever mailboxes."""
    return any(True for _ in _roles(half, application, permission, at))


def policy_limit(half: OnlineHalf, app_id: str, mailbox: OnlineUser, policies: Iterable[AccessPolicy]) -> Why | None:
    """Return what the policies for an application refuse a mailbox by; None: they let it pass.

    The order: a denial for the mailbox wins; then a restriction to a group that holds the mailbox lets it pass; then
    any restriction refuses; without one all pass. ``Test-ApplicationAccessPolicy`` asks this of all policies, a live
    call only of those in force.
    """
    mine = [one for one in policies if one.app_id.lower() == app_id.lower()]
    if any(not one.restrict and holds(half, one.group, mailbox) for one in mine):
        return Why.DENIED
    restrictions = [one for one in mine if one.restrict]
    if not restrictions or any(holds(half, one.group, mailbox) for one in restrictions):
        return None
    return Why.OUT_OF_SCOPE


def in_role_scope(half: OnlineHalf, role: ApplicationRole, mailbox: OnlineUser) -> bool:
    """Whether a role is for a mailbox: those who stand in the group of its scope themselves; without a group, all."""
    return not role.group or holds_directly(half, role.group, mailbox)


def permissions_of_role(role: str) -> tuple[str, ...]:
    """Return the permissions of a role for applications: of ``Application Mail.Read`` it is ``Mail.Read``."""
    if role == _FULL_ACCESS:
        return _IN_FULL_ACCESS
    name = role.removeprefix("Application ")
    return (EWS_PERMISSION,) if name == "EWS.AccessAsApp" else (name,)


def _limit(half: OnlineHalf, application: Application, mailbox: OnlineUser, at: datetime) -> Why | None:
    in_force = (one for one in half.access_policies if one.effective <= at)
    return policy_limit(half, application.app_id, mailbox, in_force)


def _has_role(half: OnlineHalf, application: Application, mailbox: OnlineUser, permission: str, at: datetime) -> bool:
    return any(in_role_scope(half, role, mailbox) for role in _roles(half, application, permission, at))


def _roles(half: OnlineHalf, application: Application, permission: str, at: datetime) -> Iterable[ApplicationRole]:
    enough = {permission, *_WIDER.get(permission, ())}
    return (
        role
        for role in half.application_roles
        if role.app_id.lower() == application.app_id.lower()
        and role.effective <= at
        and not enough.isdisjoint(permissions_of_role(role.role))
    )
