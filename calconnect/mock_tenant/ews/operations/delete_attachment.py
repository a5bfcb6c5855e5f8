"""DeleteAttachment: https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteattachment-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.attaching import find_attachment
from calconnect.mock_tenant.ews.items.ids import ids_in
from calconnect.mock_tenant.ews.items.writing import demand_change
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, m

_REQUEST = Node(
    "DeleteAttachment",
    (Node("AttachmentIds", (Node("AttachmentId", (), attributes=("Id",)),), MESSAGES, choice=True, at_least=1),),
    MESSAGES,
)


def handle(request: Request) -> Element:
    """Take each attachment off its item; the answer tells the item's new change key."""

    def remove(element: Element) -> Iterator[Element]:
        mailbox, item, attachment = find_attachment(request, element)
        demand_change(request, mailbox, item)
        del item.attachments[attachment.number]
        mailbox.touch_item(item)
        yield m("RootItemId", RootItemId=str(mailbox.item_id(item)), RootItemChangeKey=mailbox.key_of(item))

    return for_each("DeleteAttachment", ids_in(request.body, "AttachmentIds"), remove)


OPERATION = Operation(name="DeleteAttachment", request=_REQUEST, handle=handle)
