"""What changed in a folder since a client last asked: synchronisation states, and changes summed up item by item."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import ThingId
from calconnect.mock_tenant.state.mailbox import ChangeKind, Folder, Mailbox

_FORMAT = struct.Struct(">4s16sQqQQ")
_MARK = b"sync"


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far a client has come with a folder.

    The changes after ``start`` up to ``horizon`` are given out in pages, ``done`` of them so far. A first
    synchronisation (``start`` is -1) gives out the items that there are, in the order of their numbers; ``done`` is
    then the last number given out.
    """

    mailbox: bytes
    folder: int
    start: int = -1
    horizon: int = 0
    done: int = 0

    def __str__(self) -> str:
        packed = _FORMAT.pack(_MARK, self.mailbox, self.folder, self.start, self.horizon, self.done)
        return base64.b64encode(packed).decode()


def decode_state(text: str, mailbox: Mailbox, folder: Folder) -> SyncState:
    """Decode a synchronisation state.

    Raises:
        EwsError: ``ErrorInvalidSyncStateData``: it is none, or one of another folder, or of before a reset.
    """
    try:
        mark, guid, number, start, horizon, done = _FORMAT.unpack(base64.b64decode(text, validate=True))
        if mark != _MARK or guid != mailbox.guid or number != folder.number or horizon > mailbox.change_number:
            raise ValueError
    except (ValueError, struct.error, binascii.Error):
        raise EwsError(
            "ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid."
        ) from None
    return SyncState(guid, number, start, horizon, done)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What became of one item: created, modified or deleted."""

    kind: ChangeKind
    thing: ThingId
    numbers: tuple[int, ...] = ()
    """The numbers of the changes that this one sums up."""


def item_changes(mailbox: Mailbox, folder: Folder, start: int, horizon: int) -> list[ItemChange]:
    """Sum up the changes of a folder's items after ``start`` up to ``horizon``, in the order of each item's first one.

    What was created and deleted in that time does not appear.
    """
    found: dict[int, ItemChange] = {}
    for number, kind, thing in _events(mailbox, folder, start, horizon):
        before = found.get(thing.number)
        if kind is ChangeKind.DELETED:
            if before is not None and before.kind is ChangeKind.CREATED:
                del found[thing.number]
            else:
                found[thing.number] = ItemChange(kind, thing)
        elif before is None:
            found[thing.number] = ItemChange(kind, thing, (number,))
        else:
            found[thing.number] = ItemChange(before.kind, thing, (*before.numbers, number))
    return list(found.values())


def _events(mailbox: Mailbox, folder: Folder, start: int, horizon: int) -> Iterable[tuple[int, ChangeKind, ThingId]]:
    for change in mailbox.changes_after(start):
        if change.number > horizon:
            return
        if change.is_folder:
            continue
        if change.kind is not ChangeKind.MOVED:
            if change.folder == folder.number:
                yield change.number, change.kind, change.thing
            continue
        if change.old_folder == folder.number and change.old_thing is not None:
            yield change.number, ChangeKind.DELETED, change.old_thing
        if change.folder == folder.number:
            yield change.number, ChangeKind.CREATED, change.thing
