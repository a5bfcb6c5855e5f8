"""Recurrence: patterns, ranges, and the dates of a series.

The patterns and ranges are those of EWS (https://learn.microsoft.com/exchange/client-developer/web-service-reference/recurrence-recurrencetype).
Every date of a series is found by arithmetic from its number, so that a window far from the start costs no more than
one near it.
"""

from __future__ import annotations

import functools
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS: tuple[str, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In the order of ``date.weekday``."""
INDEXES: dict[str, int] = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
_InMonth = Callable[[int, int], date]
_InYear = Callable[[int], date]
_LAST_DATE = date(4500, 8, 31)
"""The last date of Exchange's calendar; MS-OXOCAL, PidLidClipEnd."""
_SETS = {
    "Day": frozenset(range(7)),
    "Weekday": frozenset(range(5)),
    "WeekendDay": frozenset({5, 6}),
    **{name: frozenset({number}) for number, name in enumerate(WEEKDAYS)},
}


@dataclass(frozen=True, slots=True)
class Daily:
    """Every ``interval`` days."""

    interval: int = 1


@dataclass(frozen=True, slots=True)
class Weekly:
    """On some days of every ``interval``-th week."""

    days: tuple[str, ...]
    interval: int = 1
    first_day: str = "Sunday"
    """The day that weeks begin with, which matters with an interval of more than one."""


@dataclass(frozen=True, slots=True)
class AbsoluteMonthly:
    """On one day of every ``interval``-th month; the last day of a month that is too short."""

    day: int
    interval: int = 1


@dataclass(frozen=True, slots=True)
class RelativeMonthly:
    """On the n-th weekday (``Monday``, ``Day``, ``Weekday``, ``WeekendDay``) of every ``interval``-th month."""

    day: str
    index: str
    """``First`` … ``Fourth``, ``Last``."""
    interval: int = 1


@dataclass(frozen=True, slots=True)
class AbsoluteYearly:
    """On one day of one month, every year."""

    day: int
    month: int


@dataclass(frozen=True, slots=True)
class RelativeYearly:
    """On the n-th weekday of one month, every year."""

    day: str
    index: str
    month: int


@dataclass(frozen=True, slots=True)
class Regenerating:
    """Of tasks: the next one is made ``interval`` units after one was completed. Has no dates of its own."""

    unit: str
    """``Daily``, ``Weekly``, ``Monthly``, ``Yearly``."""
    interval: int = 1


Pattern = Daily | Weekly | AbsoluteMonthly | RelativeMonthly | AbsoluteYearly | RelativeYearly | Regenerating


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A pattern and the range that it runs over. At most one of ``end`` and ``count`` is given; neither: no end."""

    pattern: Pattern
    start: date
    end: date | None = None
    """The last date on which there may be an occurrence."""
    count: int | None = None

    def date_of(self, index: int) -> date | None:
        """Return the date of the ``index``-th occurrence (1-based); None if the series has not so many."""
        if index < 1 or (self.count is not None and index > self.count):
            return None
        try:
            day = _nth(self.pattern, self.start, index)
        except (OverflowError, ValueError):
            return None
        if day is None or day > (self.end or _LAST_DATE):
            return None
        return day

    def first_index_from(self, day: date) -> int:
        """Return the number of the first occurrence on or after ``day``, whether or not the series reaches so far."""
        low, high = 1, 1
        while True:
            found = self.date_of(high)
            if found is None or found >= day:
                break
            low, high = high, high * 2
        while low < high:
            middle = (low + high) // 2
            found = self.date_of(middle)
            if found is not None and found < day:
                low = middle + 1
            else:
                high = middle
        return low

    def from_date(self, day: date) -> Iterator[tuple[int, date]]:
        """Return the occurrences from ``day`` on, as number and date. May be endless."""
        index = self.first_index_from(day)
        while (found := self.date_of(index)) is not None:
            yield index, found
            index += 1

    def last_index(self) -> int | None:
        """Return the number of the last occurrence; None if the series has no end, 0 if it has no occurrence."""
        if self.end is None and self.count is None:
            return None
        if self.end is None:
            count = self.count or 0
            return count if self.date_of(count) else self.first_index_from(_LAST_DATE + timedelta(days=1)) - 1
        return self.first_index_from(self.end + timedelta(days=1)) - 1


def days_of(name: str) -> frozenset[int]:
    """Return the weekday numbers that a day name (``Monday``, ``Weekday`` …) stands for.

    Raises:
        KeyError: it is none.
    """
    return _SETS[name]


def _nth(pattern: Pattern, start: date, index: int) -> date | None:
    match pattern:
        case Daily(interval):
            return start + timedelta(days=(index - 1) * interval)
        case Weekly():
            return _nth_weekly(pattern, start, index)
        case AbsoluteMonthly(day, interval):
            return _nth_monthly(start, interval, index, lambda year, month: _absolute(year, month, day))
        case RelativeMonthly(name, which, interval):
            return _nth_monthly(start, interval, index, lambda year, month: _relative(year, month, name, which))
        case AbsoluteYearly(day, month):
            return _nth_yearly(start, index, lambda year: _absolute(year, month, day))
        case RelativeYearly(name, which, month):
            return _nth_yearly(start, index, lambda year: _relative(year, month, name, which))
        case _:
            return None


def _nth_weekly(pattern: Weekly, start: date, index: int) -> date:
    first, positions = _week_of(pattern)
    start_position = (start.weekday() - first) % 7
    week = start - timedelta(days=start_position)
    in_first_week = [position for position in positions if position >= start_position]
    if index <= len(in_first_week):
        return week + timedelta(days=in_first_week[index - 1])
    weeks, position = divmod(index - len(in_first_week) - 1, len(positions))
    return week + timedelta(days=7 * (weeks + 1) * pattern.interval + positions[position])


@functools.lru_cache(maxsize=1024)
def _week_of(pattern: Weekly) -> tuple[int, tuple[int, ...]]:
    """Return the day that the pattern's weeks begin with, and the places in such a week that it names."""
    first = WEEKDAYS.index(pattern.first_day)
    chosen = frozenset[int]().union(*(days_of(name) for name in pattern.days))
    return first, tuple(sorted((number - first) % 7 for number in chosen))


def _nth_monthly(start: date, interval: int, index: int, in_month: _InMonth) -> date:
    months = start.year * 12 + start.month - 1
    if in_month(start.year, start.month) < start:
        index += 1
    year, month = divmod(months + (index - 1) * interval, 12)
    return in_month(year, month + 1)


def _nth_yearly(start: date, index: int, in_year: _InYear) -> date:
    if in_year(start.year) < start:
        index += 1
    return in_year(start.year + index - 1)


def _absolute(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _relative(year: int, month: int, name: str, which: str) -> date:
    wanted = days_of(name)
    length = monthrange(year, month)[1]
    if len(wanted) == 1:
        (weekday,) = wanted
        first = 1 + (weekday - date(year, month, 1).weekday()) % 7
        day = first + 7 * (INDEXES[which] - 1) if which != "Last" else first + 7 * ((length - first) // 7)
        return date(year, month, day)
    matching = [day for day in range(1, length + 1) if date(year, month, day).weekday() in wanted]
    number = INDEXES[which]
    return date(year, month, matching[number if number < 0 else number - 1])
