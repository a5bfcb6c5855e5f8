"""How single values stand in EWS's XML: text, numbers, moments, lists, bodies.

A codec describes its element (for the request grammar), reads it, writes it, and says how its values compare.
"""

from __future__ import annotations

import base64
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.grammar import ANY, Node, schema_error
from calconnect.mock_tenant.ews.xml import Element, elements, flag, local, stamp, t
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import Body, Tree

_MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_EARLIEST = datetime(1601, 1, 1, tzinfo=UTC)
"""Where the store's clock (FILETIME) begins; clients send year 1 for ``no date``."""
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Wire:
    """What reading and writing moments depends on."""

    at: datetime
    """The organisation's time."""
    zone: ZoneInfo | None = None
    """The zone in which moments are written, and in which moments without an offset are read; None: UTC.

    https://learn.microsoft.com/exchange/client-developer/exchange-web-services/time-zones-and-ews-in-exchange
    """

    def moment(self, value: datetime) -> str:
        """Write a moment in the request's time zone; in UTC with ``Z`` if it has none."""
        if self.zone is None or self.zone.key in ("UTC", "Etc/UTC"):
            return stamp(value)
        local_time = value.astimezone(self.zone)
        offset = local_time.utcoffset()
        if offset is None or offset.seconds % 60:  # a local mean time of long ago, which no xs:dateTime can write
            return stamp(value)
        return local_time.isoformat(timespec="seconds")

    def day(self, value: date) -> str:
        """Write a date as Exchange does, with the offset of the request's time zone: ``2026-03-16+01:00``."""
        if self.zone is None or self.zone.key in ("UTC", "Etc/UTC"):
            return f"{value.isoformat()}Z"
        offset = datetime.combine(value, time(), self.zone).isoformat(timespec="seconds")[19:]
        return f"{value.isoformat()}{offset if len(offset) == 6 else 'Z'}"

    def parse(self, text: str) -> datetime | None:
        """Read an ``xs:dateTime`` as UTC, no earlier than the store can hold; None if it is none."""
        if not _MOMENT.fullmatch(text):
            return None
        try:
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=self.zone or UTC)
            return min(max(aware, _EARLIEST), _LATEST).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def invalid(element: Element, text: str) -> EwsError:
    """Return the error for a text that the element's type does not allow."""
    line = element.sourceline
    violation = f"The '{local(element)}' element is invalid - The value '{text}' is invalid."
    return schema_error(line if isinstance(line, int) else 1, violation)


class Codec(ABC):
    """How the values of a property are written."""

    can_query = True
    """Whether restrictions and sorting may use it."""

    def node(self, name: str) -> Node:
        """Describe the element for the request grammar."""
        return Node(name, ANY, required=False)

    @abstractmethod
    def read(self, element: Element, wire: Wire) -> Any:
        """Read the value.

        Raises:
            EwsError: ``ErrorSchemaValidation``.
        """

    @abstractmethod
    def write(self, name: str, value: Any, wire: Wire) -> Element:
        """Write the value as an element of the types namespace."""

    def constant(self, text: str, _wire: Wire) -> Any:
        """Read the text of a ``t:Constant`` that is compared with this property.

        Raises:
            EwsError: ``ErrorInvalidValueForProperty``.
        """
        return text

    def key(self, value: Any) -> Any:
        """Return the form of a value that compares and sorts; a tuple of such for one with several."""
        return str(value).casefold() if isinstance(value, str) else value


class Simple(Codec):
    """A value that is one text: a number, a word, a moment."""

    def __init__(self, parse: Callable[[str, Wire], Any], form: Callable[[Any, Wire], str], *words: str) -> None:
        """Take how to read a text (raising ValueError), how to write one, and the words if only some are allowed."""
        self._parse, self._form, self._words = parse, form, words

    def node(self, name: str) -> Node:
        """Describe the element: no children, and the words that it may hold."""
        return Node(name, required=False, values=frozenset(self._words) if self._words else None)

    def read(self, element: Element, wire: Wire) -> Any:
        """Read the element's text."""
        text = element.text or ""
        try:
            return self._parse(text, wire)
        except (ValueError, OverflowError):
            raise invalid(element, text) from None

    def write(self, name: str, value: Any, wire: Wire) -> Element:
        """Write the element's text."""
        return t(name, text=self._form(value, wire))

    def constant(self, text: str, wire: Wire) -> Any:
        """Read a constant as the element's text would be read."""
        try:
            return self._parse(text, wire)
        except (ValueError, OverflowError):
            raise EwsError(
                "ErrorInvalidValueForProperty", f"The value '{text}' cannot be converted to the property's type."
            ) from None

    def key(self, value: Any) -> Any:
        """Words sort in the order of their type, texts without case."""
        if self._words:
            return self._words.index(value) if value in self._words else -1
        return super().key(value)


def choice(*words: str) -> Simple:
    """Return the codec of an enumeration."""
    by_text = {word: word for word in words}

    def parse(text: str, _wire: Wire) -> str:
        if text.strip() not in by_text:
            raise ValueError(text)
        return by_text[text.strip()]

    return Simple(parse, lambda value, _: str(value), *words)


def integer(low: int = -(2**31), high: int = 2**31 - 1) -> Simple:
    """Return the codec of whole numbers in a range."""

    def parse(text: str, _wire: Wire) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return Simple(parse, lambda value, _: str(value))


def _boolean(text: str, _wire: Wire) -> bool:
    if text.strip().lower() not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text.strip().lower()]


def _moment(text: str, wire: Wire) -> datetime:
    moment = wire.parse(text.strip())
    if moment is None:
        raise ValueError(text)
    return moment


def _binary(text: str, _wire: Wire) -> str:
    base64.b64decode("".join(text.split()), validate=True)
    return text.strip()


TEXT = Simple(lambda text, _: text, lambda value, _: str(value))
BOOLEAN = Simple(_boolean, lambda value, _: flag(bool(value)))
INTEGER = integer()
NUMBER = Simple(lambda text, _: float(text), lambda value, _: f"{value:g}")
MOMENT = Simple(_moment, lambda value, wire: wire.moment(value))
BINARY = Simple(_binary, lambda value, _: str(value))
"""Base64 text, kept as it is written."""


class Strings(Codec):
    """A list of texts (``t:String``, or another item name)."""

    def __init__(self, item: str = "String") -> None:
        self._item = item

    def node(self, name: str) -> Node:
        """Describe the list."""
        return Node(name, (Node(self._item, required=False, many=True),), required=False)

    def read(self, element: Element, _wire: Wire) -> list[str]:
        """Read the texts in order."""
        return [child.text or "" for child in elements(element)]

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the texts in order."""
        return t(name, *(t(self._item, text=one) for one in value))

    def key(self, value: Any) -> tuple[str, ...]:
        """Each text compares by itself."""
        return tuple(str(one).casefold() for one in value)


class BodyText(Codec):
    """The body of an item, with its ``BodyType``."""

    def node(self, name: str) -> Node:
        """Describe the body: a text with its type."""
        types = frozenset({"HTML", "Text"})
        return Node(name, required=False, attributes=("BodyType",), attribute_values=(("BodyType", types),))

    def read(self, element: Element, _wire: Wire) -> Body:
        """Read text and type."""
        return Body(element.text or "", element.get("BodyType") == "HTML")

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write text and type."""
        return t(name, text=value.text, BodyType="HTML" if value.is_html else "Text")

    def key(self, value: Any) -> str:
        """Bodies compare by their text."""
        return str(value.text).casefold()


class Kept(Codec):
    """Structured content that is kept and given back as it was written."""

    can_query = False

    def read(self, element: Element, _wire: Wire) -> Tree:
        """Copy the element."""
        return read_tree(element)

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the copy."""
        return write_tree(value, name)


class Computed(Kept):
    """A structure that only the server makes: the value is the element."""

    def write(self, _name: str, value: Any, _wire: Wire) -> Element:
        """Return the value itself."""
        assert isinstance(value, Element)
        return value


def read_tree(element: Element) -> Tree:
    """Copy an element, namespaces left out."""
    attributes = tuple((str(name), str(value)) for name, value in element.attrib.items())
    children = tuple(read_tree(child) for child in elements(element))
    return Tree(local(element), attributes, "" if children else element.text or "", children)


def write_tree(tree: Tree, name: str = "") -> Element:
    """Write a copy back as elements of the types namespace."""
    children = tuple(write_tree(child) for child in tree.children)
    return t(name or tree.name, *children, text=tree.text or None, **dict(tree.attributes))
