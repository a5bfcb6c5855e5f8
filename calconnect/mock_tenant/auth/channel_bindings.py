"""Extended Protection: whether an NTLM sign-in was made for the TLS channel that it came by.

The token: https://www.rfc-editor.org/rfc/rfc5929#section-4.1 (``tls-server-end-point``). How it stands in NTLM:
[MS-NLMP] 2.2.2.1 (MsvAvChannelBindings) and 3.1.5.1.2, https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp
"""

from __future__ import annotations

import hashlib
import hmac
import struct

from cryptography import x509

from calconnect.mock_tenant.state.server import ExtendedProtection

_WEAK = frozenset({"md5", "sha1"})
_NONE = bytes(16)
"""What a client sends that binds to no channel; or nothing at all."""


def channel_binding_hash(certificate: bytes) -> bytes:
    """Return what NTLM carries for a channel whose server shows this certificate (DER): an MD5, 16 bytes."""
    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    name = "sha256" if algorithm is None or algorithm.name in _WEAK else algorithm.name
    token = b"tls-server-end-point:" + hashlib.new(name, certificate).digest()
    # gss_channel_bindings_struct: no addresses of either side, then the application data (RFC 2744, 3.11)
    return hashlib.md5(bytes(16) + struct.pack("<I", len(token)) + token, usedforsecurity=False).digest()


def is_protected(protection: ExtendedProtection, sent: bytes, expected: bytes) -> bool:
    """Whether a sign-in may pass.

    Args:
        protection: what the virtual directory asks for.
        sent: the client's hash, covered by its proof; empty or zeros: none.
        expected: that of the server's own certificate.
    """
    if protection is ExtendedProtection.NONE:
        return True
    if sent in (b"", _NONE):
        return protection is ExtendedProtection.ALLOW
    return hmac.compare_digest(sent, expected)
