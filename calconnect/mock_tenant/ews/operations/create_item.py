"""CreateItem: https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.creating import CREATABLE, Creation, create, read
from calconnect.mock_tenant.ews.items.folders import target_folder_node
from calconnect.mock_tenant.ews.items.reading import Attempt, ItemContent, attempt
from calconnect.mock_tenant.ews.items.responding import ResponseObject
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m

_DISPOSITIONS = frozenset({"SaveOnly", "SendOnly", "SendAndSaveCopy"})
_INVITATIONS = frozenset({"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"})
_REQUEST = Node(
    "CreateItem",
    (
        target_folder_node("SavedItemFolderId", required=False),
        Node("Items", CREATABLE, MESSAGES, choice=True, at_least=1),
    ),
    MESSAGES,
    attribute_values=(("MessageDisposition", _DISPOSITIONS), ("SendMeetingInvitations", _INVITATIONS)),
)


def handle(request: Request) -> Element:
    """Make each item, or carry out each response."""
    body = request.body
    folder = next(iter(elements(find(body, "SavedItemFolderId"))), None)
    how = Creation(folder, body.get("MessageDisposition"), body.get("SendMeetingInvitations"))
    things = [attempt(partial(read, request, element)) for element in elements(find(body, "Items"))]

    def make(thing: Attempt[ItemContent | ResponseObject]) -> Iterator[Element]:
        yield m("Items", *create(request, how, thing.get()))

    return for_each("CreateItem", things, make, on_error=lambda: (m("Items"),))


OPERATION = Operation(name="CreateItem", request=_REQUEST, handle=handle)
