"""How attachments are told of in EWS's XML, without their contents."""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.items.codecs import Wire
from calconnect.mock_tenant.ews.xml import Child, Element, flag, t
from calconnect.mock_tenant.state.attachments import Attachment, attachment_id
from calconnect.mock_tenant.state.mailbox import Item, Mailbox


def id_of(mailbox: Mailbox, item: Item, attachment: Attachment, *, root: bool = False) -> Element:
    """Return ``t:AttachmentId``; ``root``: with id and change key of the item that carries it."""
    attributes = {"Id": str(attachment_id(mailbox, item, attachment))}
    if root:
        attributes |= {"RootItemId": str(mailbox.item_id(item)), "RootItemChangeKey": mailbox.key_of(item)}
    return t("AttachmentId", **attributes)


def describe(mailbox: Mailbox, item: Item, attachment: Attachment, wire: Wire) -> list[Child]:
    """Return what is told of every attachment, in schema order."""
    return [
        id_of(mailbox, item, attachment),
        t("Name", text=attachment.name),
        t("ContentType", text=attachment.content_type) if attachment.content_type else None,
        t("ContentId", text=attachment.content_id) if attachment.content_id else None,
        t("ContentLocation", text=attachment.content_location) if attachment.content_location else None,
        t("Size", text=str(attachment.size)),
        t("LastModifiedTime", text=wire.moment(attachment.modified)) if attachment.modified else None,
        t("IsInline", text=flag(attachment.is_inline)),
    ]


def tag_of(attachment: Attachment) -> str:
    """Return the element name of an attachment."""
    return "FileAttachment" if attachment.item is None else "ItemAttachment"


def attachment_list(mailbox: Mailbox, item: Item, attachments: Iterable[Attachment], wire: Wire) -> Element:
    """Return ``t:Attachments`` as GetItem shows it: without contents."""
    shown = []
    for one in attachments:
        photo = t("IsContactPhoto", text=flag(one.is_contact_photo)) if one.item is None else None
        shown.append(t(tag_of(one), *describe(mailbox, item, one, wire), photo))
    return t("Attachments", *shown)
