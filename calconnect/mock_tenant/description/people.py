"""From tables to the directory: mailboxes, rooms, groups, and the accounts that sign in."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.events import PlannedEvent, plan_event
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.patterns import Pattern
from calconnect.mock_tenant.description.protected_groups import everybody_in, is_protected
from calconnect.mock_tenant.description.tables import (
    DelegateTable,
    GenerateTable,
    GroupTable,
    MailboxTable,
    OofTable,
    RoomTable,
    ServiceAccountTable,
    TenantTables,
)
from calconnect.mock_tenant.state.directory import Account, Directory, Recipient, RecipientKind

EVENTS_PER_WEEK = 12
"""Of a user's mailbox or a room, where the file does not say."""

_KINDS = {
    "distribution": RecipientKind.GROUP,
    "security": RecipientKind.SECURITY_GROUP,
    "room-list": RecipientKind.ROOM_LIST,
}
_LISTED_KINDS = (RecipientKind.USER, RecipientKind.REMOTE)
_IN_MAILBOXES = frozenset({"events", "full_access", "folder_permissions", "delegates", "oof", "without_folders"})
"""Keys of ``[[mailboxes]]`` that say nothing of a recipient without a mailbox."""
_WITHOUT_MAILBOX = (RecipientKind.REMOTE, RecipientKind.CONTACT)


@dataclass(frozen=True, slots=True)
class MailboxPlan:
    """What a mailbox holds when it is first opened."""

    events_per_week: int = 0
    events: tuple[PlannedEvent, ...] = ()
    full_access: tuple[str, ...] = ()
    folder_permissions: tuple[tuple[str, str, str], ...] = ()
    """Folder, grantee, level."""
    delegates: tuple[DelegateTable, ...] = ()
    oof: OofTable | None = None

    @classmethod
    def of(
        cls,
        entry: MailboxTable | GenerateTable | RoomTable,
        events_per_week: int,
        events: tuple[PlannedEvent, ...] = (),
        oof: OofTable | None = None,
    ) -> MailboxPlan:
        """Return the plan of a table's mailboxes, with what the table grants to others."""
        permissions = (
            (folder, grantee.lower(), level)
            for folder, levels in entry.folder_permissions.items()
            for grantee, level in levels.items()
        )
        full_access = tuple(one.lower() for one in entry.full_access)
        return cls(events_per_week, events, full_access, tuple(permissions), tuple(entry.delegates), oof)


@dataclass(slots=True)
class People:
    """Everybody in the organisation, and what their mailboxes will hold."""

    directory: Directory = field(default_factory=Directory)
    plans: dict[Recipient, MailboxPlan] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    administrators: list[str] = field(default_factory=list)
    administrator_groups: list[str] = field(default_factory=list)
    accounts_by_email: dict[str, Account] = field(default_factory=dict)


def make_people(tables: TenantTables, findings: Findings, today: date) -> People:
    """Make all recipients and accounts; two of the same address or login are a problem.

    Args:
        tables: the tenant file.
        findings: takes what is wrong.
        today: the tenant's first day.
    """
    people = People()
    census = _Census(people, findings, tables.organization.domains[0], today)
    own = {entry.email.lower(): (index, entry) for index, entry in enumerate(tables.mailboxes)}
    for index, account in enumerate(tables.service_accounts):
        census.add_service_account(("service_accounts", index), account)
    changed = census.generated_addresses(tables.generate, own)
    for index, mailbox in enumerate(tables.mailboxes):
        if mailbox.email.lower() not in changed:
            census.add_mailbox(("mailboxes", index), mailbox, Recipient(mailbox.email, _name_from(mailbox.email)))
    for index, block in enumerate(tables.generate):
        census.generate(("generate", index), block, own)
    for index, room in enumerate(tables.rooms):
        census.add_room(("rooms", index), room)
    for index, group in enumerate(tables.groups):
        census.add_group(("groups", index), group)
    census.join_groups(tables.groups)
    return people


class _Census:
    """Adds people one by one and notes what they wait for: the groups, which come last."""

    def __init__(self, people: People, findings: Findings, domain: str, today: date) -> None:
        self.people = people
        self.findings = findings
        self.today = today
        self.netbios = domain.partition(".")[0][:15].upper()
        self.waiting: list[tuple[KeyPath, str, Recipient | Account]] = []
        """Where it is said, the group's address, who is in it."""

    # -- one by one

    def add_service_account(self, path: KeyPath, entry: ServiceAccountTable) -> None:
        account = Account(
            logins=self._logins(entry.usernames, entry.email),
            password=entry.password,
            state=entry.account,
            email=entry.email,
            lock_out_after=entry.lock_out_after,
            authentication_policy=entry.authentication_policy or "",
            throttling_policy=entry.throttling_policy or "",
            admin_count=int(entry.administrator),
        )
        if entry.mailbox is not False:
            recipient = Recipient(
                email=entry.email,
                name=entry.name or _name_from(entry.email),
                kind=RecipientKind.REMOTE if entry.mailbox == "elsewhere" else RecipientKind.USER,
                aliases=tuple(entry.aliases),
                database=entry.database,
                time_zone=entry.time_zone,
                language=entry.language,
                ews_enabled=entry.ews_enabled,
                state=entry.state,
                hidden=entry.hidden,
                admin_count=int(entry.administrator),
                quota_exceeded=entry.quota_exceeded,
                missing_folders=tuple(entry.without_folders),
            )
            if not self._add(path, recipient, entry.groups, entry.events_per_week or 0):
                return
            account.recipient = recipient
        else:
            for address in entry.groups:
                self.waiting.append(((*path, "groups"), address, account))
        self._add_account(path, account)

    def add_mailbox(self, path: KeyPath, entry: MailboxTable, recipient: Recipient) -> None:
        """Add what ``[[mailboxes]]`` describes; ``recipient`` holds what the entry does not say."""
        said = entry.model_fields_set
        for key in ("name", "upn", "database", "time_zone", "language", "department", "ews_enabled", "state", "hidden"):
            if key in said:
                setattr(recipient, key, getattr(entry, key))
        recipient.quota_exceeded = entry.quota_exceeded
        recipient.missing_folders = tuple(entry.without_folders)
        recipient.kind = RecipientKind(entry.kind) if entry.kind else recipient.kind
        recipient.aliases = tuple(entry.aliases)
        recipient.admin_count = int(entry.administrator)
        per_week = entry.events_per_week
        if per_week is None:
            per_week = EVENTS_PER_WEEK if recipient.kind is RecipientKind.USER else 0
        if recipient.kind in _WITHOUT_MAILBOX:
            for key in sorted(_IN_MAILBOXES & said):
                self.findings.add((*path, key), f"A {recipient.kind.value} recipient has no mailbox here.")
        if not self._add(path, recipient, entry.groups or (), per_week):
            return
        if entry.administrator:
            self.people.administrators.append(recipient.email)
        if recipient.kind in _LISTED_KINDS if entry.listed is None else entry.listed:
            self.people.listed.append(recipient.email)
        events = self._events(path, entry, recipient)
        self.people.plans[recipient] = MailboxPlan.of(entry, per_week, events, entry.oof)
        if entry.password is not None:
            account = Account(
                logins=self._logins(entry.usernames, recipient.upn or recipient.email),
                password=entry.password,
                state=entry.account,
                recipient=recipient,
                email=recipient.email,
                authentication_policy=entry.authentication_policy or "",
                throttling_policy=entry.throttling_policy or "",
            )
            self._add_account(path, account)

    def _events(self, path: KeyPath, entry: MailboxTable, recipient: Recipient) -> tuple[PlannedEvent, ...]:
        planned = (
            plan_event(event, (*path, "events", position), recipient.time_zone, self.today, self.findings)
            for position, event in enumerate(entry.events)
        )
        return tuple(event for event in planned if event is not None)

    def add_room(self, path: KeyPath, entry: RoomTable) -> None:
        recipient = Recipient(
            email=entry.email,
            name=entry.name,
            kind=RecipientKind.ROOM,
            aliases=tuple(entry.aliases),
            database=entry.database,
            time_zone=entry.time_zone,
            language=entry.language,
            ews_enabled=entry.ews_enabled,
            state=entry.state,
            hidden=entry.hidden,
            quota_exceeded=entry.quota_exceeded,
            missing_folders=tuple(entry.without_folders),
        )
        per_week = EVENTS_PER_WEEK if entry.events_per_week is None else entry.events_per_week
        if self._add(path, recipient, entry.groups, 0):
            self.people.plans[recipient] = MailboxPlan.of(entry, per_week)

    def add_group(self, path: KeyPath, entry: GroupTable) -> None:
        recipient = Recipient(
            email=entry.email,
            name=entry.name,
            kind=_KINDS[entry.kind],
            aliases=tuple(entry.aliases),
            hidden=entry.hidden,
            dn=entry.dn or "",
        )
        if self._add(path, recipient, (), 0) and entry.administrators:
            self.people.administrator_groups.append(recipient.email)

    # -- by the thousand

    def generated_addresses(
        self, blocks: Sequence[GenerateTable], own: dict[str, tuple[int, MailboxTable]]
    ) -> set[str]:
        """Return the addresses of ``own`` (lower-case) that a block generates, so that the entry changes that one."""
        patterns = [(Pattern(block.email, lower=True), block) for block in blocks]
        return {
            address
            for address in own
            for pattern, block in patterns
            if (number := pattern.number(address)) is not None and 0 <= number - block.first < block.count
        }

    def generate(self, path: KeyPath, block: GenerateTable, own: dict[str, tuple[int, MailboxTable]]) -> None:
        """Make the mailboxes of a block; an entry of ``[[mailboxes]]`` for one of them says what is different."""
        per_week = EVENTS_PER_WEEK if block.kind == "user" else 0
        if block.events_per_week is not None:
            per_week = block.events_per_week
        plan = MailboxPlan.of(block, per_week)
        kind = RecipientKind(block.kind)
        listed = kind in _LISTED_KINDS if block.listed is None else block.listed
        addresses, names = Pattern(block.email, lower=True), Pattern(block.name)
        for position in range(block.count):
            email = addresses.text(block.first + position)
            recipient = Recipient(
                email=email,
                name=names.text(block.first + position),
                kind=kind,
                database=block.database[position % len(block.database)],
                time_zone=block.time_zone[position % len(block.time_zone)],
                language=block.language[position % len(block.language)],
                ews_enabled=block.ews_enabled,
                state=block.state,
                hidden=block.hidden,
                department=block.department[position % len(block.department)] if block.department else "",
                quota_exceeded=block.quota_exceeded,
                missing_folders=tuple(block.without_folders),
            )
            change = own.get(email.lower())
            if change is not None:
                self._add_changed(path, block, change, recipient, per_week)
                continue
            if not self._add(path, recipient, block.groups, 0):
                return  # the next ones would be taken, too: one problem says it
            self.people.plans[recipient] = plan
            if listed:
                self.people.listed.append(email)
            if block.password is not None:
                self._add_account(path, Account(self._logins(None, email), block.password, recipient=recipient))

    def _add_changed(
        self,
        path: KeyPath,
        block: GenerateTable,
        change: tuple[int, MailboxTable],
        recipient: Recipient,
        per_week: int,
    ) -> None:
        index, entry = change
        given: dict[str, object] = {
            "groups": block.groups,
            "password": block.password,
            "listed": block.listed,
            "events_per_week": per_week,
            "quota_exceeded": block.quota_exceeded,
        }
        if entry.kind not in _WITHOUT_MAILBOX:
            given |= {key: getattr(block, key) for key in _IN_MAILBOXES & block.model_fields_set}
        missing = {key: value for key, value in given.items() if key not in entry.model_fields_set}
        complete = entry.model_copy(update=missing)
        if self.people.directory.by_address(recipient.email) is not None:
            self.findings.taken((*path, "email"), recipient.email)
            return
        self.add_mailbox(("mailboxes", index), complete, recipient)

    # -- groups

    def join_groups(self, groups: Sequence[GroupTable]) -> None:
        """Put everybody into their groups, and mark the members of the administrators' groups."""
        directory = self.people.directory
        members: dict[Recipient, dict[str, None]] = {}
        for index, entry in enumerate(groups):
            group = directory.by_address(entry.email)
            if group is None or not group.is_group:
                continue  # its address is taken, which has been told
            held = members.setdefault(group, {})
            for position, address in enumerate(entry.members):
                path: KeyPath = ("groups", index, "members", position)
                found = self.findings.known(directory, path, address, "member")
                if found is not None:
                    held[found.email] = None
        without_mailbox: list[tuple[Recipient, Account]] = []
        for path, address, member in self.waiting:
            group = self.findings.known(directory, path, address, "group")
            if group is None:
                continue
            if not group.is_group:
                self.findings.add(path, f"{address} is no group.")
            elif isinstance(member, Account):
                without_mailbox.append((group, member))
            else:
                members.setdefault(group, {})[member.email] = None
        for group, held in members.items():
            group.members = list(held)
        directory.membership_changed()
        self._mark_administrators(without_mailbox)

    def _mark_administrators(self, without_mailbox: list[tuple[Recipient, Account]]) -> None:
        """Mark the members of the administrators' groups and of the protected ones, nested ones too."""
        directory = self.people.directory
        marked = set(self.people.administrator_groups) | {
            one.email for one in directory if one.is_group and is_protected(one)
        }
        found = set(everybody_in(directory, marked))
        for recipient in found:
            if not recipient.is_group:
                recipient.admin_count = 1
        for group, account in without_mailbox:
            if group in found:
                account.admin_count = 1

    # -- what all have in common

    def _add(self, path: KeyPath, recipient: Recipient, groups: Iterable[str], per_week: int) -> bool:
        for address in (recipient.email, *recipient.aliases):
            if self.people.directory.by_address(address) is not None:
                key = "email" if address == recipient.email else "aliases"
                self.findings.taken((*path, key), address)
                return False
        recipient.seed = zlib.crc32(recipient.email.lower().encode())
        self.people.directory.add(recipient)
        if per_week:
            self.people.plans[recipient] = MailboxPlan(events_per_week=per_week)
        for address in groups:
            self.waiting.append(((*path, "groups"), address, recipient))
        return True

    def _logins(self, usernames: Sequence[str] | None, address: str) -> tuple[str, ...]:
        if usernames:
            return tuple(usernames)
        return (address, f"{self.netbios}\\{address.partition('@')[0]}")

    def _add_account(self, path: KeyPath, account: Account) -> None:
        directory = self.people.directory
        for login in account.logins:
            if directory.account(login) is not None:
                self.findings.add((*path, "usernames"), f"Another account signs in as {login}.")
                return
        directory.add_account(account)
        self.people.accounts_by_email[(account.email or account.name).lower()] = account


def _name_from(address: str) -> str:
    """Return a display name made of an address: ``alex.morgan@…`` is Alex Morgan."""
    local = address.partition("@")[0]
    return " ".join(word.capitalize() for word in local.replace("_", ".").replace("-", ".").split(".")) or local
