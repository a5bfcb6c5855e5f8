"""What stands in front of the server, and servers that are slow, flaky or out of service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.state.server import Proxy, ServerFacts
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

CONVERT = (
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/></m:SourceIds></m:ConvertId>'
)
Serve = Callable[..., tuple[MockTenant, RawClient]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a server, and a client of it that signs in as the service account."""
    with ExitStack() as stack:

        def start(
            facts: ServerFacts | None = None, faults: Faults | None = None, before_autodiscover: Proxy = Proxy.NOTHING
        ) -> tuple[MockTenant, RawClient]:
            made = organization()
            made.server, made.faults = facts or ServerFacts(), faults or Faults()
            description = describe(made, autodiscover=AutodiscoverFacts(behind=before_autodiscover))
            server = stack.enter_context(MockTenant(description))
            client = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
            stack.callback(client.close)
            return server, client

        yield start


def json_status(server: MockTenant, client: RawClient) -> int:
    """Ask Autodiscover without signing in."""
    query = {"Email": "alice@contoso.test", "Protocol": "EWS"}
    return client.http.get(f"{server.base_url}/autodiscover/autodiscover.json", params=query).status_code


def test_a_pre_authenticating_proxy_sends_everybody_to_its_page(serve: Serve) -> None:
    server, client = serve(ServerFacts(behind=Proxy.SIGN_IN_PAGE))
    for auth in (None, SERVICE_AUTH):
        answer = client(CONVERT, auth=auth)
        assert answer.status == 302
        target = urlsplit(answer.response.headers["Location"])
        assert (target.scheme, target.netloc) == ("https", f"localhost:{server.port}")
        assert target.path.lower() != "/ews/exchange.asmx"
        assert parse_qs(target.query)["return"] == [server.ews_url]
        assert "www-authenticate" not in answer.response.headers
    page = client.http.get(answer.response.headers["Location"])
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "X-BEServer" not in answer.response.headers
    assert json_status(server, client) == 200, "it stands before EWS alone"


def test_one_that_answers_440(serve: Serve) -> None:
    server, client = serve(ServerFacts(behind=Proxy.LOGIN_TIMEOUT))
    answer = client(CONVERT)
    assert (answer.status, answer.response.reason_phrase) == (440, "Login Timeout")
    assert json_status(server, client) == 200


@pytest.mark.parametrize(("proxy", "status"), [(Proxy.SIGN_IN_PAGE, 302), (Proxy.LOGIN_TIMEOUT, 440)])
def test_one_before_autodiscover(serve: Serve, proxy: Proxy, status: int) -> None:
    server, client = serve(before_autodiscover=proxy)
    assert json_status(server, client) == status
    assert client.http.post(f"{server.base_url}/Autodiscover/Autodiscover.xml", content=b"<x/>").status_code == status
    assert client(CONVERT).status == 200


def test_maintenance(serve: Serve) -> None:
    server, client = serve(ServerFacts(maintenance=True))
    assert client(CONVERT).status == 503
    assert client(CONVERT, auth=None).status == 503
    assert json_status(server, client) == 503


@pytest.mark.parametrize(
    ("kind", "status", "codes"),
    [(FaultKind.UNAVAILABLE, 503, []), (FaultKind.SERVER_BUSY, 500, ["ErrorServerBusy"])],
)
def test_a_flaky_server(serve: Serve, kind: FaultKind, status: int, codes: list[str]) -> None:
    server, client = serve(faults=Faults(3, kind))
    assert client(CONVERT, auth=None).status == 401, "who has not signed in is not counted"
    answers = [client(CONVERT) for _ in range(7)]
    assert [one.status for one in answers] == [200, 200, status, 200, 200, status, 200]
    if codes:
        assert answers[2].codes == codes
        assert answers[2].text("//t:Value[@Name='BackOffMilliseconds']") == "1000"
    assert json_status(server, client) == 200
    assert [one.status for one in server.recorder.requests()].count(status) == 2


def test_a_connection_that_is_cut(serve: Serve) -> None:
    server, client = serve(faults=Faults(2, FaultKind.RESET))
    assert client(CONVERT).status == 200
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client(CONVERT)
    assert client(CONVERT).status == 200
    assert [one.status for one in server.recorder.requests()] == [200, 0, 200]


def test_an_answer_that_never_comes(serve: Serve) -> None:
    server, client = serve(faults=Faults(1, FaultKind.TIMEOUT))
    client.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        client(CONVERT)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 10, "a request that is held does not hold the server"


def test_the_count_begins_anew_with_a_reset(serve: Serve) -> None:
    server, client = serve(faults=Faults(2, FaultKind.UNAVAILABLE))
    assert client(CONVERT).status == 200
    server.live.description = replace(server.description)
    server.live._adopt()
    assert [client(CONVERT).status for _ in range(2)] == [200, 503]
