"""The mailboxes of a waiver: addresses, and patterns with ``*`` (any characters) and ``?`` (exactly one)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from calconnect.settings.addresses import address_fault


def pattern_fault(pattern: str) -> str | None:
    """Say why no address can match, as the rest of a sentence that begins with "It" (``has no @``), or None."""
    text = pattern.replace("?", "a")
    if "*" not in text:
        return address_fault(text)
    if "@" in text:
        name, _, domain = text.rpartition("@")
        return address_fault(f"{name.replace('*', 'a')}@{domain.replace('*', 'a.a')}")
    # A star may stand for the @ and for what is around it; one of them must.
    parts = text.split("*")
    faults = [address_fault("a".join(parts[:star]) + "a@a.a" + "a".join(parts[star:])) for star in range(1, len(parts))]
    return None if None in faults else faults[0]


def matches(pattern: str, address: str) -> bool:
    """Say whether an address is meant by an address or a pattern: without regard to case, and to how letters beyond
    ASCII are written (composed or not, IDN or ASCII domain)."""
    return "@" in address and _glob(_folded(pattern), _folded(address))


def _glob(pattern: str, text: str) -> bool:
    """Match in time that grows with the product of both lengths, whatever the pattern: only the last star is tried
    again, with one character more."""
    here = there = 0
    star, tried = -1, 0
    while there < len(text):
        if here < len(pattern) and pattern[here] == "*":
            star, tried = here, there
            here += 1
        elif here < len(pattern) and pattern[here] in ("?", text[there]):
            here, there = here + 1, there + 1
        elif star >= 0:
            tried += 1
            here, there = star + 1, tried
        else:
            return False
    return not pattern[here:].strip("*")


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """Write an address, or a pattern, in lower case, with composed letters and a domain that is no ASCII form."""
    if text.isascii() and "xn--" not in text.lower():
        return text.lower()
    name, at, domain = unicodedata.normalize("NFC", text).lower().rpartition("@")
    return f"{name}{at}{'.'.join(_label(label) for label in domain.split('.'))}"


def _label(label: str) -> str:
    """Return a label of a domain as people read it (``xn--bcher-kva`` → ``bücher``, RFC 3492)."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label
