"""The Exchange Online half as an organisation of its own, for what reaches from one mailbox into others."""

from __future__ import annotations

from dataclasses import replace

from calconnect.mock_tenant.state.directory import Directory, Recipient, RecipientKind
from calconnect.mock_tenant.state.online.directory import Location, OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization


def online_organization(organization: Organization, half: OnlineHalf) -> Organization:
    """Return the organisation as Exchange Online sees it: its mailboxes are held here, all others are not.

    Where everybody's mailbox is in Exchange Online it is the organisation itself.
    """
    if half.only and all(user.location is Location.ONLINE for user in half.users.values()):
        return organization
    directory = Directory()
    for user in half.users.values():
        directory.add(_recipient(user))
    for group in half.groups.values():
        if directory.by_address(group.email) is None:
            directory.add(_group(group))
    return replace(
        organization,
        directory=directory,
        databases={},
        opened=half.opened,
        seed_mailbox=half.seed_mailbox,
    )


def _recipient(user: OnlineUser) -> Recipient:
    recipient = user.recipient
    is_here = user.location is Location.ONLINE or not recipient.has_mailbox
    return recipient if is_here else replace(recipient, kind=RecipientKind.REMOTE)


def _group(group: OnlineGroup) -> Recipient:
    kind = RecipientKind.SECURITY_GROUP if group.security else RecipientKind.GROUP
    return Recipient(
        group.email, group.name, RecipientKind.ROOM_LIST if group.room_list else kind, members=group.members
    )
