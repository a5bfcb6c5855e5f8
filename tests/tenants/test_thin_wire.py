"""The wire of the thin path: along the route, verified, bounded; failures told as the reference path tells them."""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
import logging
import socket
import ssl
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import trustme

from calconnect.evidence.store import dump_observation
from calconnect.settings.model import NetworkSettings
from calconnect.tenants.common import network
from calconnect.tenants.common.network import Route, parse_place
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.thin.interface import Probe
from calconnect.tenants.thin.wire import NoAnswer, Wire, WireAnswer
from tests.tenants.scripted import CALENDAR, PASSWORD, UNAUTHORIZED, Canned, FakeExchange, ScriptedServer, tls_for
from tests.tenants.test_canary import assert_clean, echo
from tests.tenants.test_fault_shapes import SHAPES
from tests.tenants.test_way_to_the_server import early, expired, other_name, untrusted
from tests.tenants.thin_paths import ask, comparable, open_path

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]
URL = "https://mail.contoso.test/EWS/Exchange.asmx"
ALICE = "alice@contoso.test"


@pytest.fixture
def get(ca_file: Path) -> Callable[..., WireAnswer]:
    """Return a function that sends one request along a route: ``get("127.0.0.1:443")``."""

    def send(place: str | None, *, url: str = URL, method: str = "GET", **changes: Any) -> WireAnswer:
        asked = ("mail.contoso.test", 443)
        places = {} if place is None else {asked: parse_place(place)}
        route = Route(changes.pop("timeout", 10.0), MappingProxyType(places), ca_file)
        wire = Wire(route, route.trust(), limit_bytes=changes.pop("limit_bytes", 1 << 20))

        async def once() -> WireAnswer:
            try:
                return await wire.send(method, wire.target(url), {"X-Asked": "ünï"}, changes.get("body"))
            finally:
                await wire.close()

        return asyncio.run(once())

    return send


def failure(get: Callable[..., WireAnswer], place: str | None, **changes: Any) -> str:
    with pytest.raises(NoAnswer) as raised:
        get(place, **changes)
    assert raised.value.__context__ is None, "what aiohttp knows of the request goes no further"
    return raised.value.code


def test_every_shape_of_fault_is_the_same_observation_on_both_paths(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, ca_file: Path, tmp_path: Path
) -> None:
    server = serve(exchange)
    tenant = tenant_for(server)
    places = NetworkSettings(ca_file=ca_file, connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"})
    path = open_path(tenant, Probe.REACH, places, tmp_path)
    for shape in SHAPES:
        canned = shape.values[0]
        assert isinstance(canned, Canned)
        exchange.answers["GetFolder"] = canned
        seen = tenant.open_calendar(ALICE)
        (shot,) = ask(path, [ALICE])
        assert comparable(shot.last) == comparable(seen), shape.id
        assert (shot.mailbox, shot.last.attempts, shot.last.request_id) == (ALICE, 1, seen.request_id)


def test_what_is_sent_and_what_comes_back(serve: Serve, get: Callable[..., WireAnswer]) -> None:
    headers = (("X-Twice", "a"), ("X-Twice", "b"), ("Content-Encoding", "gzip"), ("Set-Cookie", "a=b"))
    server = serve(lambda _: Canned(207, gzip.compress(b"body"), headers))
    answer = get(f"127.0.0.1:{server.port}", method="POST", body=b"<question/>")
    assert (answer.status, answer.content) == (207, b"body")
    assert [value for name, value in answer.headers if name == "X-Twice"] == ["a", "b"]
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.host, seen.body) == (
        "POST",
        "/EWS/Exchange.asmx",
        "mail.contoso.test",
        b"<question/>",
    )
    assert seen.headers["user-agent"].startswith("calconnect/")
    assert seen.headers["x-asked"].encode("latin-1").decode() == "ünï"


def test_redirects_are_answers_and_cookies_are_forgotten(
    serve: Serve, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = serve(lambda _: Canned(302, "", (("Location", "https://127.0.0.1:1/"), ("Set-Cookie", "a=b; Path=/"))))
    route = Route(5.0, MappingProxyType({("mail.contoso.test", 443): ("127.0.0.1", server.port)}), ca_file)
    wire = Wire(route, route.trust(), limit_bytes=1000, connections=1)

    async def twice() -> None:
        for _ in range(2):
            assert (await wire.send("GET", wire.target(URL), {})).status == 302
        assert wire.connections_made == 1
        await wire.close()

    asyncio.run(twice())
    assert len(server.seen) == 2
    assert not any("cookie" in seen.headers for seen in server.seen)


def test_no_connection_outlives_the_wire(serve: Serve, get: Callable[..., WireAnswer]) -> None:
    """Not even one that its server wanted closed, and does not let go of."""
    last_words = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    server = serve(lambda _: Canned(body=last_words, how="drip"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        assert get(f"127.0.0.1:{server.port}").content == b"ok"
        gc.collect()
    assert [str(one.message) for one in caught if "transport" in str(one.message)] == []


def test_a_connection_that_was_given_up_as_it_came_about_does_not_outlive_the_wire(
    serve: Serve, get: Callable[..., WireAnswer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncio closes it then, which takes as long as the server likes, and nobody else knows of it."""
    connect = asyncio.BaseEventLoop.create_connection

    async def given_up(*arguments: Any, **named: Any) -> Any:
        transport, _ = await connect(*arguments, **named)
        transport.close()
        raise TimeoutError

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", given_up)
    server = serve(lambda _: Canned(how="hang"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(NoAnswer):
            get(f"127.0.0.1:{server.port}")
        gc.collect()
    assert [str(one.message) for one in caught if "transport" in str(one.message)] == []


def test_an_ipv6_place(authority: trustme.CA, serve: Serve, get: Callable[..., WireAnswer]) -> None:
    server = serve(lambda _: CALENDAR, host="127.0.0.1")
    if socket.has_ipv6:
        with socket.socket(socket.AF_INET6) as listening:
            listening.bind(("::1", 0))
            assert failure(get, f"[::1]:{listening.getsockname()[1]}") == "connection-refused"
    assert get(f"127.0.0.1:{server.port}").status == 200


@pytest.mark.parametrize(
    ("canned", "code"),
    [
        (Canned(200, b"a" * 3000), "answer-too-large"),
        (Canned(200, gzip.compress(b"a" * 300_000), (("Content-Encoding", "gzip"),)), "answer-too-large"),
        (Canned(200, b"no gzip", (("Content-Encoding", "gzip"),)), "malformed-answer"),
        (Canned(200, b"abc" * 9, how="short"), "answer-cut-short"),
        (Canned(200, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", how="drip"), "timed-out"),
        (Canned(how="hang"), "timed-out"),
    ],
)
def test_answers_that_are_none(serve: Serve, get: Callable[..., WireAnswer], canned: Canned, code: str) -> None:
    server = serve(lambda _: canned)
    timeout = 0.2 if code == "timed-out" else 10.0
    assert failure(get, f"127.0.0.1:{server.port}", limit_bytes=2000, timeout=timeout) == code
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (untrusted, "certificate-untrusted"),
        (other_name, "certificate-name-mismatch"),
        (expired, "certificate-expired"),
        (early, "certificate-not-yet-valid"),
        (lambda _: None, "not-tls"),
    ],
)
def test_nothing_is_sent_where_tls_is_not_as_it_must_be(
    serve: Serve,
    get: Callable[..., WireAnswer],
    authority: trustme.CA,
    make: Callable[[trustme.CA], ssl.SSLContext | None],
    code: str,
) -> None:
    server = serve(lambda _: CALENDAR, tls=make(authority))
    assert failure(get, f"127.0.0.1:{server.port}") == code
    assert not server.seen


def test_a_server_that_is_stuck_at_tls_1_1(serve: Serve, get: Callable[..., WireAnswer], authority: trustme.CA) -> None:
    context = tls_for(authority, "mail.contoso.test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    assert failure(get, f"127.0.0.1:{serve(lambda _: CALENDAR, tls=context).port}") == "tls-too-old"


def test_places_where_nobody_answers(get: Callable[..., WireAnswer], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken, socket.create_server(("127.0.0.1", 0)) as silent:
        taken.bind(("127.0.0.1", 0))
        assert failure(get, f"127.0.0.1:{taken.getsockname()[1]}") == "connection-refused"
        assert failure(get, f"127.0.0.1:{silent.getsockname()[1]}", timeout=0.2) == "timed-out"
    assert failure(get, None, url="http://mail.contoso.test/") == "connection-failed"
    assert failure(get, None, url="https://[broken/") == "connection-failed"
    over = threading.Event()

    def never(*_: Any) -> list[Any]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(network, "NAME_LOOKUP_SECONDS", 0.2)
    assert failure(get, None) == "name-timed-out"
    over.set()
    monkeypatch.setattr(network, "NAME_LOOKUP_SECONDS", 10.0)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert failure(get, None) == "name-not-found"


def nobody(*_: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_the_password_is_found_nowhere(
    serve: Serve,
    tenant_for: TenantFor,
    exchange: FakeExchange,
    ca_file: Path,
    tmp_path: Path,
    *,
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(exchange)
    places = NetworkSettings(ca_file=ca_file, connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"})
    tenant = tenant_for(server)
    paths = [open_path(tenant, probe, places, tmp_path) for probe in (Probe.REACH, Probe.FREE_BUSY, Probe.WRITE)]
    token = "Basic " + base64.b64encode(f"svc@contoso.test:{PASSWORD}".encode()).decode()
    for script in (echo, lambda _: UNAUTHORIZED, lambda _: Canned(how="close")):
        server.script = script
        for path in paths:
            for shot in ask(path, [ALICE]):
                assert_clean("\n".join(dump_observation(one) for one in shot.observations))
            assert_clean(repr(path) + repr(vars(path)))
    assert server.seen[-1].headers["authorization"] == token

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault of our own")

    monkeypatch.setattr("calconnect.tenants.thin.ews.endpoint.read_answer", broken)
    server.script = exchange
    with pytest.raises(ZeroDivisionError) as raised:
        ask(paths[0], [ALICE])
    assert_clean("".join(traceback.format_exception(raised.value)))
    assert_clean("\n".join(record.getMessage() for record in logged.records))


def test_a_password_that_went_away_and_an_odd_address(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, ca_file: Path, tmp_path: Path
) -> None:
    server = serve(exchange)
    places = NetworkSettings(ca_file=ca_file, connect_to={"mail.contoso.test:443": f"127.0.0.1:{server.port}"})
    path = open_path(tenant_for(server), Probe.REACH, places, tmp_path)
    sent = len(server.seen)
    (odd,) = ask(path, ["a\n@contoso.test"])
    (tmp_path / "password").unlink()
    (secret,) = ask(path, [ALICE])
    assert [(one.last.code, one.last.attempts, one.repeatable) for one in (odd, secret)] == [
        ("invalid-address", 0, True),
        ("secret-not-found", 0, True),
    ]
    assert len(server.seen) == sent
