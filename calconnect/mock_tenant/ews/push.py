"""Push notifications: sent to the listener's URL, tried again when it does not answer, ended when it says so.

What is sent: https://learn.microsoft.com/exchange/client-developer/web-service-reference/sendnotification
When it is tried again: https://learn.microsoft.com/exchange/client-developer/web-service-reference/statusfrequency
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from calconnect.mock_tenant.ews.grammar import parse_xml
from calconnect.mock_tenant.ews.notifications import EVENTS_AT_ONCE, notification_children, wait_for_change
from calconnect.mock_tenant.ews.responses import success
from calconnect.mock_tenant.ews.xml import MESSAGES, SOAP, TYPES, Element, m, t
from calconnect.mock_tenant.state.mailbox import Change
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.subscriptions import Delivery, Subscription

if TYPE_CHECKING:
    from calconnect.mock_tenant.ews.push_connection import PushConnection

_SOAP_ACTION = f'"{MESSAGES}/SendNotification"'


@dataclass(frozen=True, slots=True)
class PushTimes:
    """How long things take, in seconds; the defaults are Exchange's."""

    first_retry: float = 30.0
    """Wait before the second attempt; each further wait is twice as long."""
    minute: float = 60.0
    """What counts as a minute of ``StatusFrequency``."""
    answer: float = 20.0
    """How long a listener may take to answer."""


def push_sender(organization: Organization) -> Delivery:
    """Return what delivers the organisation's push notifications; made when first needed."""
    book = organization.subscriptions
    if book.delivery is None:
        book.delivery = PushSender(organization)
    return book.delivery


class PushSender:
    """Serves all push subscriptions of an organisation from one thread of its own."""

    def __init__(self, organization: Organization, times: PushTimes | None = None) -> None:
        self._organization = organization
        self._times = times or PushTimes()
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, subscription: Subscription) -> None:
        """Begin to serve a push subscription."""
        with self._guard:
            if self._thread is None:
                ready = threading.Event()
                self._thread = threading.Thread(
                    target=lambda: asyncio.run(self._main(ready)), name="push-notifications", daemon=True
                )
                self._thread.start()
                ready.wait(10)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._spawn, subscription)

    def stop(self) -> None:
        """Stop serving; returns at once, deliveries under way are dropped."""
        with self._guard:
            loop, stopping = self._loop, self._stopping
            self._loop = self._stopping = None
        if loop is not None and stopping is not None:
            loop.call_soon_threadsafe(stopping.set)

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end after ``stop``; returns whether it has."""
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    async def _main(self, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        stopping = self._stopping
        # Here, since few clients ever want a push, and aiohttp takes long to import.
        from calconnect.mock_tenant.ews.push_connection import PushConnection

        async with PushConnection(self._times.answer) as connection:
            self._connection: PushConnection = connection
            ready.set()
            await stopping.wait()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, subscription: Subscription) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(subscription))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, subscription: Subscription) -> None:
        target = subscription.push
        if target is None:
            raise ValueError("not a push subscription")
        frequency = target.status_frequency.total_seconds() / 60 * self._times.minute
        loop, wake = asyncio.get_running_loop(), asyncio.Event()

        def on_change(_change: Change) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake.set)

        with self._organization.lock:
            subscription.mailbox.listeners.append(on_change)
        try:
            due = loop.time()  # the first notification is sent at once, with or without events
            while not subscription.ended:
                wake.clear()
                notification, reached, empty = self._collect(subscription)
                if empty and loop.time() < due:
                    await wait_for_change(wake, due - loop.time())
                    continue
                if not await self._deliver(target.url, notification, frequency):
                    break
                subscription.position = reached
                due = loop.time() + frequency
        finally:
            with self._organization.lock:
                subscription.mailbox.listeners.remove(on_change)
                self._organization.subscriptions.end(subscription)

    def _collect(self, subscription: Subscription) -> tuple[bytes, int, bool]:
        with self._organization.lock:
            previous = subscription.position
            events, reached, more = subscription.events_after(previous, EVENTS_AT_ONCE)
            children = notification_children(subscription, events, previous=previous, reached=reached, more=more)
        return send_notification(children), reached, not events

    async def _deliver(self, url: str, notification: bytes, frequency: float) -> bool:
        """Send until it is answered; False if the subscription is to end: by the answer, or because none came."""
        waited, wait = 0.0, self._times.first_retry
        while True:
            answer = await self._connection.send(url, notification, _SOAP_ACTION)
            status = subscription_status(answer) if answer is not None else None
            if status is not None:
                return status == "OK"
            waited += wait
            if waited > frequency:
                return False
            await asyncio.sleep(wait)
            wait *= 2


def send_notification(children: list[Element]) -> bytes:
    """Return the SOAP envelope of a ``SendNotification`` with one notification."""
    body = m(
        "SendNotification",
        m("ResponseMessages", success("SendNotificationResponseMessage", m("Notification", *children))),
    )
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "m": MESSAGES, "t": TYPES})
    etree.SubElement(envelope, f"{{{SOAP}}}Header").append(t("RequestServerVersion", Version="Exchange2016"))
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(body)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def subscription_status(answer: bytes) -> str | None:
    """Return what a listener answered, ``OK`` or ``Unsubscribe``; None if that cannot be made out."""
    try:
        root = parse_xml(answer)
    except (etree.XMLSyntaxError, ValueError):
        return None
    found = root.find(f".//{{{MESSAGES}}}SendNotificationResult/{{{MESSAGES}}}SubscriptionStatus")
    status = (found.text or "").strip() if found is not None else ""
    return status if status in ("OK", "Unsubscribe") else None
