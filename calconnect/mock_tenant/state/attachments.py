"""Attachments of items: files, and whole items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Item, Mailbox


@dataclass(slots=True)
class Attachment:
    """A file (``content``) or an item (``item``) attached to another item."""

    number: int
    """Unique in its mailbox."""
    name: str
    content_type: str = ""
    content_id: str = ""
    content_location: str = ""
    is_inline: bool = False
    is_contact_photo: bool = False
    content: bytes = b""
    item: Item | None = None
    modified: datetime | None = None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        if self.item is None:
            return len(self.content)
        return 512 + sum(len(repr(value)) for value in self.item.properties.values())


def attachment_id(mailbox: Mailbox, item: Item, attachment: Attachment) -> ThingId:
    """Return the id of an attachment, which leads to its item too."""
    return ThingId(IdKind.ATTACHMENT, mailbox.guid, attachment.number, item.number)
