"""Recurrence as ``patternedRecurrence``: https://learn.microsoft.com/graph/api/resources/patternedrecurrence"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.graph.outlook.moments import read_date
from calconnect.mock_tenant.graph.outlook.problems import invalid_value
from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.recurrence import (
    INDEXES,
    WEEKDAYS,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    Pattern,
    Recurrence,
    Regenerating,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
    days_of,
)

_NO_DATE = "0001-01-01"
_MOST_INTERVAL, _MOST_COUNT = 999, 999
_DAYS = MappingProxyType({name.lower(): name for name in WEEKDAYS})
_INDEXES = MappingProxyType({name.lower(): name for name in INDEXES})
_GROUPS = {days_of(name): name for name in ("Day", "Weekday", "WeekendDay", *WEEKDAYS)}
_LONGEST_MONTHS = MappingProxyType({2: 29, 4: 30, 6: 30, 9: 30, 11: 30})


def recurrence_json(recurrence: Recurrence, zone_id: str) -> Json:
    """Return a recurrence as JSON. ``zone_id``: the Windows name of the zone that it repeats in."""
    endless = "noEnd" if recurrence.end is None else "endDate"
    return {
        "pattern": _pattern_json(recurrence.pattern),
        "range": {
            "type": endless if recurrence.count is None else "numbered",
            "startDate": recurrence.start.isoformat(),
            "endDate": recurrence.end.isoformat() if recurrence.end is not None else _NO_DATE,
            "recurrenceTimeZone": zone_id,
            "numberOfOccurrences": recurrence.count or 0,
        },
    }


def _pattern_json(pattern: Pattern) -> Json:
    match pattern:
        case Daily(interval):
            return _shape("daily", interval)
        case Weekly(days, interval, first_day):
            names = [name for name in WEEKDAYS if WEEKDAYS.index(name) in _numbers(days)]
            return _shape("weekly", interval, days=names, first_day=first_day)
        case AbsoluteMonthly(day, interval):
            return _shape("absoluteMonthly", interval, day=day)
        case RelativeMonthly(name, index, interval):
            return _shape("relativeMonthly", interval, days=_names(name), index=index)
        case AbsoluteYearly(day, month):
            return _shape("absoluteYearly", 1, day=day, month=month)
        case RelativeYearly(name, index, month):
            return _shape("relativeYearly", 1, days=_names(name), index=index, month=month)
        case Regenerating():
            raise ValueError("an event does not regenerate")


def _shape(
    kind: str,
    interval: int,
    *,
    day: int = 0,
    month: int = 0,
    days: list[str] | None = None,
    first_day: str = "Sunday",
    index: str = "First",
) -> Json:
    shape: Json = {"type": kind, "interval": interval, "month": month, "dayOfMonth": day}
    if days is not None:
        shape["daysOfWeek"] = [name.lower() for name in days]
    return shape | {"firstDayOfWeek": first_day.lower(), "index": index.lower()}


def _numbers(names: tuple[str, ...]) -> frozenset[int]:
    return frozenset[int]().union(*(days_of(name) for name in names))


def _names(name: str) -> list[str]:
    return [WEEKDAYS[number] for number in sorted(days_of(name))]


def read_recurrence(value: Any, first_day: date) -> Recurrence:
    """Read a ``patternedRecurrence``.

    Args:
        value: the JSON value.
        first_day: the day on which the event starts, where the range names none.

    Raises:
        GraphError: 400 ``ErrorPropertyValidationFailure``.
    """
    if not isinstance(value, Mapping):
        raise invalid_value("Recurrence")
    pattern, span = value.get("pattern"), value.get("range")
    if not isinstance(pattern, Mapping) or not isinstance(span, Mapping):
        raise invalid_value("Recurrence")
    start = read_date(span.get("startDate")) or first_day
    return _with_range(_read_pattern(pattern, start), start, span)


def _with_range(pattern: Pattern, start: date, span: Mapping[str, Any]) -> Recurrence:
    kind = span.get("type")
    if kind == "noEnd":
        return Recurrence(pattern, start)
    if kind == "numbered":
        return Recurrence(pattern, start, count=_whole(span, "numberOfOccurrences", _MOST_COUNT))
    end = read_date(span.get("endDate"))
    if kind != "endDate" or end is None or end < start:
        raise invalid_value("Recurrence.Range")
    return Recurrence(pattern, start, end=end)


def _read_pattern(value: Mapping[str, Any], start: date) -> Pattern:
    kind = value.get("type")
    interval = _whole(value, "interval", _MOST_INTERVAL, usual=1)
    match kind:
        case "daily":
            return Daily(interval)
        case "weekly":
            days = _read_days(value) or [WEEKDAYS[start.weekday()]]
            first_day = _DAYS.get(str(value.get("firstDayOfWeek") or "sunday").lower())
            if first_day is None:
                raise invalid_value("Recurrence.Pattern.FirstDayOfWeek")
            return Weekly(tuple(days), interval, first_day)
        case "absoluteMonthly":
            return AbsoluteMonthly(_whole(value, "dayOfMonth", 31), interval)
        case "relativeMonthly":
            return RelativeMonthly(_read_group(value), _read_index(value), interval)
    if kind not in ("absoluteYearly", "relativeYearly") or interval != 1:
        raise invalid_value("Recurrence.Pattern")
    month = _whole(value, "month", 12)
    if kind == "absoluteYearly":
        return AbsoluteYearly(_whole(value, "dayOfMonth", _LONGEST_MONTHS.get(month, 31)), month)
    return RelativeYearly(_read_group(value), _read_index(value), month)


def _whole(value: Mapping[str, Any], name: str, most: int, usual: int | None = None) -> int:
    number = value.get(name, usual)
    if number in (None, 0) and usual is not None:
        return usual
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise invalid_value(f"Recurrence.{name}")
    return number


def _read_days(value: Mapping[str, Any]) -> list[str]:
    given = value.get("daysOfWeek") or []
    found = [_DAYS.get(str(name).lower()) for name in given] if isinstance(given, list) else [None]
    if None in found:
        raise invalid_value("Recurrence.Pattern.DaysOfWeek")
    return [name for name in WEEKDAYS if name in found]


def _read_group(value: Mapping[str, Any]) -> str:
    """Read the days of a relative pattern: one day, all days, the weekdays or the weekend, as Exchange stores them."""
    name = _GROUPS.get(frozenset(WEEKDAYS.index(day) for day in _read_days(value)))
    if name is None:
        raise invalid_value("Recurrence.Pattern.DaysOfWeek")
    return name


def _read_index(value: Mapping[str, Any]) -> str:
    index = _INDEXES.get(str(value.get("index") or "first").lower())
    if index is None:
        raise invalid_value("Recurrence.Pattern.Index")
    return index
