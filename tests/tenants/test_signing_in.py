"""Signing in: with what the server offers, once, and never where it could be overheard or led elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from calconnect.evidence.observation import Mode, Outcome
from calconnect.tenants.common.wire import challenge_schemes
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.exchange_server.ntlm import login_name
from calconnect.tenants.exchange_server.signing import choose_scheme
from tests.tenants.scripted import (
    CALENDAR,
    PASSWORD,
    PING,
    Canned,
    FakeExchange,
    ScriptedServer,
    Seen,
    fault,
    in_turn,
    message,
)

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]


def test_basic(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    server = serve(exchange)
    seen = tenant_for(server).sign_in()
    assert (seen.outcome, seen.http_status, seen.code) == (Outcome.OK, 200, "ErrorInvalidIdMalformed")
    assert seen.mode is Mode.SERVICE_ACCOUNT
    assert seen.details == {"login": "e-mail", "scheme": "basic", "server_version": "15.2.1748.10"}
    assert seen.server_version == "15.2.1748.10"
    assert [request.signed for request in server.seen] == [False, True], "asked first, then signed in"


def test_a_username_of_its_own(serve: Serve, tenant_for: TenantFor) -> None:
    exchange = FakeExchange(credentials=("CONTOSO\\svc", PASSWORD))
    seen = tenant_for(serve(exchange), service_account_username="CONTOSO\\svc").sign_in()
    assert seen.ok
    assert seen.details["login"] == "username"
    assert seen.target == "CONTOSO\\svc"


def test_a_wrong_password_is_tried_once_whatever_else_is_asked(serve: Serve, tenant_for: TenantFor) -> None:
    server = serve(FakeExchange(credentials=("svc@contoso.test", "something else")))
    tenant = tenant_for(server)
    seen = tenant.sign_in()
    assert (seen.outcome, seen.http_status, seen.code) == (Outcome.REFUSED, 401, None)
    for _ in range(3):
        later = tenant.open_calendar("alice@contoso.test")
        assert (later.outcome, later.code, later.attempts) == (Outcome.NO_ANSWER, "not-signed-in", 0)
    assert tenant.event_round_trip("alice@contoso.test")[0].code == "not-signed-in"
    assert sum(request.signed for request in server.seen) == 1


@pytest.mark.parametrize("code", ["ErrorPasswordExpired", "ErrorPasswordChangeRequired", "ErrorAccountDisabled"])
def test_an_account_that_may_not_be_used(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, code: str
) -> None:
    exchange.answers["ConvertId"] = message("ConvertId", code=code)
    tenant = tenant_for(serve(exchange))
    seen = tenant.sign_in()
    assert (seen.outcome, seen.http_status, seen.code) == (Outcome.REFUSED, 200, code)
    assert tenant.open_calendar(None).code == "not-signed-in"


@pytest.mark.parametrize(
    ("canned", "status", "code"),
    [
        (Canned(403, ""), 403, None),
        (Canned(404, ""), 404, None),
        (Canned(440, ""), 440, None),
        (Canned(302, "", (("Location", "https://login.test/"),)), 302, "redirected"),
        (Canned(200, "<html></html>"), 200, "not-ews"),
        (PING, 200, "no-sign-in-asked"),
    ],
)
def test_what_does_not_ask_for_a_sign_in_gets_none(
    serve: Serve, tenant_for: TenantFor, canned: Canned, status: int, code: str | None
) -> None:
    server = serve(lambda _: canned)
    seen = tenant_for(server).sign_in()
    assert (seen.http_status, seen.code) == (status, code)
    assert not seen.ok
    assert not any(request.signed for request in server.seen)


@pytest.mark.parametrize("challenge", ['Bearer client_id="x"', "Negotiate", 'Digest realm="x"', ""])
def test_a_server_that_offers_neither_basic_nor_ntlm(serve: Serve, tenant_for: TenantFor, challenge: str) -> None:
    server = serve(lambda _: Canned(401, "", (("WWW-Authenticate", challenge),) if challenge else ()))
    tenant = tenant_for(server)
    offered = tenant.offered_authentication()
    assert offered.outcome is Outcome.OK, "the question was answered"
    assert offered.details["schemes"] == ([challenge.partition(" ")[0]] if challenge else [])
    seen = tenant.sign_in()
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "no-usable-scheme")
    assert not any(request.signed for request in server.seen)


def test_what_is_offered(serve: Serve, tenant_for: TenantFor) -> None:
    headers = (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM"), ("WWW-Authenticate", 'Basic realm="x"'))
    seen = tenant_for(serve(lambda _: Canned(401, "", headers))).offered_authentication()
    assert seen.details["schemes"] == ["Negotiate", "NTLM", "Basic"]
    assert (seen.http_status, seen.mode) == (401, Mode.ANONYMOUS)


@pytest.mark.parametrize(
    ("values", "schemes"),
    [
        (["Negotiate, NTLM"], ("Negotiate", "NTLM")),
        (['Basic realm="a, NTLM b", charset="UTF-8"'], ("Basic",)),
        (['Bearer client_id="x", trusted_issuers="a,b", token_types="c"', "Basic realm = x"], ("Bearer", "Basic")),
        (["NTLM TlRMTVNTUAACAAAA=="], ("NTLM",)),
        (["", ", ,", "=x"], ()),
        (["basic", "Basic"], ("basic",)),
    ],
)
def test_challenges_are_read(values: list[str], schemes: tuple[str, ...]) -> None:
    assert challenge_schemes(values) == schemes


def test_basic_is_taken_before_ntlm() -> None:
    assert choose_scheme(["NTLM", "Basic"]) == "basic"
    assert choose_scheme(["Negotiate", "ntlm"]) == "ntlm"
    assert choose_scheme(["Negotiate", "Bearer"]) is None


def test_ntlm_names() -> None:
    assert login_name("svc@contoso.test") == "\\svc@contoso.test"
    assert login_name("CONTOSO\\svc") == "CONTOSO\\svc"
    assert login_name("svc") == "svc"


NTLM = (("WWW-Authenticate", "NTLM"),)


def ntlm_script(second: Canned) -> Callable[[Seen], Canned]:
    def script(seen: Seen) -> Canned:
        return second if seen.signed else Canned(401, "", NTLM)

    return script


@pytest.mark.parametrize(
    ("second", "status", "code"),
    [
        (Canned(401, "", NTLM), 401, None),
        (Canned(401, ""), 401, None),
        (Canned(503, "queue"), 503, None),
        (Canned(500, "<html></html>"), 500, None),
        (Canned(401, "", (("WWW-Authenticate", "NTLM !!!!"),)), None, "sign-in-handshake-failed"),
        (
            Canned(401, "", (("WWW-Authenticate", "NTLM " + base64.b64encode(b"NTLMSSP\0\x02").decode()),)),
            None,
            "sign-in-handshake-failed",
        ),
        (Canned(how="close"), None, "connection-reset"),
    ],
)
def test_an_ntlm_handshake_that_breaks_off(
    serve: Serve, tenant_for: TenantFor, second: Canned, status: int | None, code: str | None
) -> None:
    seen = tenant_for(serve(ntlm_script(second))).sign_in()
    assert (seen.http_status, seen.code) == (status, code)
    assert not seen.ok
    assert seen.details["scheme"] == "ntlm"


def test_a_password_that_is_not_there(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, tmp_path: Path
) -> None:
    server = serve(exchange)
    tenant = tenant_for(server)
    (tmp_path / "password").unlink()
    seen = tenant.sign_in()
    assert (seen.outcome, seen.code, seen.attempts) == (Outcome.NO_ANSWER, "secret-not-found", 0)
    assert tenant.open_calendar("alice@contoso.test").code == "secret-not-found"
    assert not any(request.signed for request in server.seen)


def test_a_password_that_goes_away_in_the_middle(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, tmp_path: Path
) -> None:
    exchange.answers["GetFolder"] = in_turn(Canned(how="hang"), CALENDAR)
    tenant = tenant_for(serve(exchange), timeout_seconds=1.5)
    assert tenant.sign_in().ok
    (tmp_path / "password").unlink()
    assert tenant.open_calendar("alice@contoso.test").code == "timed-out"
    assert tenant.open_calendar("alice@contoso.test").ok, "a session that was signed once stays so"


def test_the_schema_version_is_found_by_asking(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    def old_server(seen: Seen) -> Canned:
        known = b"Exchange2010_SP2" in seen.body
        return PING if known else fault("ErrorInvalidServerVersion")

    exchange.answers["ConvertId"] = old_server
    server = serve(exchange)
    tenant = tenant_for(server)
    seen = tenant.sign_in()
    assert seen.ok
    assert seen.attempts == 3
    assert tenant.open_calendar("alice@contoso.test").ok
    assert b'Version="Exchange2010_SP2"' in server.seen[-1].body


def test_a_server_that_knows_no_version_is_asked_four_times(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange
) -> None:
    exchange.answers["ConvertId"] = fault("ErrorInvalidRequest")
    seen = tenant_for(serve(exchange)).sign_in()
    assert (seen.outcome, seen.code, seen.attempts) == (Outcome.REFUSED, "ErrorInvalidRequest", 4)


def test_impersonation_names_the_mailbox_and_anchors_the_request(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange
) -> None:
    server = serve(exchange)
    tenant = tenant_for(server)
    tenant.open_calendar("alice@contoso.test")
    tenant.open_calendar(None)
    as_alice, as_oneself = server.seen[-2:]
    assert as_alice.headers["x-anchormailbox"] == "alice@contoso.test"
    assert b"<t:PrimarySmtpAddress>alice@contoso.test</t:PrimarySmtpAddress>" in as_alice.body
    assert b"ExchangeImpersonation" not in as_oneself.body
    assert b"<t:Mailbox>" not in as_oneself.body, "so that an account without a mailbox is told so"
    assert "x-anchormailbox" not in as_oneself.headers


def test_one_connection_serves_many_questions(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    server = serve(exchange)
    tenant = tenant_for(server)
    for number in range(5):
        assert tenant.open_calendar(f"user{number}@contoso.test").ok
    assert len({request.connection for request in server.seen if request.signed}) == 1


def test_an_address_that_cannot_be_sent(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    server = serve(exchange)
    tenant = tenant_for(server)
    seen = tenant.open_calendar("bad\x00\x01@contoso.test")
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "invalid-address")
    assert tenant.open_calendar("jürgen@contoso.test").ok
    assert server.seen[-1].headers["x-anchormailbox"].encode("latin-1").decode() == "jürgen@contoso.test"
