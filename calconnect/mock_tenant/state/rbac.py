"""Role-based access control, as far as ApplicationImpersonation needs it.

Sources: https://learn.microsoft.com/powershell/module/exchange/get-managementroleassignment and …/new-managementscope;
exclusive scopes: ExchangeServer2013/understanding-exclusive-scopes in MicrosoftDocs/OfficeDocs-Exchange.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from calconnect.mock_tenant.state.directory import Account, Directory, Recipient

_MEMBER_OF_GROUP = re.compile(r"""^\s*MemberOfGroup\s+-eq\s+['"](.+)['"]\s*$""", re.I)
_PROPERTY = re.compile(r"""^\s*(\w+)\s+-(eq|ne|like)\s+['"](.*)['"]\s*$""", re.I)

_GROUP = "memberofgroup"
IMPERSONATION = "ApplicationImpersonation"


@dataclass(slots=True)
class ManagementScope:
    """A recipient restriction filter with a name."""

    name: str
    filter: str
    """OPath: ``MemberOfGroup -eq '<DN>'`` or ``<Property> -eq|-ne|-like '<value>'``."""
    exclusive: bool = False

    def covers(self, recipient: Recipient, directory: Directory) -> bool:
        """Whether the filter selects ``recipient``. ``MemberOfGroup`` knows direct members only."""
        name, operator, value = _read_filter(self.filter)
        if name == _GROUP:
            return any(group.distinguished_name.lower() == value for group in directory.groups_of(recipient))
        if not name:
            return False
        actual = _property(recipient, name)
        if operator == "like":
            pattern = ".*".join(re.escape(part) for part in value.split("*"))
            return re.fullmatch(pattern, actual) is not None
        return (actual == value) is (operator == "eq")


@functools.lru_cache(maxsize=1024)
def _read_filter(text: str) -> tuple[str, str, str]:
    """Return property, operator and value of a filter, all in lower case; empty ones if it is not understood."""
    if found := _MEMBER_OF_GROUP.match(text):
        return _GROUP, "eq", found.group(1).lower()
    if found := _PROPERTY.match(text):
        return found.group(1).lower(), found.group(2).lower(), found.group(3).lower()
    return "", "", ""


def filter_is_understood(text: str) -> bool:
    """Whether ``ManagementScope`` can evaluate this filter."""
    return bool(
        _MEMBER_OF_GROUP.match(text) or ((found := _PROPERTY.match(text)) and found.group(1).lower() in _PROPERTIES)
    )


_PROPERTIES = frozenset({"primarysmtpaddress", "name", "displayname", "department", "database", "recipienttypedetails"})


def _property(recipient: Recipient, name: str) -> str:
    values = {
        "primarysmtpaddress": recipient.email,
        "name": recipient.name,
        "displayname": recipient.name,
        "department": recipient.department,
        "database": recipient.database,
        "recipienttypedetails": recipient.kind.value,
    }
    return values.get(name, "").lower()


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
