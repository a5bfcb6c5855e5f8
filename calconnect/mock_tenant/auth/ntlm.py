"""NTLM sign-in, server side: NTLMv2 alone (as with LmCompatibilityLevel 5), with the MIC checked where there is one.

[MS-NLMP] 3.2.5 and 3.3.2, https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp; over HTTP: [MS-NTHT].
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from calconnect.mock_tenant.auth.ciphers import Rc4, md4
from calconnect.mock_tenant.auth.ntlm_messages import (
    Authenticate,
    AvId,
    Flag,
    ServerNames,
    read_authenticate,
    read_negotiate,
    write_challenge,
)
from calconnect.mock_tenant.state.directory import Account, Directory

_NO_FLAGS = Flag(0)
_SIGN_MAGIC = {
    "client": b"session key to client-to-server signing key magic constant\x00",
    "server": b"session key to server-to-client signing key magic constant\x00",
}
_SEAL_MAGIC = {
    "client": b"session key to client-to-server sealing key magic constant\x00",
    "server": b"session key to server-to-client sealing key magic constant\x00",
}


@dataclass(frozen=True, slots=True)
class NtlmResult:
    """How an exchange ended."""

    login: str
    """The name that was tried."""
    account: Account | None
    """The account of that name; None: there is none."""
    proven: bool
    """Whether the client knows the account's password (and the MIC, if any, is right)."""
    session_key: bytes = field(default=b"", repr=False)
    """ExportedSessionKey."""
    flags: Flag = _NO_FLAGS
    channel_bindings: bytes = b""
    """The MD5 of the channel bindings that the client's proof covers; empty or zeros: none."""


class NtlmExchange:
    """One negotiation on one connection: from NEGOTIATE to AUTHENTICATE."""

    def __init__(self, names: ServerNames, challenge: bytes, now: datetime) -> None:
        self._names = names
        self._server_challenge = challenge
        self._now = now
        self._negotiate = b""
        self._challenge = b""

    def challenge(self, negotiate: bytes) -> bytes:
        """Answer a NEGOTIATE message with a CHALLENGE message.

        Raises:
            NtlmError: it is not well-formed.
        """
        flags = read_negotiate(negotiate)
        self._negotiate = negotiate
        self._challenge = write_challenge(flags, self._names, self._server_challenge, self._now)
        return self._challenge

    def finish(self, data: bytes, directory: Directory, default_domain: str) -> NtlmResult:
        """Judge an AUTHENTICATE message.

        Args:
            data: the message.
            directory: holds the accounts.
            default_domain: NetBIOS domain of a user name that comes without one.

        Raises:
            NtlmError: it is not well-formed.
        """
        message = read_authenticate(data)
        login, account = find_account(directory, message.domain, message.user, default_domain)
        if account is None or not message.is_version_2:
            return NtlmResult(login, account, proven=False)
        key = ntlm_v2_key(account.password, message.user, message.domain)
        proof, rest = message.nt_response[:16], message.nt_response[16:]
        if not hmac.compare_digest(proof, _hmac(key, self._server_challenge + rest)):
            return NtlmResult(login, account, proven=False)
        base_key = _hmac(key, proof)
        session_key = base_key
        if Flag.KEY_EXCHANGE in message.flags and len(message.session_key) == 16:
            session_key = Rc4(base_key).apply(message.session_key)
        return NtlmResult(
            login,
            account,
            proven=self._mic_is_right(message, session_key),
            session_key=session_key,
            flags=message.flags,
            channel_bindings=message.av_pairs.get(AvId.CHANNEL_BINDINGS, b""),
        )

    def _mic_is_right(self, message: Authenticate, session_key: bytes) -> bool:
        if not message.has_mic:
            return True
        expected = _hmac(session_key, self._negotiate + self._challenge + message.raw_without_mic)
        return hmac.compare_digest(message.mic, expected)


def find_account(directory: Directory, domain: str, user: str, default_domain: str) -> tuple[str, Account | None]:
    """Find the account that a domain and a user name mean; returns the name that it was found by, or the likeliest."""
    names = list(_logins(domain, user, default_domain))
    for name in names:
        account = directory.account(name)
        if account is not None:
            return name, account
    return names[0], None


def _logins(domain: str, user: str, default_domain: str) -> Iterator[str]:
    if domain:
        yield f"{domain}\\{user}"
        yield f"{user}@{domain}"
        if "." in domain:  # the domain's DNS name
            yield f"{domain.partition('.')[0]}\\{user}"
    else:
        yield user
        yield f"{default_domain}\\{user}"
    if "@" in user:
        yield user


def ntlm_v2_key(password: str, user: str, domain: str) -> bytes:
    """Return NTOWFv2, [MS-NLMP] 3.3.2."""
    return _hmac(md4(password.encode("utf-16-le")), (user.upper() + domain).encode("utf-16-le"))


def sign(session_key: bytes, flags: Flag, message: bytes, *, by: str) -> bytes:
    """Return the signature of the first message (sequence number 0) with extended session security.

    Args:
        session_key: ExportedSessionKey.
        flags: as negotiated.
        message: what is signed.
        by: ``client`` or ``server``.
    """
    signing = hashlib.md5(session_key + _SIGN_MAGIC[by], usedforsecurity=False).digest()
    checksum = _hmac(signing, bytes(4) + message)[:8]
    if Flag.KEY_EXCHANGE in flags:
        part = session_key if Flag.KEY_128 in flags else session_key[: 7 if Flag.KEY_56 in flags else 5]
        checksum = Rc4(hashlib.md5(part + _SEAL_MAGIC[by], usedforsecurity=False).digest()).apply(checksum)
    return b"\x01\x00\x00\x00" + checksum + bytes(4)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "md5")
