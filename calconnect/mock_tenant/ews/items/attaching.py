"""Attachments in EWS's XML, and the items that carry them.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/attachments-and-ews-in-exchange
"""

from __future__ import annotations

import base64
import binascii

from calconnect.mock_tenant.ews.grammar import ANY, Node, check
from calconnect.mock_tenant.ews.items.attachment_xml import describe
from calconnect.mock_tenant.ews.items.codecs import BOOLEAN, Wire, invalid
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.reading import read_item
from calconnect.mock_tenant.ews.items.shapes import ItemShape, item_element
from calconnect.mock_tenant.ews.items.view import ItemView, view_of
from calconnect.mock_tenant.ews.items.writing import new_item
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, elements, find, flag, local, t, text_of
from calconnect.mock_tenant.state.attachments import Attachment
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, decode_id
from calconnect.mock_tenant.state.mailbox import Item, Mailbox

_ATTACHABLE = frozenset({"Item", "Message", "CalendarItem", "Contact", "Task", "PostItem"})
_COMMON = (
    Node("AttachmentId", (), required=False),
    Node("Name", required=False),
    Node("ContentType", required=False),
    Node("ContentId", required=False),
    Node("ContentLocation", required=False),
    Node("AttachmentOriginalUrl", required=False),
    Node("Size", required=False),
    Node("LastModifiedTime", required=False),
    Node("IsInline", required=False),
)
_ITEMS = tuple(Node(name, ANY, required=False) for name in KINDS)
ATTACHMENTS = (
    Node("ItemAttachment", (*_COMMON, *_ITEMS), required=False),
    Node(
        "FileAttachment",
        (*_COMMON, Node("IsContactPhoto", required=False), Node("Content", required=False)),
        required=False,
    ),
    Node("ReferenceAttachment", ANY, required=False),
)
"""The kinds of attachments, for grammars."""


def read_attachment(request: Request, mailbox: Mailbox, element: Element, wire: Wire) -> Attachment:
    """Read a ``t:FileAttachment`` or ``t:ItemAttachment``.

    Raises:
        EwsError: ``ErrorRequiredPropertyMissing``, ``ErrorInvalidItemForOperationCreateItemAttachment``,
            ``ErrorInvalidOperation`` for a reference attachment, ``ErrorSchemaValidation``.
    """
    if local(element) == "ReferenceAttachment":
        raise EwsError("ErrorInvalidOperation", "Reference attachments are not supported.")
    inline = find(element, "IsInline")
    photo = find(element, "IsContactPhoto")
    attachment = Attachment(
        number=mailbox.next_number(),
        name=text_of(element, "Name") or "",
        content_type=text_of(element, "ContentType") or "",
        content_id=text_of(element, "ContentId") or "",
        content_location=text_of(element, "ContentLocation") or "",
        is_inline=inline is not None and BOOLEAN.read(inline, wire),
        is_contact_photo=photo is not None and BOOLEAN.read(photo, wire),
        modified=mailbox.clock(),
    )
    if local(element) == "FileAttachment":
        attachment.content = _content(element)
    else:
        attachment.item = _item(request, mailbox, element, wire)
    return attachment


def _content(element: Element) -> bytes:
    content = find(element, "Content")
    if content is None:
        raise EwsError("ErrorRequiredPropertyMissing", "Required property is missing: Content.")
    text = "".join((content.text or "").split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(content, text[:40]) from None


def _item(request: Request, mailbox: Mailbox, element: Element, wire: Wire) -> Item:
    child = next((one for one in elements(element) if local(one) in KINDS), None)
    if child is None:
        raise EwsError("ErrorRequiredPropertyMissing", "Required property is missing: Item.")
    if local(child) not in _ATTACHABLE:
        raise EwsError("ErrorInvalidItemForOperationCreateItemAttachment", "Items of this type cannot be attached.")
    check(child, KINDS[local(child)].node())
    content = read_item(child, wire)
    item = new_item(request, mailbox, content, mailbox.next_number())
    item.created = item.modified = mailbox.clock()
    for inner in content.attachments:
        attach(item, read_attachment(request, mailbox, inner, wire))
    return item


def attach(item: Item, attachment: Attachment) -> None:
    """Add an attachment to an item."""
    item.attachments[attachment.number] = attachment


def find_attachment(request: Request, element: Element) -> tuple[Mailbox, Item, Attachment]:
    """Find what a ``t:AttachmentId`` means. Rights are still to be asked for.

    Raises:
        EwsError: ``ErrorInvalidAttachmentId``, ``ErrorInvalidIdNotAnItemAttachmentId``, ``ErrorItemNotFound``.
    """
    try:
        thing = decode_id(element.get("Id", ""))
    except EwsError:
        raise EwsError("ErrorInvalidAttachmentId", "The attachment id is malformed.") from None
    if thing.kind is not IdKind.ATTACHMENT:
        raise EwsError("ErrorInvalidIdNotAnItemAttachmentId", "The id is not the id of an attachment.")
    mailbox = request.access.mailbox_by_id(thing)
    item = mailbox.items.get(thing.index)
    attachment = None if item is None else item.attachments.get(thing.number)
    if item is None or attachment is None:
        raise EwsError("ErrorInvalidAttachmentId", "The attachment was not found.")
    return mailbox, item, attachment


def whole(request: Request, mailbox: Mailbox, item: Item, attachment: Attachment, shape: ItemShape) -> Element:
    """Return an attachment with its content."""
    wire = view_of(request, mailbox, item).wire
    if attachment.item is None:
        content = t("Content", text=base64.b64encode(attachment.content).decode())
        photo = t("IsContactPhoto", text=flag(attachment.is_contact_photo))
        return t("FileAttachment", *describe(mailbox, item, attachment, wire), photo, content)
    view = ItemView(mailbox, attachment.item, request.access, wire, embedded=True)
    return t("ItemAttachment", *describe(mailbox, item, attachment, wire), item_element(view, shape))
