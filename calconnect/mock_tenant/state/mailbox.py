"""A mailbox: folders, items, permissions, and the log of changes that synchronisation and notifications read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from calconnect.foundation.clock import Clock
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.folder_names import DEFAULT_FOLDERS, folder_name
from calconnect.mock_tenant.state.ids import IdKind, ThingId, change_key
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue


class ChangeKind(StrEnum):
    """What happened to an item or folder."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(slots=True)
class Change:
    """One entry of a mailbox's log of changes."""

    number: int
    """Rises by one with each change in the mailbox; the synchronisation states and watermarks are made of it."""
    kind: ChangeKind
    thing: ThingId
    folder: int
    """The folder's number in which it happened (of a moved thing: the new one)."""
    old_folder: int | None
    """Of a moved thing: where it was. Of a copy: where the original is."""
    old_thing: ThingId | None
    """Of a moved thing: its id before. Of a copy: the original's."""
    at: datetime
    is_folder: bool


@dataclass(slots=True, eq=False)
class Folder:
    """A folder. ``number`` is unique in its mailbox; the root (``msgfolderroot``'s parent) has no parent."""

    number: int
    parent: int | None
    name: str
    folder_class: str
    """``IPF.Appointment``, ``IPF.Note`` …; empty for the roots."""
    distinguished: str | None
    """The DistinguishedFolderIdName (``calendar``), if it is a default folder."""
    version: int = 1
    items: dict[int, Item] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    """Lower-case address (or ``default`` / ``anonymous``) → permission level, as Exchange names them: ``Editor``,
    ``Reviewer``, ``Author``, ``AvailabilityOnly``, ``LimitedDetails``, ``None`` …"""
    extended: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Item:
    """An item: its class, its properties, its version. The items area owns the shape of ``properties``."""

    number: int
    folder: int
    kind: str
    """Element name: ``CalendarItem``, ``Message``, ``Contact``, ``Task`` …"""
    version: int = 1
    properties: dict[str, Any] = field(default_factory=dict)
    extended: dict[ExtendedName, ExtendedValue] = field(default_factory=dict)
    attachments: dict[int, Any] = field(default_factory=dict)
    created: datetime | None = None
    modified: datetime | None = None
    calendar: Any = None
    """Of a calendar item: its typed calendar facts (state.calendar.Appointment); else None."""


class Mailbox:
    """One mailbox. All methods are to be called with ``lock`` held when more than one thread serves the tenant."""

    def __init__(self, recipient: Recipient, clock: Clock, *, seed: Callable[[Mailbox], None] | None = None) -> None:
        self.recipient = recipient
        self.clock = clock
        self.guid = recipient.guid.bytes
        self.folders: dict[int, Folder] = {}
        self.by_distinguished: dict[str, Folder] = {}
        self.items: dict[int, Item] = {}
        self.log: list[Change] = []
        self.full_access: set[str] = set()
        """Lower-case addresses with FullAccess."""
        self.delegates: dict[str, dict[str, Any]] = {}
        """Lower-case address → ``view_private_items`` and ``receive_copies_of_meeting_messages``; what they may do in
        which folder stands in the folder's permissions."""
        self.deliver_meeting_requests = "DelegatesAndSendInformationToMe"
        """Who gets the meeting requests if there are delegates (DeliverMeetingRequestsType)."""
        self.oof: dict[str, Any] = {}
        self.listeners: list[Callable[[Change], None]] = []
        """Called with each change."""
        self._next = 0
        self._is_full = False
        for distinguished, parent, folder_class in DEFAULT_FOLDERS:
            above = self.by_distinguished[parent].number if parent else None
            name = folder_name(distinguished, recipient.language)
            self._new_folder(above, name, folder_class, distinguished)
        self.log.clear()
        if seed is not None:
            seed(self)
        for name in recipient.missing_folders:
            self._lose(name)
        self._is_full = recipient.quota_exceeded

    # -- numbers and ids

    def next_number(self) -> int:
        """Return a number that no folder, item or attachment of this mailbox has had."""
        self._next += 1
        return self._next

    @property
    def change_number(self) -> int:
        """The number of the last change; 0 if there was none."""
        return self.log[-1].number if self.log else 0

    def folder_id(self, folder: Folder) -> ThingId:
        """Return the folder's id."""
        return ThingId(IdKind.FOLDER, self.guid, folder.number)

    def item_id(self, item: Item) -> ThingId:
        """Return the item's id."""
        return ThingId(IdKind.ITEM, self.guid, item.number)

    @staticmethod
    def key_of(thing: Folder | Item) -> str:
        """Return the change key of a folder's or item's present version."""
        return change_key(thing.version)

    # -- folders

    def folder(self, number: int) -> Folder:
        """Return a folder by number.

        Raises:
            EwsError: ``ErrorItemNotFound`` (as Exchange answers for a folder id that leads nowhere).
        """
        try:
            return self.folders[number]
        except KeyError:
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.") from None

    def distinguished(self, name: str) -> Folder:
        """Return a default folder by its DistinguishedFolderIdName.

        Raises:
            EwsError: ``ErrorFolderNotFound``.
        """
        try:
            return self.by_distinguished[name]
        except KeyError:
            raise EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.") from None

    def children(self, folder: Folder) -> list[Folder]:
        """Return the direct subfolders, oldest first."""
        return [one for one in self.folders.values() if one.parent == folder.number]

    def add_folder(self, parent: Folder, name: str, folder_class: str) -> Folder:
        """Create a folder.

        Raises:
            EwsError: ``ErrorFolderExists``.
        """
        if any(one.name.lower() == name.lower() for one in self.children(parent)):
            raise EwsError("ErrorFolderExists", "A folder with the specified name already exists.")
        return self._new_folder(parent.number, name, folder_class, None)

    def _new_folder(self, parent: int | None, name: str, folder_class: str, distinguished: str | None) -> Folder:
        folder = Folder(self.next_number(), parent, name, folder_class, distinguished)
        self.folders[folder.number] = folder
        if distinguished:
            self.by_distinguished[distinguished] = folder
        self.record(ChangeKind.CREATED, self.folder_id(folder), parent or folder.number, is_folder=True)
        return folder

    def _lose(self, name: str) -> None:
        """Take away a default folder, as if somebody had deleted it before anybody looked."""
        folder = self.by_distinguished.pop(name, None)
        if folder is None:
            return  # gone with a folder that it was in
        for child in self.children(folder):
            if child.distinguished:
                self._lose(child.distinguished)
        self.remove_folder(folder)
        self.log.clear()

    def touch_folder(self, folder: Folder) -> None:
        """Note that a folder's own properties have changed."""
        folder.version += 1
        self.record(ChangeKind.MODIFIED, self.folder_id(folder), folder.parent or folder.number, is_folder=True)

    def remove_folder(self, folder: Folder) -> None:
        """Delete a folder with all that is in it."""
        for child in self.children(folder):
            self.remove_folder(child)
        for item in list(folder.items.values()):
            self.remove_item(item)
        del self.folders[folder.number]
        self.record(ChangeKind.DELETED, self.folder_id(folder), folder.parent or folder.number, is_folder=True)

    # -- items

    def item(self, number: int) -> Item:
        """Return an item by number.

        Raises:
            EwsError: ``ErrorItemNotFound``.
        """
        try:
            return self.items[number]
        except KeyError:
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.") from None

    def add_item(self, folder: Folder, item: Item, *, copy_of: Item | None = None) -> Item:
        """Put a new item (numbered by ``next_number``) into a folder.

        Args:
            folder: where to.
            item: the new item.
            copy_of: the item of this mailbox that it is a copy of; subscribers are told so.

        Raises:
            EwsError: ``ErrorQuotaExceeded``.
        """
        if self._is_full:
            raise EwsError("ErrorQuotaExceeded", "The mailbox has exceeded its maximum size.")
        item.folder = folder.number
        item.created = item.created or self.clock()
        item.modified = self.clock()
        self.items[item.number] = item
        folder.items[item.number] = item
        old = None if copy_of is None else (self.item_id(copy_of), copy_of.folder)
        self.record(ChangeKind.CREATED, self.item_id(item), folder.number, old=old)
        return item

    def touch_item(self, item: Item) -> None:
        """Note that an item has changed: its version and modification time rise."""
        item.version += 1
        item.modified = self.clock()
        self.record(ChangeKind.MODIFIED, self.item_id(item), item.folder)

    def move_item(self, item: Item, target: Folder) -> None:
        """Move an item; it keeps its content and, as in Exchange, gets a new id."""
        old_thing, old_folder = self.item_id(item), item.folder
        del self.folders[old_folder].items[item.number]
        del self.items[item.number]
        item.number = self.next_number()
        item.version += 1
        item.folder = target.number
        self.items[item.number] = item
        target.items[item.number] = item
        self.record(ChangeKind.MOVED, self.item_id(item), target.number, old=(old_thing, old_folder))

    def remove_item(self, item: Item) -> None:
        """Delete an item for good."""
        del self.folders[item.folder].items[item.number]
        del self.items[item.number]
        self.record(ChangeKind.DELETED, self.item_id(item), item.folder)

    # -- changes

    def record(
        self,
        kind: ChangeKind,
        thing: ThingId,
        folder: int,
        *,
        is_folder: bool = False,
        old: tuple[ThingId, int] | None = None,
    ) -> Change:
        """Write a change into the log and tell the listeners."""
        old_thing, old_folder = old or (None, None)
        number = self.change_number + 1
        change = Change(number, kind, thing, folder, old_folder, old_thing, self.clock(), is_folder)
        self.log.append(change)
        for listener in list(self.listeners):
            listener(change)
        return change

    def changes_after(self, number: int) -> Iterable[Change]:
        """Return the changes after the one with this number, oldest first."""
        return self.log[number:]
