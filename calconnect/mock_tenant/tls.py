"""The server's certificate: issued by an authority of its own, which clients are told to trust.

Its faults are those that requirement NET-03 looks for: expired, for another name, from an untrusted authority.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Collection, Iterable
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
    certificates: tuple[tuple[ssl.SSLContext, bytes], ...]
    """The contexts that connections can have, and the certificate (DER) that the server takes each to show. Behind a
    re-encrypting proxy that is not the one that clients see."""

    def certificate_of(self, context: ssl.SSLContext) -> bytes:
        """Return the certificate (DER) that the server binds connections of this context to."""
        return next((der for known, der in self.certificates if known is context), self.certificates[0][1])


def server_names(host: str, domains: Iterable[str]) -> list[str]:
    """Return all names that the certificate is for: loopback, the mail host, and the names that Autodiscover tries."""
    names = ["localhost", "127.0.0.1", "::1", host]
    for domain in domains:
        names += [f"autodiscover.{domain}", f"mail.{domain}", domain]
    return list(dict.fromkeys(names))


def autodiscover_names(domains: Iterable[str]) -> list[str]:
    """Return the names under which Autodiscover is looked for."""
    return [name for domain in domains for name in (f"autodiscover.{domain}", domain)]


def make_tls(
    facts: CertificateFacts,
    names: list[str],
    now: datetime,
    *,
    other: tuple[CertificateKind, Collection[str]] | None = None,
    re_encrypted: bool = False,
) -> TlsSetup:
    """Issue the certificates and set up TLS.

    Args:
        facts: what to issue.
        names: host names and addresses that the certificate is for.
        now: the machine's time, which TLS clients check against (not the organisation's).
        other: what is wrong with another certificate, and the names under which that one is shown.
        re_encrypted: whether a proxy shows a certificate of its own, so that clients never see the server's.
    """
    authority = trustme.CA(organization_name="calconnect mock tenant")
    shown = _issue(authority, facts.kind, names, now)
    context = _context(facts, shown)
    own = _issue(authority, CertificateKind.GOOD, names, now) if re_encrypted else shown
    certificates = [(context, _der(own))]
    if other is not None:
        kind, hosts = other
        another = _issue(authority, kind, names, now)
        switched = _context(facts, another)
        certificates.append((switched, _der(own if re_encrypted else another)))

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name is not None and name.lower() in hosts:
                connection.context = switched

        context.sni_callback = choose
    return TlsSetup(context, authority.cert_pem.bytes(), tuple(certificates))


def _issue(authority: trustme.CA, kind: CertificateKind, names: list[str], now: datetime) -> trustme.LeafCert:
    issuer = authority
    if kind is CertificateKind.UNTRUSTED:
        issuer = trustme.CA(organization_name="another authority")
    if kind is CertificateKind.EXPIRED:
        return issuer.issue_cert(*names, not_before=now - timedelta(days=400), not_after=now - timedelta(days=2))
    return issuer.issue_cert(*(["mail.elsewhere.invalid"] if kind is CertificateKind.WRONG_NAME else names))


def _context(facts: CertificateFacts, certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a tenant may be wanted that speaks TLS 1.0 and 1.1
        context.minimum_version = _VERSIONS[facts.minimum]
        context.maximum_version = _VERSIONS[facts.maximum]
    if facts.minimum in (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL 3 refuses TLS 1.0 and 1.1 above level 0
    context.set_alpn_protocols(["http/1.1"])
    certificate.configure_cert(context)
    return context


def _der(certificate: trustme.LeafCert) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode("ascii"))
