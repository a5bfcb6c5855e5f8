"""Extended properties: how they are named, and what their values may be.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedfielduri
"""

from __future__ import annotations

import base64
import re
import uuid
from datetime import UTC, datetime
from types import MappingProxyType

from calconnect.mock_tenant.ews.xml import Element, elements, find, stamp, t
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

SETS = MappingProxyType(
    {
        "Meeting": "6ed8da90-450b-101b-98da-00aa003f1305",
        "Appointment": "00062002-0000-0000-c000-000000000046",
        "Common": "00062008-0000-0000-c000-000000000046",
        "PublicStrings": "00020329-0000-0000-c000-000000000046",
        "Address": "00062004-0000-0000-c000-000000000046",
        "InternetHeaders": "00020386-0000-0000-c000-000000000046",
        "CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0",
        "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
        "Task": "00062003-0000-0000-c000-000000000046",
        "Sharing": "00062040-0000-0000-c000-000000000046",
    }
)
"""Distinguished property sets; MS-OXPROPS, 1.3.2 Commonly Used Property Sets."""
TYPES = frozenset(
    {
        "ApplicationTime",
        "Binary",
        "Boolean",
        "CLSID",
        "Currency",
        "Double",
        "Float",
        "Integer",
        "Long",
        "Short",
        "SystemTime",
        "String",
    }
)
_FIRST_CUSTOM_TAG = 0x8000
_RANGES = {"Short": 16, "Integer": 32, "Long": 64, "Currency": 64}


def read_name(element: Element) -> ExtendedName:
    """Read a ``t:ExtendedFieldURI``.

    Raises:
        EwsError: ``ErrorInvalidExtendedProperty``, ``ErrorNoPropertyTagForCustomProperties``,
            ``ErrorUnsupportedMapiPropertyType``.
    """
    kind = element.get("PropertyType", "")
    if kind.removesuffix("Array") not in TYPES or kind == "BooleanArray":
        raise EwsError("ErrorUnsupportedMapiPropertyType", f"The property type {kind} is not supported.")
    tag, number = element.get("PropertyTag"), element.get("PropertyId")
    distinguished, guid = element.get("DistinguishedPropertySetId"), element.get("PropertySetId")
    name = element.get("PropertyName")
    if tag is not None:
        if distinguished or guid or name or number:
            raise _invalid()
        return ExtendedName(number=_read_tag(tag), type=kind)
    if bool(distinguished) == bool(guid) or (name is None) == (number is None):
        raise _invalid()
    try:
        property_set = SETS[distinguished] if distinguished else str(uuid.UUID(guid))
        return ExtendedName(property_set, name or "", -1 if number is None else int(number), kind)
    except (KeyError, ValueError):
        raise _invalid() from None


def _invalid() -> EwsError:
    return EwsError(
        "ErrorInvalidExtendedProperty",
        "The extended property attribute combination is invalid.",
    )


def _read_tag(text: str) -> int:
    try:
        number = int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        raise _invalid() from None
    if not 0 <= number <= 0xFFFF:
        raise _invalid()
    if number >= _FIRST_CUSTOM_TAG:
        raise EwsError(
            "ErrorNoPropertyTagForCustomProperties",
            "Property tags cannot be used for custom properties (0x8000 and above).",
        )
    return number


def write_name(name: ExtendedName) -> Element:
    """Write a ``t:ExtendedFieldURI``; a property set by its distinguished name where it has one."""
    if not name.property_set:
        return t("ExtendedFieldURI", PropertyTag=f"0x{name.number:x}", PropertyType=name.type)
    attributes = {"PropertySetId": name.property_set}
    distinguished = next((word for word, guid in SETS.items() if guid == name.property_set), None)
    if distinguished is not None:
        attributes = {"DistinguishedPropertySetId": distinguished}
    if name.number >= 0:
        attributes["PropertyId"] = str(name.number)
    else:
        attributes["PropertyName"] = name.name
    return t("ExtendedFieldURI", **attributes, PropertyType=name.type)


def read_property(element: Element) -> tuple[ExtendedName, ExtendedValue]:
    """Read a ``t:ExtendedProperty``.

    Raises:
        EwsError: as ``read_name``; ``ErrorInvalidExtendedPropertyValue``.
    """
    uri = find(element, "ExtendedFieldURI")
    if uri is None:
        raise _invalid()
    name = read_name(uri)
    value, values = find(element, "Value"), find(element, "Values")
    if name.type.endswith("Array"):
        if values is None:
            raise _bad_value(name)
        return name, tuple(read_value(name, one.text or "") for one in elements(values))
    if value is None:
        raise _bad_value(name)
    return name, read_value(name, value.text or "")


def write_property(name: ExtendedName, value: ExtendedValue) -> Element:
    """Write a ``t:ExtendedProperty``."""
    if isinstance(value, tuple):
        content = t("Values", *(t("Value", text=one) for one in value))
    else:
        content = t("Value", text=value)
    return t("ExtendedProperty", write_name(name), content)


def read_value(name: ExtendedName, text: str) -> str:
    """Return one value in canonical form.

    Raises:
        EwsError: ``ErrorInvalidExtendedPropertyValue``.
    """
    try:
        return _canonical(name.type.removesuffix("Array"), text)
    except (ValueError, OverflowError):
        raise _bad_value(name) from None


def _bad_value(name: ExtendedName) -> EwsError:
    return EwsError("ErrorInvalidExtendedPropertyValue", f"The value does not fit the property type {name.type}.")


def _canonical(kind: str, text: str) -> str:
    bare = text.strip()
    match kind:
        case "String":
            return text
        case "Boolean":
            if bare.lower() not in ("true", "false", "1", "0"):
                raise ValueError(text)
            return "true" if bare.lower() in ("true", "1") else "false"
        case "Binary":
            return base64.b64encode(base64.b64decode("".join(bare.split()), validate=True)).decode()
        case "CLSID":
            return str(uuid.UUID(bare))
        case "SystemTime":
            if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", bare):
                raise ValueError(text)
            moment = datetime.fromisoformat(bare)
            return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        case "Double" | "Float" | "ApplicationTime":
            return f"{float(bare):.17g}"
        case _:
            number, bits = int(bare), _RANGES[kind]
            if not -(1 << bits - 1) <= number < 1 << bits - 1:
                raise ValueError(text)
            return str(number)


def sort_key(name: ExtendedName, value: ExtendedValue) -> float | str | tuple[float | str, ...]:
    """Return the form of a value that compares: numbers as numbers, texts without case."""
    if isinstance(value, tuple):
        return tuple(_one_key(name, one) for one in value)
    return _one_key(name, value)


def _one_key(name: ExtendedName, value: str) -> float | str:
    kind = name.type.removesuffix("Array")
    if kind in _RANGES:
        return int(value)
    if kind in ("Double", "Float", "ApplicationTime"):
        return float(value)
    return value.casefold() if kind == "String" else value
