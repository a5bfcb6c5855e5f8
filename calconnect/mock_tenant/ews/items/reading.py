"""Items as requests bring them, read into typed values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from calconnect.mock_tenant.ews.items.codecs import Wire
from calconnect.mock_tenant.ews.items.extended import read_property
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.mapi import stands_for
from calconnect.mock_tenant.ews.items.property import Kind
from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.ews.xml import Element, elements, find, local
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.timezones import find_windows_id
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

T = TypeVar("T")
_BY_START = frozenset({"Start", "ReminderDueBy", "RecurrenceId", "OriginalStart"})


@dataclass(slots=True)
class ItemContent:
    """What a request says about an item."""

    kind: Kind
    values: dict[str, Any] = field(default_factory=dict)
    """By element name."""
    extended: dict[ExtendedName, ExtendedValue] = field(default_factory=dict)
    attachments: list[Element] = field(default_factory=list)
    """``t:FileAttachment`` and ``t:ItemAttachment``."""


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """Something that was tried before its turn: either what came of it, or the error that belongs to its item."""

    value: T | None
    error: EwsError | None = None

    def get(self) -> T:
        """Return what came of it.

        Raises:
            EwsError: what went wrong.
        """
        if self.error is not None:
            raise self.error
        assert self.value is not None
        return self.value


def attempt(work: Callable[[], T]) -> Attempt[T]:
    """Try something now whose error is to be told with its item; what breaks the schema breaks the whole request.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    try:
        return Attempt(work())
    except EwsError as error:
        if error.code == "ErrorSchemaValidation":
            raise
        return Attempt(None, error)


def zones_in(element: Element, wire: Wire) -> tuple[ZoneName | None, ZoneName | None]:
    """Return the zones that an item names for its start and its end; None where it names none.

    Raises:
        EwsError: ``ErrorCalendarInvalidTimeZone``.
    """
    kind = KINDS[local(element)]
    found: dict[str, ZoneName] = {}
    for name in ("MeetingTimeZone", "StartTimeZone", "EndTimeZone"):
        child = find(element, name)
        if child is not None and name in kind.by_name:
            found[name] = kind.by_name[name].codec.read(child, wire)
    for name in ("StartTimeZoneId", "EndTimeZoneId"):
        child = find(element, name)
        if child is not None and name in kind.by_name:
            proper = find_windows_id((child.text or "").strip())
            if proper is None:
                raise EwsError("ErrorCalendarInvalidTimeZone", "The time zone is not valid.")
            found.setdefault(name.removesuffix("Id"), ZoneName(proper))
    start = found.get("StartTimeZone") or found.get("MeetingTimeZone")
    return start, found.get("EndTimeZone") or start


def read_item(element: Element, wire: Wire) -> ItemContent:
    """Read an item element, every property by its codec; moments without an offset by the item's own time zones.

    Raises:
        EwsError: ``ErrorSchemaValidation``; the errors of recurrences, time zones and extended properties.
    """
    kind = KINDS[local(element)]
    content = ItemContent(kind)
    start, end = zones_in(element, wire)
    start_wire = replace(wire, zone=start.zone) if start else wire
    end_wire = replace(wire, zone=end.zone) if end else wire
    for child in elements(element):
        name = local(child)
        if name == "ExtendedProperty":
            _take_extended(content, child)
        elif name == "Attachments":
            content.attachments = elements(child)
        else:
            own = start_wire if name in _BY_START else end_wire if name == "End" else wire
            content.values[name] = kind.by_name[name].codec.read(child, own)
    if start is not None:
        content.values["StartTimeZone"] = start
    if end is not None:
        content.values["EndTimeZone"] = end
    for name in ("MeetingTimeZone", "StartTimeZoneId", "EndTimeZoneId"):
        content.values.pop(name, None)
    return content


def _take_extended(content: ItemContent, element: Element) -> None:
    name, value = read_property(element)
    own = stands_for(name)
    if own is not None and own in content.kind.by_name:
        content.values[own] = list(value) if isinstance(value, tuple) else value
    else:
        content.extended[name] = value
