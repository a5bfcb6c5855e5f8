"""NTLM's three messages: [MS-NLMP] 2.2.1, https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag

SIGNATURE = b"NTLMSSP\x00"
_VERSION = bytes((10, 0, 0x65, 0x4F, 0, 0, 0, 15))  # 10.0.20325, NTLMSSP_REVISION_W2K3
_CHALLENGE_HEAD = struct.Struct("<8sIHHII8s8sHHI8s")
_NEGOTIATE_LEAST = 16
_AUTHENTICATE_LEAST = 64
_MIC_START, _MIC_END = 72, 88
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class NtlmError(Exception):
    """A message that is not as [MS-NLMP] wants it."""


class Flag(IntFlag):
    """NegotiateFlags, [MS-NLMP] 2.2.2.5."""

    UNICODE = 0x00000001
    OEM = 0x00000002
    REQUEST_TARGET = 0x00000004
    SIGN = 0x00000010
    SEAL = 0x00000020
    NTLM = 0x00000200
    ALWAYS_SIGN = 0x00008000
    TARGET_TYPE_DOMAIN = 0x00010000
    EXTENDED_SESSION_SECURITY = 0x00080000
    TARGET_INFO = 0x00800000
    VERSION = 0x02000000
    KEY_128 = 0x20000000
    KEY_EXCHANGE = 0x40000000
    KEY_56 = 0x80000000


_ALWAYS = Flag.NTLM | Flag.TARGET_TYPE_DOMAIN | Flag.TARGET_INFO | Flag.REQUEST_TARGET
_IF_ASKED = (
    Flag.SIGN
    | Flag.SEAL
    | Flag.ALWAYS_SIGN
    | Flag.EXTENDED_SESSION_SECURITY
    | Flag.VERSION
    | Flag.KEY_128
    | Flag.KEY_EXCHANGE
    | Flag.KEY_56
)


class AvId(IntEnum):
    """Kinds of AV pairs, [MS-NLMP] 2.2.2.1."""

    END = 0
    COMPUTER_NAME = 1
    DOMAIN_NAME = 2
    DNS_COMPUTER_NAME = 3
    DNS_DOMAIN_NAME = 4
    DNS_TREE_NAME = 5
    FLAGS = 6
    TIMESTAMP = 7
    TARGET_NAME = 9
    CHANNEL_BINDINGS = 10


def message_type(data: bytes) -> int:
    """Return 1, 2 or 3.

    Raises:
        NtlmError: it is no NTLM message.
    """
    if len(data) < 12 or not data.startswith(SIGNATURE):
        raise NtlmError("no NTLM message")
    return int.from_bytes(data[8:12], "little")


def read_negotiate(data: bytes) -> Flag:
    """Return the flags of a NEGOTIATE message.

    Raises:
        NtlmError: it is too short, or offers no character set.
    """
    if len(data) < _NEGOTIATE_LEAST:
        raise NtlmError("the NEGOTIATE message is too short")
    flags = Flag(int.from_bytes(data[12:16], "little"))
    if not flags & (Flag.UNICODE | Flag.OEM):
        raise NtlmError("the client offers no character set")
    return flags


@dataclass(frozen=True, slots=True)
class ServerNames:
    """How the server names itself in a challenge."""

    domain: str
    """NetBIOS name: ``CONTOSO``."""
    computer: str
    """NetBIOS name: ``EX01``."""
    dns_domain: str

    @property
    def dns_computer(self) -> str:
        """``ex01.contoso.test``."""
        return f"{self.computer}.{self.dns_domain}".lower()


def write_challenge(asked: Flag, names: ServerNames, challenge: bytes, now: datetime) -> bytes:
    """Write a CHALLENGE message.

    Args:
        asked: the flags of the NEGOTIATE message.
        names: of the server.
        challenge: 8 random bytes.
        now: goes into the timestamp, which makes clients send a MIC.
    """
    charset = Flag.UNICODE if Flag.UNICODE in asked else Flag.OEM
    flags = _ALWAYS | charset | asked & _IF_ASKED
    target = names.domain.encode(_encoding(flags), "replace")
    ticks = (now - _EPOCH).days * 86_400 * 10**7 + (now - _EPOCH).seconds * 10**7
    info = write_av_pairs(
        {
            AvId.DOMAIN_NAME: names.domain.encode("utf-16-le"),
            AvId.COMPUTER_NAME: names.computer.encode("utf-16-le"),
            AvId.DNS_DOMAIN_NAME: names.dns_domain.encode("utf-16-le"),
            AvId.DNS_COMPUTER_NAME: names.dns_computer.encode("utf-16-le"),
            AvId.DNS_TREE_NAME: names.dns_domain.encode("utf-16-le"),
            AvId.TIMESTAMP: struct.pack("<Q", ticks),
        }
    )
    start = _CHALLENGE_HEAD.size
    head = _CHALLENGE_HEAD.pack(
        SIGNATURE,
        2,
        len(target),
        len(target),
        start,
        flags,
        challenge,
        bytes(8),
        len(info),
        len(info),
        start + len(target),
        _VERSION,
    )
    return head + target + info


def write_av_pairs(pairs: Mapping[AvId, bytes]) -> bytes:
    """Write AV pairs with their end."""
    return b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in pairs.items()) + bytes(4)


def read_av_pairs(data: bytes) -> dict[int, bytes]:
    """Read AV pairs up to their end.

    Raises:
        NtlmError: a pair runs over the end.
    """
    pairs: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, position)
        if kind == AvId.END:
            return pairs
        value = data[position + 4 : position + 4 + length]
        if len(value) != length:
            raise NtlmError("an AV pair runs over the end")
        pairs[kind] = value
        position += 4 + length
    return pairs


@dataclass(frozen=True, slots=True)
class Authenticate:
    """An AUTHENTICATE message."""

    raw: bytes = field(repr=False)
    flags: Flag
    domain: str
    user: str
    workstation: str
    nt_response: bytes = field(repr=False)
    session_key: bytes = field(repr=False)
    """EncryptedRandomSessionKey."""

    @property
    def is_anonymous(self) -> bool:
        """Whether it names nobody."""
        return not self.user and not self.nt_response

    @property
    def is_version_2(self) -> bool:
        """Whether the response is NTLMv2: proof, then a structure that begins with 1, 1."""
        return len(self.nt_response) >= 16 + 28 and self.nt_response[16:18] == b"\x01\x01"

    @property
    def av_pairs(self) -> dict[int, bytes]:
        """The AV pairs that the client's proof covers."""
        return read_av_pairs(self.nt_response[16 + 28 :]) if self.is_version_2 else {}

    @property
    def has_mic(self) -> bool:
        """Whether the client says that it sent a MIC."""
        flags = self.av_pairs.get(AvId.FLAGS)
        return flags is not None and len(flags) == 4 and bool(int.from_bytes(flags, "little") & 2)

    @property
    def mic(self) -> bytes:
        """The MIC, 16 bytes."""
        return self.raw[_MIC_START:_MIC_END]

    @property
    def raw_without_mic(self) -> bytes:
        """The message with zeros where the MIC stands."""
        return self.raw[:_MIC_START] + bytes(16) + self.raw[_MIC_END:]


def read_authenticate(data: bytes) -> Authenticate:
    """Read an AUTHENTICATE message.

    Raises:
        NtlmError: it is too short, or a field runs over the end.
    """
    if len(data) < _AUTHENTICATE_LEAST:
        raise NtlmError("the AUTHENTICATE message is too short")
    flags = Flag(int.from_bytes(data[60:64], "little"))
    try:
        domain, user, workstation = (_field(data, at).decode(_encoding(flags)) for at in (28, 36, 44))
    except UnicodeDecodeError as error:
        raise NtlmError("a name is not text") from error
    message = Authenticate(data, flags, domain, user, workstation, _field(data, 20), _field(data, 52))
    if message.has_mic and len(data) < _MIC_END:
        raise NtlmError("the AUTHENTICATE message is too short for its MIC")
    return message


def _encoding(flags: Flag) -> str:
    """Return the encoding of names outside AV pairs, which are Unicode always."""
    return "utf-16-le" if Flag.UNICODE in flags else "cp1252"


def _field(data: bytes, at: int) -> bytes:
    length, _, offset = struct.unpack_from("<HHI", data, at)
    value = data[offset : offset + length]
    if len(value) != length:
        raise NtlmError("a field runs over the end")
    return value
