"""FindItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES
from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.items.finding import find_in, read_query_of
from calconnect.mock_tenant.ews.items.ids import ids_in
from calconnect.mock_tenant.ews.items.paging import VIEWS
from calconnect.mock_tenant.ews.items.paths import check_paths
from calconnect.mock_tenant.ews.items.reading import attempt
from calconnect.mock_tenant.ews.items.restrictions import SEARCH_EXPRESSIONS
from calconnect.mock_tenant.ews.items.shapes import ITEM_SHAPE, read_shape
from calconnect.mock_tenant.ews.items.sorting import GROUP_BY, SORT_ORDER, STANDARD_GROUP_BY
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find
from calconnect.mock_tenant.state.access import Right

_REQUEST = Node(
    "FindItem",
    (
        ITEM_SHAPE,
        *VIEWS,
        GROUP_BY,
        STANDARD_GROUP_BY,
        Node("Restriction", SEARCH_EXPRESSIONS, MESSAGES, required=False, choice=True, at_least=1),
        SORT_ORDER,
        Node("ParentFolderIds", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1),
        Node("QueryString", ANY, MESSAGES, required=False),
    ),
    MESSAGES,
    attributes=("Traversal",),
    attribute_values=(("Traversal", frozenset({"Shallow", "SoftDeleted", "Associated"})),),
)


def handle(request: Request) -> Element:
    """Answer each folder with what is found in it."""
    check_paths(request.body)
    shape = attempt(lambda: read_shape(find(request.body, "ItemShape")))
    query = attempt(partial(read_query_of, request))

    def search(element: Element) -> Iterator[Element]:
        mailbox, folder = folder_of(request, element, Right.READ)
        yield find_in(request, mailbox, folder, query.get(), shape.get())

    return for_each("FindItem", ids_in(request.body, "ParentFolderIds"), search)


OPERATION = Operation(name="FindItem", request=_REQUEST, handle=handle)
