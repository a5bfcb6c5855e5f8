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

_NAMES = {"first": FIRST_NAMES, "last": LAST_NAMES}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"n(?::0([1-9]))?")
_LONGEST = 64
"""Octets before the @: RFC 5321 §4.5.3.1.1, https://www.rfc-editor.org/rfc/rfc5321"""


def pattern_fault(pattern: str, *, numbered: bool) -> str:
    """Return what is wrong with a pattern; empty if nothing.

    Args:
        pattern: a text with placeholders ``{n}``, ``{n:05}``, ``{first}``, ``{last}``.
        numbered: whether it must hold ``{n}``, once, so that no two results are the same; then it is an address, too.
    """
    names = _PLACEHOLDER.findall(pattern)
    for name in names:
        if name not in _NAMES and not _NUMBER.fullmatch(name):
            return f"{{{name}}} is no placeholder: there are {{n}}, {{n:05}}, {{first}} and {{last}}."
    if set("{}") & set(_PLACEHOLDER.sub("", pattern)):
        return "A brace stands alone."
    if not numbered:
        return "" if pattern.strip() else "The pattern is empty."
    local, at, domain = pattern.rpartition("@")
    numbers = sum(_NUMBER.fullmatch(name) is not None for name in _PLACEHOLDER.findall(local))
    if numbers == 0:
        return "The pattern has no {n} before the @, so all addresses would be the same."
    if numbers > 1:
        return "The pattern has {n} more than once."
    if not at or "{" in domain or re.search(r"[\s@]", local) or "." not in domain.strip("."):
        return "The pattern gives no e-mail addresses."
    return ""


class Pattern:
    """A pattern in which ``pattern_fault`` finds nothing, ready to be used many times."""

    def __init__(self, text: str, *, lower: bool = False) -> None:
        """Take a pattern apart.

        Args:
            text: the pattern.
            lower: put names into lower case, as in addresses.
        """
        self._parts: list[str | tuple[str, ...] | int] = []
        """Literal texts, lists of names to be taken in turn, and the least number of digits of ``{n}``."""
        search = ""
        for literal, name in re.findall(r"([^{]*)(?:\{([^{}]*)\})?", text):
            self._parts.append(literal)
            search += re.escape(literal)
            if name in _NAMES:
                self._parts.append(tuple(one.lower() for one in _NAMES[name]) if lower else _NAMES[name])
                search += "[A-Za-z]+"
            elif name:
                self._parts.append(int(name.partition(":")[2] or 0))
                search += r"(\d+)"
        self._search = re.compile(search, re.I)

    def text(self, number: int) -> str:
        """Return what the pattern gives for the person with this number, from 0 up."""
        filled = []
        for part in self._parts:
            if isinstance(part, str):
                filled.append(part)
            elif isinstance(part, int):
                filled.append(str(number).zfill(part))
            else:
                filled.append(part[number % len(part)])
        return "".join(filled)

    def number(self, text: str) -> int | None:
        """Return the number for which an address pattern gives this text, whatever its case; None if there is none."""
        found = self._search.fullmatch(text)
        if found is None or not found.groups():
            return None
        number = int(found.group(1))
        return number if self.text(number).lower() == text.lower() else None
