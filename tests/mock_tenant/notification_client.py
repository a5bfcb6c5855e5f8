"""Subscriptions and what they tell, for the tests of notifications."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import httpx
from lxml import etree

from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox
from tests.mock_tenant.raw_client import NS, Answer, RawClient
from tests.mock_tenant.schema import assert_valid

ALL_EVENTS = ("CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "NewMailEvent")
INBOX = '<t:DistinguishedFolderId Id="inbox"/>'
TYPES = "{" + NS["t"] + "}"
_END = b"</Envelope>"


def subscription(kind: str, tail: str = "", folders: str = INBOX, events: tuple[str, ...] = ALL_EVENTS) -> str:
    """Return a Subscribe request; no folders: all of them."""
    where = f"<t:FolderIds>{folders}</t:FolderIds>" if folders else ""
    wanted = "".join(f"<t:EventType>{one}</t:EventType>" for one in events)
    everything = "" if folders else ' SubscribeToAllFolders="true"'
    return (
        f"<m:Subscribe><m:{kind}SubscriptionRequest{everything}>{where}<t:EventTypes>{wanted}</t:EventTypes>{tail}"
        f"</m:{kind}SubscriptionRequest></m:Subscribe>"
    )


def pull(timeout: int = 10, watermark: str = "", **named: object) -> str:
    tail = f"<t:Watermark>{watermark}</t:Watermark>" if watermark else ""
    return subscription("Pull", f"{tail}<t:Timeout>{timeout}</t:Timeout>", **named)  # type: ignore[arg-type]


def get_events(subscription_id: str, watermark: str) -> str:
    return (
        f"<m:GetEvents><m:SubscriptionId>{subscription_id}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark>"
        "</m:GetEvents>"
    )


def get_streaming_events(*subscription_ids: str, minutes: int = 1) -> str:
    ids = "".join(f"<t:SubscriptionId>{one}</t:SubscriptionId>" for one in subscription_ids)
    return (
        f"<m:GetStreamingEvents><m:SubscriptionIds>{ids}</m:SubscriptionIds>"
        f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"
    )


def unsubscribe(subscription_id: str) -> str:
    return f"<m:Unsubscribe><m:SubscriptionId>{subscription_id}</m:SubscriptionId></m:Unsubscribe>"


def event_names(element: etree._Element) -> list[str]:
    """Return the names of the events below an element."""
    return [
        one.tag.removeprefix(TYPES)
        for one in element.iter()
        if isinstance(one.tag, str) and one.tag.startswith(TYPES) and one.tag.endswith("Event")
    ]


def add_item(mailbox: Mailbox, folder: Folder | str = "inbox", kind: str = "Message") -> Item:
    where = mailbox.distinguished(folder) if isinstance(folder, str) else folder
    return mailbox.add_item(where, Item(mailbox.next_number(), 0, kind, properties={"Subject": "x"}))


class Pull:
    """A pull subscription and how far it has been read."""

    def __init__(self, soap: RawClient, user: str, **named: object) -> None:
        self.soap, self.user = soap, user
        answer = soap(pull(**named), impersonate=user)  # type: ignore[arg-type]
        assert answer.codes == ["NoError"]
        self.id, self.watermark = answer.text("//m:SubscriptionId"), answer.text("//m:Watermark")

    def read(self) -> Answer:
        """Read on from the last watermark."""
        answer = self.soap(get_events(self.id, self.watermark), impersonate=self.user)
        marks = answer.all("//t:Watermark")
        if marks:
            self.watermark = marks[-1].text or ""
        return answer


class OpenStream:
    """A streaming connection: envelopes as they come, each held against the schema."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.iter_bytes()
        self._buffer = b""

    def next(self, *, valid: bool = True) -> etree._Element:
        """Wait for the next envelope and return its body's element."""
        while _END not in self._buffer:
            self._buffer += next(self._chunks)
        envelope, _, self._buffer = self._buffer.partition(_END)
        root = etree.fromstring(envelope + _END)
        if valid:
            assert_valid(root)
        body = root.find("s:Body", NS)
        assert body is not None
        return body[0]


@contextlib.contextmanager
def open_stream(soap: RawClient, body: str, user: str = "", agent: str = "test") -> Iterator[OpenStream]:
    """Open a streaming connection as the service account."""
    header = '<t:RequestServerVersion Version="Exchange2016"/>'
    if user:
        header += (
            "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>"
            f"{user}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
        )
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items() if prefix != "e")
    content = f"<s:Envelope {names}><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    assert soap.auth is not None
    with soap.http.stream(
        "POST",
        soap.ews_url,
        content=content.encode(),
        auth=httpx.BasicAuth(*soap.auth),
        headers={"Content-Type": "text/xml; charset=utf-8", "User-Agent": agent},
    ) as response:
        assert response.status_code == 200
        yield OpenStream(response)


def wait_until(condition: object, seconds: float = 5.0) -> None:
    """Wait until ``condition()`` is true."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)
