"""Exports about people and groups: Get-Mailbox, Get-CASMailbox, Get-User, Get-ADUser, Get-Recipient and the groups'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from calconnect.mock_tenant.exports.values import Entry, Named, Row, Smtp, recipient_type
from calconnect.mock_tenant.state.directory import (
    Account,
    AccountState,
    Directory,
    MailboxState,
    Recipient,
    RecipientKind,
)
from calconnect.mock_tenant.state.organization import Organization

_FILE_TIME_BEGINS = datetime(1601, 1, 1, tzinfo=UTC)
"""https://learn.microsoft.com/windows/win32/adschema/a-pwdlastset"""
_PASSWORD_AGE = timedelta(days=30)


def account_of(organization: Organization, address: str) -> Account | None:
    """Return the account that an e-mail address belongs to."""
    wanted = address.lower()
    recipient = organization.directory.by_address(address)
    for account in organization.directory.accounts():
        if account.recipient is not None and account.recipient is recipient:
            return account
        if account.email.lower() == wanted or wanted in (login.lower() for login in account.logins):
            return account
    if recipient is not None and not recipient.is_group and recipient.kind is not RecipientKind.CONTACT:
        # Every mailbox has an account; the tenant file need not say how it signs in.
        return Account((recipient.upn or recipient.email,), "", recipient=recipient)
    return None


def account_name(account: Account) -> str:
    """Return the name by which Exchange calls an account."""
    return account.recipient.name if account.recipient is not None else sam_account_name(account)


def sam_account_name(account: Account) -> str:
    """Return the part of ``DOMAIN\\name`` behind the backslash, or what stands in its place."""
    name = next((login for login in account.logins if "\\" in login), account.logins[0])
    return name.rpartition("\\")[2].partition("@")[0]


def mailbox_rows(account: Account | None) -> list[Row]:
    """``Get-Mailbox`` finds only what is held here."""
    recipient = account.recipient if account is not None else None
    if recipient is None or not recipient.has_mailbox:
        return []
    addresses = [f"SMTP:{recipient.email}", *(f"smtp:{alias}" for alias in recipient.aliases)]
    return [
        {
            "PrimarySmtpAddress": Smtp(recipient.email),
            "RecipientTypeDetails": _type(recipient),
            "EmailAddresses": addresses,
            "Database": Entry(recipient.database),
        }
    ]


def cas_rows(recipients: Iterable[Recipient]) -> list[Row]:
    """``Get-CASMailbox``."""
    return [
        {"PrimarySmtpAddress": Smtp(one.email), "EwsEnabled": None if one.ews_enabled else False}
        for one in recipients
        if one.has_mailbox
    ]


def user_rows(account: Account | None) -> list[Row]:
    """``Get-User`` of an account."""
    if account is None:
        return []
    recipient = account.recipient
    address = recipient.email if recipient is not None else account.email
    policy = account.authentication_policy
    upn = next((login for login in account.logins if "@" in login), address)
    return [
        {
            "Name": account_name(account),
            "UserPrincipalName": upn,
            "WindowsEmailAddress": Smtp(address) if address else "",
            "RecipientTypeDetails": _type(recipient)
            if recipient is not None and _is_shown(recipient)
            else recipient_type("User"),
            "AuthenticationPolicy": Entry(policy, "CN=Auth Policies") if policy else None,
        }
    ]


def directory_rows(account: Account | None, directory: Directory, now: datetime) -> list[Row]:
    """``Get-ADUser`` of an account. Who must change the password at the next sign-in has a pwdLastSet of 0."""
    if account is None:
        return []
    recipient = account.recipient
    groups = directory.groups_of(recipient) if recipient is not None else []
    must_change = account.state is AccountState.MUST_CHANGE_PASSWORD
    changed = None if must_change else (now - _PASSWORD_AGE).replace(microsecond=0)
    ticks = 0 if changed is None else int((changed - _FILE_TIME_BEGINS).total_seconds()) * 10_000_000
    return [
        {
            "SamAccountName": sam_account_name(account),
            "UserPrincipalName": next((login for login in account.logins if "@" in login), ""),
            "mail": recipient.email if recipient is not None else account.email or None,
            "Enabled": account.state is not AccountState.DISABLED,
            "LockedOut": account.state is AccountState.LOCKED,
            "PasswordExpired": must_change or account.state is AccountState.PASSWORD_EXPIRED,
            "pwdLastSet": ticks,
            "PasswordLastSet": changed,
            "adminCount": 1 if account.is_administrator else None,
            "memberOf": [group.distinguished_name for group in groups],
        }
    ]


def recipient_rows(recipients: Iterable[Recipient]) -> list[Row]:
    """``Get-Recipient``."""
    return [
        {
            "PrimarySmtpAddress": Smtp(one.email),
            "RecipientTypeDetails": _type(one),
            "Database": Entry(one.database) if one.has_mailbox else None,
        }
        for one in recipients
    ]


def administrator_rows(recipients: Iterable[Recipient]) -> list[Row]:
    """``Get-ADUser`` of the users: whether each is, or was, in a protected group."""
    return [
        {"mail": one.email, "adminCount": one.admin_count or None}
        for one in recipients
        if one.kind is not RecipientKind.CONTACT
    ]


def group_rows(group: Recipient | None) -> list[Row]:
    """``Get-DistributionGroup``."""
    if group is None or not group.is_group:
        return []
    return [
        {
            "PrimarySmtpAddress": Smtp(group.email),
            "DistinguishedName": group.distinguished_name,
            "RecipientTypeDetails": _type(group),
        }
    ]


def member_rows(group: Recipient | None, directory: Directory) -> list[Row]:
    """``Get-DistributionGroupMember``: direct members only."""
    members = (directory.by_address(member) for member in group.members) if group is not None else ()
    return [
        {"PrimarySmtpAddress": Smtp(one.email), "RecipientTypeDetails": _type(one)}
        for one in members
        if one is not None and _is_shown(one)
    ]


def listed_recipients(directory: Directory, addresses: Iterable[str]) -> Iterator[Recipient]:
    """Return who is found by addresses, each once; groups are no users."""
    seen: set[int] = set()
    for address in addresses:
        found = directory.by_address(address)
        if found is not None and not found.is_group and _is_shown(found) and id(found) not in seen:
            seen.add(id(found))
            yield found


def _is_shown(recipient: Recipient) -> bool:
    """Whether Exchange's commands find it: a mailbox that was deleted is none of theirs."""
    return recipient.state is not MailboxState.SOFT_DELETED


def _type(recipient: Recipient) -> Named:
    return recipient_type(recipient.type_details)
