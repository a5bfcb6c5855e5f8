"""DeleteItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.deleting import Deletion, delete
from calconnect.mock_tenant.ews.items.ids import ITEM_IDS, ids_in, target_of
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element
from calconnect.mock_tenant.state.access import Right

_REQUEST = Node(
    "DeleteItem",
    (Node("ItemIds", ITEM_IDS, MESSAGES, choice=True, at_least=1),),
    MESSAGES,
    attributes=("DeleteType",),
    attribute_values=(
        ("DeleteType", frozenset({"HardDelete", "SoftDelete", "MoveToDeletedItems"})),
        ("SendMeetingCancellations", frozenset({"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"})),
        ("AffectedTaskOccurrences", frozenset({"AllOccurrences", "SpecifiedOccurrenceOnly"})),
    ),
)


def handle(request: Request) -> Element:
    """Delete each item."""
    body = request.body
    deletion = Deletion(
        body.get("DeleteType", ""), body.get("SendMeetingCancellations"), body.get("AffectedTaskOccurrences")
    )

    def remove(element: Element) -> Iterator[Element]:
        delete(request, target_of(request, element, Right.VISIBLE), deletion)
        yield from ()

    return for_each("DeleteItem", ids_in(body, "ItemIds"), remove)


OPERATION = Operation(name="DeleteItem", request=_REQUEST, handle=handle)
