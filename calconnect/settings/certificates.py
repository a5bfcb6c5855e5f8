"""The certificate by which calconnect's own application proves itself: read from a PEM or PFX file, with its key."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.S)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)
_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class UnusableCredential(Exception):
    """The credential cannot be used; ``code`` is calconnect's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def load_certificate(path: Path, password: str | None) -> tuple[str, str]:
    """Return private key and certificate of a PEM or PFX file, each as PEM in clear.

    Raises:
        UnusableCredential: ``certificate-unreadable``, ``certificate-unusable``, ``certificate-without-key``,
            ``key-without-certificate``, ``key-of-another-certificate``, ``key-password-missing``,
            ``key-password-wrong``.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise UnusableCredential("certificate-unreadable") from None
    if b"-----BEGIN " in data:
        key, certificates = _from_pem(data, password)
    else:
        key, certificates = _from_pfx(data, password)
    if not isinstance(key, rsa.RSAPrivateKey):  # Entra takes no other: see the source of for_msal
        raise UnusableCredential("certificate-unusable")
    wanted = key.public_key().public_bytes(*_PUBLIC)
    own = [one for one in certificates if _public_key(one) == wanted]
    if not own:
        raise UnusableCredential("key-of-another-certificate")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), own[0].public_bytes(serialization.Encoding.PEM).decode()


def _from_pem(data: bytes, password: str | None) -> tuple[PrivateKeyTypes, list[x509.Certificate]]:
    try:
        certificates = [x509.load_pem_x509_certificate(found.group()) for found in _CERTIFICATE.finditer(data)]
    except ValueError:
        raise UnusableCredential("certificate-unusable") from None
    block = _KEY.search(data)
    if block is None:
        raise UnusableCredential("certificate-without-key" if certificates else "certificate-unusable")
    if not certificates:
        raise UnusableCredential("key-without-certificate")
    return _pem_key(block.group(), password), certificates


def _pem_key(block: bytes, password: str | None) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(block, None)
    except TypeError:  # how cryptography says that the key is encrypted
        if password is None:
            raise UnusableCredential("key-password-missing") from None
    except ValueError:
        raise UnusableCredential("certificate-unusable") from None
    try:
        return serialization.load_pem_private_key(block, password.encode())
    except (ValueError, TypeError):
        raise UnusableCredential("key-password-wrong") from None


def _from_pfx(data: bytes, password: str | None) -> tuple[PrivateKeyTypes, list[x509.Certificate]]:
    if _is_bare_certificate(data):
        raise UnusableCredential("certificate-without-key")
    if not data.startswith(b"\x30"):  # no ASN.1 sequence, so no PFX
        raise UnusableCredential("certificate-unusable")
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password.encode() if password else None)
    except ValueError:
        raise UnusableCredential("key-password-wrong" if password else "key-password-missing") from None
    certificates = [one for one in (certificate, *others) if one is not None]
    if key is None:
        raise UnusableCredential("certificate-without-key")
    if not certificates:
        raise UnusableCredential("key-without-certificate")
    return key, certificates


def _is_bare_certificate(data: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _public_key(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(*_PUBLIC)
    except (ValueError, TypeError):  # a kind of key that cryptography does not know
        return b""
