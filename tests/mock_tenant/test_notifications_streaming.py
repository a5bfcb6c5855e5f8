"""Streaming notifications: over the wire, and what a connection does in its time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta

import pytest
from lxml import etree

from calconnect.mock_tenant.ews.event_stream import EventStream
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.subscriptions import EventKind, Subscription, SubscriptionKind
from tests.mock_tenant.notification_client import (
    add_item,
    event_names,
    get_streaming_events,
    open_stream,
    pull,
    subscription,
    unsubscribe,
    wait_until,
)
from tests.mock_tenant.raw_client import NS, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD, describe, organization

NewUser = Callable[..., Recipient]


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: NewUser) -> Mailbox:
    user = new_user()
    with tenant_server.organization.lock:
        return tenant_server.organization.mailbox(user)


def subscribe(soap: RawClient, mailbox: Mailbox) -> str:
    answer = soap(subscription("Streaming"), impersonate=mailbox.recipient.email)
    assert answer.codes == ["NoError"]
    return answer.text("//m:SubscriptionId")


def status(element: etree._Element) -> str | None:
    return element.findtext(".//m:ConnectionStatus", namespaces=NS)


class TestOverTheWire:
    def test_events_come_at_once(self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox) -> None:
        subscription_id = subscribe(soap, mailbox)
        delays = []
        with open_stream(soap, get_streaming_events(subscription_id), mailbox.recipient.email) as stream:
            assert status(stream.next()) == "OK"
            for _ in range(5):
                with tenant_server.organization.lock:
                    item = add_item(mailbox)
                    happened = time.monotonic()
                told = stream.next()
                delays.append(time.monotonic() - happened)
                assert event_names(told) == ["CreatedEvent", "NewMailEvent"]
                assert told.findtext(".//t:SubscriptionId", namespaces=NS) == subscription_id
                ids = {one.get("Id") for one in told.iter("{*}ItemId")}
                assert ids == {str(mailbox.item_id(item))}
                # watermarks are for pull and push
                assert list(told.iter("{*}Watermark")) == []
        assert min(delays) < 0.1

    def test_many_mailboxes_on_one_connection(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        with tenant_server.organization.lock:
            boxes = [tenant_server.organization.mailbox(new_user()) for _ in range(3)]
        ids = [subscribe(soap, box) for box in boxes]
        with open_stream(soap, get_streaming_events(*ids), boxes[0].recipient.email) as stream:
            stream.next()
            with tenant_server.organization.lock:
                for box in boxes[1:]:
                    add_item(box)
            seen: set[str | None] = set()
            while len(seen) < 2:
                seen |= {one.text for one in stream.next().iter("{*}SubscriptionId")}
        assert seen == set(ids[1:])

    def test_what_happened_between_connections_is_told_in_the_next(
        self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox
    ) -> None:
        subscription_id = subscribe(soap, mailbox)
        with tenant_server.organization.lock:
            add_item(mailbox)
        with open_stream(soap, get_streaming_events(subscription_id)) as stream:
            assert status(stream.next()) == "OK"
            assert event_names(stream.next()) == ["CreatedEvent", "NewMailEvent"]

    def test_the_managed_apis_own_namespace(self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox) -> None:
        for agent, prefix in (("ExchangeServicesClient/15.00.0913.015", "m"), ("python-requests/2", "t")):
            with open_stream(soap, get_streaming_events(subscribe(soap, mailbox)), agent=agent) as stream:
                stream.next()
                with tenant_server.organization.lock:
                    add_item(mailbox)
                told = stream.next(valid=prefix == "t")
                assert told.find(f".//m:Notifications/{prefix}:Notification", namespaces=NS) is not None

    def test_a_client_that_goes_leaves_nothing_behind(
        self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox
    ) -> None:
        with open_stream(soap, get_streaming_events(subscribe(soap, mailbox))) as stream:
            stream.next()
            assert len(mailbox.listeners) == 1
        wait_until(lambda: not mailbox.listeners)

    def test_unsubscribing_is_told(self, soap: RawClient, mailbox: Mailbox) -> None:
        subscription_id = subscribe(soap, mailbox)
        with open_stream(soap, get_streaming_events(subscription_id)) as stream:
            stream.next()
            assert soap(unsubscribe(subscription_id)).codes == ["NoError"]
            told = stream.next()
            assert told.findtext(".//m:ResponseCode", namespaces=NS) == "ErrorSubscriptionUnsubscribed"
            assert [one.text for one in told.iter("{*}SubscriptionId")] == [subscription_id]
            assert status(stream.next()) == "Closed"

    def test_subscriptions_that_cannot_be_read(self, soap: RawClient, mailbox: Mailbox) -> None:
        good = subscribe(soap, mailbox)
        answer = soap(get_streaming_events(good, "nothing"))
        assert answer.codes == ["ErrorSubscriptionNotFound"]
        assert [one.text for one in answer.all("//m:ErrorSubscriptionIds/t:SubscriptionId")] == ["nothing"]
        assert answer.text("//m:ConnectionStatus") == "Closed"
        pulled = soap(pull(), impersonate=mailbox.recipient.email).text("//m:SubscriptionId")
        refused = soap(get_streaming_events(pulled), impersonate=mailbox.recipient.email)
        assert refused.codes == ["ErrorInvalidSubscription"]
        own = (mailbox.recipient.email, USER_PASSWORD)
        assert soap(get_streaming_events(good), auth=own).codes == ["ErrorSubscriptionAccessDenied"]

    @pytest.mark.parametrize("minutes", [0, 31])
    def test_half_an_hour_at_most(self, soap: RawClient, minutes: int) -> None:
        assert soap(get_streaming_events("x", minutes=minutes)).codes == ["ErrorSchemaValidation"]

    def test_stopping_the_server_ends_the_stream(self) -> None:
        made = organization()
        server = MockTenant(describe(made)).start()
        client = RawClient(server.ews_url, server.ca_pem, ("svc@contoso.test", "Correct-Horse-1"))
        try:
            alice = made.directory.by_address("alice@contoso.test")
            assert alice is not None
            mailbox = made.mailbox(alice)
            ends: list[float] = []

            def read() -> None:
                with open_stream(client, get_streaming_events(subscribe(client, mailbox))) as stream:
                    stream.next()
                    ready.set()
                    try:
                        while True:
                            stream.next()
                    except Exception:  # noqa: BLE001 - however the client learns that it is over
                        ends.append(time.monotonic())

            ready = threading.Event()
            reader = threading.Thread(target=read)
            reader.start()
            assert ready.wait(10)
            stopped = time.monotonic()
            server.stop()
            reader.join(10)
            assert ends
            assert ends[0] - stopped < 5
            assert not mailbox.listeners
        finally:
            server.stop()
            client.close()


class Connection:
    """A connection without a server: its parts as they come."""

    def __init__(self, *, seconds: float = 5.0, heartbeat: float = 45.0) -> None:
        self.organization: Organization = organization()
        alice = self.organization.directory.by_address("alice@contoso.test")
        assert alice is not None
        self.mailbox = self.organization.mailbox(alice)
        self.subscription = Subscription(
            id="one",
            kind=SubscriptionKind.STREAMING,
            mailbox=self.mailbox,
            account="svc",
            acting="",
            folders=None,
            event_kinds=frozenset(EventKind),
            position=0,
            lifetime=timedelta(minutes=30),
            last_used=self.organization.now(),
        )
        self.organization.subscriptions.add(self.subscription, 0)
        self.seconds, self.heartbeat = seconds, heartbeat

    def open(self) -> AsyncIterator[etree._Element]:
        return EventStream(
            self.organization, [self.subscription], seconds=self.seconds, heartbeat=self.heartbeat
        ).parts()

    async def all(self) -> list[str]:
        found = []
        async with aclosing(self.open()) as parts:  # type: ignore[type-var]
            async for part in parts:
                found.append(status(part) or "+".join(event_names(part)))
        return found


class TestConnection:
    def test_it_closes_when_its_time_is_over(self) -> None:
        assert asyncio.run(Connection(seconds=0.05).all()) == ["OK", "Closed"]

    def test_signs_of_life(self) -> None:
        told = asyncio.run(Connection(seconds=0.5, heartbeat=0.1).all())
        assert told[0] == "OK"
        assert told[-1] == "Closed"
        assert 2 <= told.count("OK") <= 6

    def test_more_than_fifty_events_come_in_several_parts(self) -> None:
        connection = Connection(seconds=0.2)
        for _ in range(60):
            add_item(connection.mailbox, "drafts")
        told = asyncio.run(connection.all())
        assert [len(one.split("+")) for one in told[1:3]] == [50, 10]

    def test_a_newer_connection_takes_over(self) -> None:
        connection = Connection()

        async def scenario() -> tuple[str | None, str | None, str | None]:
            async with aclosing(connection.open()) as first, aclosing(connection.open()) as second:  # type: ignore[type-var]
                begun = status(await anext(first))
                waiting = asyncio.ensure_future(anext(first))
                await asyncio.sleep(0)
                taken = status(await anext(second))
                return begun, taken, status(await asyncio.wait_for(waiting, 2))

        assert asyncio.run(scenario()) == ("OK", "OK", "Closed")

    def test_a_connected_subscription_does_not_expire(self) -> None:
        connection = Connection(seconds=5)

        async def scenario() -> tuple[bool, bool]:
            now = connection.organization.now()
            async with aclosing(connection.open()) as parts:  # type: ignore[type-var]
                await anext(parts)
                during = connection.subscription.is_expired(now + timedelta(hours=2))
            return during, connection.subscription.is_expired(now + timedelta(hours=2))

        assert asyncio.run(scenario()) == (False, True)

    def test_closing_the_book_ends_it(self) -> None:
        connection = Connection()

        async def scenario() -> list[str | None]:
            told = []
            async with aclosing(connection.open()) as parts:  # type: ignore[type-var]
                async for part in parts:
                    told.append(part.findtext(".//m:ResponseCode", namespaces=NS))
                    connection.organization.subscriptions.close()
            return told

        assert asyncio.run(scenario()) == ["NoError", "ErrorSubscriptionUnsubscribed", "NoError"]
        assert len(connection.organization.subscriptions) == 0
