"""Extended properties as ``singleValueExtendedProperties`` and ``multiValueExtendedProperties``.

https://learn.microsoft.com/graph/api/resources/extended-properties-overview
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from calconnect.mock_tenant.ews.items.extended import TYPES, read_value
from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.problems import unknown_property
from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

SINGLE, MULTI = "singleValueExtendedProperties", "multiValueExtendedProperties"
_TAG = re.compile(r"(\w+)\s+0x([0-9a-fA-F]{1,8})")
_NAMED = re.compile(r"(\w+)\s+\{?([0-9a-fA-F-]{36})\}?\s+(?:Name\s+(.+)|Id\s+(0x[0-9a-fA-F]{1,8}|\d{1,9}))", re.I)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_TYPES = {f"{name}{array}".lower(): f"{name}{array}" for name in TYPES for array in ("", "Array")}


def read_property_id(text: str) -> ExtendedName:
    """Read the id of an extended property: ``String {66f5a359-…} Name Colour``, ``Integer 0x0017``.

    Raises:
        GraphError: 400 ``ErrorInvalidExtendedProperty``.
    """
    name = _property_name(text)
    if name is None:
        raise GraphError(400, "ErrorInvalidExtendedProperty", f"The extended property id '{text}' is invalid.")
    return name


def _property_name(text: str) -> ExtendedName | None:
    tag, named = _TAG.fullmatch(text.strip()), _NAMED.fullmatch(text.strip())
    kind = _TYPES.get((tag or named).group(1).lower()) if (tag or named) is not None else None  # type: ignore[union-attr]
    if kind is None:
        return None
    if tag is not None:
        return ExtendedName(number=int(tag.group(2), 16), type=kind)
    assert named is not None
    _, property_set, name, number = named.groups()
    try:
        guid = str(uuid.UUID(property_set))
    except ValueError:
        return None
    if name is not None:
        return ExtendedName(guid, name, type=kind)
    return ExtendedName(guid, number=int(number, 0), type=kind)


def property_id(name: ExtendedName) -> str:
    """Return an extended property's id as Graph writes it."""
    if not name.property_set:
        return f"{name.type} 0x{name.number:x}"
    tail = f"Id 0x{name.number:x}" if name.number >= 0 else f"Name {name.name}"
    return f"{name.type} {{{name.property_set}}} {tail}"


def canonical_filter(text: str) -> str:
    """Return a filter with every property id in it as Graph writes it, so that ids written otherwise compare equal."""

    def proper(found: re.Match[str]) -> str:
        name = _property_name(found.group(1).replace("''", "'"))
        return found.group(0) if name is None else "'" + property_id(name).replace("'", "''") + "'"

    return _QUOTED.sub(proper, text)


def extended_json(values: Iterable[tuple[ExtendedName, ExtendedValue]]) -> dict[str, list[Json]]:
    """Return all extended properties, by the name of their list."""
    found: dict[str, list[Json]] = {SINGLE: [], MULTI: []}
    for name, value in values:
        single = isinstance(value, str)
        found[SINGLE if single else MULTI].append({"id": property_id(name), "value": value if single else list(value)})
    return found


def read_extended(value: Any, *, multi: bool) -> dict[ExtendedName, ExtendedValue | None]:
    """Read a list of extended properties; null as a value removes the property.

    Raises:
        GraphError: 400: ``RequestBodyRead``, ``ErrorInvalidExtendedProperty``.
        EwsError: ``ErrorInvalidExtendedPropertyValue``.
    """
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise GraphError(400, "RequestBodyRead", f"'{MULTI if multi else SINGLE}' must be a list of objects.")
    return dict(_read_one(one, multi=multi) for one in value)


def _read_one(one: Mapping[str, Any], *, multi: bool) -> tuple[ExtendedName, ExtendedValue | None]:
    for key in one:
        if key not in ("id", "value") and not key.startswith("@"):
            raise unknown_property(key, "Microsoft.OutlookServices.SingleValueLegacyExtendedProperty")
    name, value = read_property_id(str(one.get("id"))), one.get("value")
    if name.type.endswith("Array") != multi:
        raise GraphError(400, "ErrorInvalidExtendedProperty", f"The type of '{one.get('id')}' does not fit its list.")
    if value is None:
        return name, None
    if not multi:
        return name, read_value(name, str(value))
    if not isinstance(value, list):
        raise GraphError(400, "RequestBodyRead", "The value of a multi-value extended property must be a list.")
    return name, tuple(read_value(name, str(part)) for part in value)
