"""UpdateDelegate: https://learn.microsoft.com/exchange/client-developer/web-service-reference/updatedelegate-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.delegates import (
    MAILBOX,
    answer,
    delegate_user,
    delegate_users_node,
    deliver_node,
    demand_delegate,
    messages,
    resolve_delegate,
    set_delegate,
    set_delivery,
)
from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.xml import Element, elements, find
from calconnect.mock_tenant.state.mailbox import Mailbox


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(mailbox: Mailbox) -> Iterable[Element]:
        def update(wanted: Element) -> Element:
            recipient = resolve_delegate(request, find(wanted, "UserId"))
            demand_delegate(mailbox, recipient)
            set_delegate(mailbox, recipient, wanted)
            return delegate_user(mailbox, recipient, permissions=False)

        set_delivery(mailbox, request)
        return messages(elements(find(request.body, "DelegateUsers")), update)

    return answer("UpdateDelegate", request, work)


OPERATION = Operation(
    name="UpdateDelegate",
    request=m_node("UpdateDelegate", MAILBOX, delegate_users_node(required=False), deliver_node()),
    handle=handle,
)
