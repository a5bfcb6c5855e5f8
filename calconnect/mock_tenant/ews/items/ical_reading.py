"""Calendar items made from iCalendar (RFC 5545), as clients send it in an item's MIME content.

The first VEVENT counts. What Exchange's store cannot hold of a recurrence (several rules, hourly ones, extra dates) is
refused and not left out, so that no client is told that a series was stored which was not.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.recurrence import (
    WEEKDAYS,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    Pattern,
    Recurrence,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
)
from calconnect.mock_tenant.state.timezones import iana_to_windows, zone_named
from calconnect.mock_tenant.state.values import Body

_LINE = re.compile(r"(?P<name>[A-Za-z-]+)(?P<parameters>(?:;[^:\"]*(?:\"[^\"]*\")?)*):(?P<value>.*)", re.S)
_ESCAPE = re.compile(r"\\([\\;,nN])")
_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), WEEKDAYS, strict=True))
_NTH = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", -1: "Last"}
_GROUPS = {
    frozenset(_DAYS.values()): "Day",
    frozenset(WEEKDAYS[:5]): "Weekday",
    frozenset(WEEKDAYS[5:]): "WeekendDay",
}
_RULE_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_BUSY = {"FREE": "Free", "TENTATIVE": "Tentative", "BUSY": "Busy", "OOF": "OOF", "WORKINGELSEWHERE": "WorkingElsewhere"}
_CLASS = {"PUBLIC": "Normal", "PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}

Lines = dict[str, tuple[str, str]]
"""Parameters and value of each property, by upper-case name."""


def failed() -> EwsError:
    """Return the error with which Exchange answers content that it cannot take in."""
    return EwsError("ErrorContentConversionFailed", "Content conversion failed.")


def read_event(raw: bytes) -> dict[str, Any]:
    """Return the properties of the first VEVENT of an iCalendar stream, by EWS's names.

    Raises:
        EwsError: ``ErrorContentConversionFailed``.
    """
    text = re.sub(r"\r?\n[ \t]", "", raw.decode("utf-8", "replace"))
    _, begin, rest = text.partition("BEGIN:VEVENT")
    inside, end, _ = rest.partition("END:VEVENT")
    if not begin or not end:
        raise failed()
    # An alarm inside has properties of the same names.
    inside = re.sub(r"BEGIN:VALARM.*?END:VALARM", "", inside, flags=re.S)
    lines: Lines = {}
    for line in inside.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found:
            lines[found["name"].upper()] = (found["parameters"], found["value"])
    if not {"RDATE", "EXRULE", "EXDATE"}.isdisjoint(lines):
        raise failed()
    return _texts(lines) | _times(lines)


def _texts(lines: Lines) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, own in (("SUMMARY", "Subject"), ("LOCATION", "Location"), ("UID", "UID")):
        if name in lines:
            values[own] = _plain(lines[name][1])
    if "DESCRIPTION" in lines:
        values["Body"] = Body(_plain(lines["DESCRIPTION"][1]))
    if "CATEGORIES" in lines:
        values["Categories"] = [_plain(one) for one in re.split(r"(?<!\\),", lines["CATEGORIES"][1])]
    transparent = lines.get("TRANSP", ("", ""))[1].upper() == "TRANSPARENT"
    busy = lines.get("X-MICROSOFT-CDO-BUSYSTATUS", ("", "FREE" if transparent else "BUSY"))[1].upper()
    values["LegacyFreeBusyStatus"] = _BUSY.get(busy, "Busy")
    if "CLASS" in lines:
        values["Sensitivity"] = _CLASS.get(lines["CLASS"][1].upper(), "Private")
    return values


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), text)


def _times(lines: Lines) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, own in (("DTSTART", "Start"), ("DTEND", "End")):
        if name not in lines:
            continue
        parameters, text = lines[name]
        zone = _zone(parameters)
        moment = _moment(text, zone)
        values[own] = moment.astimezone(UTC)
        if len(text) == 8:
            values["IsAllDayEvent"] = True
        if own == "Start":
            if zone is not None:
                values["StartTimeZone"] = ZoneName(iana_to_windows(zone.key))
            if "RRULE" in lines:
                values["Recurrence"] = recurrence_of(lines["RRULE"][1], moment)
    if values.get("IsAllDayEvent") and "Start" in values:
        values.setdefault("End", values["Start"] + timedelta(days=1))
    return values


def _zone(parameters: str) -> ZoneInfo | None:
    named = next((part[5:].strip('"') for part in parameters.split(";") if part.upper().startswith("TZID=")), "")
    return zone_named(named) if named else None


def _moment(text: str, zone: ZoneInfo | None) -> datetime:
    """Return a DATE or DATE-TIME, in its own zone.

    Raises:
        EwsError: ``ErrorContentConversionFailed``.
    """
    try:
        if len(text) == 8:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone or UTC)
        moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise failed() from None
    return moment.replace(tzinfo=UTC if text.endswith("Z") else zone or UTC)


def recurrence_of(rule: str, start: datetime) -> Recurrence:
    """Return the recurrence that an RRULE states for a series whose first occurrence begins at ``start``.

    Raises:
        EwsError: ``ErrorContentConversionFailed``: it is none, or one that Exchange cannot hold.
    """
    parts = {}
    for part in rule.strip().upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in _RULE_PARTS or name in parts:
            raise failed()
        parts[name] = value
    try:
        until = _until(parts["UNTIL"], start) if "UNTIL" in parts else None
        count = int(parts["COUNT"]) if "COUNT" in parts else None
        pattern = _pattern(parts, start)
    except (KeyError, ValueError):
        raise failed() from None
    if count is not None and (count < 1 or until is not None):
        raise failed()
    return Recurrence(pattern, start.date(), until, count)


def _until(text: str, start: datetime) -> date:
    moment = _moment(text, None)
    return moment.astimezone(start.tzinfo).date() if text.endswith("Z") else moment.date()


def _pattern(parts: dict[str, str], start: datetime) -> Pattern:
    """Return the pattern of a rule's parts; KeyError and ValueError say that there is none."""
    interval = int(parts.get("INTERVAL", "1"))
    if interval < 1:
        raise ValueError(interval)
    frequency = parts["FREQ"]
    days = [_DAY.fullmatch(one) for one in parts["BYDAY"].split(",")] if "BYDAY" in parts else []
    names = tuple(_DAYS[found.group(2)] for found in days if found)
    if len(names) != len(days):
        raise ValueError(parts["BYDAY"])
    if frequency == "DAILY" and not (names or "BYMONTHDAY" in parts or "BYMONTH" in parts):
        return Daily(interval)
    if frequency == "WEEKLY" and not ("BYMONTHDAY" in parts or "BYMONTH" in parts or "BYSETPOS" in parts):
        first_day = _DAYS[parts.get("WKST", "MO")]
        return Weekly(names or (WEEKDAYS[start.weekday()],), interval, first_day)
    if frequency == "MONTHLY" and "BYMONTH" not in parts:
        if names:
            return RelativeMonthly(_group(names), _which(days, parts), interval)
        return AbsoluteMonthly(_month_day(parts, start), interval)
    if frequency == "YEARLY" and interval == 1:
        month = int(parts.get("BYMONTH", str(start.month)))
        if names:
            return RelativeYearly(_group(names), _which(days, parts), month)
        return AbsoluteYearly(_month_day(parts, start), month)
    raise ValueError(frequency)


def _group(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else _GROUPS[frozenset(names)]


def _which(days: list[re.Match[str] | None], parts: dict[str, str]) -> str:
    """Return which of the days in the month it is: ``BYDAY=2MO``, or ``BYDAY=MO;BYSETPOS=2``."""
    numbers = {found.group(1) for found in days if found}
    (number,) = numbers
    return _NTH[int(number if number is not None else parts["BYSETPOS"])]


def _month_day(parts: dict[str, str], start: datetime) -> int:
    """Return the day of the month; ``28,29,30,31`` with the last of them taken is how Exchange writes a 31st."""
    days = [int(one) for one in parts.get("BYMONTHDAY", str(start.day)).split(",")]
    if len(days) > 1 and (parts.get("BYSETPOS") != "-1" or days != list(range(28, days[-1] + 1))):
        raise ValueError(days)
    if days == [-1]:
        return 31
    if not 1 <= days[-1] <= 31:
        raise ValueError(days)
    return days[-1]
