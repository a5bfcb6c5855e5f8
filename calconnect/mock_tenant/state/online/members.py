"""Who is in a group, directly and through groups in it, and which directory roles somebody has."""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.state.online.directory import OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf


def direct_members(half: OnlineHalf, group: OnlineGroup) -> list[OnlineUser | OnlineGroup]:
    """Return who stands in a group itself, in the group's order."""
    found = (half.users.get(one.lower()) or half.groups.get(one.lower()) for one in group.members)
    return [one for one in found if one is not None]


def transitive_members(half: OnlineHalf, group: OnlineGroup) -> list[OnlineUser | OnlineGroup]:
    """Return who is in a group, directly or through groups in it, each once; groups that hold each other end it."""
    seen: dict[str, OnlineUser | OnlineGroup] = {}
    waiting = [group]
    while waiting:
        for member in direct_members(half, waiting.pop(0)):
            if member.id in seen or member is group:
                continue
            seen[member.id] = member
            if isinstance(member, OnlineGroup):
                waiting.append(member)
    return list(seen.values())


def groups_of(half: OnlineHalf, member: OnlineUser | OnlineGroup) -> list[OnlineGroup]:
    """Return the groups that somebody is in, directly or through other groups, each once, the nearest first."""
    address = member.recipient.email if isinstance(member, OnlineUser) else member.email
    seen: dict[str, OnlineGroup] = {}
    waiting = [address]
    while waiting:
        for group in half.groups_with(waiting.pop(0)):
            if group.id not in seen and group is not member:
                seen[group.id] = group
                waiting.append(group.email)
    return list(seen.values())


def directory_roles_of(half: OnlineHalf, user: OnlineUser) -> list[str]:
    """Return the names of the directory roles that a user has, itself or through groups, each once."""
    return list(dict.fromkeys((*user.directory_roles, *_roles_of_groups(half, user))))


def _roles_of_groups(half: OnlineHalf, user: OnlineUser) -> Iterator[str]:
    for group in groups_of(half, user):
        yield from group.directory_roles


def holds_directly(half: OnlineHalf, address: str, user: OnlineUser) -> bool:
    """Whether the group with this address has a user as a member of its own."""
    return any(group.email.lower() == address.lower() for group in half.groups_with(user.recipient.email))


def holds(half: OnlineHalf, address: str, user: OnlineUser) -> bool:
    """Whether the group with this address has a user in it, directly or through groups in it; or is that user."""
    wanted = address.lower()
    return user.recipient.email.lower() == wanted or any(one.email.lower() == wanted for one in groups_of(half, user))
