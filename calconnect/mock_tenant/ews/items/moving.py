"""MoveItem and CopyItem: the same request, the same answer.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-move-and-copy-email-messages-by-using-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.folders import target_folder_node
from calconnect.mock_tenant.ews.items.ids import ITEM_IDS, ids_in, target_of
from calconnect.mock_tenant.ews.items.writing import check_folder, demand_change
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.copying import copy_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox

_EVERYWHERE = frozenset({"deleteditems", "recoverableitemsdeletions"})


def operation(name: str, *, keep: bool) -> Operation:
    """Return MoveItem, or (``keep``) CopyItem."""

    def handle(request: Request) -> Element:
        """Move or copy each item."""
        body = request.body
        to = elements(find(body, "ToFolderId"))[0]
        tell_ids = text_of(body, "ReturnNewItemIds") not in ("false", "0")

        def carry(element: Element) -> Iterator[Element]:
            mailbox, item = _carry(request, element, to, keep=keep)
            shown = t(item.kind, t("ItemId", Id=str(mailbox.item_id(item)), ChangeKey=mailbox.key_of(item)))
            yield m("Items", shown if tell_ids else None)

        return for_each(name, ids_in(body, "ItemIds"), carry, on_error=lambda: (m("Items"),))

    grammar = Node(
        name,
        (
            target_folder_node("ToFolderId"),
            Node("ItemIds", ITEM_IDS, MESSAGES, choice=True, at_least=1),
            Node("ReturnNewItemIds", namespace=MESSAGES, required=False),
        ),
        MESSAGES,
    )
    return Operation(name=name, request=grammar, handle=handle)


def _carry(request: Request, element: Element, to: Element, *, keep: bool) -> tuple[Mailbox, Item]:
    target = target_of(request, element, Right.READ)
    if target.occurrence is not None:
        raise EwsError("ErrorCalendarCannotMoveOrCopyOccurrence", "Moving or copying an occurrence is not possible.")
    mailbox, folder = _destination(request, to)
    if folder.distinguished not in _EVERYWHERE:
        check_folder(target.item_kind, folder)
    if keep:
        original = target.item if mailbox is target.mailbox else None
        return mailbox, mailbox.add_item(folder, copy_of(target.item, mailbox), copy_of=original)
    demand_change(request, target.mailbox, target.item, delete=True)
    if mailbox is target.mailbox:
        mailbox.move_item(target.item, folder)
        return mailbox, target.item
    moved = mailbox.add_item(folder, copy_of(target.item, mailbox))
    target.mailbox.remove_item(target.item)
    return mailbox, moved


def _destination(request: Request, to: Element) -> tuple[Mailbox, Folder]:
    try:
        mailbox, folder = folder_of(request, to, Right.NONE)
    except EwsError as error:
        if error.code in ("ErrorItemNotFound", "ErrorFolderNotFound"):
            raise EwsError("ErrorToFolderNotFound", "The destination folder could not be found.") from None
        raise
    request.access.demand(mailbox, folder, Right.CREATE)
    return mailbox, folder
