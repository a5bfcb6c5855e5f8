"""What the server computes for every item, and for messages."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.ews.items.attachment_xml import attachment_list
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import Element, flag, t
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.bookkeeping import CREATOR
from calconnect.mock_tenant.state.values import Address, Attendee, Body, Tree

Compute = Callable[[ItemView], Any]
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.I | re.S)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|</tr>", re.I)
_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg)\s*:\s*)+", re.I)
_RIGHTS = (
    ("CreateAssociated", Right.NONE),
    ("CreateContents", Right.NONE),
    ("CreateHierarchy", Right.NONE),
    ("Delete", Right.DELETE_ALL),
    ("Modify", Right.EDIT_ALL),
    ("Read", Right.READ),
)


def plain_text(body: Body) -> str:
    """Return a body as plain text."""
    if not body.is_html:
        return body.text
    return html.unescape(_TAG.sub("", _BREAK.sub("\r\n", body.text))).strip()


def html_text(body: Body) -> str:
    """Return a body as HTML, wrapped as Exchange wraps plain text."""
    if body.is_html:
        return body.text
    escaped = html.escape(body.text).replace("\r\n", "\n").replace("\n", "<br>\r\n")
    return (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>\r\n'
        f'<body>\r\n<span class="PlainText">{escaped}</span>\r\n</body>\r\n</html>\r\n'
    )


def topic(subject: str) -> str:
    """Return the subject without ``RE:`` and the like."""
    return _PREFIX.sub("", subject)


def item_size(view: ItemView) -> int:
    """Return about how many bytes an item takes."""
    texts = sum(len(repr(value)) for value in view.item.properties.values())
    extended = sum(len(repr(value)) for value in view.item.extended.values())
    attached = sum(int(getattr(one, "size", 0)) for one in view.item.attachments.values())
    return 512 + texts + extended + attached


def _body(view: ItemView) -> Body | None:
    stored: Body | None = view.stored("Body")
    if stored is None:
        return Body("", is_html=False) if not view.html else Body("", is_html=True)
    if view.html is None or stored.is_html == view.html:
        return stored
    return Body(html_text(stored), is_html=True) if view.html else Body(plain_text(stored))


def _text_body(view: ItemView) -> Body:
    stored: Body | None = view.stored("Body")
    return Body("" if stored is None else plain_text(stored))


def _parent(view: ItemView) -> Element | None:
    if view.embedded:
        return None
    folder = view.mailbox.folders[view.item.folder]
    return t("ParentFolderId", Id=str(view.mailbox.folder_id(folder)), ChangeKey=view.mailbox.key_of(folder))


def _people(view: ItemView, *names: str) -> str | None:
    shown = []
    for name in names:
        for one in view.stored(name, []):
            address: Address = one.address if isinstance(one, Attendee) else one
            shown.append(address.name or address.email)
    return "; ".join(shown) or None


def _display_to(view: ItemView) -> str | None:
    return _people(view, "ToRecipients", "RequiredAttendees")


def _display_cc(view: ItemView) -> str | None:
    return _people(view, "CcRecipients", "OptionalAttendees")


def _display_bcc(view: ItemView) -> str | None:
    return _people(view, "BccRecipients", "Resources")


def _rights(view: ItemView) -> Element | None:
    if view.embedded:
        return None
    folder = view.mailbox.folders[view.item.folder]
    held = view.access.rights(view.mailbox, folder)
    own = view.item.properties.get(CREATOR) == (view.access.acting.email if view.access.acting else "")
    if own and Right.EDIT_OWN in held:
        held |= Right.EDIT_ALL
    if own and Right.DELETE_OWN in held:
        held |= Right.DELETE_ALL
    values = [t(name, text=flag(bool(right) and right in held)) for name, right in _RIGHTS]
    private = view.access.acting is view.mailbox.recipient or Right.OWNER in held
    return t("EffectiveRights", *values, t("ViewPrivateItems", text=flag(private)))


def _conversation(view: ItemView) -> Element:
    digest = hashlib.sha256(view.mailbox.guid + topic(view.stored("Subject", "")).casefold().encode()).digest()
    return t("ConversationId", Id=base64.b64encode(digest[:24]).decode())


def _responses(view: ItemView) -> Element | None:
    if view.embedded:
        return None
    appointment = view.appointment
    if view.item.kind in ("CalendarItem", "MeetingRequest") and (appointment is None or not appointment.is_organizer):
        names = ["AcceptItem", "TentativelyAcceptItem", "DeclineItem", "ReplyToItem", "ReplyAllToItem", "ForwardItem"]
    elif appointment is not None:
        has_attendees = any(view.stored(name) for name in ("RequiredAttendees", "OptionalAttendees", "Resources"))
        names = ["CancelCalendarItem", "ForwardItem"] if has_attendees else ["ForwardItem"]
    elif view.item.kind == "MeetingCancellation":
        names = ["RemoveItem", "ReplyToItem", "ReplyAllToItem", "ForwardItem"]
    elif view.item.kind in ("Message", "MeetingResponse") and not view.stored("IsDraft", False):
        names = ["ReplyToItem", "ReplyAllToItem", "ForwardItem"]
    elif view.item.kind == "PostItem":
        names = ["PostReplyItem", "ReplyToItem", "ForwardItem"]
    else:
        names = ["ForwardItem"]
    return t("ResponseObjects", *(t(name) for name in names))


def _query(view: ItemView, action: str) -> str | None:
    if view.embedded:
        return None
    identity = str(view.thing()).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"?ItemID={identity}&exvsurl=1&viewmodel={action}"


def _entry_id(view: ItemView) -> str | None:
    return None if view.embedded else str(view.thing())


def _search_key(view: ItemView) -> str:
    return base64.b64encode(hashlib.sha256(str(view.thing(0)).encode()).digest()[:16]).decode()


def _headers(view: ItemView) -> Element | None:
    headers = view.stored("InternetMessageHeaders")
    if not headers:
        return None
    return t(
        "InternetMessageHeaders", *(t("InternetMessageHeader", text=text, HeaderName=name) for name, text in headers)
    )


def _attachments(view: ItemView) -> Element | None:
    if not view.item.attachments or view.embedded:
        return None
    return attachment_list(view.mailbox, view.item, view.item.attachments.values(), view.wire)


def _preview(view: ItemView) -> str:
    return _text_body(view).text[:255]


def _reminder_due(view: ItemView) -> Any:
    appointment = view.appointment
    if appointment is None:
        return view.stored("ReminderDueBy")
    return appointment.start if view.occurrence is None else view.occurrence.start


def _reminder_next(view: ItemView) -> Any:
    due = _reminder_due(view)
    if due is None or not view.stored("ReminderIsSet", False):
        return None
    return due - timedelta(minutes=view.stored("ReminderMinutesBeforeStart", 15))


def _flag(view: ItemView) -> Tree:
    unset = Tree("Flag", children=(Tree("FlagStatus", text="NotFlagged"),))
    flagged: Tree = view.stored("Flag", unset)
    return flagged


def _bit(name: str) -> Compute:
    return lambda view: bool(view.stored(name, False))


COMMON: Mapping[str, Compute] = MappingProxyType(
    {
        "ItemId": lambda view: None if view.embedded else view.id_element(),
        "ParentFolderId": _parent,
        "ItemClass": lambda view: view.stored("ItemClass", view.kind.item_class),
        "Sensitivity": lambda view: view.stored("Sensitivity", "Normal"),
        "Body": _body,
        "Attachments": _attachments,
        "DateTimeReceived": lambda view: view.stored("DateTimeReceived", view.created),
        "Size": item_size,
        "Importance": lambda view: view.stored("Importance", "Normal"),
        "IsSubmitted": _bit("IsSubmitted"),
        "IsDraft": _bit("IsDraft"),
        "IsFromMe": _bit("IsFromMe"),
        "IsResend": _bit("IsResend"),
        "IsUnmodified": _bit("IsUnmodified"),
        "InternetMessageHeaders": _headers,
        "DateTimeSent": lambda view: view.stored("DateTimeSent", view.created),
        "DateTimeCreated": lambda view: view.created,
        "ResponseObjects": _responses,
        "ReminderDueBy": _reminder_due,
        "ReminderIsSet": _bit("ReminderIsSet"),
        "ReminderNextTime": _reminder_next,
        "ReminderMinutesBeforeStart": lambda view: view.stored("ReminderMinutesBeforeStart", 0),
        "DisplayCc": _display_cc,
        "DisplayTo": _display_to,
        "DisplayBcc": _display_bcc,
        "HasAttachments": lambda view: any(not one.is_inline for one in view.item.attachments.values()),
        "Culture": lambda view: view.stored("Culture", view.mailbox.recipient.language),
        "EffectiveRights": _rights,
        "LastModifiedName": lambda view: view.stored("LastModifiedName", view.mailbox.recipient.name),
        "LastModifiedTime": lambda view: view.modified,
        "IsAssociated": _bit("IsAssociated"),
        "WebClientReadFormQueryString": lambda view: _query(view, "ReadMessageItem"),
        "WebClientEditFormQueryString": lambda view: _query(view, "ComposeMessageItem"),
        "ConversationId": _conversation,
        "UniqueBody": _body,
        "Flag": _flag,
        "StoreEntryId": _entry_id,
        "InstanceKey": _search_key,
        "NormalizedBody": _body,
        "Preview": _preview,
        "TextBody": _text_body,
        "SearchKey": _search_key,
        "CanDelete": lambda _: True,
    }
)
"""By element name, for all kinds."""


def _read(view: ItemView) -> bool:
    return bool(view.stored("IsRead", True))


MAIL: Mapping[str, Compute] = MappingProxyType(
    {
        "IsReadReceiptRequested": _bit("IsReadReceiptRequested"),
        "IsDeliveryReceiptRequested": _bit("IsDeliveryReceiptRequested"),
        "ConversationTopic": lambda view: topic(view.stored("Subject", "")) or None,
        "IsRead": _read,
        "IsResponseRequested": _bit("IsResponseRequested"),
    }
)
"""For messages, posts and messages about meetings."""
POST: Mapping[str, Compute] = MappingProxyType({"PostedTime": lambda view: view.created})
