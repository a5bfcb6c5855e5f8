"""Finding recipients by the beginning of a name or address, among very many.

All names and addresses stand in one string of bytes, so that a search is one pass of the machine's fastest kind: a few
milliseconds among 100,000 recipients. What is matched follows Exchange's ambiguous name resolution:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/1a9177f4-0272-4ab8-aa22-3c3eafd39e4b
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calconnect.mock_tenant.state.directory import Recipient

_KEY, _END = b"\x00", b"\n"
_UNPRINTABLE = re.compile(r"[\x00-\x1f]+")


class NameIndex:
    """The recipients of a directory, hidden and deleted ones left out, as they stood when the index was made."""

    def __init__(self, recipients: Iterable[Recipient]) -> None:
        self._recipients = [one for one in recipients if not one.hidden and not one.is_gone]
        self._starts = array("Q")
        parts, length = [], 0
        for recipient in self._recipients:
            record = _KEY + _KEY.join(_keys(recipient)) + _KEY + _END
            self._starts.append(length)
            parts.append(record)
            length += len(record)
        self._text = b"".join(parts)

    def find(self, entry: str, limit: int) -> tuple[list[Recipient], bool]:
        """Return the recipients that an entry may mean, and whether there are more of them.

        Args:
            entry: the beginning of a display name, of a word of it, of an alias or address; ``smtp:`` and the beginning
                of an address; two words in either order; with ``=`` before it, the whole of a name or address.
            limit: the most to return.
        """
        exact = entry.startswith("=")
        wanted = _fold(entry[1:] if exact else entry)
        if not wanted:
            return [], False
        found = self._search([wanted + _KEY if exact else wanted], limit + 1)
        words = wanted.split()
        if not found and not exact and len(words) > 1:
            found = self._search(words, limit + 1)
        return found[:limit], len(found) > limit

    def _search(self, beginnings: list[bytes], limit: int) -> list[Recipient]:
        found: list[Recipient] = []
        longest = max(beginnings, key=len)
        others = [_KEY + one for one in beginnings if one is not longest]
        position = self._text.find(_KEY + longest)
        while position >= 0 and len(found) < limit:
            number = bisect_right(self._starts, position) - 1
            end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
            if all(self._text.find(one, self._starts[number], end) >= 0 for one in others):
                found.append(self._recipients[number])
            position = self._text.find(_KEY + longest, end)
        return found


def _keys(recipient: Recipient) -> list[bytes]:
    name = _fold(recipient.name)
    addresses = [_fold(one) for one in (recipient.email, *recipient.aliases)]
    return [name, *name.split()[1:], *addresses, *(b"smtp:" + one for one in addresses)]


def _fold(text: str) -> bytes:
    """Return a text without case, accents and control characters."""
    text = _UNPRINTABLE.sub(" ", text).strip()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return text.casefold().encode("utf-8", "replace")
