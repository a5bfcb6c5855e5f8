"""What the ids in a request mean: folders and items, found and admitted."""

from __future__ import annotations

from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, local, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId, decode_id
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox


def folder_of(request: Request, element: Element, right: Right = Right.VISIBLE) -> tuple[Mailbox, Folder]:
    """Find the folder that a ``t:FolderId`` or ``t:DistinguishedFolderId`` means, and make sure of a right in it.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``, ``ErrorMissingEmailAddress``, ``ErrorNonExistentMailbox``,
            ``ErrorFolderNotFound``, ``ErrorItemNotFound``, ``ErrorAccessDenied`` …
    """
    access = request.access
    if local(element) == "DistinguishedFolderId":
        address = text_of(element, "Mailbox", "EmailAddress")
        mailbox = access.mailbox_of(address) if address else access.own_mailbox()
        folder = mailbox.distinguished(element.get("Id", ""))
        access.demand_sight(mailbox, folder)
    else:
        thing = decode_id(element.get("Id", ""))
        if thing.kind is not IdKind.FOLDER:
            raise EwsError("ErrorInvalidId", "The id does not belong to a folder.")
        mailbox = access.mailbox_by_id(thing)
        try:
            folder = mailbox.folder(thing.number)
            access.demand_sight(mailbox, folder)
        except EwsError:
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.") from None
    access.demand(mailbox, folder, right)
    return mailbox, folder


def item_of(request: Request, element: Element, right: Right = Right.READ) -> tuple[Mailbox, Item, ThingId]:
    """Find the item that a ``t:ItemId`` (or an id element with an ``Id`` attribute) means, and make sure of a right.

    For the id of an occurrence the item is the recurring master; the returned id carries the index.

    Raises:
        EwsError: ``ErrorInvalidIdMalformed``, ``ErrorItemNotFound``, ``ErrorAccessDenied`` …
    """
    thing = decode_id(element.get("Id", ""))
    if thing.kind not in (IdKind.ITEM, IdKind.OCCURRENCE):
        raise EwsError("ErrorInvalidId", "The id does not belong to an item.")
    mailbox = request.access.mailbox_by_id(thing)
    item = mailbox.item(thing.number)
    folder = mailbox.folder(item.folder)
    try:
        request.access.demand_sight(mailbox, folder)
    except EwsError:
        raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.") from None
    request.access.demand(mailbox, folder, right)
    return mailbox, item, thing
