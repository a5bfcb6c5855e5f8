"""``$filter``: the part of OData's expressions that Graph's directory and Outlook resources take.

Comparisons (``eq ne gt ge lt le in``), ``and or not``, ``startswith endswith contains``, ``any`` with and without a
condition. Source: https://learn.microsoft.com/graph/filter-query-parameter
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calconnect.mock_tenant.graph.errors import GraphError, bad_request

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<mark>[(),:])"
    r"|(?P<word>[^\s(),:']+(?::(?=\d)[^\s(),:']+)*))"
)
"""A colon belongs to a word where a digit follows it: that is a time of day, and else a lambda's."""
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6})\d*)?(Z|[+-]\d{2}:\d{2})?")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ON_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_DEEPEST = 32
"""Conditions inside each other; more are refused before they cost a stack."""
_Scope = Mapping[str, Any]
"""The item under the empty name; under others, what lambdas look at."""
_Value = Callable[[_Scope], Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on items."""

    matches: Callable[[Mapping[str, Any]], bool]
    advanced: bool
    """Whether the directory takes it only with ``ConsistencyLevel: eventual`` and ``$count=true``."""


def parse_filter(text: str) -> Filter:
    """Parse the value of ``$filter``.

    Raises:
        GraphError: 400 ``BadRequest``: it is no such expression.
    """
    parser = _Parser(text)
    condition = parser.condition(frozenset())
    parser.end()
    return Filter(lambda item: bool(condition({"": item})), parser.advanced)


def comparable(value: object) -> Any:
    """Return what a value is compared and ordered by: text without case, moments as moments."""
    if isinstance(value, str):
        found = _MOMENT.fullmatch(value)
        if found is not None:
            zone = found.group(3) or "Z"
            text = f"{found.group(1)}.{found.group(2) or '0':0<6}{'+00:00' if zone == 'Z' else zone}"
            try:
                return datetime.fromisoformat(text).astimezone(UTC)
            except (ValueError, OverflowError):
                return value.casefold()
        return value.casefold()
    return value


def value_at(item: Any, path: str) -> Any:
    """Return what stands at ``start/dateTime`` in a JSON value; None: nothing does."""
    for name in path.split("/"):
        if not isinstance(item, Mapping):
            return None
        item = item.get(name)
    return item


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self._place = 0
        self._depth = 0
        self.advanced = False
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                raise self._wrong(f"at position {place}")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found.group(kind)))
            place = found.end()

    # -- conditions

    def condition(self, variables: frozenset[str]) -> _Value:
        """Read conditions joined by ``or``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("it is nested too deeply")
        parts = [self._both(variables)]
        while self._takes("or"):
            parts.append(self._both(variables))
        self._depth -= 1
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def end(self) -> None:
        """See to it that nothing is left."""
        if self._place < len(self._tokens):
            raise self._wrong(f"at '{self._tokens[self._place][1]}'")

    def _both(self, variables: frozenset[str]) -> _Value:
        parts = [self._single(variables)]
        while self._takes("and"):
            parts.append(self._single(variables))
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _single(self, variables: frozenset[str]) -> _Value:
        negations = 0
        while self._takes("not"):
            self.advanced = True
            negations += 1
        if negations % 2:
            inner = self._single(variables)
            return lambda scope: not inner(scope)
        if self._takes("("):
            inner = self.condition(variables)
            self._expect(")")
            return inner
        return self._comparison(variables)

    def _comparison(self, variables: frozenset[str]) -> _Value:
        kind, word = self._next()
        if kind != "word":
            raise self._wrong(f"at '{word}'")
        if word.lower() in _ON_TEXT and self._takes("("):
            left: _Value = self._function(word.lower(), variables)
            if self._peek().lower() not in ("eq", "ne"):
                return left
        elif word.lower().endswith("/any") and self._takes("("):
            return self._any(self._path(word[: -len("/any")], variables), variables)
        else:
            self.advanced |= word.endswith("/$count")
            left = self._path(word, variables)
        name = self._next()[1].lower()
        if name == "in":
            wanted = {comparable(one) for one in self._list()}
            return lambda scope: comparable(left(scope)) in wanted
        right = comparable(self._literal())
        if name == "eq":
            return lambda scope: bool(comparable(left(scope)) == right)
        if name == "ne":
            self.advanced = True
            return lambda scope: bool(comparable(left(scope)) != right)
        compare = _ORDER.get(name)
        if compare is None:
            raise self._wrong(f"at '{name}'")
        return lambda scope: _ordered(compare, comparable(left(scope)), right)

    def _function(self, name: str, variables: frozenset[str]) -> _Value:
        self.advanced |= name == "endswith"
        path = self._path(self._next()[1], variables)
        self._expect(",")
        wanted = self._literal()
        self._expect(")")
        if not isinstance(wanted, str):
            raise self._wrong(f"{name} needs a text")
        test, text = _ON_TEXT[name], wanted.casefold()

        def holds(scope: _Scope) -> bool:
            value = path(scope)
            return isinstance(value, str) and test(value.casefold(), text)

        return holds

    def _any(self, path: _Value, variables: frozenset[str]) -> _Value:
        if self._takes(")"):
            return lambda scope: bool(path(scope))
        name = self._next()[1]
        self._expect(":")
        condition = self.condition(variables | {name})
        self._expect(")")
        return lambda scope: any(condition({**scope, name: one}) for one in path(scope) or ())

    # -- values

    def _path(self, word: str, variables: frozenset[str]) -> _Value:
        first, _, rest = word.partition("/")
        variable, path = (first, rest) if first in variables else ("", word)
        if path.endswith("/$count"):
            counted = path.removesuffix("/$count")
            return lambda scope: len(value_at(scope[variable], counted) or ())
        return lambda scope: value_at(scope[variable], path) if path else scope[variable]

    def _literal(self) -> Any:
        kind, word = self._next()
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind != "word":
            raise self._wrong(f"at '{word}'")
        if word.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word.lower()]
        if _NUMBER.fullmatch(word):
            return float(word) if "." in word else int(word)
        return word  # a GUID, a moment, a duration: what is written without quotation marks

    def _list(self) -> list[Any]:
        self._expect("(")
        found = [self._literal()]
        while self._takes(","):
            found.append(self._literal())
        self._expect(")")
        return found

    # -- tokens

    def _peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise self._wrong("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def _takes(self, word: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place][0] != "text" and self._peek().lower() == word:
            self._place += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise self._wrong(f"'{word}' is missing")

    def _wrong(self, what: str) -> GraphError:
        return bad_request(f"Invalid filter clause: {what} in '{self._text}'.")


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    try:
        return bool(compare(left, right))
    except TypeError:  # null, or values of different kinds: nothing holds of them
        return False
