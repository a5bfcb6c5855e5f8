"""Network and TLS failures: each has its code, nothing is sent where TLS is not as it must be."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Outcome
from calconnect.settings.model import NetworkSettings
from calconnect.tenants.common import network
from calconnect.tenants.common.failures import NameTimedOut, failure_code
from calconnect.tenants.common.network import Route, parse_place
from calconnect.tenants.exchange_server import ExchangeServerTenant
from tests.tenants.scripted import Canned, FakeExchange, ScriptedServer, tls_for

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else gets it, and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_nothing_listens(tenant_for: TenantFor, closed_port: int) -> None:
    tenant = tenant_for(connect_to={"mail.contoso.test:443": f"127.0.0.1:{closed_port}"})
    (seen,) = tenant.locate()
    assert (seen.outcome, seen.code, seen.http_status) == (Outcome.NO_ANSWER, "connection-refused", None)
    assert tenant.inspect_tls().code == "connection-refused"
    assert tenant.sign_in().code == "connection-refused"


def test_a_name_that_does_not_exist(tenant_for: TenantFor, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    (seen,) = tenant_for().locate()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "name-not-found")


def test_a_name_server_that_never_answers_does_not_hang(tenant_for: TenantFor, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_: Any) -> Any:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(network, "NAME_LOOKUP_SECONDS", 0.2)
    began = time.monotonic()
    (seen,) = tenant_for().locate()
    over.set()
    assert seen.code == "name-timed-out"
    assert time.monotonic() - began < 15


def test_a_server_that_accepts_and_says_nothing(tenant_for: TenantFor, silent_port: int) -> None:
    tenant = tenant_for(connect_to={"mail.contoso.test:443": f"127.0.0.1:{silent_port}"}, timeout_seconds=0.3)
    (seen,) = tenant.locate()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "timed-out")
    assert tenant.inspect_tls().code == "timed-out"


def test_an_answer_that_never_comes(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = Canned(how="hang")
    seen = tenant_for(serve(exchange), timeout_seconds=1.5).open_calendar("alice@contoso.test")
    assert (seen.outcome, seen.code, seen.attempts) == (Outcome.NO_ANSWER, "timed-out", 1)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_an_answer_that_comes_a_letter_at_a_time(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, head: bytes
) -> None:
    exchange.answers["GetFolder"] = Canned(200, head, how="drip")
    began = time.monotonic()
    seen = tenant_for(serve(exchange), timeout_seconds=0.5).open_calendar("alice@contoso.test")
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "timed-out")
    assert time.monotonic() - began < 15


def test_http_where_https_was_meant(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    tenant = tenant_for(serve(exchange, tls=None))
    assert tenant.locate()[0].code == "not-tls"
    assert tenant.inspect_tls().code == "not-tls"


def untrusted(_: trustme.CA) -> ssl.SSLContext:
    return tls_for(trustme.CA(), "mail.contoso.test")


def other_name(authority: trustme.CA) -> ssl.SSLContext:
    return tls_for(authority, "elsewhere.test", "*.elsewhere.test")


def expired(authority: trustme.CA) -> ssl.SSLContext:
    return tls_for(authority, "mail.contoso.test", not_after=datetime(2020, 1, 1, tzinfo=UTC))


def early(authority: trustme.CA) -> ssl.SSLContext:
    return tls_for(authority, "mail.contoso.test", not_before=datetime(2900, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (untrusted, "certificate-untrusted"),
        (other_name, "certificate-name-mismatch"),
        (expired, "certificate-expired"),
        (early, "certificate-not-yet-valid"),
    ],
)
def test_a_certificate_that_will_not_do(
    serve: Serve,
    tenant_for: TenantFor,
    exchange: FakeExchange,
    authority: trustme.CA,
    *,
    make: Callable[[trustme.CA], ssl.SSLContext],
    code: str,
) -> None:
    server = serve(exchange, tls=make(authority))
    tenant = tenant_for(server)

    seen = tenant.inspect_tls()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, code)
    assert str(seen.details["tls_version"]).startswith("TLSv1.")
    assert seen.details["not_after"], "the certificate is read all the same"
    assert "trusted_by" not in seen.details
    assert meaning(seen.code).kind is Kind.NOT_TRUSTED

    assert tenant.locate()[0].code == code
    assert tenant.sign_in().code == code
    assert tenant.open_calendar("alice@contoso.test").code == "not-signed-in"
    assert tenant.reach_from("127.0.0.1").code == code
    assert server.seen == [], "no request, and so no password, went over a connection that is not trusted"


def test_a_server_that_is_stuck_at_tls_1_1(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, authority: trustme.CA
) -> None:
    context = tls_for(authority, "mail.contoso.test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    server = serve(exchange, tls=context)
    seen = tenant_for(server).inspect_tls()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "tls-too-old")
    assert seen.details.get("tls_version", "TLSv1.1") == "TLSv1.1"
    assert tenant_for(server).locate()[0].code == "tls-too-old"
    assert server.seen == []


def test_a_handshake_as_it_should_be(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    seen = tenant_for(serve(exchange, "mail.contoso.test", "autodiscover.contoso.test")).inspect_tls()
    assert (seen.outcome, seen.code, seen.target) == (Outcome.OK, None, "mail.contoso.test:443")
    assert seen.details["tls_version"] in ("TLSv1.2", "TLSv1.3")
    assert seen.details["names"] == ["mail.contoso.test", "autodiscover.contoso.test"]
    assert seen.details["trusted_by"] == "ca_file"
    assert datetime.fromisoformat(str(seen.details["not_after"])).tzinfo is not None


def test_a_ca_file_that_went_away(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, tmp_path: Path) -> None:
    tenant = tenant_for(serve(exchange), ca_file=tmp_path / "gone.pem")
    assert tenant.locate()[0].code == "ca-file-unreadable"
    assert tenant.inspect_tls().code == "ca-file-unreadable"
    assert tenant.sign_in().code == "ca-file-unreadable"


def test_the_address_that_is_sent_from_is_bound(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    tenant = tenant_for(serve(exchange))
    assert tenant.reach_from("127.0.0.1").outcome is Outcome.OK
    seen = tenant.reach_from("192.0.2.77")
    assert (seen.outcome, seen.code, seen.target) == (Outcome.NO_ANSWER, "cannot-bind", "192.0.2.77")
    assert tenant.reach_from("no address").code in ("cannot-bind", "name-not-found")


def test_what_answers_without_being_ews_is_not_reached(serve: Serve, tenant_for: TenantFor) -> None:
    tenant = tenant_for(serve(lambda _: Canned(200, "<html><body>It works</body></html>")))
    assert tenant.reach_from("127.0.0.1").code == "not-ews"
    assert tenant.locate()[0].code == "not-ews"


@pytest.mark.parametrize(
    ("text", "place"),
    [("Mail.Contoso.test:443", ("mail.contoso.test", 443)), ("[::1]:8443", ("::1", 8443)), (" a.:1 ", ("a", 1))],
)
def test_places_are_read(text: str, place: tuple[str, int]) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["mail.contoso.test", "mail:port", ""])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        parse_place(text)


def test_connect_to_leads_elsewhere_and_leaves_other_places_alone() -> None:
    route = Route.of(NetworkSettings(connect_to={"mail.contoso.test:443": "127.0.0.1:8443"}))
    assert route.place_of("MAIL.contoso.test.", 443) == ("127.0.0.1", 8443)
    assert route.place_of("mail.contoso.test", 8443) == ("mail.contoso.test", 8443)


def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        with Route(2.0).dial("mail.contoso.test", port) as connection:
            assert connection.getpeername()[1] == port


def test_failures_are_told_by_type_and_number_however_deep() -> None:
    try:
        try:
            raise ConnectionRefusedError(111, "refused")
        except OSError as error:
            raise RuntimeError("wrapped") from error
    except RuntimeError as error:
        assert failure_code(error) == "connection-refused"
    assert failure_code(NameTimedOut()) == "name-timed-out"
    assert failure_code(OSError(101, "unreachable")) == "network-unreachable"
    assert failure_code(RuntimeError("something else")) == "connection-failed"
