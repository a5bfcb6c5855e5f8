"""From tables to rights: role groups, role assignments, management scopes, and what mailboxes grant to others."""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.people import People
from calconnect.mock_tenant.description.tables import GenerateTable, MailboxTable, RoomTable, TenantTables
from calconnect.mock_tenant.state.access import LEVELS
from calconnect.mock_tenant.state.folder_names import DEFAULT_FOLDERS
from calconnect.mock_tenant.state.rbac import ManagementScope, RoleAssignment, RoleBook

_FOLDERS = tuple(name for name, _, _ in DEFAULT_FOLDERS)
_ANYBODY = ("default", "anonymous")


def make_roles(tables: TenantTables, people: People, findings: Findings) -> RoleBook:
    """Make the role book; a scope, a role group or an account that is not there is a problem."""
    book = RoleBook()
    for scope in tables.management_scopes:
        book.scopes[scope.name] = ManagementScope(scope.name, scope.filter, scope.exclusive)
    groups = {group.name.lower(): group.name for group in tables.role_groups}
    for index, group in enumerate(tables.role_groups):
        members = []
        for position, member in enumerate(group.members):
            login = _login(people, member)
            if login is None:
                path: KeyPath = ("role_groups", index, "members", position)
                findings.unknown(path, f"There is no account {member}.", member, _account_names(people))
            else:
                members.append(login)
        book.role_groups[group.name] = members
    scopes = {name.lower(): name for name in book.scopes}
    for index, entry in enumerate(tables.role_assignments):
        assignee = groups.get(entry.assignee.lower()) or _login(people, entry.assignee)
        if assignee is None:
            names = [*groups.values(), *_account_names(people)]
            message = f"There is no account or role group {entry.assignee}."
            findings.unknown(("role_assignments", index, "assignee"), message, entry.assignee, names)
        if entry.scope and entry.scope.lower() not in scopes:
            message = f"There is no management scope {entry.scope}."
            findings.unknown(("role_assignments", index, "scope"), message, entry.scope, scopes.values())
        book.assignments.append(
            RoleAssignment(
                name=entry.name,
                assignee=assignee or entry.assignee,
                role=entry.role,
                scope=scopes.get((entry.scope or "").lower(), ""),
                delegating=entry.delegating,
                enabled=entry.enabled,
            )
        )
    return book


def check_grants(tables: TenantTables, people: People, findings: Findings) -> None:
    """Look whether those to whom mailboxes grant something exist, and whether the levels and folders do."""
    for table in ("mailboxes", "generate", "rooms"):
        for index, entry in enumerate(getattr(tables, table)):
            _check_grants((table, index), entry, people, findings)
    for index, mailbox in enumerate(tables.mailboxes):
        oof = mailbox.oof
        if oof is not None and oof.start is not None and oof.end is not None and oof.end <= oof.start:
            findings.add(("mailboxes", index, "oof", "end"), "The automatic replies end before they start.")


def _check_grants(
    path: KeyPath, entry: MailboxTable | GenerateTable | RoomTable, people: People, findings: Findings
) -> None:
    for position, address in enumerate(entry.full_access):
        findings.known(people.directory, (*path, "full_access", position), address, "holder of full access")
    for position, delegate in enumerate(entry.delegates):
        place: KeyPath = (*path, "delegates", position)
        findings.known(people.directory, (*place, "email"), delegate.email, "delegate")
        if delegate.calendar not in LEVELS:
            message = f"There is no permission level {delegate.calendar}."
            findings.unknown((*place, "calendar"), message, delegate.calendar, LEVELS)
    for folder, levels in entry.folder_permissions.items():
        if folder not in _FOLDERS:
            message = f"There is no default folder {folder}."
            findings.unknown((*path, "folder_permissions", folder), message, folder, _FOLDERS)
        for grantee, level in levels.items():
            place = (*path, "folder_permissions", folder, grantee)
            if level not in LEVELS:
                findings.unknown(place, f"There is no permission level {level}.", level, LEVELS)
            if grantee.lower() not in _ANYBODY:
                findings.known(people.directory, place, grantee, "grantee")


def _login(people: People, name: str) -> str | None:
    """Return the first login of the account that signs in by ``name`` or has it as its address."""
    account = people.directory.account(name) or people.accounts_by_email.get(name.lower())
    return account.name if account is not None else None


def _account_names(people: People) -> Iterable[str]:
    return [login for account in people.directory.accounts() for login in account.logins]
