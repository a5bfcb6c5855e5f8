"""SPNEGO around NTLM: RFC 4178, as far as ``Authorization: Negotiate`` needs it. Kerberos is offered by none.

https://learn.microsoft.com/openspecs/windows_protocols/ms-spng
"""

from __future__ import annotations

from dataclasses import dataclass

NTLM_MECHANISM = bytes.fromhex("060a2b06010401823702020a")
"""The object identifier 1.3.6.1.4.1.311.2.2.10 in DER."""
_SPNEGO = bytes.fromhex("06062b0601050502")
_ACCEPT_COMPLETED, _ACCEPT_INCOMPLETE = 0, 1


class SpnegoError(Exception):
    """A token that is not SPNEGO."""


@dataclass(frozen=True, slots=True)
class SpnegoToken:
    """A token from the client."""

    mechanisms: bytes = b""
    """Of the first token: the DER list of mechanisms, which the mechListMIC covers."""
    token: bytes = b""
    """The inner token; empty: none."""
    mic: bytes = b""
    """mechListMIC; empty: none."""

    @property
    def prefers_ntlm(self) -> bool:
        """Whether NTLM is the client's first choice, so that ``token`` is meant for it."""
        return _content(self.mechanisms)[0].startswith(NTLM_MECHANISM)

    @property
    def offers_ntlm(self) -> bool:
        """Whether NTLM is among the choices."""
        return NTLM_MECHANISM in self.mechanisms


def read_spnego(data: bytes) -> SpnegoToken:
    """Read a NegTokenInit (with its frame) or a NegTokenResp.

    Raises:
        SpnegoError: it is neither.
    """
    if data[:1] == b"\x60":
        inner, _ = _content(data)
        if not inner.startswith(_SPNEGO):
            raise SpnegoError("not SPNEGO")
        fields = _fields(inner[len(_SPNEGO) :], 0xA0)
        return SpnegoToken(fields.get(0, b""), _octets(fields.get(2)), _octets(fields.get(3)))
    fields = _fields(data, 0xA1)
    return SpnegoToken(b"", _octets(fields.get(2)), _octets(fields.get(3)))


def write_incomplete(token: bytes) -> bytes:
    """Write a NegTokenResp that goes on with NTLM; ``token`` may be empty."""
    parts = _tag(0xA0, _tag(0x0A, bytes([_ACCEPT_INCOMPLETE]))) + _tag(0xA1, NTLM_MECHANISM)
    if token:
        parts += _tag(0xA2, _tag(0x04, token))
    return _tag(0xA1, _tag(0x30, parts))


def write_completed(mic: bytes) -> bytes:
    """Write a NegTokenResp that accepts; ``mic`` may be empty."""
    parts = _tag(0xA0, _tag(0x0A, bytes([_ACCEPT_COMPLETED])))
    if mic:
        parts += _tag(0xA3, _tag(0x04, mic))
    return _tag(0xA1, _tag(0x30, parts))


def _fields(data: bytes, tag: int) -> dict[int, bytes]:
    """Return the context-tagged fields of a sequence inside ``tag``, by number."""
    if data[:1] != bytes([tag]):
        raise SpnegoError("not a SPNEGO token")
    sequence, _ = _content(data)
    if sequence[:1] != b"\x30":
        raise SpnegoError("not a SPNEGO token")
    rest, _ = _content(sequence)
    fields = {}
    while rest:
        number = rest[0] & 0x1F
        fields[number], rest = _content(rest)
    return fields


def _octets(value: bytes | None) -> bytes:
    return _content(value)[0] if value else b""


def _content(data: bytes) -> tuple[bytes, bytes]:
    """Return the content of the first DER value, and what follows the value."""
    if len(data) < 2:
        raise SpnegoError("the token ends too early")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    if len(data) < start + length:
        raise SpnegoError("the token ends too early")
    return data[start : start + length], data[start + length :]


def _tag(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + content
