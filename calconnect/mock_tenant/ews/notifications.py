"""Notifications as XML: what pull, push and streaming subscriptions have in common."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from calconnect.mock_tenant.ews.folder_properties import unread_count
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, flag, stamp, t
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.subscriptions import (
    Event,
    EventKind,
    Subscription,
    SubscriptionKind,
    encode_watermark,
)

EVENTS_AT_ONCE = 50
"""How many events one notification holds:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/getevents-operation"""


def own_subscription(request: Request, subscription_id: str) -> Subscription:
    """Return a subscription that is in force and belongs to who asks.

    A streaming subscription belongs to the account, whomever it impersonates: one connection may read the subscriptions
    of many mailboxes, asked for in the name of one of them
    (https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server).
    A pull subscription belongs to the account and the user on whose behalf it was made.

    Raises:
        EwsError: ``ErrorSubscriptionNotFound``, ``ErrorExpiredSubscription``, ``ErrorSubscriptionAccessDenied``, or the
            state of the mailbox.
    """
    organization = request.organization
    subscription = organization.subscriptions.find(subscription_id, organization.now())
    same_user = subscription.kind is SubscriptionKind.STREAMING or subscription.acting == acting_name(request)
    if subscription.account != request.account.name or not same_user:
        raise EwsError("ErrorSubscriptionAccessDenied", "Only the creator of a subscription may use it.")
    organization.mailbox(subscription.mailbox.recipient)
    return subscription


def acting_name(request: Request) -> str:
    """Return the address that subscriptions remember their creator by."""
    return request.acting.email.lower() if request.acting is not None else ""


def notification_children(
    subscription: Subscription, events: Sequence[Event], *, previous: int, reached: int, more: bool
) -> list[Element]:
    """Return the content of a ``Notification`` with watermarks, as pull and push subscriptions have it.

    Args:
        subscription: whose it is.
        events: what to tell; none: a sign of life (``StatusEvent``).
        previous: the position before the first event.
        reached: the position after the last one.
        more: whether there are more events than these.
    """
    mailbox = subscription.mailbox
    children = [
        t("SubscriptionId", text=subscription.id),
        t("PreviousWatermark", text=encode_watermark(mailbox, previous)),
        t("MoreEvents", text=flag(more)),
    ]
    if not events:
        return [*children, t("StatusEvent", t("Watermark", text=encode_watermark(mailbox, reached)))]
    return children + [event_element(mailbox, event, with_watermark=True) for event in events]


def event_element(mailbox: Mailbox, event: Event, *, with_watermark: bool) -> Element:
    """Return the element of one event."""
    change = event.change
    watermark = t("Watermark", text=encode_watermark(mailbox, change.number)) if with_watermark else None
    children = [
        watermark,
        t("TimeStamp", text=stamp(change.at)),
        _id_element("", mailbox, change.thing),
        _folder_id("ParentFolderId", mailbox, change.folder),
    ]
    folder = mailbox.folders.get(change.thing.number)
    if event.kind is EventKind.MODIFIED and change.is_folder and folder is not None:
        children.append(t("UnreadCount", text=str(unread_count(folder))))
    if event.kind in (EventKind.MOVED, EventKind.COPIED) and change.old_folder is not None:
        children.append(_id_element("Old", mailbox, change.old_thing or change.thing))
        children.append(_folder_id("OldParentFolderId", mailbox, change.old_folder))
    return t(event.kind.value, *children)


def _id_element(prefix: str, mailbox: Mailbox, thing: ThingId) -> Element:
    if thing.kind is IdKind.FOLDER:
        return _folder_id(f"{prefix}FolderId", mailbox, thing.number)
    item = mailbox.items.get(thing.number)
    attributes = {"Id": str(thing)} if item is None else {"Id": str(thing), "ChangeKey": mailbox.key_of(item)}
    return t(f"{prefix}ItemId", **attributes)


def _folder_id(name: str, mailbox: Mailbox, number: int) -> Element:
    folder = mailbox.folders.get(number)
    if folder is None:
        return t(name, Id=str(ThingId(IdKind.FOLDER, mailbox.guid, number)))
    return t(name, Id=str(mailbox.folder_id(folder)), ChangeKey=mailbox.key_of(folder))


async def wait_for_change(wake: asyncio.Event, seconds: float) -> None:
    """Wait until ``wake`` is set, but no longer than this."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), max(seconds, 0.0))
