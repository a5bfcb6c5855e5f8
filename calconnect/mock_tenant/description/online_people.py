"""From tables to Entra's users and groups, and who of them is on which side of a hybrid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.online_tables import OnlineKeys, OnlineTable
from calconnect.mock_tenant.description.patterns import Pattern
from calconnect.mock_tenant.description.people import People
from calconnect.mock_tenant.description.tables import TenantTables
from calconnect.mock_tenant.state.directory import AccountState, Recipient, RecipientKind
from calconnect.mock_tenant.state.online.directory import Licence, Location, OnlineGroup, OnlineUser

_KEYS = tuple(OnlineKeys.model_fields)
_LICENSED = frozenset({RecipientKind.USER, RecipientKind.REMOTE})
"""Kinds whose mailboxes take a licence; shared mailboxes, rooms and equipment have none."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the tables say of a user."""

    path: KeyPath
    """Where."""
    location: Location | None = None
    licence: Licence | None = None
    directory_roles: tuple[str, ...] = ()
    synced: bool | None = None
    ews_enabled: bool | None = None
    enabled: bool = True


def check_without_online(tables: TenantTables, findings: Findings) -> None:
    """Note what is said of an Exchange Online half that there is not."""
    for table in ("mailboxes", "generate", "rooms", "groups"):
        for index, entry in enumerate(getattr(tables, table)):
            for key in _KEYS:
                if key in entry.model_fields_set:
                    findings.add((table, index, key), "There is no Exchange Online half.", "Add [online].")


def make_users(tables: TenantTables, online: OnlineTable, people: People, findings: Findings) -> list[OnlineUser]:
    """Make a user for everybody who is no group and no contact, in the directory's order."""
    said = _all_said(tables)
    users = []
    for recipient in people.directory:
        if recipient.is_group or recipient.kind is RecipientKind.CONTACT:
            continue
        users.append(_user(recipient, said.get(recipient.email.lower(), _Said(())), online, findings))
    return users


def make_groups(tables: TenantTables, people: People) -> list[OnlineGroup]:
    """Make the groups, in their order."""
    groups = []
    for entry in tables.groups:
        group = people.directory.by_address(entry.email)
        if group is not None and group.is_group:
            groups.append(
                OnlineGroup(
                    email=group.email,
                    name=group.name,
                    members=list(group.members),
                    security=group.kind is RecipientKind.SECURITY_GROUP,
                    directory_roles=list(entry.directory_roles),
                    room_list=group.kind is RecipientKind.ROOM_LIST,
                )
            )
    return groups


def take_from_server(users: list[OnlineUser], people: People) -> None:
    """Leave on the server side of a hybrid only what it holds: it knows the others as remote mailboxes."""
    for user in users:
        known = user.recipient
        if user.location is Location.SERVER or known.is_gone:
            continue
        kind = RecipientKind.USER if known.kind is RecipientKind.REMOTE else known.kind
        user.recipient = replace(known, kind=kind)
        known.kind = RecipientKind.REMOTE
        plan = people.plans.pop(known, None)
        if plan is not None:
            people.plans[user.recipient] = plan


def _user(recipient: Recipient, said: _Said, online: OnlineTable, findings: Findings) -> OnlineUser:
    takes_licence = recipient.kind in _LICENSED
    licence = said.licence or (online.licence if takes_licence else Licence.NONE)
    unlicensed = takes_licence and licence is Licence.NONE
    location = said.location or _default_location(recipient, online, unlicensed=unlicensed)
    path = (*said.path, "location")
    if location is Location.ONLINE and unlicensed:
        message = f"{recipient.email} has no licence, so no mailbox in Exchange Online."
        findings.add(path, message, 'Write location = "nowhere", or give it a licence.')
    if location is Location.SERVER and online.only:
        findings.add(path, "There is no Exchange Server half.", "Write only = false in [online].")
    if recipient.kind is RecipientKind.REMOTE and (online.only or location is Location.SERVER):
        findings.add((*said.path, "kind"), "A remote mailbox is one that the Exchange Server half does not hold.")
    return OnlineUser(
        recipient=recipient,
        user_principal_name=recipient.upn or recipient.email,
        location=location,
        licence=licence,
        enabled=said.enabled,
        synced=not online.only if said.synced is None else said.synced,
        directory_roles=list(said.directory_roles),
        ews_enabled=said.ews_enabled,
    )


def _default_location(recipient: Recipient, online: OnlineTable, *, unlicensed: bool) -> Location:
    if recipient.is_gone:
        return Location.NOWHERE
    if not online.only and recipient.kind is not RecipientKind.REMOTE:
        return Location.SERVER
    return Location.NOWHERE if unlicensed else Location.ONLINE


def _all_said(tables: TenantTables) -> dict[str, _Said]:
    """Return what the tables say, by lower-case address; ``[[mailboxes]]`` goes before ``[[generate]]``."""
    found: dict[str, _Said] = {}
    for address, path, entry in _entries(tables):
        known = found.get(address)
        given: dict[str, Any] = {key: _frozen(getattr(entry, key)) for key in _KEYS if key in entry.model_fields_set}
        if "ews_enabled" in entry.model_fields_set:
            given["ews_enabled"] = getattr(entry, "ews_enabled", None)
        if getattr(entry, "account", AccountState.ENABLED) is AccountState.DISABLED:
            given["enabled"] = False
        found[address] = _Said(path, **given) if known is None else replace(known, path=path, **given)
    return found


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _entries(tables: TenantTables) -> Iterator[tuple[str, KeyPath, OnlineKeys]]:
    for index, block in enumerate(tables.generate):
        addresses = Pattern(block.email, lower=True)
        for position in range(block.count):
            yield addresses.text(block.first + position).lower(), ("generate", index), block
    for index, mailbox in enumerate(tables.mailboxes):
        yield mailbox.email.lower(), ("mailboxes", index), mailbox
    for index, room in enumerate(tables.rooms):
        yield room.email.lower(), ("rooms", index), room
