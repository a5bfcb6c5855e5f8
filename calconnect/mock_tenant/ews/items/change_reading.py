"""The change descriptions of UpdateItem, read: set, append to, delete a property.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/updates-item
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.items.codecs import Wire, invalid
from calconnect.mock_tenant.ews.items.extended import read_property
from calconnect.mock_tenant.ews.items.ids import MASTER_ID, OCCURRENCE_ID
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.paths import PATHS, IndexedPath, Path, first_path
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import ExtendedName

_CONTENT = tuple(kind.node() for kind in KINDS.values())
_UPDATES = (
    Node("AppendToItemField", (*PATHS, *_CONTENT), required=False),
    Node("SetItemField", (*PATHS, *_CONTENT), required=False),
    Node("DeleteItemField", PATHS, required=False),
)
ITEM_CHANGES = Node(
    "ItemChanges",
    (
        Node(
            "ItemChange",
            (
                Node("ItemId", (), required=False, attributes=("Id",)),
                replace(OCCURRENCE_ID, many=False),
                replace(MASTER_ID, many=False),
                Node("Updates", _UPDATES, choice=True, at_least=1),
                Node("CalendarActivityData", ANY, required=False),
            ),
            many=True,
        ),
    ),
    MESSAGES,
)
"""Grammar of ``m:ItemChanges``."""
_OPERATIONS = {"SetItemField": "set", "AppendToItemField": "append", "DeleteItemField": "delete"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one property."""

    operation: str
    """``set``, ``append``, ``delete``."""
    path: Path
    value: Any = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """All changes of one item."""

    item: Element
    """The id element."""
    changes: tuple[Change, ...]


def read_item_change(element: Element, wire: Wire) -> ItemChange:
    """Read ``t:ItemChange``. Moments without an offset are in the time zone that the same change sets, if it sets one.

    Raises:
        EwsError: ``ErrorSchemaValidation``, ``ErrorIncorrectUpdatePropertyCount``, ``ErrorUpdatePropertyMismatch``, and
            the errors of paths, recurrences, time zones and extended properties.
    """
    item = elements(element)[0]
    if local(item) == "Updates":
        raise invalid(element, "Updates")
    updates = elements(find(element, "Updates"))
    zone = _zone(updates, wire)
    own = replace(wire, zone=zone.zone) if zone is not None else wire
    return ItemChange(item, tuple(_read(one, own) for one in updates))


def _zone(updates: list[Element], wire: Wire) -> ZoneName | None:
    for update in updates:
        content = find(update, "CalendarItem")
        for name in ("StartTimeZone", "MeetingTimeZone"):
            child = find(content, name)
            if child is not None:
                named: ZoneName = KINDS["CalendarItem"].by_name[name].codec.read(child, wire)
                return named
    return None


def _read(update: Element, wire: Wire) -> Change:
    operation = _OPERATIONS[local(update)]
    path = first_path(update)
    if operation == "delete":
        return Change(operation, path)
    content = next((child for child in elements(update) if local(child) in KINDS), None)
    if content is None:
        raise invalid(update, local(update))
    properties = elements(content)
    if len(properties) != 1:
        raise EwsError(
            "ErrorIncorrectUpdatePropertyCount",
            "An object within a change description must contain one and only one property to modify.",
        )
    return Change(operation, path, _value(path, properties[0], wire))


def _mismatch() -> EwsError:
    return EwsError(
        "ErrorUpdatePropertyMismatch",
        "The property to be updated does not match the property in the change description.",
    )


def _value(path: Path, element: Element, wire: Wire) -> Any:
    name = local(element)
    if isinstance(path, ExtendedName):
        if name != "ExtendedProperty":
            raise _mismatch()
        given, value = read_property(element)
        if given != path:
            raise _mismatch()
        return value
    if isinstance(path, Property):
        if name != path.name:
            raise _mismatch()
        return path.codec.read(element, wire)
    if isinstance(path, IndexedPath):
        if name != path.holder:
            raise _mismatch()
        return _entry(path, element)
    raise EwsError("ErrorInvalidPropertySet", "Set action is invalid for the property.")


def _entry(path: IndexedPath, element: Element) -> str:
    for entry in elements(element):
        if entry.get("Key") == path.index:
            part = find(entry, path.part) if path.part else entry
            return "" if part is None else part.text or ""
    raise _mismatch()
