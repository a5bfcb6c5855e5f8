"""Patterns by which addresses and names are generated: ``user{n:05}@contoso.test``, ``{first} {last}``."""

from __future__ import annotations

import re

FIRST_NAMES = (
    "Ada", "Amara", "Anton", "Beatriz", "Bilal", "Chiara", "Chloe", "Daniel", "Dilnaz", "Elena", "Emeka", "Farah",
    "Felix", "Grace", "Hana", "Henrik", "Ines", "Ivan", "Jamila", "Jonas", "Kaito", "Katya", "Lars", "Leila",
    "Mateo", "Mei", "Nadia", "Noah", "Olga", "Omar", "Priya", "Rafael", "Sana", "Tomas", "Uma", "Viktor", "Yara",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Almeida", "Bauer", "Bianchi", "Castillo", "Chen", "Dubois", "Eriksson", "Fischer", "Garcia", "Haddad",
    "Ito", "Jansen", "Kaya", "Kowalski", "Larsen", "Lindqvist", "Mbeki", "Moreau", "Nakamura", "Novak", "Okonkwo",
    "Olsen", "Patel", "Petrov", "Quispe", "Rahman", "Rossi", "Sato", "Schneider", "Silva", "Tanaka", "Toure",
    "Usman", "Varga", "Weber", "Xu", "Yilmaz", "Zhang", "Zimmer", "Adeyemi",
)  # fmt: skip
"""37 first and 41 last names: both prime, so the pairs repeat after 1,517 people only."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"n(?::0([1-9]))?")
_LONGEST = 64
"""Octets before the @: RFC 5321 §4.5.3.1.1, https://www.rfc-editor.org/rfc/rfc5321"""


def pattern_fault(pattern: str, *, numbered: bool) -> str:
    """Return what is wrong with a pattern; empty if nothing.

    Args:
        pattern: a text with placeholders ``{n}``, ``{n:05}``, ``{first}``, ``{last}``.
        numbered: whether it must hold ``{n}``, so that no two results are the same; then it is an address, too.
    """
    names = _PLACEHOLDER.findall(pattern)
    for name in names:
        if name not in ("first", "last") and not _NUMBER.fullmatch(name):
            return f"{{{name}}} is no placeholder: there are {{n}}, {{n:05}}, {{first}} and {{last}}."
    if set("{}") & set(_PLACEHOLDER.sub("", pattern)):
        return "A brace stands alone."
    if not numbered:
        return "" if pattern.strip() else "The pattern is empty."
    local, at, domain = pattern.rpartition("@")
    if not any(_NUMBER.fullmatch(name) for name in _PLACEHOLDER.findall(local)):
        return "The pattern has no {n} before the @, so all addresses would be the same."
    if not at or "{" in domain or re.search(r"[\s@]", local) or "." not in domain.strip("."):
        return "The pattern gives no e-mail addresses."
    return ""


def expand(pattern: str, number: int, *, lower: bool = False) -> str:
    """Return what a pattern gives for the person with this number.

    Args:
        pattern: one in which ``pattern_fault`` finds nothing.
        number: from 0 up.
        lower: put the names into lower case, as in addresses.
    """

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "first":
            text = FIRST_NAMES[number % len(FIRST_NAMES)]
        elif name == "last":
            text = LAST_NAMES[number % len(LAST_NAMES)]
        else:
            width = _NUMBER.fullmatch(name)
            return f"{number:0{(width and width.group(1)) or 1}d}"
        return text.lower() if lower else text

    return _PLACEHOLDER.sub(fill, pattern)
