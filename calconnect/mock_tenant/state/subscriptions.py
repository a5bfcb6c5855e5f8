"""Subscriptions to what happens in a mailbox: who subscribed to what, how far they have read, when they end.

Kinds, event types and their meaning:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
"""

from __future__ import annotations

import base64
import binascii
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Change, ChangeKind, Mailbox

_WATERMARK = struct.Struct(">4s16sQ")
_WATERMARK_MARK = b"\x00wMk"
_MESSAGE_KINDS = frozenset({"Message", "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})

STREAMING_LIFETIME = timedelta(minutes=30)
"""How long a streaming subscription lives without a connection."""
_REMEMBERED = timedelta(hours=1)
"""How long an expired subscription is known as such; after that it is simply not found."""


class SubscriptionKind(StrEnum):
    """How its events come to the client."""

    PULL = "pull"
    PUSH = "push"
    STREAMING = "streaming"


class EventKind(StrEnum):
    """NotificationEventTypeType; the values are the element names."""

    COPIED = "CopiedEvent"
    CREATED = "CreatedEvent"
    DELETED = "DeletedEvent"
    MODIFIED = "ModifiedEvent"
    MOVED = "MovedEvent"
    NEW_MAIL = "NewMailEvent"
    FREE_BUSY = "FreeBusyChangedEvent"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell a subscriber."""

    kind: EventKind
    change: Change


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where a push subscription's notifications go."""

    url: str
    status_frequency: timedelta
    """How often a sign of life is sent when nothing happens, and how long deliveries are tried again."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription. ``position`` is the number of the last change that the subscriber has been told."""

    id: str
    kind: SubscriptionKind
    mailbox: Mailbox
    account: str
    """Who created it: the account's name."""
    acting: str
    """… and on whose behalf: a primary address, lower-case; empty for an account without a mailbox."""
    folders: frozenset[int] | None
    """None: all folders."""
    event_kinds: frozenset[EventKind]
    position: int
    lifetime: timedelta | None
    """How long it lives unused; None: until it is ended (push)."""
    last_used: datetime
    push: PushTarget | None = None
    ended: bool = False
    connection: Callable[[], None] | None = None
    """Wakes the streaming connection that reads it now; a newer connection takes its place."""

    def is_expired(self, now: datetime) -> bool:
        """Whether it has lain unused for longer than its lifetime."""
        return self.lifetime is not None and self.connection is None and now >= self.last_used + self.lifetime

    def events_after(self, position: int, limit: int | None = None) -> tuple[list[Event], int, bool]:
        """Return the events that the subscriber has asked for, oldest first.

        Args:
            position: the number of the last change already told.
            limit: after how many events to stop; the events of one change stay together. None: all.

        Returns:
            The events, the number of the last change looked at, and whether there are more events.
        """
        found: list[Event] = []
        for change in self.mailbox.changes_after(position):
            events = [Event(kind, change) for kind in event_kinds(self.mailbox, change) if kind in self.event_kinds]
            if events and self._concerns(change):
                if limit is not None and len(found) >= limit:
                    return found, position, True
                found.extend(events)
            position = change.number
        return found, position, False

    def _concerns(self, change: Change) -> bool:
        if self.folders is None:
            return True
        places = {change.folder, change.old_folder}
        if change.is_folder:
            places.add(change.thing.number)
        return not self.folders.isdisjoint(places)


def event_kinds(mailbox: Mailbox, change: Change) -> tuple[EventKind, ...]:
    """Return what a change is to a subscriber; one change may be several events.

    A new item that has an origin (``old_thing``) is a copy. A new message in the Inbox is new mail. Whatever happens
    to an item of the calendar may change free/busy times.
    """
    kinds = {
        ChangeKind.CREATED: EventKind.CREATED if change.old_thing is None else EventKind.COPIED,
        ChangeKind.MODIFIED: EventKind.MODIFIED,
        ChangeKind.DELETED: EventKind.DELETED,
        ChangeKind.MOVED: EventKind.MOVED,
    }
    first = kinds[change.kind]
    if change.is_folder:
        return (first,)
    if first is EventKind.CREATED and change.folder == mailbox.by_distinguished["inbox"].number:
        item = mailbox.items.get(change.thing.number)
        if item is not None and item.kind in _MESSAGE_KINDS:
            return first, EventKind.NEW_MAIL
    if mailbox.by_distinguished["calendar"].number in (change.folder, change.old_folder):
        return first, EventKind.FREE_BUSY
    return (first,)


def encode_watermark(mailbox: Mailbox, position: int) -> str:
    """Return the watermark of a position in a mailbox's log of changes."""
    return base64.b64encode(_WATERMARK.pack(_WATERMARK_MARK, mailbox.guid, position)).decode()


def decode_watermark(mailbox: Mailbox, text: str) -> int:
    """Return the position that a watermark of this mailbox stands for.

    Raises:
        EwsError: ``ErrorInvalidWatermark``.
    """
    try:
        mark, guid, position = _WATERMARK.unpack(base64.b64decode(text, validate=True))
    except (ValueError, struct.error, binascii.Error):
        raise EwsError("ErrorInvalidWatermark", "The watermark is invalid.") from None
    if mark != _WATERMARK_MARK or guid != mailbox.guid or position > mailbox.change_number:
        raise EwsError("ErrorInvalidWatermark", "The watermark is invalid.")
    return int(position)


class Delivery(Protocol):
    """What carries push notifications to their listeners, in the background."""

    def start(self, subscription: Subscription) -> None:
        """Begin to serve a push subscription."""

    def stop(self) -> None:
        """Stop serving; returns at once."""


@dataclass(slots=True)
class SubscriptionBook:
    """All subscriptions of an organisation. To be used with the organisation's lock held."""

    delivery: Delivery | None = None
    """Set by whoever delivers push notifications."""
    _by_id: dict[str, Subscription] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._by_id.values()))

    def new_id(self, mailbox: Mailbox, source: random.Random) -> str:
        """Return an id that no other subscription has."""
        return base64.b64encode(b"\x00cS" + source.getrandbits(128).to_bytes(16, "big") + mailbox.guid).decode()

    def add(self, subscription: Subscription, limit: int) -> None:
        """Add a subscription.

        Args:
            subscription: the new one.
            limit: how many there may be for its mailbox; 0 or less: any number.

        Raises:
            EwsError: ``ErrorExceededSubscriptionCount``.
        """
        now = subscription.last_used
        self._forget_old(now)
        if limit > 0:
            mailbox = subscription.mailbox
            there = sum(one.mailbox is mailbox and not one.ended and not one.is_expired(now) for one in self)
            if there >= limit:
                raise EwsError(
                    "ErrorExceededSubscriptionCount",
                    "You have exceeded the available subscriptions for your account.",
                )
        self._by_id[subscription.id] = subscription

    def find(self, subscription_id: str, now: datetime) -> Subscription:
        """Return a subscription that is in force.

        Raises:
            EwsError: ``ErrorSubscriptionNotFound``, ``ErrorExpiredSubscription``.
        """
        subscription = self._by_id.get(subscription_id)
        if subscription is None or subscription.ended:
            raise EwsError("ErrorSubscriptionNotFound", "The specified subscription was not found.")
        if subscription.is_expired(now):
            raise EwsError("ErrorExpiredSubscription", "The subscription has expired.")
        return subscription

    def end(self, subscription: Subscription) -> None:
        """End a subscription."""
        subscription.ended = True
        self._by_id.pop(subscription.id, None)
        if subscription.connection is not None:
            subscription.connection()

    def close(self) -> None:
        """End all subscriptions and the delivery."""
        for subscription in self:
            self.end(subscription)
        if self.delivery is not None:
            self.delivery.stop()
            self.delivery = None

    def _forget_old(self, now: datetime) -> None:
        for subscription in self:
            if subscription.is_expired(now - _REMEMBERED):
                self.end(subscription)
