"""Extended Protection: NTLM bound to the TLS channel, through and past a proxy that ends TLS."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from spnego.channel_bindings import GssChannelBindings

from calconnect.mock_tenant.auth.channel_bindings import channel_binding_hash
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.server import ExtendedProtection, Proxy
from calconnect.tenants.exchange_server.ntlm import NtlmHandshake
from tests.mock_tenant.ntlm_client import OneConnection
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

RIGHT, WRONG, NO = "right", "wrong", "none"


@contextmanager
def serving(protection: ExtendedProtection, behind: Proxy = Proxy.NOTHING) -> Iterator[MockTenant]:
    made = organization()
    made.server.extended_protection = protection
    made.server.behind = behind
    with MockTenant(describe(made)) as server:
        yield server


def shown_certificate(server: MockTenant) -> bytes:
    """Return the certificate that clients see."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", server.port)))


def bindings(server: MockTenant, kind: str) -> GssChannelBindings | None:
    if kind == NO:
        return None
    shown = shown_certificate(server) if kind == RIGHT else b"another certificate"
    return GssChannelBindings(application_data=b"tls-server-end-point:" + hashlib.sha256(shown).digest())


def sign_in(server: MockTenant, kind: str, *, scheme: str = "NTLM", protocol: str = "ntlm") -> int:
    connection = OneConnection(server)
    try:
        status, headers, _ = connection.sign_in(
            *SERVICE_AUTH, scheme=scheme, protocol=protocol, channel_bindings=bindings(server, kind)
        )
    finally:
        connection.close()
    if status == 401:
        assert headers["www-authenticate"] == ["Negotiate", "NTLM", 'Basic realm="mail.contoso.test"']
        assert "x-ms-diagnostics" not in headers, "it looks like a wrong password"
    return status


@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        (ExtendedProtection.NONE, {RIGHT: 200, WRONG: 200, NO: 200}),
        (ExtendedProtection.ALLOW, {RIGHT: 200, WRONG: 401, NO: 200}),
        (ExtendedProtection.REQUIRE, {RIGHT: 200, WRONG: 401, NO: 401}),
    ],
)
@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_what_signs_in(scheme: str, protection: ExtendedProtection, expected: dict[str, int]) -> None:
    with serving(protection) as server:
        found = {
            kind: sign_in(server, kind, scheme=scheme, protocol="negotiate" if scheme == "Negotiate" else "ntlm")
            for kind in expected
        }
    assert found == expected


@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        (ExtendedProtection.NONE, {RIGHT: 200, NO: 200}),
        (ExtendedProtection.ALLOW, {RIGHT: 401, NO: 200}),
        (ExtendedProtection.REQUIRE, {RIGHT: 401, NO: 401}),
    ],
)
def test_behind_a_proxy_that_ends_tls_the_certificate_that_is_seen_is_the_wrong_one(
    protection: ExtendedProtection, expected: dict[str, int]
) -> None:
    with serving(protection, Proxy.RE_ENCRYPTING) as server:
        assert {kind: sign_in(server, kind) for kind in expected} == expected
        account = server.organization.directory.account(SERVICE_AUTH[0])
        assert account is not None
        assert account.wrong_passwords == 0, "the password was right"


def test_basic_is_not_concerned() -> None:
    with serving(ExtendedProtection.REQUIRE, Proxy.RE_ENCRYPTING) as server:
        connection = OneConnection(server)
        token = base64.b64encode(":".join(SERVICE_AUTH).encode()).decode()
        assert connection.post(f"Basic {token}")[0] == 200
        connection.close()


def test_a_connection_that_is_signed_in_stays_so() -> None:
    with serving(ExtendedProtection.REQUIRE) as server:
        connection = OneConnection(server)
        status, _, _ = connection.sign_in(*SERVICE_AUTH, channel_bindings=bindings(server, RIGHT))
        assert (status, connection.post()[0]) == (200, 200)
        connection.close()


@pytest.mark.parametrize(("behind", "expected"), [(Proxy.NOTHING, 200), (Proxy.RE_ENCRYPTING, 401)])
def test_the_sync_cores_own_ntlm_binds_to_what_it_sees(behind: Proxy, expected: int) -> None:
    with serving(ExtendedProtection.REQUIRE, behind) as server:
        connection = OneConnection(server)
        handshake = NtlmHandshake(*SERVICE_AUTH, "localhost", shown_certificate(server))
        _, headers = connection.post(handshake.negotiate())
        last = handshake.authenticate(headers["www-authenticate"])
        assert last is not None
        assert connection.post(last)[0] == expected
        connection.close()


def test_the_hash_is_that_of_the_certificates_own_algorithm_unless_that_is_weak() -> None:
    """RFC 5929, 4.1; the structure around the token as RFC 2744 wants it, hashed as [MS-NLMP] wants it."""
    with serving(ExtendedProtection.NONE) as server:
        certificate = shown_certificate(server)
    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    assert isinstance(algorithm, hashes.SHA256)
    token = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    packed = GssChannelBindings(application_data=token).pack()
    assert channel_binding_hash(certificate) == hashlib.md5(packed, usedforsecurity=False).digest()
