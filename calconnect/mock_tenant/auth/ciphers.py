"""MD4 and RC4, which NTLM is made of and which no current library offers. Not for protecting anything.

MD4: RFC 1320. RC4: as [MS-NLMP] 3.4.4 uses it.
"""

from __future__ import annotations

import struct

_MASK = 0xFFFFFFFF
_ROUND_1 = tuple((index, (3, 7, 11, 19)[index % 4]) for index in range(16))
_ROUND_2 = tuple(((index % 4) * 4 + index // 4, (3, 5, 9, 13)[index % 4]) for index in range(16))
_ORDER_3 = (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15)
_ROUND_3 = tuple((_ORDER_3[index], (3, 9, 11, 15)[index % 4]) for index in range(16))


def md4(message: bytes) -> bytes:
    """Return the MD4 digest, 16 bytes."""
    padded = message + b"\x80" + b"\x00" * (-(len(message) + 9) % 64) + struct.pack("<Q", len(message) * 8)
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
    for start in range(0, len(padded), 64):
        state = _block(state, struct.unpack("<16I", padded[start : start + 64]))
    return struct.pack("<4I", *state)


def _block(state: tuple[int, int, int, int], words: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    for index, shift in _ROUND_1:
        a, b, c, d = d, _rotate(a + (b & c | ~b & d) + words[index], shift), b, c
    for index, shift in _ROUND_2:
        a, b, c, d = d, _rotate(a + (b & c | b & d | c & d) + words[index] + 0x5A827999, shift), b, c
    for index, shift in _ROUND_3:
        a, b, c, d = d, _rotate(a + (b ^ c ^ d) + words[index] + 0x6ED9EBA1, shift), b, c
    return (state[0] + a) & _MASK, (state[1] + b) & _MASK, (state[2] + c) & _MASK, (state[3] + d) & _MASK


def _rotate(value: int, shift: int) -> int:
    value &= _MASK
    return (value << shift | value >> (32 - shift)) & _MASK


class Rc4:
    """An RC4 stream."""

    def __init__(self, key: bytes) -> None:
        box = list(range(256))
        other = 0
        for index in range(256):
            other = (other + box[index] + key[index % len(key)]) % 256
            box[index], box[other] = box[other], box[index]
        self._box, self._x, self._y = box, 0, 0

    def apply(self, data: bytes) -> bytes:
        """Encrypt or decrypt the next bytes of the stream."""
        box, result = self._box, bytearray()
        for byte in data:
            self._x = (self._x + 1) % 256
            self._y = (self._y + box[self._x]) % 256
            box[self._x], box[self._y] = box[self._y], box[self._x]
            result.append(byte ^ box[(box[self._x] + box[self._y]) % 256])
        return bytes(result)
