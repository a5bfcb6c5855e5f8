"""Subscribe: to pull, push or streaming notifications.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES
from calconnect.mock_tenant.ews.grammar import Node, schema_error
from calconnect.mock_tenant.ews.notifications import acting_name
from calconnect.mock_tenant.ews.push import push_sender
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local, m, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.subscriptions import (
    STREAMING_LIFETIME,
    EventKind,
    PushTarget,
    Subscription,
    SubscriptionKind,
    decode_watermark,
    encode_watermark,
)

_MINUTES = frozenset(str(number) for number in range(1, 1441))
_BOOLEAN = frozenset({"true", "false", "1", "0"})
_FOLDERS = Node("FolderIds", FOLDER_ID_CHOICES, required=False, choice=True, at_least=1)
_EVENTS = Node(
    "EventTypes",
    (Node("EventType", values=frozenset(kind.value for kind in EventKind)),),
    choice=True,
    at_least=1,
)
_WATERMARK = Node("Watermark", required=False)
_ALL_FOLDERS = (("SubscribeToAllFolders", _BOOLEAN),)
_PULL = Node(
    "PullSubscriptionRequest",
    (_FOLDERS, _EVENTS, _WATERMARK, Node("Timeout", values=_MINUTES)),
    MESSAGES,
    attribute_values=_ALL_FOLDERS,
)
_PUSH = Node(
    "PushSubscriptionRequest",
    (
        _FOLDERS,
        _EVENTS,
        _WATERMARK,
        Node("StatusFrequency", values=_MINUTES),
        Node("URL"),
        Node("CallerData", required=False),
    ),
    MESSAGES,
    attribute_values=_ALL_FOLDERS,
)
_STREAMING = Node("StreamingSubscriptionRequest", (_FOLDERS, _EVENTS), MESSAGES, attribute_values=_ALL_FOLDERS)
_KINDS = {
    "PullSubscriptionRequest": SubscriptionKind.PULL,
    "PushSubscriptionRequest": SubscriptionKind.PUSH,
    "StreamingSubscriptionRequest": SubscriptionKind.STREAMING,
}


def handle(request: Request) -> Element:
    """Answer the request."""
    wanted = elements(request.body)
    if len(wanted) > 1:
        raise schema_error(1, f"The element 'Subscribe' has invalid child element '{local(wanted[1])}'.")
    return for_each("Subscribe", wanted, lambda element: _subscribe(request, element))


def _subscribe(request: Request, element: Element) -> Iterable[Element]:
    organization = request.organization
    kind = _KINDS[local(element)]
    mailbox, folders = _targets(request, element)
    watermark = text_of(element, "Watermark")
    now = organization.now()
    subscription = Subscription(
        id=organization.subscriptions.new_id(mailbox, organization.random),
        kind=kind,
        mailbox=mailbox,
        account=request.account.name,
        acting=acting_name(request),
        folders=folders,
        event_kinds=frozenset(EventKind((one.text or "").strip()) for one in elements(find(element, "EventTypes"))),
        position=mailbox.change_number if watermark is None else decode_watermark(mailbox, watermark),
        lifetime=_lifetime(kind, element),
        last_used=now,
        push=_push_target(element) if kind is SubscriptionKind.PUSH else None,
    )
    # Counted for the mailbox, by the policy of who asks.
    limit = organization.throttling_policy_of(request.account).ews_max_subscriptions
    organization.subscriptions.add(subscription, limit)
    if subscription.push is not None:
        push_sender(organization).start(subscription)
    answer = [m("SubscriptionId", text=subscription.id)]
    if kind is not SubscriptionKind.STREAMING:
        answer.append(m("Watermark", text=encode_watermark(mailbox, subscription.position)))
    return answer


def _lifetime(kind: SubscriptionKind, element: Element) -> timedelta | None:
    if kind is SubscriptionKind.PULL:
        return timedelta(minutes=int(text_of(element, "Timeout") or 1))
    return STREAMING_LIFETIME if kind is SubscriptionKind.STREAMING else None


def _targets(request: Request, element: Element) -> tuple[Mailbox, frozenset[int] | None]:
    """Return the mailbox and the folders subscribed to (None: all of them)."""
    everything = element.get("SubscribeToAllFolders") in ("true", "1")
    named = elements(find(element, "FolderIds"))
    if everything == bool(named):
        raise EwsError(
            "ErrorInvalidSubscriptionRequest", "Subscribe either to all folders or to the folders that are named."
        )
    if everything:
        return request.own_mailbox(), None
    found = [folder_of(request, one, Right.READ) for one in named]
    mailbox = found[0][0]
    if any(other is not mailbox for other, _ in found):
        raise EwsError("ErrorInvalidSubscriptionRequest", "All folders of a subscription must be in one mailbox.")
    return mailbox, frozenset(folder.number for _, folder in found)


def _push_target(element: Element) -> PushTarget:
    """Read where to push to. The mock tenant sends to this machine only: its organisations are made up.

    Raises:
        EwsError: ``ErrorInvalidPushSubscriptionUrl``.
    """
    url = text_of(element, "URL") or ""
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        host, usable = "", False
    if not usable or not host:
        raise EwsError("ErrorInvalidPushSubscriptionUrl", "The push subscription URL is invalid.")
    if not _may_be_loopback(host):
        raise EwsError("ErrorInvalidPushSubscriptionUrl", "The mock tenant sends notifications to loopback only.")
    frequency = timedelta(minutes=int(text_of(element, "StatusFrequency") or 1))
    return PushTarget(url, frequency)


def _may_be_loopback(host: str) -> bool:
    """Whether an address is loopback. Names pass here; the sender resolves them and takes loopback addresses only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


OPERATION = Operation(
    name="Subscribe",
    request=Node("Subscribe", (_PULL, _PUSH, _STREAMING), MESSAGES, choice=True, at_least=1),
    handle=handle,
)
