"""GetDelegate: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getdelegate-operation"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from calconnect.mock_tenant.ews.delegates import (
    MAILBOX,
    answer,
    delegate_user,
    demand_delegate,
    messages,
    resolve_delegate,
    user_ids_node,
)
from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.xml import Element, elements, find, m, t
from calconnect.mock_tenant.state.mailbox import Mailbox

_BOOLEAN = frozenset({"true", "false", "1", "0"})


def handle(request: Request) -> Element:
    """Answer the request: the delegates named, or all of them."""
    permissions = request.body.get("IncludePermissions") in ("true", "1")

    def work(mailbox: Mailbox) -> Iterable[Element]:
        def describe(user_id: Element) -> Element:
            recipient = resolve_delegate(request, user_id)
            demand_delegate(mailbox, recipient)
            return delegate_user(mailbox, recipient, permissions=permissions)

        named = elements(find(request.body, "UserIds"))
        if not named:
            named = [t("UserId", t("PrimarySmtpAddress", text=address)) for address in mailbox.delegates]
        yield from messages(named, describe)
        yield m("DeliverMeetingRequests", text=mailbox.deliver_meeting_requests)

    return answer("GetDelegate", request, work)


OPERATION = Operation(
    name="GetDelegate",
    request=replace(
        m_node("GetDelegate", MAILBOX, user_ids_node(required=False)),
        attributes=("IncludePermissions",),
        attribute_values=(("IncludePermissions", _BOOLEAN),),
    ),
    handle=handle,
)
