"""The server's certificate: issued by an authority of its own, which clients are told to trust.

Its faults are those that requirement NET-03 looks for: expired, for another name, from an untrusted authority.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import trustme


class CertificateKind(StrEnum):
    """What is wrong with the certificate, if anything."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_NAME = "wrong-name"
    """Valid, but for another host."""
    UNTRUSTED = "untrusted"
    """From an authority other than the one whose certificate clients are given."""


class TlsVersion(StrEnum):
    """A version of TLS."""

    TLS_1_0 = "1.0"
    TLS_1_1 = "1.1"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


_VERSIONS = {
    TlsVersion.TLS_1_0: ssl.TLSVersion.TLSv1,
    TlsVersion.TLS_1_1: ssl.TLSVersion.TLSv1_1,
    TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Which certificate the server shows and which versions of TLS it speaks."""

    kind: CertificateKind = CertificateKind.GOOD
    minimum: TlsVersion = TlsVersion.TLS_1_2
    maximum: TlsVersion = TlsVersion.TLS_1_3


@dataclass(frozen=True, slots=True)
class TlsSetup:
    """What the server serves with."""

    context: ssl.SSLContext
    ca_pem: bytes
    """The authority that clients are to trust."""
    certificate_der: bytes
    """The server certificate, for channel bindings."""


def server_names(host: str, domains: Iterable[str]) -> list[str]:
    """Return all names that the certificate is for: loopback, the mail host, and the names that Autodiscover tries."""
    names = ["localhost", "127.0.0.1", "::1", host]
    for domain in domains:
        names += [f"autodiscover.{domain}", f"mail.{domain}", domain]
    return list(dict.fromkeys(names))


def make_tls(facts: CertificateFacts, names: list[str], now: datetime) -> TlsSetup:
    """Issue the certificate and set up TLS.

    Args:
        facts: what to issue.
        names: host names and addresses that the certificate is for.
        now: the machine's time, which TLS clients check against (not the organisation's).
    """
    authority = trustme.CA(organization_name="calconnect mock tenant")
    issuer = authority
    if facts.kind is CertificateKind.UNTRUSTED:
        issuer = trustme.CA(organization_name="another authority")
    wanted = ["mail.elsewhere.invalid"] if facts.kind is CertificateKind.WRONG_NAME else names
    if facts.kind is CertificateKind.EXPIRED:
        certificate = issuer.issue_cert(
            *wanted, not_before=now - timedelta(days=400), not_after=now - timedelta(days=2)
        )
    else:
        certificate = issuer.issue_cert(*wanted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a tenant may be wanted that speaks TLS 1.0 and 1.1
        context.minimum_version = _VERSIONS[facts.minimum]
        context.maximum_version = _VERSIONS[facts.maximum]
    if facts.minimum in (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL 3 refuses TLS 1.0 and 1.1 above level 0
    context.set_alpn_protocols(["http/1.1"])
    certificate.configure_cert(context)
    leaf = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode("ascii"))
    return TlsSetup(context, authority.cert_pem.bytes(), leaf)
