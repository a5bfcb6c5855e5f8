"""The thin path writes the same requests as the reference path, in every version and in both ways."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from lxml import etree

from calconnect.evidence.observation import Mode
from calconnect.tenants.common.network import Route
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.ews import SCHEMA_VERSIONS, EwsEndpoint, Request
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews.create_item import create_event
from calconnect.tenants.thin.ews.delete_item import DeleteRequest
from calconnect.tenants.thin.ews.envelope import Dialect, is_address, moment
from calconnect.tenants.thin.ews.find_item import find_events, find_marked
from calconnect.tenants.thin.ews.get_folder import get_calendar
from calconnect.tenants.thin.ews.get_item import get_event
from calconnect.tenants.thin.ews.get_user_availability import AvailabilityRequest
from calconnect.tenants.thin.ews.update_item import update_event
from tests.tenants.scripted import NOW

ADDRESSES = ("alice@contoso.test", 'o\'brien+"x"&<b>]]>&amp;{mark}@contoso.test', "jürgen.李@contoso.test")
MARK = 'calconnect/1 "run" <&> {item} 2026-11-22T12:00:00Z abc'
ITEM = ('AAM"<id>&/+=', "CQ<&\"'=")
SUMMER = NOW.astimezone(timezone(timedelta(hours=2)))
WINDOW = Window(SUMMER, SUMMER + timedelta(days=14))


def reference(version: object) -> EwsEndpoint:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    url = "https://mail.contoso.test/EWS/Exchange.asmx"
    endpoint = EwsEndpoint(url, Route(5.0), context, None, clock=lambda: NOW, pause=lambda _: None)
    endpoint.version = version
    return endpoint


def pairs(dialect: Dialect, mailbox: str) -> Iterator[tuple[Request, bytes]]:
    """Yield each request of the reference path, and the same one as the thin path writes it."""
    mode, (start, end) = dialect.mode, (WINDOW.start, WINDOW.end)
    yield questions.get_calendar(mailbox, mode), get_calendar(dialect).fill(mailbox=mailbox)
    yield questions.find_events(mailbox, start, end, mode), find_events(dialect, WINDOW).fill(mailbox=mailbox)
    yield questions.find_marked(mailbox, MARK, mode), find_marked(dialect).fill(mailbox=mailbox, mark=MARK)
    everybody = [*ADDRESSES, mailbox]
    yield questions.get_availability(everybody, start, end), AvailabilityRequest(dialect, start, end).of(everybody)
    yield (
        questions.create_event(mailbox, MARK, start, end, mode),
        create_event(dialect).fill(mailbox=mailbox, mark=MARK, start=moment(start), end=moment(end)),
    )
    yield questions.get_event(mailbox, ITEM, mode), get_event(dialect).fill(mailbox=mailbox, item=ITEM[0])
    yield (
        questions.update_event(mailbox, ITEM, mode),
        update_event(dialect).fill(mailbox=mailbox, item=ITEM[0], change_key=ITEM[1]),
    )
    yield questions.delete_events(mailbox, ITEM, mode), DeleteRequest(dialect).of(mailbox, ITEM)


@pytest.mark.parametrize("version", SCHEMA_VERSIONS, ids=lambda version: version.api_version)
@pytest.mark.parametrize("mode", [Mode.IMPERSONATED, Mode.DELEGATE])
def test_the_requests_are_the_same(version: object, mode: Mode) -> None:
    endpoint = reference(version)
    dialect = Dialect(endpoint.version.api_version, endpoint.version.build.major_version, mode)
    for mailbox in ADDRESSES:
        for request, thin in pairs(dialect, mailbox):
            body, headers = endpoint._write(request)
            assert canonical(thin) == canonical(body)
            anchored = [mailbox.encode()] if request.impersonated or request.anchor else []
            assert list(headers.values()) == anchored


def canonical(envelope: bytes) -> bytes:
    return etree.tostring(etree.fromstring(envelope), method="c14n2")


@pytest.mark.parametrize(
    "text",
    ["", "a\nb@contoso.test", "a\x00@contoso.test", "\ud800@contoso.test", "a" * 256, "x\u202ey", "a" * 255, "@"],
)
def test_what_the_reference_path_refuses_is_refused(text: str) -> None:
    endpoint = reference(SCHEMA_VERSIONS[0])
    for mode in (Mode.IMPERSONATED, Mode.DELEGATE):
        refused = False
        try:
            endpoint._write(questions.get_calendar(text, mode))
        except ValueError:
            refused = True
        assert is_address(text) is not refused


def test_moments_are_written_in_utc() -> None:
    assert moment(datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-29T01:30:00Z"
