"""RemoveDelegate: https://learn.microsoft.com/exchange/client-developer/web-service-reference/removedelegate-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.delegates import (
    MAILBOX,
    answer,
    demand_delegate,
    messages,
    remove_delegate,
    resolve_delegate,
    user_ids_node,
)
from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.xml import Element, elements, find
from calconnect.mock_tenant.state.mailbox import Mailbox


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(mailbox: Mailbox) -> Iterable[Element]:
        def remove(user_id: Element) -> None:
            recipient = resolve_delegate(request, user_id)
            demand_delegate(mailbox, recipient)
            remove_delegate(mailbox, recipient)

        return messages(elements(find(request.body, "UserIds")), remove)

    return answer("RemoveDelegate", request, work)


OPERATION = Operation(
    name="RemoveDelegate", request=m_node("RemoveDelegate", MAILBOX, user_ids_node(required=True)), handle=handle
)
