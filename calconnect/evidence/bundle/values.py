"""Reads one value of an export, as ConvertTo-Json or Export-Csv wrote it. Says why it cannot, and never repeats it.

A value may come as the thing itself, as text (CSV has nothing else), as the number of an enumeration, or as the object
that Exchange keeps it in: an SmtpAddress has Local and Domain, an ADObjectId has Name, an Unlimited has IsUnlimited and
Value. Source: what the two commands do with objects,
https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json and …/export-csv
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from calconnect.evidence.bundle.moments import read_moment
from calconnect.evidence.bundle.shape import Form, Property

_KIND_NAME = re.compile(r"(?:System|Microsoft\.\w+)(?:\.[\w`+]+)+(?:\[.*\])?|@\{.*\}", re.S)
"""What .NET and PowerShell write in place of a value that they cannot write."""
_SEVERAL_IN_ONE = re.compile(r"\s(?:CN|OU|SMTP|SIP|X400|X500|EUM)[=:]", re.I)
_BUILD = re.compile(r"[^\d(]*(\d{1,9})\.(\d{1,9})\s*\([^\d)]*(\d{1,9})\.(\d{1,9})\)\s*")
_PLAIN_BUILD = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}\.\d{1,9}")
_ADDRESS = re.compile(r"[^\s@,;]+@[^\s@,;]+")
_WHOLE = re.compile(r"-?\d{1,19}")
_GROUPED = re.compile(r"-?\d{1,3}(?:([.,'’\u00a0\u202f ])\d{3})(?:\1\d{3})*")
_FIRST_RDN = re.compile(r"(?:CN|OU)=((?:[^,\\]|\\.)+),(?=[A-Za-z]+=)", re.I)
_CANONICAL = re.compile(r"[\w-]+(?:\.[\w-]+)+/(?:.*/)?([^/]+)")
_SERVER_ROLES = {2: "Mailbox", 4: "ClientAccess", 16: "UnifiedMessaging", 32: "HubTransport", 64: "Edge"}
"""Bits of msExchCurrentServerRoles: https://learn.microsoft.com/powershell/module/exchange/get-exchangeserver"""
_PLAIN_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_MOST = 2**63

Value = str | int | bool | tuple[str, ...] | None
"""A value that was read; None: it has none."""


class Unreadable(Exception):
    """A value is not what it must be. The text completes a sentence that begins with the property's name."""


def read_value(wanted: Property, raw: Any) -> Value:
    """Read a value.

    Args:
        wanted: what it is a value of.
        raw: as JSON has it; of CSV, always a text.

    Raises:
        Unreadable: with the reason.
    """
    if isinstance(raw, str):
        try:
            raw.encode()
        except UnicodeEncodeError:
            raise Unreadable("is not well-formed text") from None
        raw = raw.strip()
        if _KIND_NAME.fullmatch(raw):
            raise Unreadable("was written as the name of its kind, without its values")
    if isinstance(raw, list) and wanted.form is not Form.TEXTS:
        if len(raw) > 1:
            raise Unreadable("holds several values, and must hold one")
        return read_value(wanted, raw[0] if raw else None)
    value: Value
    if raw is None or raw == "":
        value = None
    elif wanted.form is Form.ENUM:
        value = _enum(raw, wanted.numbers)
    else:
        value = _READERS[wanted.form](raw)
    if not wanted.empty and (value is None or value == ""):
        raise Unreadable("has no value")
    return value


def _text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, Mapping):
        for key in ("DistinguishedName", "AbsoluteUri", "OriginalString", "Domain", "Address", "Value"):
            if isinstance(raw.get(key), str):
                return _well_formed(raw[key])
    raise Unreadable(f"must be text, not {_kind(raw)}")


def _name(raw: Any) -> str:
    if isinstance(raw, Mapping) and isinstance(raw.get("Name"), str):
        return _well_formed(raw["Name"])
    text = _text(raw)
    if found := _FIRST_RDN.match(text):
        return re.sub(r"\\(.)", r"\1", found.group(1))
    if found := _CANONICAL.fullmatch(text):
        return found.group(1)
    return text


def _address(raw: Any) -> str:
    if isinstance(raw, Mapping):
        local, domain = raw.get("Local"), raw.get("Domain")
        if isinstance(local, str) and isinstance(domain, str):
            raw = f"{local}@{domain}"
        elif isinstance(raw.get("Address"), str):
            raw = raw["Address"]
        elif raw.get("Length") == 0 or (local is None and domain is None and "Local" in raw):
            return ""  # SmtpAddress.Empty, which is how Exchange says that there is none
    text = _text(raw)
    if not _ADDRESS.fullmatch(_well_formed(text)):
        raise Unreadable("is no e-mail address")
    return text


def _boolean(raw: Any) -> bool:
    if isinstance(raw, Mapping) and isinstance(raw.get("IsPresent"), bool):
        return bool(raw["IsPresent"])
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    raise Unreadable("must be True or False")


def _whole(raw: Any) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, str) and _WHOLE.fullmatch(raw):
        raw = int(raw)
    elif isinstance(raw, str) and _GROUPED.fullmatch(raw):
        raw = int(re.sub(r"[^\d-]", "", raw))
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) >= _MOST:
        raise Unreadable("must be a whole number")
    return raw


def _count(raw: Any) -> int | None:
    if isinstance(raw, Mapping) and isinstance(raw.get("IsUnlimited"), bool):
        raw = "Unlimited" if raw["IsUnlimited"] else raw.get("Value")
    if isinstance(raw, str) and raw.lower() == "unlimited":
        return None
    try:
        return _whole(raw)
    except Unreadable:
        raise Unreadable("must be a whole number or Unlimited") from None


def _texts(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, Mapping) and isinstance(raw.get("value"), list):
        raw = raw["value"]  # Windows PowerShell 5.1 wraps an array that something was added to
    parts = raw if isinstance(raw, list) else _text(raw).split(";")
    found = []
    for part in parts:
        if isinstance(part, Mapping) and isinstance(part.get("ProxyAddressString"), str):
            part = part["ProxyAddressString"]
        text = _well_formed(_text(part)).strip()
        if _KIND_NAME.fullmatch(text) or _SEVERAL_IN_ONE.search(text):
            raise Unreadable("holds several values in one text, which cannot be told apart")
        if text:
            found.append(text)
    return tuple(found)


def _enum(raw: Any, numbers: Mapping[int, str] | None) -> str:
    if isinstance(raw, Mapping):
        raw = raw.get("Value", raw.get("value"))
    if isinstance(raw, str) and _WHOLE.fullmatch(raw):
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        if numbers is None:
            return ", ".join(name for bit, name in _SERVER_ROLES.items() if raw & bit)
        if raw not in numbers:
            raise Unreadable("is the number of a name that is not known")
        return numbers[raw]
    if not isinstance(raw, str):
        raise Unreadable(f"must be a name, not {_kind(raw)}")
    known = {name.lower(): name for name in (numbers or {}).values()}
    return known.get(raw.lower(), raw)


def _build(raw: Any) -> str:
    if isinstance(raw, Mapping):
        parts = [raw.get(key) for key in ("Major", "Minor", "Build", "Revision")]
        if all(isinstance(part, int) and not isinstance(part, bool) and 0 <= part < _MOST for part in parts):
            return ".".join(str(part) for part in parts)
    text = _text(raw)
    if found := _BUILD.fullmatch(text):
        return ".".join(str(int(part)) for part in found.groups())
    if _PLAIN_BUILD.fullmatch(text):
        return text
    raise Unreadable("is no version such as Version 15.2 (Build 2562.17)")


def _moment(raw: Any) -> str | None:
    """Return a moment as ISO 8601 in UTC. The property says that it is in UTC, so a text need not say so."""
    if isinstance(raw, str) and _PLAIN_MOMENT.fullmatch(raw):
        raw += "Z"
    found = read_moment(raw)
    return None if found is None else found.isoformat()


_READERS: Mapping[Form, Callable[[Any], Value]] = {
    Form.TEXT: _text,
    Form.NAME: _name,
    Form.ADDRESS: _address,
    Form.BOOLEAN: _boolean,
    Form.WHOLE: _whole,
    Form.COUNT: _count,
    Form.TEXTS: _texts,
    Form.BUILD: _build,
    Form.MOMENT: _moment,
}


def _well_formed(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("is not well-formed text") from None
    return text


def _kind(raw: Any) -> str:
    if isinstance(raw, bool):
        return "True or False"
    if isinstance(raw, int | float):
        return "a number"
    return "a list" if isinstance(raw, list) else "an object"
