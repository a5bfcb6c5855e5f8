"""Restrictions on folders: which of them FindFolder returns.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calconnect.mock_tenant.ews.folder_properties import computed_property, property_key, unread_count
from calconnect.mock_tenant.ews.grammar import schema_error
from calconnect.mock_tenant.ews.xml import Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

Value = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that may or may not be wanted."""

    mailbox: Mailbox
    folder: Folder


Test = Callable[[Candidate], bool]
Reader = Callable[[Candidate], tuple[Value, ...]]
"""Returns the values of a property: none if the folder does not have it, several of a multi-valued one."""


def _parent_id(one: Candidate) -> str | None:
    parent = one.folder.parent
    return None if parent is None else str(one.mailbox.folder_id(one.mailbox.folder(parent)))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "IsEqualTo": operator.eq,
    "IsNotEqualTo": operator.ne,
    "IsGreaterThan": operator.gt,
    "IsGreaterThanOrEqualTo": operator.ge,
    "IsLessThan": operator.lt,
    "IsLessThanOrEqualTo": operator.le,
}
_INTEGERS = frozenset({"Integer", "Short", "Long", "Error"})
_NUMBERS = frozenset({"Double", "Float", "Currency", "ApplicationTime"})
_FIELDS: dict[str, Callable[[Candidate], Value]] = {
    "folder:DisplayName": lambda one: one.folder.name.casefold(),
    "folder:FolderClass": lambda one: one.folder.folder_class.casefold() or None,
    "folder:TotalCount": lambda one: len(one.folder.items),
    "folder:ChildFolderCount": lambda one: len(one.mailbox.children(one.folder)),
    "folder:UnreadCount": lambda one: unread_count(one.folder),
    "folder:FolderId": lambda one: str(one.mailbox.folder_id(one.folder)),
    "folder:ParentFolderId": _parent_id,
    "folder:DistinguishedFolderId": lambda one: one.folder.distinguished,
}
_COUNTS = frozenset({"folder:TotalCount", "folder:ChildFolderCount", "folder:UnreadCount"})
_EXACT = frozenset({"folder:FolderId", "folder:ParentFolderId"})
_CASE_MATTERS = frozenset({"Exact", "IgnoreNonSpacingCharacters"})


def read_restriction(element: Element | None) -> Test:
    """Read an ``m:Restriction``; None admits everything.

    Raises:
        EwsError: ``ErrorSchemaValidation``, ``ErrorUnsupportedPathForQuery``, ``ErrorInvalidValueForProperty``.
    """
    if element is None:
        return lambda _: True
    tests = [_read(one) for one in elements(element)]
    if len(tests) != 1:
        raise schema_error(1, "The element 'Restriction' must contain one search expression.")
    return tests[0]


def _read(element: Element) -> Test:
    name = local(element)
    if name in ("And", "Or"):
        tests = [_read(one) for one in elements(element)]
        together = all if name == "And" else any
        return lambda one: together(test(one) for test in tests)
    if name == "Not":
        inner = [_read(one) for one in elements(element)]
        if len(inner) != 1:
            raise schema_error(1, "The element 'Not' must contain one search expression.")
        return lambda one: not inner[0](one)
    parts = elements(element)
    if not parts:
        raise schema_error(1, f"The element '{name}' has incomplete content.")
    path = parts[0]
    if name == "Exists":
        values = _reader(path)
        return lambda one: bool(values(one))
    if name == "Excludes":
        return _excludes(path, find(element, "Bitmask"))
    if name == "Contains":
        return _contains(element, path, find(element, "Constant"))
    if name in _COMPARISONS:
        return _compare(_COMPARISONS[name], path, find(element, "FieldURIOrConstant"), negative=name == "IsNotEqualTo")
    raise schema_error(1, f"The element 'Restriction' has invalid child element '{name}'.")


def _compare(operation: Callable[[Any, Any], bool], path: Element, operand: Element | None, *, negative: bool) -> Test:
    left = _reader(path)
    other = next(iter(elements(operand)), None)
    if other is None:
        raise schema_error(1, "The element 'FieldURIOrConstant' has incomplete content.")
    if local(other) == "Constant":
        constant = _constant(path, other.get("Value", ""))
        right: Reader = lambda _: (constant,)  # noqa: E731
    else:
        right = _reader(other)

    def test(one: Candidate) -> bool:
        mine, theirs = left(one), right(one)
        if not mine or not theirs:
            return negative
        pairs = [operation(a, b) for a in mine for b in theirs if type(a) is type(b)]
        return all(pairs) if negative else any(pairs)

    return test


def _contains(element: Element, path: Element, constant: Element | None) -> Test:
    values = _reader(path)
    comparison = element.get("ContainmentComparison", "Exact")
    wanted = _folded(constant.get("Value", "") if constant is not None else "", comparison)
    mode = element.get("ContainmentMode", "FullString")
    raw = path.get("FieldURI") == "folder:DisplayName" and comparison in _CASE_MATTERS

    def matches(text: str) -> bool:
        text = _folded(text, comparison)
        if mode == "FullString":
            return text == wanted
        if mode == "Prefixed":
            return text.startswith(wanted)
        if mode == "PrefixOnWords":
            return any(word.startswith(wanted) for word in text.split()) or text.startswith(wanted)
        return wanted in text

    def test(one: Candidate) -> bool:
        found = (one.folder.name,) if raw else values(one)
        return any(matches(str(value)) for value in found)

    return test


def _folded(text: str, comparison: str) -> str:
    if "NonSpac" in comparison or "NonSpace" in comparison:
        text = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return text if comparison in _CASE_MATTERS else text.casefold()


def _excludes(path: Element, bitmask: Element | None) -> Test:
    values = _reader(path)
    try:
        mask = int(bitmask.get("Value", "") if bitmask is not None else "", 0)
    except ValueError:
        raise schema_error(1, "The 'Value' attribute of 'Bitmask' is invalid.") from None
    return lambda one: not any(isinstance(value, int) and value & mask for value in values(one))


def _reader(path: Element) -> Reader:
    if local(path) == "ExtendedFieldURI":
        return lambda one: _extended_values(one, path)
    field = _FIELDS.get(path.get("FieldURI", "")) if local(path) == "FieldURI" else None
    if field is None:
        raise EwsError("ErrorUnsupportedPathForQuery", "The property can not be used with a query restriction.")

    def values(one: Candidate) -> tuple[Value, ...]:
        found = field(one)
        return () if found is None else (found,)

    return values


def _extended_values(one: Candidate, path: Element) -> tuple[Value, ...]:
    stored = one.folder.extended.get(property_key(path))
    if stored is None:
        stored = computed_property(one.mailbox, one.folder, path)
    if stored is None:
        return ()
    kind = path.get("PropertyType", "String").removesuffix("Array")
    texts = stored if isinstance(stored, (list, tuple)) else (stored,)
    return tuple(_typed(str(text), kind) for text in texts)


def _constant(path: Element, text: str) -> Value:
    uri = path.get("FieldURI", "")
    if local(path) == "ExtendedFieldURI":
        kind = path.get("PropertyType", "String").removesuffix("Array")
    elif uri in _EXACT:
        return text
    else:
        kind = "Integer" if uri in _COUNTS else "String"
    try:
        return _typed(text, kind)
    except ValueError:
        raise EwsError(
            "ErrorInvalidValueForProperty", f"The value '{text}' cannot be converted to the property's type."
        ) from None


def _typed(text: str, kind: str) -> Value:
    if kind == "Boolean":
        return int(text.strip().lower() in ("true", "1"))
    if kind in _INTEGERS:
        return int(text)
    if kind in _NUMBERS:
        return float(text)
    if kind == "SystemTime":
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return text.casefold()
