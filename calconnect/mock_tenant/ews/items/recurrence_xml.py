"""Recurrence in EWS's XML.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/recurrence-recurrencetype
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import Codec, Wire, invalid
from calconnect.mock_tenant.ews.xml import Element, elements, find, local, t, text_of
from calconnect.mock_tenant.state.errors import EwsError
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
)

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SUNDAY_FIRST = ("Sunday", *WEEKDAYS[:6])
_DAYS = frozenset({*WEEKDAYS, "Day", "Weekday", "WeekendDay"})
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")

_INTERVAL = Node("Interval")
_DAY_OF_WEEK = Node("DaysOfWeek", values=_DAYS)
_INDEX = Node("DayOfWeekIndex", values=frozenset(INDEXES))
_MONTH = Node("Month", values=frozenset(MONTHS))
_DAY_OF_MONTH = Node("DayOfMonth")
_PATTERNS = {
    "RelativeYearlyRecurrence": (_DAY_OF_WEEK, _INDEX, _MONTH),
    "AbsoluteYearlyRecurrence": (_DAY_OF_MONTH, _MONTH),
    "RelativeMonthlyRecurrence": (_INTERVAL, _DAY_OF_WEEK, _INDEX),
    "AbsoluteMonthlyRecurrence": (_INTERVAL, _DAY_OF_MONTH),
    "WeeklyRecurrence": (_INTERVAL, Node("DaysOfWeek"), Node("FirstDayOfWeek", required=False, values=_DAYS)),
    "DailyRecurrence": (_INTERVAL,),
}
_REGENERATIONS = {f"{unit}Regeneration": (_INTERVAL,) for unit in ("Daily", "Weekly", "Monthly", "Yearly")}
_START = Node("StartDate")
_RANGES = {
    "NoEndRecurrence": (_START,),
    "EndDateRecurrence": (_START, Node("EndDate")),
    "NumberedRecurrence": (_START, Node("NumberOfOccurrences")),
}


class RecurrenceCodec(Codec):
    """A recurrence: one pattern, one range."""

    can_query = False

    def __init__(self, *, regenerating: bool = False) -> None:
        """Take whether the patterns of tasks are allowed too."""
        self._patterns = {**_PATTERNS, **_REGENERATIONS} if regenerating else _PATTERNS

    def node(self, name: str) -> Node:
        """Describe the recurrence."""
        kinds = {**self._patterns, **_RANGES}
        children = tuple(Node(kind, parts, required=False) for kind, parts in kinds.items())
        return Node(name, children, required=False, choice=True, at_least=2)

    def read(self, element: Element, _wire: Wire) -> Recurrence:
        """Read pattern and range.

        Raises:
            EwsError: ``ErrorSchemaValidation``, ``ErrorCalendarOutOfRange``, ``ErrorCalendarInvalidRecurrence``,
                ``ErrorCalendarInvalidDayForWeeklyRecurrence``.
        """
        children = elements(element)
        if len(children) != 2 or local(children[0]) not in self._patterns or local(children[1]) not in _RANGES:
            raise invalid(element, local(children[-1]))
        pattern, span = children
        start = _date(span, "StartDate")
        end = _date(span, "EndDate") if local(span) == "EndDateRecurrence" else None
        count = _number(span, "NumberOfOccurrences", 1, 999) if local(span) == "NumberedRecurrence" else None
        if end is not None and end < start:
            raise EwsError("ErrorCalendarInvalidRecurrence", "The end date is earlier than the start date.")
        return Recurrence(_read_pattern(pattern), start, end, count)

    def write(self, name: str, value: Any, wire: Wire) -> Element:
        """Write pattern and range."""
        return t(name, _write_pattern(value.pattern), _write_range(value, wire))


def _date(parent: Element, name: str) -> date:
    element = find(parent, name)
    text = text_of(parent, name) or ""
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date.fromisoformat(found.group(1))
    except ValueError:
        raise invalid(parent if element is None else element, text) from None


def _number(parent: Element, name: str, low: int, high: int) -> int:
    element = find(parent, name)
    text = text_of(parent, name) or ""
    try:
        number = int(text)
    except ValueError:
        raise invalid(parent if element is None else element, text) from None
    if not low <= number <= high:
        raise EwsError("ErrorCalendarOutOfRange", f"The value of {name} is out of range.")
    return number


def _word(parent: Element, name: str) -> str:
    return text_of(parent, name) or ""


def _read_pattern(pattern: Element) -> Pattern:
    match local(pattern):
        case "RelativeYearlyRecurrence":
            month = MONTHS.index(_word(pattern, "Month")) + 1
            return RelativeYearly(_word(pattern, "DaysOfWeek"), _word(pattern, "DayOfWeekIndex"), month)
        case "AbsoluteYearlyRecurrence":
            month = MONTHS.index(_word(pattern, "Month")) + 1
            return AbsoluteYearly(_number(pattern, "DayOfMonth", 1, 31), month)
        case "RelativeMonthlyRecurrence":
            interval = _number(pattern, "Interval", 1, 99)
            return RelativeMonthly(_word(pattern, "DaysOfWeek"), _word(pattern, "DayOfWeekIndex"), interval)
        case "AbsoluteMonthlyRecurrence":
            return AbsoluteMonthly(_number(pattern, "DayOfMonth", 1, 31), _number(pattern, "Interval", 1, 99))
        case "WeeklyRecurrence":
            return _read_weekly(pattern)
        case "DailyRecurrence":
            return Daily(_number(pattern, "Interval", 1, 999))
        case other:
            return Regenerating(other.removesuffix("Regeneration"), _number(pattern, "Interval", 1, 999))


def _read_weekly(pattern: Element) -> Weekly:
    words = _word(pattern, "DaysOfWeek").split()
    element = find(pattern, "DaysOfWeek")
    if not words or not _DAYS.issuperset(words):
        raise invalid(pattern if element is None else element, " ".join(words))
    if not set(WEEKDAYS).issuperset(words):
        raise EwsError("ErrorCalendarInvalidDayForWeeklyRecurrence", "A weekly recurrence needs named days.")
    days = tuple(day for day in _SUNDAY_FIRST if day in words)
    first = _word(pattern, "FirstDayOfWeek") or "Sunday"
    if first not in WEEKDAYS:
        raise EwsError("ErrorCalendarInvalidDayForWeeklyRecurrence", "The first day of the week must be a named day.")
    return Weekly(days, _number(pattern, "Interval", 1, 99), first)


def _write_pattern(pattern: Pattern) -> Element:
    match pattern:
        case RelativeYearly(day, index, month):
            return t(
                "RelativeYearlyRecurrence",
                t("DaysOfWeek", text=day),
                t("DayOfWeekIndex", text=index),
                t("Month", text=MONTHS[month - 1]),
            )
        case AbsoluteYearly(number, month):
            return t("AbsoluteYearlyRecurrence", t("DayOfMonth", text=str(number)), t("Month", text=MONTHS[month - 1]))
        case RelativeMonthly(day, index, interval):
            return t(
                "RelativeMonthlyRecurrence",
                t("Interval", text=str(interval)),
                t("DaysOfWeek", text=day),
                t("DayOfWeekIndex", text=index),
            )
        case AbsoluteMonthly(number, interval):
            return t("AbsoluteMonthlyRecurrence", t("Interval", text=str(interval)), t("DayOfMonth", text=str(number)))
        case Weekly(days, interval, first):
            return t(
                "WeeklyRecurrence",
                t("Interval", text=str(interval)),
                t("DaysOfWeek", text=" ".join(days)),
                t("FirstDayOfWeek", text=first),
            )
        case Daily(interval):
            return t("DailyRecurrence", t("Interval", text=str(interval)))
        case Regenerating(unit, interval):
            return t(f"{unit}Regeneration", t("Interval", text=str(interval)))


def _write_range(value: Recurrence, wire: Wire) -> Element:
    start = t("StartDate", text=wire.day(value.start))
    if value.end is not None:
        return t("EndDateRecurrence", start, t("EndDate", text=wire.day(value.end)))
    if value.count is not None:
        return t("NumberedRecurrence", start, t("NumberOfOccurrences", text=str(value.count)))
    return t("NoEndRecurrence", start)
