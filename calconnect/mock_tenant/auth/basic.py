"""Basic authentication. RFC 7617; the charset is not negotiated, so UTF-8 and Latin-1 are both understood."""

from __future__ import annotations

import base64
import binascii
import contextlib


def read_basic(token: str) -> tuple[tuple[str, str], ...]:
    """Return the (login, password) pairs that the token after ``Basic`` can mean, likeliest first.

    There are none if it is malformed, and two where UTF-8 and Latin-1 read it differently.
    """
    try:
        raw = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return ()
    texts = []
    with contextlib.suppress(UnicodeDecodeError):
        texts.append(raw.decode())
    if not raw.isascii():
        texts.append(raw.decode("latin-1"))
    pairs = []
    for text in texts:
        login, colon, password = text.partition(":")
        if colon:
            pairs.append((login, password))
    return tuple(pairs)
