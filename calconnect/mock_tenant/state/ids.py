"""Identifiers as clients see them: opaque base64 text that says which mailbox and which thing it means.

They have the form, and so the length, of Exchange's own: 152 characters for an item, 120 for a folder. Clients rely on
it: DavMail takes nothing shorter than 140 for the id of an item (EwsExchangeSession.isItemId).

Form of the whole: https://gist.github.com/poizan42/ccbdce8f667a6386783e78d1ae1d09b7 and [MS-OXCEXT] 2.2.6.1.1; form of
the entry id in it: [MS-OXCDATA] 2.2.4.1 (folders) and 2.2.4.2 (messages).
"""

from __future__ import annotations

import base64
import binascii
import functools
import struct
from dataclasses import dataclass
from enum import IntEnum

from calconnect.mock_tenant.state.errors import EwsError

_BY_MAILBOX_GUID = 3
_NORMAL, _RECURRENCE = 0, 1
_HEAD = struct.Struct(
    "<BBH36sBH"
)  # compression, storage type, moniker's length, moniker, processing, entry id's length
_ENTRY_START = struct.Struct("<4s16sH")  # flags, provider, type
_FOLDER_TYPE, _MESSAGE_TYPE = 0x0001, 0x0007
_DATABASE = bytes.fromhex("5f3c9d1a7b0e4c54a6d2c2f3b1e8a047")
_PAD = bytes(2)
_FOLDER_SIZE, _MESSAGE_SIZE = 46, 70
_ATTACHMENT_MARK = b"\x01\x10\x00"
"""One attachment id follows, 16 bytes long."""


class IdKind(IntEnum):
    """What an id points to."""

    FOLDER = 1
    ITEM = 2
    OCCURRENCE = 3
    ATTACHMENT = 4


@dataclass(frozen=True, slots=True)
class ThingId:
    """A decoded id."""

    kind: IdKind
    mailbox: bytes
    """The mailbox's GUID, 16 bytes."""
    number: int
    """The folder's, item's or attachment's number in its mailbox; of an occurrence, its recurring master's."""
    index: int = 0
    """Of an occurrence: its 1-based index in the series. Of an attachment: its item's number."""

    def __str__(self) -> str:
        raw = _head(self.mailbox, self.kind) + entry_id(self)
        if self.kind is IdKind.ATTACHMENT:
            raw += _ATTACHMENT_MARK + self.number.to_bytes(16, "big")
        return base64.b64encode(raw).decode()


def entry_id(thing: ThingId) -> bytes:
    """Return the MAPI entry id of a folder or item; of an occurrence, one that keeps its index; of an attachment, its
    item's.
    """
    start = _entry_start(thing.mailbox, thing.kind)
    if thing.kind is IdKind.FOLDER:
        return start + thing.number.to_bytes(6, "big") + _PAD
    number, index = thing.number, thing.index
    if thing.kind is IdKind.ATTACHMENT:
        number, index = index, 0
    return start + index.to_bytes(6, "big") + _PAD + _DATABASE + number.to_bytes(6, "big") + _PAD


def read_entry_id(raw: bytes) -> ThingId:
    """Read an entry id.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``.
    """
    mailbox = raw[4:20]
    if len(raw) == _FOLDER_SIZE:
        thing = ThingId(IdKind.FOLDER, mailbox, int.from_bytes(raw[38:44], "big"))
    elif len(raw) == _MESSAGE_SIZE:
        index = int.from_bytes(raw[38:44], "big")
        kind = IdKind.OCCURRENCE if index else IdKind.ITEM
        thing = ThingId(kind, mailbox, int.from_bytes(raw[62:68], "big"), index)
    else:
        raise _malformed()
    if entry_id(thing) != raw:
        raise _malformed()
    return thing


@functools.lru_cache(maxsize=65536)
def _head(mailbox: bytes, kind: IdKind) -> bytes:
    text = mailbox.hex()
    moniker = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}".encode()
    processing = _RECURRENCE if kind is IdKind.OCCURRENCE else _NORMAL
    size = _FOLDER_SIZE if kind is IdKind.FOLDER else _MESSAGE_SIZE
    return _HEAD.pack(0, _BY_MAILBOX_GUID, len(moniker), moniker, processing, size)


@functools.lru_cache(maxsize=65536)
def _entry_start(mailbox: bytes, kind: IdKind) -> bytes:
    entry_type = _FOLDER_TYPE if kind is IdKind.FOLDER else _MESSAGE_TYPE
    return _ENTRY_START.pack(bytes(4), mailbox, entry_type) + _DATABASE


def decode_id(text: str) -> ThingId:
    """Decode an id.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise _malformed() from None
    entry_end = _HEAD.size + (_FOLDER_SIZE if len(raw) == _HEAD.size + _FOLDER_SIZE else _MESSAGE_SIZE)
    thing = read_entry_id(raw[_HEAD.size : entry_end])
    attachment = raw[entry_end:]
    if attachment:
        thing = ThingId(IdKind.ATTACHMENT, thing.mailbox, int.from_bytes(attachment[3:], "big"), thing.number)
    try:
        if str(thing) == text:
            return thing
    except OverflowError:  # what stands in the place of the attachment's number is longer than one
        pass
    raise _malformed()


def _malformed() -> EwsError:
    return EwsError("ErrorInvalidIdMalformed", "Id is malformed.")


def change_key(version: int) -> str:
    """Return the change key of a thing's version."""
    return base64.b64encode(struct.pack(">4sQ", b"cKey", version)).decode()


def decode_change_key(text: str) -> int:
    """Return the version that a change key stands for.

    Raises:
        EwsError: ``ErrorInvalidChangeKey``.
    """
    try:
        mark, version = struct.unpack(">4sQ", base64.b64decode(text, validate=True))
        if mark != b"cKey":
            raise ValueError
        return int(version)
    except (ValueError, struct.error, binascii.Error):
        raise EwsError("ErrorInvalidChangeKey", "The change key is invalid.") from None
