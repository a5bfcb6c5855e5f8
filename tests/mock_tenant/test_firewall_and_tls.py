"""Who may connect, and what the server shows of itself before HTTP begins."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from calconnect.mock_tenant.firewall import Action, Firewall, FirewallRule
from calconnect.mock_tenant.listener import bind_loopback
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.tls import CertificateFacts, CertificateKind, TlsVersion, server_names
from calconnect.tenants.common.patience import PatientTLSSocket
from tests.mock_tenant.tenants import describe, organization


def can_bind(address: str) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((address, 0))
        except OSError:
            return False
    return True


ALL_OF_127 = can_bind("127.0.0.7")
"""Whether this machine lets a client bind any loopback address (Linux and Windows do; macOS has 127.0.0.1 alone)."""


def handshake(server: MockTenant, *, source: str = "", name: str = "localhost", seconds: float = 10) -> ssl.SSLSocket:
    """Connect and go through TLS, verified."""
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    context.sslsocket_class = PatientTLSSocket  # closes itself where the connection is reset before TLS begins
    return _handshake(server, context, source, name, seconds)


def _handshake(server: MockTenant, context: ssl.SSLContext, source: str, name: str, seconds: float) -> ssl.SSLSocket:
    plain = socket.create_connection(
        ("127.0.0.1", server.port), timeout=seconds, source_address=(source, 0) if source else None
    )
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


@contextlib.contextmanager
def serving(firewall: Firewall | None = None, certificate: CertificateFacts | None = None) -> Iterator[MockTenant]:
    with MockTenant(describe(organization(), firewall=firewall, certificate=certificate)) as server:
        yield server


# -- the firewall


@pytest.mark.parametrize(
    ("source", "action"),
    [
        ("127.0.0.1", Action.REJECT),
        ("127.0.1.5", Action.ALLOW),
        ("127.0.1.200", Action.ALLOW),
        ("127.0.2.1", Action.DROP),
        ("::1", Action.DROP),
        ("::1%lo", Action.DROP),
        ("::ffff:127.0.1.5", Action.ALLOW),
    ],
)
def test_the_first_rule_that_matches_decides(source: str, action: Action) -> None:
    firewall = Firewall(
        (
            FirewallRule.of("reject", "127.0.0.1"),
            FirewallRule.of("allow", "127.0.1.0/24"),
            FirewallRule.of("reject", "127.0.1.200"),
        ),
        default=Action.DROP,
    )
    assert firewall.decide(source) is action


def test_without_rules_everybody_may_connect() -> None:
    assert Firewall().decide("127.0.0.1") is Action.ALLOW
    assert Firewall.allowing(["127.0.1.1"]).decide("127.0.1.2") is Action.DROP


@pytest.mark.parametrize(("action", "network"), [("permit", "127.0.0.1"), ("allow", "x"), ("allow", "127.0.0.1/8")])
def test_rules_that_are_not_valid(action: str, network: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        FirewallRule.of(action, network)


def test_a_rejected_client_is_reset() -> None:
    with serving(Firewall((FirewallRule.of("reject", "127.0.0.1"),))) as server, pytest.raises(OSError) as caught:
        handshake(server)
    assert isinstance(caught.value, (ConnectionResetError, ConnectionAbortedError, ssl.SSLEOFError, BrokenPipeError))


def test_a_dropped_client_waits_in_vain_and_the_server_still_stops() -> None:
    with serving(Firewall((FirewallRule.of("drop", "127.0.0.1"),))) as server:
        with pytest.raises(TimeoutError):
            handshake(server, seconds=0.5)
        held = socket.create_connection(("127.0.0.1", server.port))
    held.close()


@pytest.mark.skipif(not ALL_OF_127, reason="this machine has 127.0.0.1 alone")
def test_an_allow_list_shows_on_the_wire() -> None:
    with serving(Firewall.allowing(["127.0.1.0/24"], otherwise=Action.REJECT)) as server:
        handshake(server, source="127.0.1.9").close()
        with pytest.raises(OSError):
            handshake(server, source="127.0.2.9")
        server.live.firewall = Firewall.allowing(["127.0.2.9"], otherwise=Action.REJECT)
        handshake(server, source="127.0.2.9").close()


# -- TLS


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "mail.contoso.test", "autodiscover.contoso.test", "contoso.test"]
)
def test_the_certificate_is_for_all_names_of_the_server(tenant_server: MockTenant, name: str) -> None:
    handshake(tenant_server, name=name).close()


def test_server_names_come_once() -> None:
    names = server_names("mail.contoso.test", ["contoso.test", "contoso.example"])
    assert len(names) == len(set(names))
    assert {"::1", "autodiscover.contoso.example", "mail.contoso.test"} <= set(names)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (CertificateKind.EXPIRED, "certificate has expired"),
        (CertificateKind.WRONG_NAME, "Hostname mismatch"),
        (CertificateKind.UNTRUSTED, "unable to get local issuer certificate"),
    ],
)
def test_certificates_that_must_not_be_trusted(kind: CertificateKind, words: str) -> None:
    with serving(certificate=CertificateFacts(kind)) as server:
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            handshake(server)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"),
    [
        (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, "TLSv1.3"),
        (TlsVersion.TLS_1_2, TlsVersion.TLS_1_2, "TLSv1.2"),
        (TlsVersion.TLS_1_3, TlsVersion.TLS_1_3, "TLSv1.3"),
    ],
)
def test_versions_of_tls(minimum: TlsVersion, maximum: TlsVersion, expected: str) -> None:
    with serving(certificate=CertificateFacts(minimum=minimum, maximum=maximum)) as server:
        connection = handshake(server)
        assert connection.version() == expected
        connection.close()


def test_an_old_server_speaks_no_tls_that_is_still_accepted() -> None:
    with serving(certificate=CertificateFacts(minimum=TlsVersion.TLS_1_0, maximum=TlsVersion.TLS_1_1)) as server:
        with pytest.raises(ssl.SSLError):
            handshake(server)
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            context.minimum_version = ssl.TLSVersion.TLSv1
        old = _handshake(server, context, "", "localhost", 10)
        assert old.version() in ("TLSv1", "TLSv1.1")
        old.close()


def test_ipv6_where_the_machine_has_it() -> None:
    sockets = bind_loopback(0)
    ports = {one.getsockname()[1] for one in sockets}
    for one in sockets:
        one.close()
    assert len(ports) == 1
    assert len(sockets) == (2 if socket.has_ipv6 and _has_ipv6_loopback() else 1)


def _has_ipv6_loopback() -> bool:
    with socket.socket(socket.AF_INET6) as trial:
        try:
            trial.bind(("::1", 0))
        except OSError:
            return False
    return True
