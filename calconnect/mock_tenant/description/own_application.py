"""The credentials that calconnect's own application has in mock tenants: made once in a process, gone with it."""

from __future__ import annotations

import base64
import functools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

OWN_SECRET = "mock-application-secret"  # noqa: S105
ISSUER = "https://issuer.mock-tenant.test"
SUBJECT = "calconnect"
_AUDIENCE = "api://AzureADTokenExchange"
"""Of assertions of other identity providers:
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust"""
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
"""Good whatever the tenant's clock shows."""
_EXPIRED = datetime(2021, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate with its key."""

    der: bytes
    pem: bytes = field(repr=False)
    """The private key and the certificate."""


@dataclass(frozen=True, slots=True)
class Federation:
    """Another identity provider, and what it says of the application."""

    public_key: bytes
    """PEM."""
    assertion: str = field(repr=False)
    """A signed JWT."""


@functools.cache
def own_certificate(*, expired: bool = False) -> OwnCertificate:
    """Return the certificate that calconnect's own application signs in by, or one that expired years ago."""
    key = _key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calconnect")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_EXPIRED if expired else _UNTIL)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    encoding = serialization.Encoding
    return OwnCertificate(certificate.public_bytes(encoding.DER), private + certificate.public_bytes(encoding.PEM))


@functools.cache
def federation() -> Federation:
    """Return the identity provider whose assertion calconnect's own application may sign in by."""
    key = _key()
    head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
    claims = {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": _AUDIENCE,
        "iat": int(_FROM.timestamp()),
        "nbf": int(_FROM.timestamp()),
        "exp": int(_UNTIL.timestamp()),
    }
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    signature = _base64(key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Federation(public, f"{signed.decode()}.{signature.decode()}")


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
