"""NTLM over HTTP, bound to the TLS channel: one handshake of three messages, for any HTTP library.

Source: https://learn.microsoft.com/openspecs/windows_protocols/ms-nthtpe/ (NTLM over HTTP) and
https://www.rfc-editor.org/rfc/rfc5929#section-4.1 (tls-server-end-point, which Extended Protection asks for).
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable

import spnego
import spnego.channel_bindings
import spnego.exceptions
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from calconnect.tenants.common.failures import HandshakeBroken


class NtlmHandshake:
    """One handshake. Its messages must travel over one and the same connection."""

    def __init__(self, username: str, password: str, host: str, certificate: bytes | None) -> None:
        """Begin a handshake as ``username`` with ``host``, whose certificate (DER) is bound in where it is known.

        Raises:
            HandshakeBroken: this machine cannot make the messages.
        """
        binding = None
        if certificate is not None:
            binding = spnego.channel_bindings.GssChannelBindings(application_data=channel_binding(certificate))
        try:
            self._context = spnego.client(
                login_name(username),
                password,
                hostname=host,
                service="http",
                protocol="ntlm",
                channel_bindings=binding,
                options=spnego.NegotiateOptions.use_ntlm,
            )
        except spnego.exceptions.SpnegoError:
            raise HandshakeBroken("no NTLM here") from None

    def negotiate(self) -> str:
        """Return the first message, as the value of ``Authorization``.

        Raises:
            HandshakeBroken: this machine cannot make the message.
        """
        return self._step(None)

    def authenticate(self, challenges: Iterable[str]) -> str | None:
        """Return the last message, for the ``WWW-Authenticate`` values of the server; None if they hold no challenge.

        Raises:
            HandshakeBroken: the challenge cannot be read.
        """
        for value in challenges:
            for part in value.split(","):
                scheme, _, token = part.strip().partition(" ")
                if scheme.lower() == "ntlm" and token.strip():
                    try:
                        return self._step(base64.b64decode(token.strip(), validate=True))
                    except binascii.Error:
                        raise HandshakeBroken("the challenge is not Base64") from None
        return None

    def _step(self, token: bytes | None) -> str:
        try:
            message = self._context.step(token)
        except (spnego.exceptions.SpnegoError, ValueError, struct.error, IndexError, KeyError):
            raise HandshakeBroken("the challenge cannot be read") from None
        return "NTLM " + base64.b64encode(message or b"").decode("ascii")


def login_name(username: str) -> str:
    r"""Return the name as NTLM wants it: an e-mail address or UPN stands in the domain of no name (``\user@domain``).

    Source: https://github.com/ecederstrand/exchangelib (``protocol.py``, ``create_session``).
    """
    return f"\\{username}" if "@" in username and "\\" not in username else username


def channel_binding(certificate: bytes) -> bytes:
    """Return the ``tls-server-end-point`` binding of a certificate (DER)."""
    algorithm: hashes.HashAlgorithm | None = None
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        algorithm = None
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate)
    return b"tls-server-end-point:" + digest.finalize()
