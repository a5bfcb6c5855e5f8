"""SendItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/senditem-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.delivery import send_message
from calconnect.mock_tenant.ews.items.folders import target_folder_node
from calconnect.mock_tenant.ews.items.ids import ITEM_IDS, check_change_key, ids_in, target_of
from calconnect.mock_tenant.ews.items.writing import demand_change
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError

_REQUEST = Node(
    "SendItem",
    (
        Node("ItemIds", ITEM_IDS, MESSAGES, choice=True, at_least=1),
        target_folder_node("SavedItemFolderId", required=False),
    ),
    MESSAGES,
    attributes=("SaveItemToFolder",),
    attribute_values=(("SaveItemToFolder", frozenset({"true", "false", "1", "0"})),),
)


def handle(request: Request) -> Element:
    """Send each draft; it moves to Sent Items, or is gone if no copy is to be kept."""
    body = request.body
    save = body.get("SaveItemToFolder") in ("true", "1")
    named = next(iter(elements(find(body, "SavedItemFolderId"))), None)

    def send(element: Element) -> Iterator[Element]:
        if named is not None and not save:
            raise EwsError("ErrorInvalidSendItemSaveSettings", "A folder was given, but no copy is to be saved.")
        target = target_of(request, element)
        mailbox, item = target.mailbox, target.item
        if item.kind != "Message":
            raise EwsError("ErrorInvalidItemForOperationSendItem", "Only messages can be sent.")
        if check_change_key(target, required=True) != item.version:
            raise EwsError("ErrorStaleObject", "The change key passed in the request is not current.")
        demand_change(request, mailbox, item)
        send_message(request, mailbox, item)
        if save:
            folder = mailbox.distinguished("sentitems") if named is None else folder_of(request, named, Right.CREATE)[1]
            mailbox.move_item(item, folder)
        else:
            mailbox.remove_item(item)
        yield from ()

    return for_each("SendItem", ids_in(body, "ItemIds"), send)


OPERATION = Operation(name="SendItem", request=_REQUEST, handle=handle)
