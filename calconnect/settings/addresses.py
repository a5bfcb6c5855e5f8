"""The syntax of e-mail addresses, with the reason why one is malformed. Asks no server.

What is accepted is a plain address ``name@domain``: dot-atom names (RFC 5322 §3.2.3,
https://www.rfc-editor.org/rfc/rfc5322), letters of any script in both parts (RFC 6531 §3.3,
https://www.rfc-editor.org/rfc/rfc6531), and the lengths of RFC 5321 §4.5.3.1 (https://www.rfc-editor.org/rfc/rfc5321):
64 octets before the @, 254 in all, 63 in a part of the domain. Quoted names and address literals (``"a b"@example.com``
and ``a@[192.0.2.1]``) are mail syntax that no list of mailboxes needs.
"""

from __future__ import annotations

import re
import unicodedata

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[A-Za-z]){_LABEL}")
_NAME_SYMBOLS = frozenset("!#$%&'*+/=?^_`{|}~-.")
_LETTER_KINDS = frozenset("LMN")
_LONGEST_LOOKED_AT = 2000
"""Characters; a longer text is too long for an address, whatever else is wrong with it."""
_INVISIBLE_KINDS = frozenset(("Cc", "Cf", "Zl", "Zp"))


def address_fault(text: str) -> str | None:
    """Say what is wrong with an address, as the rest of a sentence that begins with "It" (``has no @``), or None."""
    if len(text) <= 64 and _PLAIN.fullmatch(text):
        return None
    return _fault(text)


def address_key(address: str) -> str:
    """Return what two ways of writing the same address have in common: case, composed letters, and IDN or ASCII domain.

    Exchange compares addresses without regard to case, in the part before the @ as well.
    """
    if address.isascii() and "xn--" not in address:
        return address.lower()
    name, at, domain = unicodedata.normalize("NFC", address).lower().rpartition("@")
    return f"{name}{at}{'.'.join(_ascii_label(label) for label in domain.split('.'))}"


def _fault(text: str) -> str | None:
    if not text:
        return "is empty"
    if len(text) > _LONGEST_LOOKED_AT:
        return "is longer than 254 octets"
    for character in text:
        if unicodedata.category(character) in _INVISIBLE_KINDS:
            return f"holds an invisible character (U+{ord(character):04X})"
        if "\ud800" <= character <= "\udfff":
            return "is not UTF-8 text"
    if "<" in text or ">" in text:
        return "is a name with an address, and must be the address alone"
    if any(character.isspace() for character in text):
        return "has a space in it"
    name, at, domain = text.rpartition("@")
    if not at:
        return "has no @"
    if "@" in name:
        return "has more than one @"
    return _name_fault(name) or _domain_fault(domain) or _length_fault(text)


def _name_fault(name: str) -> str | None:
    if not name:
        return "has nothing before the @"
    if name.lower().startswith(("mailto:", "smtp:")):
        return "begins with a prefix (mailto: or smtp:) that is no part of the address"
    if name.startswith(".") or name.endswith("."):
        return "has a dot at an end of the part before the @"
    if ".." in name:
        return "has two dots in a row"
    for character in name:
        if character.isascii() and not (character.isalnum() or character in _NAME_SYMBOLS):
            return f"has a character before the @ that may not stand there: {character}"
    if len(name.encode()) > 64:
        return "has more than 64 octets before the @"
    return None


def _domain_fault(domain: str) -> str | None:
    if not domain:
        return "has nothing after the @"
    labels = domain.split(".")
    if "" in labels:
        return "has an empty part in its domain"
    if len(labels) < 2:
        return "has no dot in its domain"
    for label in labels:
        for character in label:
            if not (character == "-" or unicodedata.category(character)[0] in _LETTER_KINDS):
                return f"has a character in its domain that may not stand there: {character}"
        if label.startswith("-") or label.endswith("-"):
            return "has a hyphen at an end of a part of its domain"
        if len(_ascii_label(label)) > 63:
            return "has more than 63 octets in a part of its domain"
    if labels[-1].isdigit():
        return "has an IP address, or a number, in the place of its domain"
    return None


def _length_fault(text: str) -> str | None:
    return "is longer than 254 octets" if len(text.encode()) > 254 else None


def _ascii_label(label: str) -> str:
    """Return the label as it stands in the DNS (``bücher`` → ``xn--bcher-kva``, RFC 3492)."""
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
