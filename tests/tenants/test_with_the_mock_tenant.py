"""The sync core against the mock tenant: two products that know each other by the protocol alone."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.evidence.observation import Outcome
from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.firewall import Action, Firewall, FirewallRule
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.server import ExtendedProtection, Proxy
from calconnect.mock_tenant.tls import CertificateFacts, CertificateKind, TlsVersion
from calconnect.settings.model import ConnectionSettings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from tests.mock_tenant.tenants import NOW, SERVICE, SERVICE_AUTH, describe, organization

ALICE, DAVE = "alice@contoso.test", "dave@contoso.test"
WEEK = Window(NOW, NOW + timedelta(days=7))
Connect = Callable[..., ExchangeServerTenant]


@pytest.fixture(scope="session")
def mock() -> Iterator[MockTenant]:
    with MockTenant(describe(organization())) as server:
        yield server


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Return a function that makes a tenant for a mock, by nothing but settings."""
    with contextlib.ExitStack() as stack:

        def make(server: MockTenant, *, url: str | None = "", password: str = SERVICE_AUTH[1], **changes: Any) -> Any:
            (tmp_path / "ca.pem").write_bytes(server.ca_pem)
            (tmp_path / "password").write_text(password)
            places = {f"{name}:443": f"127.0.0.1:{server.port}" for name in ("contoso.test", "mail.contoso.test")}
            tenant = ExchangeServerTenant(
                ConnectionSettings(
                    service_account_email=SERVICE,
                    service_account_password=SecretReference("file", "password", tmp_path),
                    email_to_impersonate=ALICE,
                    terms_agreed=True,
                    exchange_server_url="https://mail.contoso.test/EWS/Exchange.asmx" if url == "" else url,
                    service_account_username=changes.get("username"),
                ),
                NetworkSettings(
                    ca_file=changes.get("ca_file", tmp_path / "ca.pem"), connect_to=places, timeout_seconds=3.0
                ),
                clock=MovableClock(NOW, running=False),
                run_id="run-1",
                state_folder=tmp_path / "state",
            )
            stack.callback(tenant.close)
            return tenant

        yield make


def serve(stack: contextlib.ExitStack, **facts: Any) -> MockTenant:
    return stack.enter_context(MockTenant(describe(organization(), **facts)))


def offering(scheme: str) -> Organization:
    made = organization()
    made.policies.basic = scheme == "basic"
    made.policies.ntlm = scheme == "ntlm"
    made.policies.negotiate = True
    return made


@pytest.mark.parametrize("scheme", ["basic", "ntlm"])
@pytest.mark.parametrize("username", [None, "CONTOSO\\svc"])
def test_signing_in(connect: Connect, scheme: str, username: str | None) -> None:
    with MockTenant(describe(offering(scheme))) as server:
        tenant = connect(server, username=username)
        seen = tenant.sign_in()
        assert (seen.outcome, seen.http_status) == (Outcome.OK, 200)
        assert seen.details["scheme"] == scheme
        assert tenant.open_calendar(ALICE).ok
        tenant.close()


@pytest.mark.parametrize("scheme", ["basic", "ntlm"])
def test_a_wrong_password(connect: Connect, scheme: str) -> None:
    with MockTenant(describe(offering(scheme))) as server:
        tenant = connect(server, password="wrong")
        seen = tenant.sign_in()
        assert (seen.outcome, seen.http_status, seen.code) == (Outcome.REFUSED, 401, None)
        assert tenant.open_calendar(ALICE).code == "not-signed-in"
        tenant.close()


def test_autodiscover(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock, url=None)
    result = tenant.locate()[-1]
    assert result.ok
    assert str(result.details["ews_url"]).endswith("/EWS/Exchange.asmx")
    assert tenant.open_calendar(ALICE).ok


@pytest.mark.parametrize(
    ("mailbox", "code"),
    [
        (ALICE, "NoError"),
        (None, "NoError"),
        (DAVE, "ErrorImpersonateUserDenied"),
        ("alice.alias@contoso.test", "ErrorNonPrimarySmtpAddress"),
        ("nobody@contoso.test", "ErrorNonExistentMailbox"),
        ("gone-to-cloud@contoso.test", "ErrorNonExistentMailbox"),
    ],
)
def test_opening_calendars(connect: Connect, mock: MockTenant, mailbox: str | None, code: str) -> None:
    seen = connect(mock).open_calendar(mailbox)
    assert seen.code == code
    assert seen.request_id
    assert seen.ok == (code == "NoError")


def test_reading(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock)
    assert tenant.list_events(ALICE, WEEK).details["complete"] is True
    alice, nobody = tenant.free_busy([ALICE, "nobody@contoso.test"], WEEK)
    assert alice.details["view"] == "FreeBusy"
    assert nobody.code == "ErrorMailRecipientNotFound"
    assert tenant.resolve_address("alice.alias@contoso.test").details["primary_smtp"] == ALICE
    assert tenant.resolve_address("nobody@contoso.test").code == "ErrorNameResolutionNoResults"
    (group,) = tenant.expand_group("calendar-users@contoso.test")
    assert group.details["members"] == [f"{name}@contoso.test" for name in ("alice", "bob", "carol")]
    lists, rooms = tenant.room_lists()
    assert lists.details["lists"] == ["rooms@contoso.test"]
    assert rooms.details["rooms"] == ["room1@contoso.test", "room2@contoso.test"]


def test_a_test_events_life(connect: Connect, mock: MockTenant, tmp_path: Path) -> None:
    seen = connect(mock).event_round_trip(ALICE)
    assert [one.details["step"] for one in seen] == ["create", "read", "update", "read-again", "delete", "find-gone"]
    assert all(one.ok for one in seen)
    assert list((tmp_path / "state" / "test-events").iterdir()) == []


def test_a_test_event_where_impersonation_is_refused(connect: Connect, mock: MockTenant) -> None:
    (seen,) = connect(mock).event_round_trip(DAVE)
    assert (seen.outcome, seen.code) == (Outcome.REFUSED, "ErrorImpersonateUserDenied")


def test_strays(connect: Connect, mock: MockTenant) -> None:
    from calconnect.tenants.common.mark import Mark, event_time
    from calconnect.tenants.exchange_server import questions

    tenant = connect(mock)
    left = Mark.new("another run", NOW - timedelta(hours=2))
    young = Mark.new("another run", NOW)
    for mark in (left, young):
        assert tenant._ask(questions.create_event(ALICE, str(mark), *event_time(NOW))).answer.code == "NoError"
    (seen,) = tenant.remove_stray_events()
    assert (seen.ok, seen.details) == (True, {"found": 2, "strays": 1, "removed": 1})
    (seen,) = tenant.remove_stray_events()
    assert seen.details == {"found": 1, "strays": 0, "removed": 0}


def test_many_threads(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock)
    barrier = threading.Barrier(8)

    def ask(number: int) -> str | None:
        barrier.wait(10)
        return tenant.open_calendar((ALICE, DAVE)[number % 2]).code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(ask, range(8)))
    assert codes == ["NoError", "ErrorImpersonateUserDenied"] * 4


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (CertificateFacts(CertificateKind.WRONG_NAME), "certificate-name-mismatch"),
        (CertificateFacts(CertificateKind.EXPIRED), "certificate-expired"),
        (CertificateFacts(CertificateKind.UNTRUSTED), "certificate-untrusted"),
        (CertificateFacts(minimum=TlsVersion.TLS_1_0, maximum=TlsVersion.TLS_1_1), "tls-too-old"),
    ],
)
def test_certificates(connect: Connect, certificate: CertificateFacts, code: str) -> None:
    with contextlib.ExitStack() as stack:
        tenant = connect(serve(stack, certificate=certificate))
        assert tenant.inspect_tls().code == code
        assert tenant.sign_in().code == code


def test_a_certificate_of_an_unknown_authority(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock, ca_file=None)
    assert tenant.inspect_tls().code == "certificate-untrusted"
    assert tenant.locate()[-1].code == "certificate-untrusted"


@pytest.mark.parametrize(("action", "code"), [(Action.REJECT, "connection-reset"), (Action.DROP, "timed-out")])
def test_the_firewall_on_the_wire(connect: Connect, action: Action, code: str) -> None:
    rules = (FirewallRule.of(Action.ALLOW, "127.0.1.7"), FirewallRule.of(Action.ALLOW, "127.0.0.1"))
    with contextlib.ExitStack() as stack:
        tenant = connect(serve(stack, firewall=Firewall(rules, action)))
        assert tenant.reach_from("127.0.1.7").outcome is Outcome.OK
        seen = tenant.reach_from("127.0.1.8")
        assert (seen.outcome, seen.code) == (Outcome.NO_ANSWER, code)
        assert tenant.reach_from("192.0.2.1").code == "cannot-bind"


def test_signing_in_once_more_with_ntlm(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock)
    assert tenant.sign_in_by("ntlm").code == "not-signed-in"  # nothing is sent before a sign-in has worked
    assert tenant.sign_in().details["scheme"] == "basic"
    seen = tenant.sign_in_by("ntlm")
    assert (seen.probe, seen.outcome, seen.http_status, seen.details["scheme"]) == (
        "sign-in-by",
        Outcome.OK,
        200,
        "ntlm",
    )
    assert tenant.open_calendar(ALICE).ok


def test_a_wrong_password_is_not_tried_once_more(connect: Connect, mock: MockTenant) -> None:
    tenant = connect(mock, password="wrong")
    assert not tenant.sign_in().ok
    seen = tenant.sign_in_by("ntlm")
    assert (seen.outcome, seen.code, seen.attempts) == (Outcome.NO_ANSWER, "not-signed-in", 0)


def test_a_scheme_that_is_not_offered_is_not_tried(connect: Connect) -> None:
    with MockTenant(describe(offering("basic"))) as server:
        tenant = connect(server)
        assert tenant.sign_in().ok
        assert tenant.sign_in_by("ntlm").code == "no-usable-scheme"
        tenant.close()


def test_a_proxy_that_encrypts_anew_breaks_ntlm_and_not_basic(connect: Connect) -> None:
    made = organization()
    made.server.extended_protection = ExtendedProtection.REQUIRE
    made.server.behind = Proxy.RE_ENCRYPTING
    with MockTenant(describe(made)) as server:
        tenant = connect(server)
        assert tenant.sign_in().ok
        seen = tenant.sign_in_by("ntlm")
        assert (seen.outcome, seen.http_status) == (Outcome.REFUSED, 401)
        assert tenant.open_calendar(ALICE).ok
        tenant.close()
