"""Response objects: answers to meetings, replies and forwards, given to CreateItem in place of a new item.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/responseobjects
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.items.attaching import attach, read_attachment
from calconnect.mock_tenant.ews.items.codecs import Wire
from calconnect.mock_tenant.ews.items.computed_item import html_text, plain_text, topic
from calconnect.mock_tenant.ews.items.delivery import send_message
from calconnect.mock_tenant.ews.items.ids import Target, target_of
from calconnect.mock_tenant.ews.items.item_properties import BODY, MESSAGE
from calconnect.mock_tenant.ews.items.meetings import ASSOCIATED, answer, attendees_of, cancel, find_by_uid
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.shapes import ItemShape, item_element
from calconnect.mock_tenant.ews.items.view import view_of, wire_of
from calconnect.mock_tenant.ews.items.writing import author, place, stamp_author
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, elements, local
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.calendar import Appointment, appointment_of
from calconnect.mock_tenant.state.copying import copy_attachment
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.values import Address, Body

_BY_NAME: dict[str, Property] = {one.name: one for one in MESSAGE}
_REFERENCE = Node("ReferenceItemId", (), required=False, attributes=("Id",))
_NEW_BODY = BODY.node("NewBodyContent")
_PEOPLE = ("ToRecipients", "CcRecipients", "BccRecipients", "IsReadReceiptRequested", "IsDeliveryReceiptRequested")
_ID_ONLY = ItemShape("IdOnly")


def _nodes(*names: str) -> tuple[Node, ...]:
    return tuple(_BY_NAME[name].codec.node(name) for name in names)


_SMART = (
    *_nodes("Subject", "Body", *_PEOPLE, "From"),
    _REFERENCE,
    _NEW_BODY,
    *_nodes("ReceivedBy", "ReceivedRepresenting"),
)
_ANSWER = (
    *_nodes("ItemClass", "Sensitivity", "Body", "Attachments", "InternetMessageHeaders", "Sender", *_PEOPLE, "From"),
    _REFERENCE,
    Node("ProposedStart", required=False),
    Node("ProposedEnd", required=False),
)
_ANSWERS = {"AcceptItem": "Accept", "TentativelyAcceptItem": "Tentative", "DeclineItem": "Decline"}
_SUFFIX = {"Accept": "AcceptItem", "Tentative": "Tentative", "Decline": "DeclineItem"}
_REPLIES = ("ReplyToItem", "ReplyAllToItem", "ForwardItem")
RESPONSES: tuple[Node, ...] = (
    *(Node(name, _SMART, required=False) for name in (*_REPLIES, "CancelCalendarItem")),
    *(Node(name, _ANSWER, required=False) for name in _ANSWERS),
    Node("RemoveItem", ANY, required=False),
    Node("SuppressReadReceipt", (_REFERENCE,), required=False),
    Node("PostReplyItem", (*_nodes("Subject", "Body"), _REFERENCE, _NEW_BODY), required=False),
)
"""The response objects, for grammars."""


@dataclass(slots=True)
class ResponseObject:
    """A response to an item."""

    name: str
    """``AcceptItem``, ``ReplyToItem`` …"""
    reference: Element | None
    """``t:ReferenceItemId``."""
    values: dict[str, Any] = field(default_factory=dict)
    attachments: list[Element] = field(default_factory=list)


def read_response(element: Element, wire: Wire) -> ResponseObject:
    """Read a response object.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    found = ResponseObject(local(element), None)
    for child in elements(element):
        name = local(child)
        if name == "ReferenceItemId":
            found.reference = child
        elif name == "Attachments":
            found.attachments = elements(child)
        elif name == "NewBodyContent":
            found.values[name] = BODY.read(child, wire)
        elif name in _BY_NAME:
            found.values[name] = _BY_NAME[name].codec.read(child, wire)
    return found


def respond(request: Request, response: ResponseObject, disposition: str | None) -> list[Element]:
    """Carry out a response and return what the answer shows of it.

    Raises:
        EwsError: ``ErrorMessageDispositionRequired``, ``ErrorInvalidReferenceItem`` and the errors of each response.
    """
    if disposition is None and response.name not in ("RemoveItem", "SuppressReadReceipt", "PostReplyItem"):
        raise EwsError("ErrorMessageDispositionRequired", "MessageDisposition attribute is required.")
    if response.reference is None:
        raise EwsError("ErrorInvalidReferenceItem", "The response names no item.")
    target = target_of(request, response.reference, Right.READ)
    if response.name in _ANSWERS:
        return _answer(request, target, _ANSWERS[response.name], send=disposition != "SaveOnly")
    if response.name == "CancelCalendarItem":
        return _cancel(request, target, save_copy=disposition == "SendAndSaveCopy")
    if response.name == "RemoveItem":
        return _remove(target)
    if response.name == "SuppressReadReceipt":
        return []
    return _reply(request, target, response, disposition)


def _answer(request: Request, target: Target, how: str, *, send: bool) -> list[Element]:
    mailbox, item = target.mailbox, target.item
    if item.kind not in ("CalendarItem", "MeetingRequest"):
        raise EwsError(f"ErrorInvalidItemForOperation{_SUFFIX[how]}", "Only meetings can be answered.")
    event = item if item.kind == "CalendarItem" else find_by_uid(mailbox, appointment_of(item).uid)
    facts = appointment_of(event or item)
    if facts.is_organizer:
        raise EwsError(f"ErrorCalendarIsOrganizerFor{how}", "The organizer does not answer a meeting.")
    if facts.cancelled:
        raise EwsError(f"ErrorCalendarIsCancelledFor{how}", "The meeting has been cancelled.")
    shown = []
    organizer = request.organization.directory.by_address(facts.organizer.email)
    if send and organizer is not None and organizer.has_mailbox:
        answer(request.organization, mailbox, event or item, how, to=request.organization.mailbox(organizer))
    if event is not None:
        facts.my_response, facts.reply_time = how, mailbox.clock()
        if how == "Decline":
            mailbox.move_item(event, mailbox.distinguished("deleteditems"))
        else:
            busy = item.properties.get("IntendedFreeBusyStatus") or "Busy"
            event.properties["LegacyFreeBusyStatus"] = busy if how == "Accept" else "Tentative"
            mailbox.touch_item(event)
        shown.append(item_element(view_of(request, mailbox, event), _ID_ONLY))
    if item.kind == "MeetingRequest":
        item.properties["HasBeenProcessed"] = True
        mailbox.move_item(item, mailbox.distinguished("deleteditems"))
        shown.append(item_element(view_of(request, mailbox, item), _ID_ONLY))
    return shown


def _cancel(request: Request, target: Target, *, save_copy: bool) -> list[Element]:
    if target.item.kind != "CalendarItem":
        raise EwsError("ErrorInvalidItemForOperationCancelItem", "Only calendar items can be cancelled.")
    if not appointment_of(target.item).is_organizer:
        raise EwsError("ErrorCalendarIsNotOrganizer", "Only the organizer can cancel a meeting.")
    cancel(request, target.mailbox, target.item, save_copy=save_copy)
    target.mailbox.move_item(target.item, target.mailbox.distinguished("deleteditems"))
    return [item_element(view_of(request, target.mailbox, target.item), _ID_ONLY)]


def _remove(target: Target) -> list[Element]:
    mailbox, item = target.mailbox, target.item
    if item.kind != "MeetingCancellation":
        raise EwsError("ErrorInvalidItemForOperationRemoveItem", "Only meeting cancellations can be removed so.")
    event = mailbox.items.get(item.properties.get(ASSOCIATED, 0))
    if event is not None:
        if isinstance(event.calendar, Appointment) and event.calendar.is_organizer:
            raise EwsError("ErrorCalendarIsOrganizerForRemove", "The organizer does not remove a meeting so.")
        mailbox.move_item(event, mailbox.distinguished("deleteditems"))
    mailbox.move_item(item, mailbox.distinguished("deleteditems"))
    return []


def _reply(request: Request, target: Target, response: ResponseObject, disposition: str | None) -> list[Element]:
    mailbox, old = target.mailbox, target.item
    if old.kind in ("Contact", "DistributionList", "Task") or old.properties.get("IsDraft"):
        raise EwsError("ErrorInvalidReferenceItem", "The item cannot be replied to or forwarded.")
    new = Item(mailbox.next_number(), 0, "PostItem" if response.name == "PostReplyItem" else "Message")
    prefix = "FW" if response.name == "ForwardItem" else "RE"
    defaults: dict[str, Any] = {"Subject": f"{prefix}: {topic(old.properties.get('Subject', ''))}"}
    if response.name in ("ReplyToItem", "ReplyAllToItem"):
        defaults |= _reply_recipients(mailbox, old, everybody=response.name == "ReplyAllToItem")
    given = dict(response.values)
    own: Body | None = given.pop("NewBodyContent", None)
    body = given.pop("Body", None) or _quoted(own, old)
    new.properties = {**defaults, **given, "Body": body, "IsDraft": True, "InReplyTo": _message_id(old)}
    stamp_author(request, mailbox, new)
    for element in response.attachments:
        attach(new, read_attachment(request, mailbox, element, wire_of(request)))
    if response.name == "ForwardItem":
        for attachment in old.attachments.values():
            attach(new, copy_attachment(attachment, mailbox))
    if response.name == "PostReplyItem":
        new.properties |= {"IsDraft": False, "From": author(request, mailbox)}
        place(mailbox, mailbox.folder(old.folder), new)
    elif disposition == "SaveOnly":
        place(mailbox, mailbox.distinguished("drafts"), new)
    else:
        send_message(request, mailbox, new)
        if disposition == "SendAndSaveCopy":
            place(mailbox, mailbox.distinguished("sentitems"), new)
        return []
    return [item_element(view_of(request, mailbox, new), _ID_ONLY)]


def _message_id(item: Item) -> str | None:
    found: str | None = item.properties.get("InternetMessageId")
    return found


def _reply_recipients(mailbox: Mailbox, old: Item, *, everybody: bool) -> dict[str, list[Address]]:
    properties = old.properties
    sender: Address | None = properties.get("From") or properties.get("Sender")
    if isinstance(old.calendar, Appointment):
        sender = old.calendar.organizer
    own = {mailbox.recipient.email.lower(), *(alias.lower() for alias in mailbox.recipient.aliases)}
    people = list(properties.get("ReplyTo") or ([sender] if sender is not None else []))
    if not everybody:
        return {"ToRecipients": people}
    others = [*(properties.get("ToRecipients") or ()), *(one.address for one in attendees_of(old))]
    people += [one for one in others if one.email.lower() not in own and one not in people]
    return {"ToRecipients": people, "CcRecipients": list(properties.get("CcRecipients") or ())}


def _quoted(own: Body | None, old: Item) -> Body:
    """Put the new text above the old body."""
    before: Body = old.properties.get("Body") or Body("")
    if own is None:
        return before
    if own.is_html or before.is_html:
        return Body(f"{html_text(own)}\r\n<hr>\r\n{html_text(before)}", is_html=True)
    return Body(f"{own.text}\r\n\r\n________________________________\r\n{plain_text(before)}")
