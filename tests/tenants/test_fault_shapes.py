"""Every shape of fault that real servers send becomes an observation with the right status and code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Mode, Outcome
from calconnect.tenants.exchange_server import ExchangeServerTenant
from tests.tenants.scripted import (
    CALENDAR,
    Canned,
    FakeExchange,
    ScriptedServer,
    back_off,
    envelope,
    fault,
    in_turn,
    message,
)

Serve = Callable[..., ScriptedServer]
TenantFor = Callable[..., ExchangeServerTenant]

HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome, alice@contoso.test</body></html>"
XHTML = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html xmlns="x"><body/></html>'
POLICY = "EWS is disabled for this user or tenant"
CUT = replace(CALENDAR, body=CALENDAR.body[:-30])
EMPTY = Canned(200, envelope("<m:GetFolderResponse/>"))

SHAPES = [
    pytest.param(
        fault("ErrorImpersonateUserDenied"), 500, "ErrorImpersonateUserDenied", True, "refused", id="500 fault"
    ),
    pytest.param(
        fault("ErrorImpersonateUserDenied", detail=False),
        500,
        "ErrorImpersonateUserDenied",
        True,
        "refused",
        id="500 fault without detail",
    ),
    pytest.param(
        fault("ErrorAccessDenied", status=200, detail=False), 200, "ErrorAccessDenied", True, "refused", id="200 fault"
    ),
    pytest.param(
        Canned(
            500,
            envelope("<s:Fault><faultcode>s:Client</faultcode><faultstring>Words</faultstring></s:Fault>", version=""),
        ),
        500,
        "fault-without-code",
        True,
        "refused",
        id="500 fault with no code at all",
    ),
    pytest.param(
        message("GetFolder", code="ErrorNonExistentMailbox"),
        200,
        "ErrorNonExistentMailbox",
        False,
        "refused",
        id="200 response message",
    ),
    pytest.param(Canned(401, HTML, (("WWW-Authenticate", "NTLM"),)), 401, None, False, "refused", id="401"),
    pytest.param(Canned(403, HTML), 403, None, False, "refused", id="403"),
    pytest.param(
        Canned(403, "", (("X-EWS-Policy-Reason", POLICY),)), 403, "ews-policy", False, "refused", id="403 policy"
    ),
    pytest.param(
        Canned(302, "", (("Location", "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx"),)),
        302,
        "generic-error-page",
        False,
        "refused",
        id="302 error page",
    ),
    pytest.param(
        Canned(302, "", (("Location", "https://login.contoso.test/?token=secret-token#x"),)),
        302,
        "redirected",
        False,
        "refused",
        id="302 pre-authentication",
    ),
    pytest.param(
        Canned(302, "", (("Location", "http://mail.contoso.test/EWS/"),)), 302, "http-only", False, "refused", id="http"
    ),
    pytest.param(
        Canned(302, "", (("Location", "https://[broken"),)), 302, "redirected", False, "refused", id="302 odd"
    ),
    pytest.param(Canned(404, HTML), 404, None, False, "refused", id="404"),
    pytest.param(Canned(440, HTML), 440, None, False, "refused", id="440"),
    pytest.param(Canned(456, "You must use multi-factor authentication"), 456, None, False, "refused", id="456"),
    pytest.param(Canned(503, "The service is unavailable."), 503, None, False, "refused", id="503"),
    pytest.param(Canned(500, HTML), 500, None, False, "refused", id="500 page"),
    pytest.param(Canned(200, HTML), 200, "not-ews", False, "no-answer", id="200 page"),
    pytest.param(Canned(200, XHTML), 200, "not-ews", False, "no-answer", id="200 XHTML page"),
    pytest.param(Canned(200, ""), 200, "not-ews", False, "no-answer", id="200 and nothing"),
    pytest.param(Canned(200, '{"a": 1}'), 200, "not-ews", False, "no-answer", id="200 JSON"),
    pytest.param(
        replace(CALENDAR, body=CALENDAR.body[:-30]), 200, "malformed-answer", False, "no-answer", id="cut XML"
    ),
    pytest.param(
        Canned(200, envelope("<m:GetFolderResponse/>")), 200, "malformed-answer", False, "no-answer", id="empty"
    ),
    pytest.param(replace(CALENDAR, how="short"), None, "answer-cut-short", False, "no-answer", id="cut short"),
    pytest.param(Canned(how="reset"), None, "connection-reset", False, "no-answer", id="reset"),
    pytest.param(Canned(how="close"), None, "connection-reset", False, "no-answer", id="closed"),
    pytest.param(Canned(how="raw", body=b"220 mail ESMTP\r\n"), None, "not-http", False, "no-answer", id="not HTTP"),
]


@pytest.mark.parametrize(("canned", "status", "code", "is_fault", "outcome"), SHAPES)
def test_a_fault_becomes_an_observation(
    serve: Serve,
    tenant_for: TenantFor,
    exchange: FakeExchange,
    *,
    canned: Canned,
    status: int | None,
    code: str | None,
    is_fault: bool,
    outcome: str,
) -> None:
    exchange.answers["GetFolder"] = canned
    tenant = tenant_for(serve(exchange))

    seen = tenant.open_calendar("alice@contoso.test")

    assert (seen.http_status, seen.code, seen.fault, seen.outcome) == (status, code, is_fault, Outcome(outcome))
    assert seen.probe == "open-calendar"
    assert seen.operation == "GetFolder"
    assert seen.mode is Mode.IMPERSONATED
    assert seen.target == "alice@contoso.test"
    assert seen.reason, "what went wrong is said in a sentence"
    assert "Some words" not in seen.reason, "the sentence is ours, not the server's"
    assert meaning(seen.code, seen.http_status).kind is not Kind.UNLISTED
    assert seen.duration_ms > 0


def test_the_policy_header_is_quoted(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = Canned(403, HTML, (("X-EWS-Policy-Reason", POLICY),))
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert seen.headers["X-EWS-Policy-Reason"] == POLICY
    assert POLICY in seen.reason
    assert meaning(seen.code).kind is Kind.POLICY


def test_a_redirect_is_not_followed_and_its_query_not_kept(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange
) -> None:
    exchange.answers["GetFolder"] = Canned(302, "", (("Location", "https://login.contoso.test/a?token=secret-token"),))
    server = serve(exchange)
    seen = tenant_for(server).open_calendar("alice@contoso.test")
    assert seen.headers["Location"] == "https://login.contoso.test/a"
    assert "login.contoso.test" in seen.reason
    assert server.operations.count("GetFolder") == 1


def test_the_headers_that_tell_causes_apart_are_kept_and_no_others(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange
) -> None:
    exchange.answers["GetFolder"] = Canned(
        401,
        "",
        (
            ("WWW-Authenticate", "Negotiate"),
            ("WWW-Authenticate", 'Basic realm="a, b", charset="UTF-8"'),
            ("X-CasErrorCode", "UserNotFound"),
            ("x-ms-diagnostics", '4000000;reason="x"'),
            ("X-FEServer", "EX01"),
            ("Set-Cookie", "session=abc"),
            ("request-id", "abc-123"),
            ("X-Other", "y" * 500),
        ),
    )
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert seen.headers["WWW-Authenticate"] == "Negotiate, Basic"
    assert seen.headers["X-CasErrorCode"] == "UserNotFound"
    assert seen.headers["x-ms-diagnostics"].startswith("4000000")
    assert seen.request_id == "abc-123"
    assert not {"Set-Cookie", "X-Other"} & set(seen.headers)


def test_a_busy_server_is_asked_once_more_in_its_own_time(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, pauses: list[float]
) -> None:
    exchange.answers["GetFolder"] = in_turn(fault("ErrorServerBusy", values=back_off(2500)), CALENDAR)
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert seen.ok
    assert seen.attempts == 2
    assert seen.details["retried_after"] == "ErrorServerBusy"
    assert pauses
    assert pauses[0] == pytest.approx(2.5, abs=0.5)


def test_a_server_that_stays_busy_is_asked_twice_and_no_more(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange
) -> None:
    exchange.answers["GetFolder"] = fault("ErrorServerBusy", values=back_off(10))
    server = serve(exchange)
    seen = tenant_for(server).open_calendar("alice@contoso.test")
    assert (seen.code, seen.attempts, seen.outcome) == ("ErrorServerBusy", 2, Outcome.REFUSED)
    assert seen.details["back_off_seconds"] == 0.01
    assert server.operations.count("GetFolder") == 2


def test_a_server_that_wants_to_be_left_alone_for_long_is_not_asked_again(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, pauses: list[float]
) -> None:
    exchange.answers["GetFolder"] = fault("ErrorServerBusy", values=back_off(297_000))
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert (seen.code, seen.attempts, pauses) == ("ErrorServerBusy", 1, [])
    assert seen.details["back_off_seconds"] == 297


@pytest.mark.parametrize(
    ("value", "seconds"), [("3", 3.0), ("Sun, 22 Nov 2026 12:00:04 GMT", 4.0), ("soon", 1.0), ("", 1.0)]
)
def test_retry_after_is_honoured(
    serve: Serve, tenant_for: TenantFor, exchange: FakeExchange, pauses: list[float], *, value: str, seconds: float
) -> None:
    exchange.answers["GetFolder"] = in_turn(Canned(503, "queue", (("Retry-After", value),)), CALENDAR)
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert seen.ok
    assert pauses[0] == pytest.approx(seconds, abs=0.5)


def test_a_refusal_is_not_asked_again(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = fault("ErrorImpersonateUserDenied")
    server = serve(exchange)
    assert tenant_for(server).open_calendar("alice@contoso.test").attempts == 1
    assert server.operations.count("GetFolder") == 1


def test_an_answer_without_end_is_cut_off(serve: Serve, tenant_for: TenantFor, exchange: FakeExchange) -> None:
    exchange.answers["GetFolder"] = Canned(200, b"<s:Envelope>" + b" " * (33 << 20))
    seen = tenant_for(serve(exchange)).open_calendar("alice@contoso.test")
    assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, "answer-too-large")
