"""The answer to GetStreamingEvents: a connection that tells what happens, as it happens.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-stream-notifications-about-mailbox-events-by-using-ews-in-exchange
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from calconnect.mock_tenant.ews.notifications import EVENTS_AT_ONCE, event_element, wait_for_change
from calconnect.mock_tenant.ews.responses import failure, response, success
from calconnect.mock_tenant.ews.xml import TYPES, Element, m, t
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Change, Mailbox
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.subscriptions import Subscription

_MESSAGE = "GetStreamingEventsResponseMessage"
HEARTBEAT_SECONDS = 45.0
"""After how long without anything else a sign of life is sent."""


class EventStream:
    """One connection, reading one or more streaming subscriptions of one organisation."""

    def __init__(
        self,
        organization: Organization,
        subscriptions: Sequence[Subscription],
        *,
        seconds: float,
        heartbeat: float = HEARTBEAT_SECONDS,
        notification_namespace: str = TYPES,
    ) -> None:
        """Prepare a connection; it begins when ``parts`` is iterated.

        Args:
            organization: whose subscriptions they are.
            subscriptions: in force, and the caller's own.
            seconds: how long the connection lasts.
            heartbeat: seconds between signs of life.
            notification_namespace: of the element ``Notification``; see ``get_streaming_events``.
        """
        self._organization = organization
        self._subscriptions = list(subscriptions)
        self._seconds = seconds
        self._heartbeat = heartbeat
        self._namespace = notification_namespace
        self._mailboxes: list[Mailbox] = []

    async def parts(self) -> AsyncIterator[Element]:
        """Yield ``m:GetStreamingEventsResponse`` elements until the time is over."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        def on_change(_change: Change) -> None:
            wake()

        self._connect(wake, on_change)
        try:
            yield _status("OK")
            ends = loop.time() + self._seconds
            beat = loop.time() + self._heartbeat
            while self._subscriptions and loop.time() < ends:
                changed.clear()
                part = self._lost(wake)
                if part is None:
                    part = self._news()
                if part is None and loop.time() >= beat:
                    part = _status("OK")
                if part is None:
                    if self._subscriptions:
                        await wait_for_change(changed, min(ends, beat) - loop.time())
                    continue
                yield part
                beat = loop.time() + self._heartbeat
            yield _status("Closed")
        finally:
            self._disconnect(wake, on_change)

    def _connect(self, wake: Callable[[], None], on_change: Callable[[Change], None]) -> None:
        with self._organization.lock:
            self._mailboxes = list({id(one.mailbox): one.mailbox for one in self._subscriptions}.values())
            for mailbox in self._mailboxes:
                mailbox.listeners.append(on_change)
            for subscription in self._subscriptions:
                before, subscription.connection = subscription.connection, wake
                if before is not None:
                    before()

    def _disconnect(self, wake: Callable[[], None], on_change: Callable[[Change], None]) -> None:
        with self._organization.lock:
            for mailbox in self._mailboxes:
                mailbox.listeners.remove(on_change)
            for subscription in self._subscriptions:
                if subscription.connection is wake:
                    subscription.connection = None
                    subscription.last_used = self._organization.now()

    def _lost(self, wake: Callable[[], None]) -> Element | None:
        """Let go of subscriptions that have ended or that a newer connection reads; tell of those that have ended."""
        with self._organization.lock:
            ended = [one for one in self._subscriptions if one.ended]
            self._subscriptions = [one for one in self._subscriptions if not one.ended and one.connection is wake]
        if not ended:
            return None
        error = EwsError("ErrorSubscriptionUnsubscribed", "The subscription has been ended.")
        return error_part(error, [one.id for one in ended], closed=False)

    def _news(self) -> Element | None:
        with self._organization.lock:
            notifications = [found for one in self._subscriptions if (found := self._notification(one)) is not None]
        if not notifications:
            return None
        return response("GetStreamingEvents", [success(_MESSAGE, m("Notifications", *notifications))])

    def _notification(self, subscription: Subscription) -> Element | None:
        events, subscription.position, _ = subscription.events_after(subscription.position, EVENTS_AT_ONCE)
        if not events:
            return None
        element = (t if self._namespace == TYPES else m)("Notification", t("SubscriptionId", text=subscription.id))
        for event in events:
            element.append(event_element(subscription.mailbox, event, with_watermark=False))
        return element


def error_part(error: EwsError, subscription_ids: Sequence[str], *, closed: bool) -> Element:
    """Return a response that names the subscriptions that cannot be read."""
    ids = m("ErrorSubscriptionIds", *(t("SubscriptionId", text=one) for one in subscription_ids))
    status = m("ConnectionStatus", text="Closed") if closed else None
    return response("GetStreamingEvents", [failure(_MESSAGE, error, ids, status)])


def _status(status: str) -> Element:
    return response("GetStreamingEvents", [success(_MESSAGE, m("ConnectionStatus", text=status))])
