"""Push notifications: sent over HTTP and HTTPS, answered, tried again, ended."""

from __future__ import annotations

import asyncio
import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import trustme

from calconnect.mock_tenant.ews.push import PushSender, PushTimes, subscription_status
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.subscriptions import EventKind, PushTarget, Subscription, SubscriptionKind
from tests.mock_tenant.notification_client import (
    add_item,
    event_names,
    get_events,
    subscription,
    unsubscribe,
    wait_until,
)
from tests.mock_tenant.push_listener import PushListener
from tests.mock_tenant.raw_client import NS, RawClient
from tests.mock_tenant.tenants import describe, organization


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: Callable[..., Recipient]) -> Mailbox:
    user = new_user()
    with tenant_server.organization.lock:
        return tenant_server.organization.mailbox(user)


@pytest.fixture
def listener() -> Iterator[PushListener]:
    with PushListener() as made:
        yield made


def push(url: str, minutes: int = 1, caller_data: str = "") -> str:
    more = f"<t:CallerData>{caller_data}</t:CallerData>" if caller_data else ""
    return subscription("Push", f"<t:StatusFrequency>{minutes}</t:StatusFrequency><t:URL>{url}</t:URL>{more}")


class TestOverTheWire:
    def test_a_sign_of_life_first_then_what_happens(
        self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox, listener: PushListener
    ) -> None:
        answer = soap(push(listener.url, caller_data="anything"), impersonate=mailbox.recipient.email)
        assert answer.codes == ["NoError"]
        first = listener.next()
        assert event_names(first) == ["StatusEvent"]
        assert first.findtext("t:SubscriptionId", namespaces=NS) == answer.text("//m:SubscriptionId")
        assert first.findtext("t:PreviousWatermark", namespaces=NS) == answer.text("//m:Watermark")
        with tenant_server.organization.lock:
            item = add_item(mailbox)
        second = listener.next()
        assert event_names(second) == ["CreatedEvent", "NewMailEvent"]
        assert {one.get("Id") for one in second.iter("{*}ItemId")} == {str(mailbox.item_id(item))}
        mark = first.findtext(".//t:Watermark", namespaces=NS)
        assert second.findtext("t:PreviousWatermark", namespaces=NS) == mark

    def test_the_listener_ends_it(
        self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox, listener: PushListener
    ) -> None:
        user = mailbox.recipient.email
        subscription_id = soap(push(listener.url), impersonate=user).text("//m:SubscriptionId")
        listener.next()
        assert soap(get_events(subscription_id, "x"), impersonate=user).codes == ["ErrorInvalidPullSubscriptionId"]
        assert soap(unsubscribe(subscription_id), impersonate=user).codes == ["ErrorInvalidSubscription"]
        listener.status = "Unsubscribe"
        with tenant_server.organization.lock:
            add_item(mailbox)
        listener.next()
        wait_until(lambda: not mailbox.listeners)
        assert soap(unsubscribe(subscription_id), impersonate=user).codes == ["ErrorSubscriptionNotFound"]

    def test_over_tls(self, soap: RawClient, mailbox: Mailbox) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        with PushListener(context) as listener:
            assert listener.url.startswith("https://")
            soap(push(listener.url), impersonate=mailbox.recipient.email)
            assert event_names(listener.next()) == ["StatusEvent"]
            listener.status = "Unsubscribe"

    @pytest.mark.parametrize(
        "url",
        [
            "nonsense",
            "ftp://localhost/x",
            "http://",
            "http://[::1/x",
            "http://192.0.2.1/notify",
            "https://[2001:db8::1]/",
        ],
    )
    def test_where_nothing_is_sent_to(self, soap: RawClient, mailbox: Mailbox, url: str) -> None:
        answer = soap(push(url), impersonate=mailbox.recipient.email)
        assert answer.codes == ["ErrorInvalidPushSubscriptionUrl"]

    def test_stopping_the_server_stops_the_sender(self, listener: PushListener) -> None:
        made = organization()
        with MockTenant(describe(made)) as server:
            client = RawClient(server.ews_url, server.ca_pem, ("svc@contoso.test", "Correct-Horse-1"))
            client(push(listener.url), impersonate="alice@contoso.test")
            listener.next()
            client.close()
            sender = made.subscriptions.delivery
            assert isinstance(sender, PushSender)
        assert sender.join(5)


class Pushed:
    """A push subscription and a sender whose minute is short."""

    def __init__(self, url: str, times: PushTimes, minutes: float = 1.0) -> None:
        self.organization: Organization = organization()
        alice = self.organization.directory.by_address("alice@contoso.test")
        assert alice is not None
        self.mailbox = self.organization.mailbox(alice)
        self.subscription = Subscription(
            id="one",
            kind=SubscriptionKind.PUSH,
            mailbox=self.mailbox,
            account="svc",
            acting="",
            folders=None,
            event_kinds=frozenset(EventKind),
            position=0,
            lifetime=None,
            last_used=self.organization.now(),
            push=PushTarget(url, timedelta(minutes=minutes)),
        )
        self.organization.subscriptions.add(self.subscription, 0)
        self.sender = PushSender(self.organization, times)
        self.sender.start(self.subscription)

    def stop(self) -> None:
        self.sender.stop()
        assert self.sender.join(5)
        assert not self.mailbox.listeners


class TestSender:
    def test_signs_of_life_as_often_as_wanted(self, listener: PushListener) -> None:
        pushed = Pushed(listener.url, PushTimes(minute=0.1))
        try:
            for _ in range(3):
                assert event_names(listener.next()) == ["StatusEvent"]
        finally:
            pushed.stop()

    def test_a_listener_that_fails_is_tried_again(self, listener: PushListener) -> None:
        listener.status = "500"
        pushed = Pushed(listener.url, PushTimes(first_retry=0.02, minute=5))
        try:
            listener.next()
            listener.next()
            listener.status = "OK"
            listener.next()
            with pushed.organization.lock:
                add_item(pushed.mailbox)
            told = listener.next()
            while event_names(told) == ["StatusEvent"]:
                told = listener.next()
            assert event_names(told) == ["CreatedEvent", "NewMailEvent"]
        finally:
            pushed.stop()

    def test_in_the_end_it_is_given_up(self, listener: PushListener) -> None:
        listener.status = "Nonsense"
        began = time.monotonic()
        pushed = Pushed(listener.url, PushTimes(first_retry=0.05, minute=0.5))
        try:
            wait_until(lambda: pushed.subscription.ended)
            # waits of 0.05, 0.1 and 0.2 s fit into the half second; the next one, of 0.4 s, does not
            assert 0.3 < time.monotonic() - began < 3
            assert listener.received.qsize() == 4
        finally:
            pushed.stop()

    def test_nobody_listens(self) -> None:
        with PushListener() as listener:
            url = listener.url
        pushed = Pushed(url, PushTimes(first_retry=0.01, minute=0.05))
        try:
            wait_until(lambda: pushed.subscription.ended)
        finally:
            pushed.stop()

    def test_a_name_that_is_not_this_machines_is_not_sent_to(
        self, listener: PushListener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def elsewhere(_loop: object, host: str, port: int, **_more: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

        monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", elsewhere)
        pushed = Pushed(listener.url, PushTimes(first_retry=0.01, minute=0.05))
        try:
            wait_until(lambda: pushed.subscription.ended)
            with pytest.raises(queue.Empty):
                listener.next(0.1)
        finally:
            pushed.stop()

    def test_many_events_come_in_several_notifications(self, listener: PushListener) -> None:
        pushed = Pushed(listener.url, PushTimes())
        try:
            listener.next()
            with pushed.organization.lock:
                for _ in range(60):
                    add_item(pushed.mailbox, "drafts")
            first, second = listener.next(), listener.next()
            assert (len(event_names(first)), first.findtext("t:MoreEvents", namespaces=NS)) == (50, "true")
            assert (len(event_names(second)), second.findtext("t:MoreEvents", namespaces=NS)) == (10, "false")
        finally:
            pushed.stop()


@pytest.mark.parametrize("answer", [b"", b"<x/>", b"<!DOCTYPE x []><x/>", b"not xml"])
def test_an_answer_that_is_none(answer: bytes) -> None:
    assert subscription_status(answer) is None
