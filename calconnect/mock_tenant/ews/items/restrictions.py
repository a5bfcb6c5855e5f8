"""Restrictions: the search expressions of FindItem, turned into tests on items.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import TEXT, BodyText, Codec, Strings, Wire, invalid
from calconnect.mock_tenant.ews.items.extended import read_value, sort_key
from calconnect.mock_tenant.ews.items.paths import PATHS, IndexedPath, Path, first_path
from calconnect.mock_tenant.ews.items.people_codecs import People, Person
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.resolve import value_at
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import ExtendedName

Test = Callable[[ItemView], bool]
UNSEARCHABLE = frozenset(
    {
        "calendar:UID",
        "calendar:AllowNewTimeProposal",
        "calendar:IsResponseRequested",
        "calendar:OptionalAttendees",
        "calendar:RequiredAttendees",
        "calendar:Resources",
        "contacts:Companies",
        "contacts:MSExchangeCertificate",
        "contacts:Photo",
        "contacts:UserSMIMECertificate",
        "item:Culture",
        "item:ReminderDueBy",
        "message:BccRecipients",
        "message:CcRecipients",
        "message:ConversationIndex",
        "message:ReplyTo",
        "message:ToRecipients",
    }
)
"""Properties that restrictions may not name, as clients of real servers have found (exchangelib, ``is_searchable``)."""
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "IsEqualTo": operator.eq,
        "IsNotEqualTo": operator.ne,
        "IsGreaterThan": operator.gt,
        "IsGreaterThanOrEqualTo": operator.ge,
        "IsLessThan": operator.lt,
        "IsLessThanOrEqualTo": operator.le,
    }
)
_CONSTANT = Node("Constant", (), required=False, attributes=("Value",))
_TWO_OPERANDS = (*PATHS, Node("FieldURIOrConstant", (*PATHS, _CONSTANT), choice=True, at_least=1))
_MODES = frozenset({"FullString", "Prefixed", "Substring", "PrefixOnWords", "ExactPhrase"})
_LOOSENESS = frozenset(
    {
        "Exact",
        "IgnoreCase",
        "IgnoreNonSpacingCharacters",
        "Loose",
        "IgnoreCaseAndNonSpacingCharacters",
        "LooseAndIgnoreCase",
        "LooseAndIgnoreNonSpace",
        "LooseAndIgnoreCaseAndIgnoreNonSpace",
    }
)
_DEEPEST = 64


def _nodes(depth: int) -> tuple[Node, ...]:
    leaves = (
        Node(
            "Contains",
            (*PATHS, Node("Constant", (), attributes=("Value",))),
            attribute_values=(("ContainmentMode", _MODES), ("ContainmentComparison", _LOOSENESS)),
        ),
        Node("Excludes", (*PATHS, Node("Bitmask", (), attributes=("Value",)))),
        Node("Exists", PATHS),
        *(Node(name, _TWO_OPERANDS) for name in _COMPARISONS),
    )
    inner: tuple[Node, ...] | None = _nodes(depth - 1) if depth else None
    return (*leaves, *(Node(name, inner, choice=inner is not None, at_least=1) for name in ("And", "Or", "Not")))


SEARCH_EXPRESSIONS = _nodes(3)
"""The search expressions, for grammars; those nested deeper are looked at when they are read."""


def read_restriction(element: Element, wire: Wire) -> Test:
    """Turn ``m:Restriction`` (or another element that holds one expression) into a test.

    Raises:
        EwsError: ``ErrorUnsupportedPathForQuery``, ``ErrorInvalidValueForProperty``, ``ErrorContainsFilterWrongType``,
            ``ErrorInvalidPropertyForExists``, ``ErrorInvalidExcludesRestriction``, ``ErrorRestrictionTooComplex``, and
            the errors of paths.
    """
    return _all([_read(child, wire, 0) for child in elements(element)])


def _read(element: Element, wire: Wire, depth: int) -> Test:
    if depth > _DEEPEST:
        raise EwsError("ErrorRestrictionTooComplex", "The restriction is too complex.")
    match local(element):
        case "And":
            return _all([_read(child, wire, depth + 1) for child in elements(element)])
        case "Or":
            return _any([_read(child, wire, depth + 1) for child in elements(element)])
        case "Not":
            inner = _all([_read(child, wire, depth + 1) for child in elements(element)])
            return lambda view: not inner(view)
        case "Exists":
            return _exists(element)
        case "Excludes":
            return _excludes(element)
        case "Contains":
            return _contains(element)
        case name if name in _COMPARISONS:
            return _comparison(element, _COMPARISONS[name], wire)
        case name:
            raise invalid(element, name)


def _all(tests: list[Test]) -> Test:
    return lambda view: all(test(view) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda view: any(test(view) for test in tests)


def _path(element: Element) -> Path:
    path = first_path(element)
    if isinstance(path, Property) and (path.uri in UNSEARCHABLE or not path.codec.can_query):
        raise EwsError("ErrorUnsupportedPathForQuery", f"The property {path.uri} cannot be used in a restriction.")
    return path


def codec_of(path: Path) -> Codec:
    """Return the codec of the values at a path (an extended property counts as text)."""
    return path.codec if isinstance(path, Property) else TEXT


def comparable(path: Path, value: Any) -> Any:
    """Return the form of a value at a path that compares and sorts."""
    if isinstance(path, ExtendedName):
        return sort_key(path, value)
    return codec_of(path).key(value)


def _constant(path: Path, text: str, wire: Wire) -> Any:
    if isinstance(path, ExtendedName):
        single = ExtendedName(path.property_set, path.name, path.number, path.type.removesuffix("Array"))
        try:
            return sort_key(single, read_value(single, text))
        except EwsError:
            raise EwsError("ErrorInvalidValueForProperty", "The value does not fit the property's type.") from None
    if isinstance(path, Property) and not isinstance(path.codec, (Strings, People, Person, BodyText)):
        return path.codec.key(path.codec.constant(text, wire))
    return text.casefold()


def _comparison(element: Element, compare: Callable[[Any, Any], bool], wire: Wire) -> Test:
    path = _path(element)
    operand = find(element, "FieldURIOrConstant")
    constant = find(operand, "Constant")
    if constant is not None:
        wanted = _constant(path, constant.get("Value", ""), wire)
        return lambda view: _compare(comparable_at(view, path), wanted, compare)
    if operand is None:
        raise invalid(element, "")
    other = _path(operand)
    return lambda view: _compare(comparable_at(view, path), comparable_at(view, other), compare)


def comparable_at(view: ItemView, path: Path) -> Any:
    """Return the comparable form of the value that an item has at a path; None if it has none."""
    value = value_at(view, path)
    return None if value is None else comparable(path, value)


def _compare(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None:
        return compare is operator.ne and left is not right
    if isinstance(left, tuple) and not isinstance(right, tuple):
        matches = [compare(one, right) for one in left]
        return all(matches) if compare is operator.ne else any(matches)
    try:
        return compare(left, right)
    except TypeError:
        return False


def _exists(element: Element) -> Test:
    path = _path(element)
    if isinstance(path, Property) and path.is_flag:
        raise EwsError("ErrorInvalidPropertyForExists", f"The property {path.uri} cannot be used with Exists.")
    return lambda view: value_at(view, path) not in (None, "", [], ())


def _excludes(element: Element) -> Test:
    path = _path(element)
    bitmask = find(element, "Bitmask")
    text = "" if bitmask is None else bitmask.get("Value", "")
    try:
        mask = int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        raise EwsError("ErrorInvalidExcludesRestriction", "The bitmask cannot be read.") from None

    def test(view: ItemView) -> bool:
        value = value_at(view, path)
        try:
            return value is None or not int(value) & mask
        except (TypeError, ValueError):
            return False

    return test


def texts_of(path: Path, value: Any) -> list[str]:
    """Return the texts of a value at a path, for searches in text.

    Raises:
        EwsError: ``ErrorContainsFilterWrongType``: it has none.
    """
    codec = codec_of(path)
    if isinstance(path, ExtendedName):
        return list(value) if isinstance(value, tuple) else [value]
    if isinstance(path, IndexedPath) or codec is TEXT:
        return [str(value)]
    if isinstance(codec, BodyText):
        return [value.text]
    if isinstance(codec, Strings):
        return [str(one) for one in value]
    people = value if isinstance(codec, People) else [value]
    return [text for one in people for text in (one.name, one.email)]


def _check_text(path: Path) -> None:
    codec = codec_of(path)
    textual = codec is TEXT or isinstance(codec, (BodyText, Strings, Person, People))
    if isinstance(path, ExtendedName):
        textual = path.type in ("String", "StringArray")
    if not textual:
        raise EwsError("ErrorContainsFilterWrongType", "The property of a Contains filter must be a string.")


def _contains(element: Element) -> Test:
    path = _path(element)
    _check_text(path)
    constant = find(element, "Constant")
    mode = element.get("ContainmentMode", "FullString")
    looseness = element.get("ContainmentComparison", "Exact")
    wanted = fold("" if constant is None else constant.get("Value", ""), looseness)

    def test(view: ItemView) -> bool:
        value = value_at(view, path)
        return value is not None and any(
            _contained(fold(text, looseness), wanted, mode) for text in texts_of(path, value)
        )

    return test


def fold(text: str, looseness: str) -> str:
    """Drop from a text what a comparison is to ignore."""
    if "NonSpac" in looseness or "Loose" in looseness:
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return text.casefold() if "IgnoreCase" in looseness else text


def _contained(text: str, wanted: str, mode: str) -> bool:
    match mode:
        case "FullString":
            return text == wanted
        case "Prefixed":
            return text.startswith(wanted)
        case "PrefixOnWords":
            return any(word.startswith(wanted) for word in text.split()) or text.startswith(wanted)
        case "ExactPhrase":
            return f" {' '.join(wanted.split())} " in f" {' '.join(text.split())} "
        case _:
            return wanted in text
