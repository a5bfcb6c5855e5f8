"""AddDelegate: https://learn.microsoft.com/exchange/client-developer/web-service-reference/adddelegate-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.delegates import (
    MAILBOX,
    answer,
    delegate_user,
    delegate_users_node,
    deliver_node,
    messages,
    resolve_delegate,
    set_delegate,
    set_delivery,
)
from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.xml import Element, elements, find
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(mailbox: Mailbox) -> Iterable[Element]:
        def add(wanted: Element) -> Element:
            recipient = resolve_delegate(request, find(wanted, "UserId"))
            if recipient is mailbox.recipient:
                raise EwsError("ErrorDelegateCannotAddOwner", "The owner of a mailbox cannot be its delegate.")
            if recipient.email.lower() in mailbox.delegates:
                raise EwsError("ErrorDelegateAlreadyExists", "The user is already a delegate for the mailbox.")
            set_delegate(mailbox, recipient, wanted)
            return delegate_user(mailbox, recipient, permissions=False)

        set_delivery(mailbox, request)
        return messages(elements(find(request.body, "DelegateUsers")), add)

    return answer("AddDelegate", request, work)


OPERATION = Operation(
    name="AddDelegate",
    request=m_node("AddDelegate", MAILBOX, delegate_users_node(required=True), deliver_node()),
    handle=handle,
)
