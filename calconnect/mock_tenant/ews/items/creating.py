"""CreateItem's work: new items saved or sent, and responses to items that are there."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.attaching import attach, read_attachment
from calconnect.mock_tenant.ews.items.delivery import send_message
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.meetings import invite
from calconnect.mock_tenant.ews.items.reading import ItemContent, read_item
from calconnect.mock_tenant.ews.items.responding import RESPONSES, ResponseObject, read_response, respond
from calconnect.mock_tenant.ews.items.shapes import ItemShape, item_element
from calconnect.mock_tenant.ews.items.view import view_of, wire_of
from calconnect.mock_tenant.ews.items.writing import check_folder, default_folder, new_item, place
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import Element, local
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

CREATABLE: tuple[Node, ...] = (*(kind.node() for kind in KINDS.values()), *RESPONSES)
"""What may stand in ``m:Items``, for the grammar."""
_CREATED = ItemShape("IdOnly")
_CREATED_WITH_ATTACHMENTS = ItemShape("IdOnly", frozenset({"item:Attachments"}))
_MESSAGES = frozenset({"Message", "Item", "MeetingMessage"})


@dataclass(frozen=True, slots=True)
class Creation:
    """What a CreateItem request says for all of its items."""

    folder: Element | None
    """``t:FolderId`` or ``t:DistinguishedFolderId``."""
    disposition: str | None
    """``SaveOnly``, ``SendOnly``, ``SendAndSaveCopy``."""
    invitations: str | None
    """``SendToNone``, ``SendOnlyToAll``, ``SendToAllAndSaveCopy``."""


def read(request: Request, element: Element) -> ItemContent | ResponseObject:
    """Read one element of ``m:Items``.

    Raises:
        EwsError: what is wrong with it.
    """
    if local(element) in KINDS:
        return read_item(element, wire_of(request))
    return read_response(element, wire_of(request))


def create(request: Request, how: Creation, thing: ItemContent | ResponseObject) -> list[Element]:
    """Carry out one element of ``m:Items`` and return what the answer shows of it.

    Raises:
        EwsError: what the item is refused for.
    """
    if isinstance(thing, ResponseObject):
        return respond(request, thing, how.disposition)
    return _create(request, how, thing)


def _create(request: Request, how: Creation, content: ItemContent) -> list[Element]:
    kind = content.kind
    if kind.name == "CalendarItem" and how.invitations is None:
        raise EwsError("ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations attribute is required.")
    if kind.name in _MESSAGES and how.disposition is None:
        raise EwsError("ErrorMessageDispositionRequired", "MessageDisposition attribute is required.")
    mailbox, folder = _folder(request, how, content)
    check_folder(kind, folder)
    item = new_item(request, mailbox, content, mailbox.next_number())
    for element in content.attachments:
        attach(item, read_attachment(request, mailbox, element, wire_of(request)))
    if kind.name in _MESSAGES and how.disposition in ("SendOnly", "SendAndSaveCopy"):
        send_message(request, mailbox, item)
        if how.disposition == "SendAndSaveCopy":
            place(mailbox, folder, item)
        return []
    place(mailbox, folder, item)
    if kind.name == "CalendarItem" and how.invitations != "SendToNone":
        invite(request, mailbox, item, save_copy=how.invitations == "SendToAllAndSaveCopy")
    shape = _CREATED_WITH_ATTACHMENTS if item.attachments else _CREATED
    return [item_element(view_of(request, mailbox, item), shape)]


def _folder(request: Request, how: Creation, content: ItemContent) -> tuple[Mailbox, Folder]:
    if how.folder is None:
        mailbox = request.own_mailbox()
        return mailbox, default_folder(mailbox, content.kind.name, how.disposition)
    mailbox, folder = folder_of(request, how.folder, Right.NONE)
    request.access.demand(mailbox, folder, Right.CREATE, "ErrorCreateItemAccessDenied")
    return mailbox, folder
