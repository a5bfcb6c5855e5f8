"""Identifiers as clients see them: opaque base64 text that says, to us alone, which mailbox and which thing it means.

Real ids have the same two properties that clients rely on: they are opaque, case-sensitive base64, and they lead to
their mailbox without any other context.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from enum import IntEnum

from calconnect.mock_tenant.state.errors import EwsError

_FORMAT = struct.Struct(">3sB16sQi")
_MARK = b"\x00cA"


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
        packed = _FORMAT.pack(_MARK, self.kind, self.mailbox, self.number, self.index)
        return base64.b64encode(packed).decode()


def decode_id(text: str) -> ThingId:
    """Decode an id.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``.
    """
    try:
        mark, kind, mailbox, number, index = _FORMAT.unpack(base64.b64decode(text, validate=True))
        if mark != _MARK:
            raise ValueError
        return ThingId(IdKind(kind), mailbox, number, index)
    except (ValueError, struct.error, binascii.Error):
        raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.") from None


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
