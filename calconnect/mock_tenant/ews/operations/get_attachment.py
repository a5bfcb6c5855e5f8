"""GetAttachment: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getattachment-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.attaching import find_attachment, whole
from calconnect.mock_tenant.ews.items.ids import ids_in, may_see
from calconnect.mock_tenant.ews.items.paths import check_paths
from calconnect.mock_tenant.ews.items.reading import attempt
from calconnect.mock_tenant.ews.items.shapes import ADDITIONAL, BODY_TYPES, read_attachment_shape
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, m
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError

_SHAPE = Node(
    "AttachmentShape",
    (
        Node("IncludeMimeContent", required=False),
        Node("BodyType", required=False, values=BODY_TYPES),
        Node("FilterHtmlContent", required=False),
        ADDITIONAL,
    ),
    MESSAGES,
    required=False,
)
ATTACHMENT_IDS = Node(
    "AttachmentIds", (Node("AttachmentId", (), attributes=("Id",)),), MESSAGES, choice=True, at_least=1
)
_REQUEST = Node("GetAttachment", (_SHAPE, ATTACHMENT_IDS), MESSAGES)


def handle(request: Request) -> Element:
    """Answer each id with its attachment, content and all."""
    body = request.body
    check_paths(body)
    shape = attempt(lambda: read_attachment_shape(find(body, "AttachmentShape")))

    def get(element: Element) -> Iterator[Element]:
        mailbox, item, attachment = find_attachment(request, element)
        request.access.demand(mailbox, mailbox.folder(item.folder), Right.READ)
        if not may_see(request, mailbox, item):
            raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        yield m("Attachments", whole(request, mailbox, item, attachment, shape.get()))

    return for_each("GetAttachment", ids_in(body, "AttachmentIds"), get, on_error=lambda: (m("Attachments"),))


OPERATION = Operation(name="GetAttachment", request=_REQUEST, handle=handle)
