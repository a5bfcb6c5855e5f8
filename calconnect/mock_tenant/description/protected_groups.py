"""Who is an IT administrator: members of Active Directory's protected groups, and of those that the file marks.

https://learn.microsoft.com/windows-server/identity/ad-ds/plan/security-best-practices/appendix-c--protected-accounts-and-groups-in-active-directory
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calconnect.mock_tenant.state.directory import Directory, Recipient

PROTECTED_GROUPS = frozenset(
    {
        "account operators",
        "administrators",
        "backup operators",
        "domain admins",
        "domain controllers",
        "enterprise admins",
        "enterprise key admins",
        "key admins",
        "print operators",
        "read-only domain controllers",
        "replicator",
        "schema admins",
        "server operators",
    }
)
"""Names in lower case. SDProp sets ``adminCount`` of their members, nested ones too, to 1."""


def is_protected(group: Recipient) -> bool:
    """Whether a group is one of Active Directory's protected groups."""
    return group.name.lower() in PROTECTED_GROUPS


def everybody_in(directory: Directory, groups: Iterable[str]) -> Iterator[Recipient]:
    """Return all who are in groups, directly or through groups in them, each once; the groups themselves, too."""
    seen: set[str] = set()
    waiting = list(groups)
    while waiting:
        found = directory.by_address(waiting.pop())
        if found is None or found.email in seen:
            continue
        seen.add(found.email)
        waiting += found.members
        yield found
