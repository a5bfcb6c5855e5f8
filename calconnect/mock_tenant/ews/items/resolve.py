"""The value of any property of an item, stored or computed, by any kind of path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.ews.items.computed_calendar import CALENDAR, MEETING_MESSAGES
from calconnect.mock_tenant.ews.items.computed_contact import CONTACT, DISTRIBUTION_LIST, TASK
from calconnect.mock_tenant.ews.items.computed_item import COMMON, MAIL, POST
from calconnect.mock_tenant.ews.items.mapi import mapi_value
from calconnect.mock_tenant.ews.items.paths import IndexedPath, Path
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

_Computes = Mapping[str, Callable[[ItemView], Any]]
_MEETING = {**COMMON, **MAIL, **MEETING_MESSAGES}
_COMPUTED: Mapping[str, _Computes] = MappingProxyType(
    {
        "Item": COMMON,
        "Message": {**COMMON, **MAIL},
        "PostItem": {**COMMON, **MAIL, **POST},
        "CalendarItem": {**COMMON, **CALENDAR},
        "Contact": {**COMMON, **CONTACT},
        "DistributionList": {**COMMON, **DISTRIBUTION_LIST},
        "Task": {**COMMON, **TASK},
        "MeetingMessage": _MEETING,
        "MeetingRequest": {**CALENDAR, **_MEETING},
        "MeetingResponse": {**CALENDAR, **_MEETING},
        "MeetingCancellation": {**CALENDAR, **_MEETING},
    }
)


def value_of(view: ItemView, prop: Property) -> Any:
    """Return the value of a property that the item's kind has; None if it has none here."""
    compute = _COMPUTED[view.item.kind].get(prop.name)
    return view.stored(prop.name) if compute is None else compute(view)


def extended_of(view: ItemView, name: ExtendedName) -> ExtendedValue | None:
    """Return the value of an extended property; None if it has none."""
    if view.occurrence is not None and view.occurrence.exception is not None:
        own = view.occurrence.exception.extended
        if name in own:
            return own[name]
    extended: Mapping[Any, ExtendedValue] = view.item.extended
    return extended[name] if name in extended else mapi_value(view, name)


def value_at(view: ItemView, path: Path) -> Any:
    """Return the value at any path; None if there is none, or if items of this kind have no such property."""
    if isinstance(path, Property):
        own = view.kind.by_name.get(path.name)
        return value_of(view, own) if own is not None and own.uri == path.uri else None
    if isinstance(path, ExtendedName):
        return extended_of(view, path)
    if isinstance(path, IndexedPath):
        if path.holder == "InternetMessageHeaders":
            headers = view.stored(path.holder, ())
            return next((text for name, text in headers if name.lower() == path.index.lower()), None)
        held = view.stored(path.holder)
        entry = held.get(path.index) if isinstance(held, dict) else None
        return entry.get(path.part) if isinstance(entry, dict) else entry
    return None
