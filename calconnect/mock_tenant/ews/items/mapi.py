"""MAPI properties that stand for what the item has under an EWS name too.

Tags, dispatch ids and types: MS-OXPROPS, https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from calconnect.mock_tenant.ews.items.computed_calendar import CALENDAR, end_of, start_of
from calconnect.mock_tenant.ews.items.computed_item import item_size, plain_text, topic
from calconnect.mock_tenant.ews.items.extended import SETS
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import flag, stamp
from calconnect.mock_tenant.state.ids import entry_id
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

_BUSY = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere")
_SENSITIVITY = ("Normal", "Personal", "Private", "Confidential")
_IMPORTANCE = ("Low", "Normal", "High")
_RESPONSES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")
_READ, _UNSENT, _HAS_ATTACHMENTS = 1, 8, 0x10
_UID_HEAD = "040000008200E00074C5B7101A82E008"


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _flags(view: ItemView) -> str:
    flags = _READ if view.stored("IsRead", True) else 0
    flags |= _UNSENT if view.stored("IsDraft", False) else 0
    return str(flags | (_HAS_ATTACHMENTS if view.item.attachments else 0))


def _body(view: ItemView) -> str | None:
    body = view.stored("Body")
    return None if body is None else plain_text(body)


def global_object_id(view: ItemView) -> str:
    """Return a calendar item's UID as a Global Object ID (base64); a foreign UID is wrapped, see MS-OXOCAL."""
    uid = view.appointment.uid if view.appointment is not None else str(view.stored("UID", ""))
    if uid.upper().startswith(_UID_HEAD) and len(uid) % 2 == 0:
        return base64.b64encode(bytes.fromhex(uid)).decode()
    data = b"vCal-Uid\x01\x00\x00\x00" + uid.encode() + b"\x00"
    raw = bytes.fromhex(_UID_HEAD) + bytes(20) + len(data).to_bytes(4, "little") + data
    return base64.b64encode(raw).decode()


def _index(words: tuple[str, ...], name: str, default: str) -> Callable[[ItemView], str]:
    def read(view: ItemView) -> str:
        value = view.stored(name, default)
        return str(words.index(value) if value in words else 0)

    return read


_ANY: dict[tuple[str, int | str, str], Callable[[ItemView], Any]] = {
    ("", 0x001A, "String"): lambda view: view.stored("ItemClass", view.kind.item_class),
    ("", 0x0017, "Integer"): _index(_IMPORTANCE, "Importance", "Normal"),
    ("", 0x0036, "Integer"): _index(_SENSITIVITY, "Sensitivity", "Normal"),
    ("", 0x0037, "String"): lambda view: view.stored("Subject"),
    ("", 0x0070, "String"): lambda view: topic(view.stored("Subject", "")) or None,
    ("", 0x0E1D, "String"): lambda view: topic(view.stored("Subject", "")) or None,
    ("", 0x0E06, "SystemTime"): lambda view: _stamp(view.stored("DateTimeReceived", view.created)),
    ("", 0x0039, "SystemTime"): lambda view: _stamp(view.stored("DateTimeSent", view.created)),
    ("", 0x0E07, "Integer"): _flags,
    ("", 0x0E08, "Integer"): lambda view: str(item_size(view)),
    ("", 0x0E1B, "Boolean"): lambda view: flag(bool(view.item.attachments)),
    ("", 0x0E23, "Integer"): lambda view: str(view.item.number),  # DavMail leaves out what has no such number
    ("", 0x0FFF, "Binary"): lambda view: base64.b64encode(entry_id(view.thing())).decode(),
    ("", 0x1000, "String"): _body,
    ("", 0x3007, "SystemTime"): lambda view: stamp(view.created),
    ("", 0x3008, "SystemTime"): lambda view: stamp(view.modified),
    ("", 0x300B, "Binary"): lambda view: str(view.thing(0)),
    (SETS["PublicStrings"], "Keywords", "StringArray"): lambda view: tuple(view.stored("Categories", ())) or None,
    (SETS["Common"], 0x8501, "Integer"): lambda view: str(view.stored("ReminderMinutesBeforeStart", 0)),
    (SETS["Common"], 0x8503, "Boolean"): lambda view: flag(bool(view.stored("ReminderIsSet", False))),
    (SETS["Common"], 0x8506, "Boolean"): lambda view: flag(view.stored("Sensitivity") == "Private"),
}
_CALENDAR: dict[tuple[str, int | str, str], Callable[[ItemView], Any]] = {
    ("", 0x0060, "SystemTime"): lambda view: stamp(start_of(view)),
    ("", 0x0061, "SystemTime"): lambda view: stamp(end_of(view)),
    (SETS["Meeting"], 0x3, "Binary"): global_object_id,
    (SETS["Meeting"], 0x23, "Binary"): global_object_id,
    (SETS["Appointment"], 0x8201, "Integer"): lambda view: str(CALENDAR["AppointmentSequenceNumber"](view)),
    (SETS["Appointment"], 0x8205, "Integer"): _index(_BUSY, "LegacyFreeBusyStatus", "Busy"),
    (SETS["Appointment"], 0x8208, "String"): lambda view: view.stored("Location"),
    (SETS["Appointment"], 0x820D, "SystemTime"): lambda view: stamp(start_of(view)),
    (SETS["Appointment"], 0x820E, "SystemTime"): lambda view: stamp(end_of(view)),
    (SETS["Appointment"], 0x8213, "Integer"): lambda view: str((end_of(view) - start_of(view)) // timedelta(minutes=1)),
    (SETS["Appointment"], 0x8215, "Boolean"): lambda view: flag(bool(CALENDAR["IsAllDayEvent"](view))),
    (SETS["Appointment"], 0x8217, "Integer"): lambda view: str(CALENDAR["AppointmentState"](view)),
    (SETS["Appointment"], 0x8218, "Integer"): lambda view: str(_RESPONSES.index(CALENDAR["MyResponseType"](view))),
    (SETS["Appointment"], 0x8223, "Boolean"): lambda view: flag(bool(CALENDAR["IsRecurring"](view))),
    (SETS["Common"], 0x8516, "SystemTime"): lambda view: stamp(start_of(view)),
    (SETS["Common"], 0x8517, "SystemTime"): lambda view: stamp(end_of(view)),
}
_STANDS_FOR: dict[tuple[str, int | str], str] = {
    ("", 0x0037): "Subject",
    ("", 0x001A): "ItemClass",
    (SETS["PublicStrings"], "Keywords"): "Categories",
    (SETS["Appointment"], 0x8208): "Location",
}


def _key(name: ExtendedName) -> tuple[str, int | str]:
    return name.property_set, name.name or name.number


def mapi_value(view: ItemView, name: ExtendedName) -> ExtendedValue | None:
    """Return what a MAPI property is, where the item has it under another name; None if it does not."""
    key = (*_key(name), name.type)
    read = _ANY.get(key)
    if read is None and view.appointment is not None:
        read = _CALENDAR.get(key)
    value: ExtendedValue | None = None if read is None else read(view)
    return value


def stands_for(name: ExtendedName) -> str | None:
    """Return the element name of the property that writing a MAPI property changes; None: it stands for none."""
    return _STANDS_FOR.get(_key(name))
