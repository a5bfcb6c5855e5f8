"""Recipient filters in OPath, as management scopes hold them.

https://learn.microsoft.com/powershell/exchange/recipient-filters and
https://learn.microsoft.com/powershell/exchange/recipientfilter-properties
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from calconnect.mock_tenant.state.directory import Directory, Recipient

Test = Callable[[Recipient, Directory], bool]
"""Whether a filter selects a recipient."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()!])|-(?P<word>\w+)|(?P<name>\$?\w+)|'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"]|"")*)")""",
    re.S,
)


def _member_of(recipient: Recipient, directory: Directory) -> list[str]:
    return [group.distinguished_name for group in directory.groups_of(recipient)]


_PROPERTIES: Mapping[str, Callable[[Recipient, Directory], list[str]]] = MappingProxyType(
    {
        "memberofgroup": _member_of,
        "primarysmtpaddress": lambda one, _: [one.email],
        "emailaddresses": lambda one, _: [
            text for address in (one.email, *one.aliases) for text in (address, f"smtp:{address}")
        ],
        "userprincipalname": lambda one, _: [one.upn or one.email],
        "name": lambda one, _: [one.name],
        "displayname": lambda one, _: [one.name],
        "alias": lambda one, _: [one.email.partition("@")[0]],
        "department": lambda one, _: [one.department],
        "database": lambda one, _: [one.database] if one.has_mailbox else [""],
        "recipienttypedetails": lambda one, _: [one.type_details],
        "hiddenfromaddresslistsenabled": lambda one, _: ["$true" if one.hidden else "$false"],
    }
)
"""By name in lower case: the values that a recipient has. ``MemberOfGroup`` knows direct members only."""


_DEEPEST = 100
"""So many parentheses and negations within each other at most are understood."""


class _NotUnderstoodError(Exception):
    pass


@dataclass(slots=True)
class _Reader:
    """Reads a filter from left to right. ``-not`` binds closest, then ``-and``, then ``-or``."""

    tokens: Sequence[tuple[str, str]]
    at: int = 0
    depth: int = 0

    def either(self) -> Test:
        tests = [self._both()]
        while self._takes("word", "or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda one, directory: any(test(one, directory) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._takes("word", "and"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda one, directory: all(test(one, directory) for test in tests)

    def _single(self) -> Test:
        if self.depth >= _DEEPEST:
            raise _NotUnderstoodError
        self.depth += 1
        try:
            return self._inner()
        finally:
            self.depth -= 1

    def _inner(self) -> Test:
        if self._takes("word", "not") or self._takes("mark", "!"):
            negated = self._single()
            return lambda one, directory: not negated(one, directory)
        if self._takes("mark", "("):
            inner = self.either()
            if not self._takes("mark", ")"):
                raise _NotUnderstoodError
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        values = _PROPERTIES.get(self._next("name"))
        compares = _OPERATORS.get(self._next("word"))
        if values is None or compares is None:
            raise _NotUnderstoodError
        matches, wanted = compares(self._value())
        return lambda one, directory: any(matches(text.lower()) for text in values(one, directory)) is wanted

    def _value(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind != "text" and not (kind == "name" and text in ("$true", "$false")):
            raise _NotUnderstoodError
        self.at += 1
        return text

    def _next(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise _NotUnderstoodError
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _takes(self, kind: str, text: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == (kind, text):
            self.at += 1
            return True
        return False


def _equal(value: str) -> Callable[[str], bool]:
    return lambda text: text == value


def _like(value: str) -> Callable[[str], bool]:
    pattern = re.compile(".*".join(re.escape(part) for part in value.split("*")), re.S)
    return lambda text: pattern.fullmatch(text) is not None


_OPERATORS: Mapping[str, Callable[[str], tuple[Callable[[str], bool], bool]]] = MappingProxyType(
    {
        "eq": lambda value: (_equal(value), True),
        "ne": lambda value: (_equal(value), False),
        "like": lambda value: (_like(value), True),
        "notlike": lambda value: (_like(value), False),
    }
)
"""By name: how a property is compared with a value, and whether one match selects the recipient or rules it out."""


@functools.lru_cache(maxsize=1024)
def read_filter(text: str) -> Test | None:
    """Return what a filter tests; None: it is not understood. Case is ignored."""
    try:
        reader = _Reader(_tokens(text))
        test = reader.either()
    except _NotUnderstoodError:
        return None
    return test if reader.at == len(reader.tokens) else None


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, text = 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _NotUnderstoodError
        kind = str(match.lastgroup)
        value = match.group(kind).lower()
        if kind in ("single", "double"):
            quote = "'" if kind == "single" else '"'
            kind, value = "text", value.replace(quote * 2, quote)
        found.append((kind, value))
        position = match.end()
    return found
