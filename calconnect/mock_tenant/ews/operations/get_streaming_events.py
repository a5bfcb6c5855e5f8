"""GetStreamingEvents: opens a connection that tells what happens.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation

The published schema puts ``Notification`` into the types namespace, and the answers here do. Exchange itself sends it
in the messages namespace (see the example there), and the EWS Managed API and its port to Java read nothing else; they
are known by their User-Agent.
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.event_stream import EventStream, error_part
from calconnect.mock_tenant.ews.grammar import Node, m_node
from calconnect.mock_tenant.ews.notifications import own_subscription
from calconnect.mock_tenant.ews.request import Operation, Request, Stream
from calconnect.mock_tenant.ews.xml import MESSAGES, TYPES, Element, elements, find, text_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.subscriptions import Subscription, SubscriptionKind

_MANAGED_API = "ExchangeServicesClient/"
_MINUTES = frozenset(str(number) for number in range(1, 31))


def handle(request: Request) -> Element | Stream:
    """Answer the request: with a stream, or at once if any of the subscriptions cannot be read."""
    found: dict[str, Subscription] = {}
    lost: dict[str, EwsError] = {}
    for element in elements(find(request.body, "SubscriptionIds")):
        subscription_id = (element.text or "").strip()
        try:
            found[subscription_id] = _streaming_subscription(request, subscription_id)
        except EwsError as error:
            lost[subscription_id] = error
    if lost:
        return error_part(next(iter(lost.values())), list(lost), closed=True)
    minutes = int(text_of(request.body, "ConnectionTimeout") or 1)
    return Stream(
        EventStream(
            request.organization,
            list(found.values()),
            seconds=minutes * 60,
            notification_namespace=MESSAGES if request.user_agent.startswith(_MANAGED_API) else TYPES,
        ).parts()
    )


def _streaming_subscription(request: Request, subscription_id: str) -> Subscription:
    subscription = own_subscription(request, subscription_id)
    if subscription.kind is not SubscriptionKind.STREAMING:
        raise EwsError("ErrorInvalidSubscription", "The subscription is not a streaming subscription.")
    return subscription


OPERATION = Operation(
    name="GetStreamingEvents",
    request=m_node(
        "GetStreamingEvents",
        Node("SubscriptionIds", (Node("SubscriptionId", many=True),), MESSAGES),
        Node("ConnectionTimeout", namespace=MESSAGES, values=_MINUTES),
    ),
    handle=handle,
)
