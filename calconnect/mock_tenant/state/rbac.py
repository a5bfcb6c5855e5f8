"""Role-based access control, as far as ApplicationImpersonation needs it.

Sources: https://learn.microsoft.com/powershell/module/exchange/get-managementroleassignment and …/new-managementscope;
exclusive scopes: ExchangeServer2013/understanding-exclusive-scopes in MicrosoftDocs/OfficeDocs-Exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from calconnect.mock_tenant.state.directory import Account, Directory, Recipient
from calconnect.mock_tenant.state.opath import read_filter

IMPERSONATION = "ApplicationImpersonation"


@dataclass(slots=True)
class ManagementScope:
    """A recipient restriction filter with a name."""

    name: str
    filter: str
    """OPath, such as ``MemberOfGroup -eq '<DN>'``; see ``opath``."""
    exclusive: bool = False

    def covers(self, recipient: Recipient, directory: Directory) -> bool:
        """Whether the filter selects ``recipient``. ``MemberOfGroup`` knows direct members only."""
        test = read_filter(self.filter)
        return test is not None and test(recipient, directory)


def filter_is_understood(text: str) -> bool:
    """Whether ``ManagementScope`` can evaluate this filter."""
    return read_filter(text) is not None


@dataclass(slots=True)
class RoleAssignment:
    """Who has a role, over whom."""

    name: str
    assignee: str
    """A login or e-mail address of an account, or the name of a role group."""
    role: str = IMPERSONATION
    scope: str = ""
    """Name of the custom recipient write scope; empty: the whole organisation."""
    delegating: bool = False
    """A delegating assignment allows to hand the role on, not to use it."""
    enabled: bool = True


@dataclass(slots=True)
class RoleBook:
    """All role assignments, role groups and management scopes of an organisation."""

    assignments: list[RoleAssignment] = field(default_factory=list)
    scopes: dict[str, ManagementScope] = field(default_factory=dict)
    role_groups: dict[str, list[str]] = field(default_factory=dict)
    """Role group → logins or addresses of its members."""

    def may_impersonate(self, account: Account, target: Recipient, directory: Directory) -> bool:
        """Whether ``account`` may impersonate ``target``.

        An enabled, regular assignment of ApplicationImpersonation must cover the target; and if any exclusive scope
        covers the target, the assignment must be one on such a scope.
        """
        names = {login.lower() for login in account.logins}
        if account.recipient is not None:
            names.add(account.recipient.email.lower())
        names |= {
            group.lower()
            for group, members in self.role_groups.items()
            if names & {member.lower() for member in members}
        }
        exclusive = {
            scope.name for scope in self.scopes.values() if scope.exclusive and scope.covers(target, directory)
        }
        for assignment in self.assignments:
            if assignment.role.lower() != IMPERSONATION.lower() or assignment.delegating or not assignment.enabled:
                continue
            if assignment.assignee.lower() not in names:
                continue
            if exclusive and assignment.scope not in exclusive:
                continue
            if not assignment.scope:
                return True
            scope = self.scopes.get(assignment.scope)
            if scope is not None and scope.covers(target, directory):
                return True
        return False
