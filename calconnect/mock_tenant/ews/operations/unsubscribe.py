"""Unsubscribe: ends a pull or streaming subscription.

A push subscription ends by the listener's answer, not by this operation:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/unsubscribe-operation
"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.notifications import own_subscription
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.xml import Element, text_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.subscriptions import SubscriptionKind


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(subscription_id: str) -> Iterable[Element]:
        subscription = own_subscription(request, subscription_id)
        if subscription.kind is SubscriptionKind.PUSH:
            raise EwsError("ErrorInvalidSubscription", "A push subscription cannot be ended by this operation.")
        request.organization.subscriptions.end(subscription)
        return ()

    return for_each("Unsubscribe", [text_of(request.body, "SubscriptionId") or ""], work)


OPERATION = Operation(name="Unsubscribe", request=m_node("Unsubscribe", m_node("SubscriptionId")), handle=handle)
