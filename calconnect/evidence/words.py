"""What a sign of success or failure means: a code that servers send, or a word of calconnect's own (``words.toml``)."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from calconnect.evidence.codes import Kind, meaning

_TABLE = Path(__file__).with_name("words.toml")
_STATUS = re.compile(r"HTTP (\d{3})")


@functools.cache
def word_table() -> Mapping[str, str]:
    """Return calconnect's own words with what they mean; they are read once."""
    return MappingProxyType(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["words"])


def sign_meaning(sign: str) -> str:
    """Return what a sign means in one sentence; empty if neither table knows it.

    Args:
        sign: a code, status or word, maybe with words behind it that say where it is seen: ``ErrorAccessDenied``,
            ``HTTP 401``, ``not-a-member``, ``NoError for an outsider``.
    """
    status = _STATUS.match(sign)
    lead = status.group() if status else sign.split(maxsplit=1)[0] if sign.strip() else ""
    words = word_table()
    if found := words.get(sign) or words.get(lead):
        return found
    known = meaning(None, int(status.group(1))) if status else meaning(lead or None)
    return "" if known.kind is Kind.UNLISTED else known.sentence
