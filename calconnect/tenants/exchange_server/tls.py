"""The TLS handshake, looked at: which version, whose certificate, trusted by whom; also when it fails.

A handshake that fails verification tells nothing about the certificate, so it is made a second time without
verification, only to read the certificate. Nothing is ever sent over that connection.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography import x509

from calconnect.evidence.observation import Fact
from calconnect.tenants.common.failures import failure_code
from calconnect.tenants.common.network import Route

_NAMES_SHOWN = 50
_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a handshake showed."""

    failure: str
    """calconnect's code of why it cannot be trusted; empty if all is well."""
    facts: Mapping[str, Fact] = field(default_factory=lambda: _NO_FACTS)
    """``tls_version``, ``subject``, ``issuer``, ``names``, ``not_before``, ``not_after`` (ISO), ``trusted_by``: those
    that could be read."""


def inspect_handshake(route: Route, host: str, port: int) -> Handshake:
    """Make a TLS handshake with ``host`` as a careful client does, and say what it showed. Never raises."""
    failure = ""
    for trusted_by in ("system", "ca_file") if route.ca_file is not None else ("system",):
        try:
            context = route.trust(with_ca_file=trusted_by == "ca_file")
        except OSError:
            return Handshake("ca-file-unreadable", _look(route, host, port))
        try:
            facts = _shake(route, host, port, context)
        except (OSError, UnicodeError, ValueError) as error:
            failure = failure_code(error)
            if not isinstance(error, ssl.SSLCertVerificationError):
                break
        else:
            return Handshake("", {**facts, "trusted_by": trusted_by})
    if failure.startswith("certificate-") or failure in ("tls-too-old", "tls-failed"):
        return Handshake(failure, _look(route, host, port))
    return Handshake(failure)


def _look(route: Route, host: str, port: int) -> Mapping[str, Fact]:
    """Read what an unverified handshake shows; nothing if there is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with contextlib.suppress(ssl.SSLError):
        # OpenSSL from 3.0 on speaks TLS 1.0 and 1.1 only at security level 0, where it speaks them at all.
        context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        return _shake(route, host, port, context)
    except (OSError, UnicodeError, ValueError):
        return _NO_FACTS


def _shake(route: Route, host: str, port: int, context: ssl.SSLContext) -> dict[str, Fact]:
    with route.dial(host, port) as plain, context.wrap_socket(plain, server_hostname=host.rstrip(".")) as secure:
        facts: dict[str, Fact] = {"tls_version": secure.version() or ""}
        certificate = secure.getpeercert(binary_form=True)
    if certificate:
        facts.update(certificate_facts(certificate))
    return facts


def certificate_facts(der: bytes) -> dict[str, Fact]:
    """Return what a certificate says: ``subject``, ``issuer``, ``names``, ``not_before``, ``not_after``.

    A certificate that cannot be read has no facts.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "names": _names(certificate)[:_NAMES_SHOWN],
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
        }
    except ValueError:
        return {}


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]
