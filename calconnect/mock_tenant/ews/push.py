"""Push notifications: sent to the listener's URL, tried again when it does not answer, ended when it says so.

What is sent: https://learn.microsoft.com/exchange/client-developer/web-service-reference/sendnotification
When it is tried again: https://learn.microsoft.com/exchange/client-developer/web-service-reference/statusfrequency
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from lxml import etree

from calconnect.mock_tenant.ews.grammar import parse_xml
from calconnect.mock_tenant.ews.notifications import EVENTS_AT_ONCE, notification_children, wait_for_change
from calconnect.mock_tenant.ews.responses import success
from calconnect.mock_tenant.ews.xml import MESSAGES, SOAP, TYPES, Element, m, t
from calconnect.mock_tenant.state.mailbox import Change
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.subscriptions import Delivery, Subscription

_log = logging.getLogger(__name__)
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
        # The listener's certificate is its own affair: the connection does not leave this machine, and there is no
        # authority here that could vouch for it.
        connector = aiohttp.TCPConnector(ssl=False, resolver=_LoopbackResolver(), force_close=True)
        timeout = aiohttp.ClientTimeout(total=self._times.answer)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            self._session = session
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
            try:
                async with self._session.post(
                    url,
                    data=notification,
                    headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": _SOAP_ACTION},
                    allow_redirects=False,
                ) as answer:
                    status = subscription_status(await answer.read()) if answer.status == 200 else None
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                _log.info("push notification not delivered: %s", type(error).__name__)
                status = None
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


class _LoopbackResolver(AbstractResolver):
    """Resolves names to loopback addresses only."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        local = [(kind, proto, str(address[0])) for kind, _, proto, _, address in found if _is_loopback(address[0])]
        if not local:
            raise OSError(f"{host} is not on this machine")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=proto, flags=int(socket.AI_NUMERICHOST)
            )
            for kind, proto, address in local
        ]

    async def close(self) -> None:
        return None


def _is_loopback(address: object) -> bool:
    return str(address).startswith("127.") or str(address) == "::1"
