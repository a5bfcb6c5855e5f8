"""CreateAttachment: https://learn.microsoft.com/exchange/client-developer/web-service-reference/createattachment-operation"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.attaching import ATTACHMENTS, attach, read_attachment
from calconnect.mock_tenant.ews.items.attachment_xml import id_of, tag_of
from calconnect.mock_tenant.ews.items.ids import ids_in, target_of
from calconnect.mock_tenant.ews.items.view import wire_of
from calconnect.mock_tenant.ews.items.writing import demand_change
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, m, t

_REQUEST = Node(
    "CreateAttachment",
    (
        Node("ParentItemId", (), MESSAGES, attributes=("Id",)),
        Node("Attachments", ATTACHMENTS, MESSAGES, choice=True, at_least=1),
    ),
    MESSAGES,
)


def handle(request: Request) -> Element:
    """Add each attachment to the item; each raises the item's version."""
    body = request.body
    parent = find(body, "ParentItemId")
    assert parent is not None

    def add(element: Element) -> Iterator[Element]:
        target = target_of(request, t("ItemId", Id=parent.get("Id", "")))
        mailbox, item = target.mailbox, target.item
        demand_change(request, mailbox, item)
        attachment = read_attachment(request, mailbox, element, wire_of(request))
        attach(item, attachment)
        mailbox.touch_item(item)
        yield m("Attachments", t(tag_of(attachment), id_of(mailbox, item, attachment, root=True)))

    return for_each("CreateAttachment", ids_in(body, "Attachments"), add, on_error=lambda: (m("Attachments"),))


OPERATION = Operation(name="CreateAttachment", request=_REQUEST, handle=handle)
