"""GetEvents: what a pull subscription has to tell since a watermark.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getevents-operation
"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.notifications import EVENTS_AT_ONCE, notification_children, own_subscription
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import Element, m, text_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.subscriptions import SubscriptionKind, decode_watermark


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(subscription_id: str) -> Iterable[Element]:
        subscription = own_subscription(request, subscription_id)
        if subscription.kind is not SubscriptionKind.PULL:
            raise EwsError("ErrorInvalidPullSubscriptionId", "The subscription is not a pull subscription.")
        previous = decode_watermark(subscription.mailbox, text_of(request.body, "Watermark") or "")
        events, reached, more = subscription.events_after(previous, EVENTS_AT_ONCE)
        subscription.position = reached
        subscription.last_used = request.organization.now()
        yield m(
            "Notification",
            *notification_children(subscription, events, previous=previous, reached=reached, more=more),
        )

    return for_each("GetEvents", [text_of(request.body, "SubscriptionId") or ""], work)


OPERATION = Operation(
    name="GetEvents", request=m_node("GetEvents", m_node("SubscriptionId"), m_node("Watermark")), handle=handle
)
