"""GetItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getitem-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.ids import ITEM_IDS, ids_in, target_of
from calconnect.mock_tenant.ews.items.paths import check_paths
from calconnect.mock_tenant.ews.items.reading import attempt
from calconnect.mock_tenant.ews.items.shapes import ITEM_SHAPE, item_element, read_shape
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, m

_REQUEST = Node("GetItem", (ITEM_SHAPE, Node("ItemIds", ITEM_IDS, MESSAGES, choice=True, at_least=1)), MESSAGES)


def handle(request: Request) -> Element:
    """Answer each id with its item."""
    check_paths(request.body)
    shape = attempt(lambda: read_shape(find(request.body, "ItemShape")))

    def get(element: Element) -> Iterator[Element]:
        target = target_of(request, element)
        yield m("Items", item_element(target.view(request), shape.get()))

    return for_each("GetItem", ids_in(request.body, "ItemIds"), get, on_error=lambda: (m("Items"),))


OPERATION = Operation(name="GetItem", request=_REQUEST, handle=handle)
