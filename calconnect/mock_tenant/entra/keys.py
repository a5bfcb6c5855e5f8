"""The key that Entra signs with, and how clients are told of it (JSON Web Keys)."""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

_ALWAYS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC))
"""The certificate around the key carries nothing but the key: its dates are nobody's concern."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key of 2048 bits in a certificate of its own."""

    private: rsa.RSAPrivateKey
    certificate: bytes
    """DER."""

    @property
    def key_id(self) -> str:
        """Its ``kid`` and ``x5t``: the certificate's SHA-1, as Entra has it."""
        return thumbprint(self.certificate, "sha1")

    def json_web_key(self, issuer: str) -> dict[str, object]:
        """Return the public half as a JSON Web Key (RFC 7517) with the issuer that Entra adds."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
            "x5c": [base64.b64encode(self.certificate).decode()],
            "issuer": issuer,
        }


@functools.cache
def signing_key() -> SigningKey:
    """Return the key that all mock tenants of this process sign with: one takes a tenth of a second to make."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "accounts.accesscontrol.windows.net")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_ALWAYS[0])
        .not_valid_after(_ALWAYS[1])
        .sign(private, SHA256())
    )
    return SigningKey(private, certificate.public_bytes(Encoding.DER))


def thumbprint(certificate: bytes, algorithm: str) -> str:
    """Return the hash of a certificate (DER) as JWT headers have it: base64url without padding.

    Args:
        certificate: the certificate.
        algorithm: ``sha1`` (``x5t``) or ``sha256`` (``x5t#S256``).
    """
    digest = hashlib.new(algorithm, certificate, usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
