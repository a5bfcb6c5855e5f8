"""Putting new items into folders: what may be set, where, by whom, and what the server adds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from calconnect.mock_tenant.ews.items.calendar_write import new_appointment
from calconnect.mock_tenant.ews.items.mime_reading import take_mime
from calconnect.mock_tenant.ews.items.people import resolve_people
from calconnect.mock_tenant.ews.items.property import Kind
from calconnect.mock_tenant.ews.items.reading import ItemContent
from calconnect.mock_tenant.ews.items.view import wire_of
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.bookkeeping import CREATOR
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox
from calconnect.mock_tenant.state.values import Address, ExtendedName

_DEFAULT_FOLDERS = {
    "CalendarItem": "calendar",
    "Contact": "contacts",
    "DistributionList": "contacts",
    "Task": "tasks",
    "PostItem": "inbox",
}
_NOT_CREATED = frozenset({"MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})
_MESSAGE_FLAGS = ExtendedName(number=0x0E07, type="Integer")
_DELIVERY_TIME = ExtendedName(number=0x0E06, type="SystemTime")
_SUBMIT_TIME = ExtendedName(number=0x0039, type="SystemTime")
_READ, _UNSENT = 1, 8


def default_folder(mailbox: Mailbox, kind: str, disposition: str | None) -> Folder:
    """Return where a new item goes if the request does not say."""
    name = _DEFAULT_FOLDERS.get(kind) or ("sentitems" if disposition == "SendAndSaveCopy" else "drafts")
    return mailbox.distinguished(name)


def author(request: Request, mailbox: Mailbox) -> Address:
    """Return who acts, as an address."""
    acting = request.acting or mailbox.recipient
    return Address(acting.email, acting.name)


def is_own(request: Request, item: Item) -> bool:
    """Whether the one who acts made the item."""
    return request.acting is not None and item.properties.get(CREATOR) == request.acting.email


def demand_change(request: Request, mailbox: Mailbox, item: Item, *, delete: bool = False) -> None:
    """Make sure that an item may be changed, or deleted.

    Raises:
        EwsError: ``ErrorAccessDenied``.
    """
    if delete:
        right = Right.DELETE_OWN if is_own(request, item) else Right.DELETE_ALL
    else:
        right = Right.EDIT_OWN if is_own(request, item) else Right.EDIT_ALL
    request.access.demand(mailbox, mailbox.folder(item.folder), right)


def check_settable(kind: Kind, names: Iterable[str]) -> None:
    """Make sure that a client may set these properties.

    Raises:
        EwsError: ``ErrorInvalidPropertySet``.
    """
    for name in names:
        if kind.by_name[name].read_only:
            raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property {kind.by_name[name].uri}.")


def check_class(kind: Kind, item_class: str) -> None:
    """Make sure that an item class belongs to a kind of item.

    Raises:
        EwsError: ``ErrorObjectTypeChanged``.
    """
    base = kind.item_class if kind.name != "Item" else "IPM"
    if not f"{item_class.lower()}.".startswith(f"{base.lower()}."):
        raise EwsError("ErrorObjectTypeChanged", "The item class does not fit the type of the item.")


def check_folder(kind: Kind, folder: Folder) -> None:
    """Make sure that an item of this kind may be made in a folder.

    Raises:
        EwsError: ``ErrorCannotCreateCalendarItemInNonCalendarFolder`` and the like.
    """
    if kind.folder_class and not f"{folder.folder_class}.".startswith(f"{kind.folder_class}."):
        if kind.name == "PostItem" and not folder.folder_class:
            return
        raise EwsError(kind.folder_error, f"A {kind.name} cannot be created in this folder.")


def new_item(request: Request, mailbox: Mailbox, content: ItemContent, number: int) -> Item:
    """Make an item of what a request says, not yet in any folder.

    Raises:
        EwsError: ``ErrorInvalidItemForOperationCreateItem``, ``ErrorInvalidPropertySet``, ``ErrorObjectTypeChanged``,
            and what calendar items and tasks may be refused for.
    """
    kind = content.kind
    if kind.name in _NOT_CREATED:
        raise EwsError("ErrorInvalidItemForOperationCreateItem", "Items of this type are not created by clients.")
    check_settable(kind, content.values)
    item = Item(number, 0, kind.name)
    for file in take_mime(content, mailbox):
        item.attachments[file.number] = file
    values = dict(content.values)
    resolve_people(request.organization.directory, values, {})
    if "ItemClass" in values:
        check_class(kind, values["ItemClass"])
    item.properties = values
    item.extended = dict(content.extended)
    if kind.name == "CalendarItem":
        owner = Address(mailbox.recipient.email, mailbox.recipient.name)
        item.calendar = new_appointment(mailbox, item, values, wire_of(request).zone, owner)
    elif kind.name == "Task":
        settle_task(values, values, mailbox.clock())
    elif kind.name in ("Message", "Item"):
        values["IsDraft"] = True
    take_message_properties(item)
    stamp_author(request, mailbox, item)
    return item


def stamp_author(request: Request, mailbox: Mailbox, item: Item) -> None:
    """Note who made an item."""
    who = author(request, mailbox)
    item.properties[CREATOR] = who.email
    item.properties["LastModifiedName"] = who.name


def take_message_properties(item: Item) -> None:
    """Let the MAPI properties by which clients write a message's state have their effect.

    PidTagMessageFlags, PidTagMessageDeliveryTime, PidTagClientSubmitTime; MS-OXCMSG.
    """
    flags = item.extended.get(_MESSAGE_FLAGS)
    if isinstance(flags, str):
        item.properties["IsDraft"] = bool(int(flags) & _UNSENT)
        item.properties.setdefault("IsRead", bool(int(flags) & _READ))
    for name, own in ((_DELIVERY_TIME, "DateTimeReceived"), (_SUBMIT_TIME, "DateTimeSent")):
        moment = item.extended.get(name)
        if isinstance(moment, str):
            item.properties[own] = datetime.fromisoformat(moment)


def settle_task(values: dict[str, Any], new: dict[str, Any], now: datetime) -> None:
    """Keep a task's status, percentage and completion date in step with what was just set.

    Args:
        values: the task's properties, changed in place.
        new: those of them that a client has just set.
        now: the organisation's time.

    Raises:
        EwsError: ``ErrorInvalidPercentCompleteValue``, ``ErrorInvalidCompleteDate``.
    """
    percent = new.get("PercentComplete")
    if percent is not None and not 0 <= percent <= 100:
        raise EwsError("ErrorInvalidPercentCompleteValue", "The percentage must be between 0 and 100.")
    complete = new.get("CompleteDate")
    if complete is not None and complete > now:
        raise EwsError("ErrorInvalidCompleteDate", "The completion date is in the future.")
    done = new.get("Status") == "Completed" or percent == 100 or complete is not None
    if done:
        values["Status"], values["PercentComplete"] = "Completed", 100.0
        values["CompleteDate"] = values.get("CompleteDate") or now.replace(hour=0, minute=0, second=0, microsecond=0)
    elif "Status" in new or "PercentComplete" in new:
        values["CompleteDate"] = None
        if new.get("Status") == "NotStarted":
            values["PercentComplete"] = 0.0
        elif "Status" not in new:
            values["Status"] = "InProgress" if percent else "NotStarted"
        elif values.get("PercentComplete") == 100:
            values["PercentComplete"] = 0.0


def place(mailbox: Mailbox, folder: Folder, item: Item) -> Item:
    """Put a new item into a folder."""
    item.properties = {name: value for name, value in item.properties.items() if value is not None}
    return mailbox.add_item(folder, item)
