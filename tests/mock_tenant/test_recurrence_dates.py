"""The dates of series, against python-dateutil as an independent reference."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

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

_DATEUTIL_DAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
_NAMES = st.sampled_from([*WEEKDAYS, "Day", "Weekday", "WeekendDay"])
_INDEX = st.sampled_from(sorted(INDEXES))
_DATES = st.dates(date(1995, 1, 1), date(2035, 12, 31))
_MONTHS = st.integers(1, 12)
_PATTERNS = st.one_of(
    st.builds(Daily, st.integers(1, 40)),
    st.builds(
        Weekly,
        st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True).map(tuple),
        st.integers(1, 6),
        st.sampled_from(WEEKDAYS),
    ),
    st.builds(AbsoluteMonthly, st.integers(1, 31), st.integers(1, 7)),
    st.builds(RelativeMonthly, _NAMES, _INDEX, st.integers(1, 7)),
    st.builds(AbsoluteYearly, st.integers(1, 31), _MONTHS),
    st.builds(RelativeYearly, _NAMES, _INDEX, _MONTHS),
)


def midnight(day: date) -> datetime:
    """Return the beginning of a day without a zone, as dateutil wants it."""
    return datetime.combine(day, time())


def reference(pattern: Pattern, start: date) -> rrule.rrule:
    """Return the same pattern in dateutil's words."""
    begin = midnight(start)
    match pattern:
        case Daily(interval):
            return rrule.rrule(rrule.DAILY, begin, interval)
        case Weekly(days, interval, first):
            chosen = [_DATEUTIL_DAYS[WEEKDAYS.index(day)] for day in days]
            return rrule.rrule(rrule.WEEKLY, begin, interval, wkst=WEEKDAYS.index(first), byweekday=chosen)
        case AbsoluteMonthly(day, interval):
            return rrule.rrule(rrule.MONTHLY, begin, interval, bymonthday=range(1, day + 1), bysetpos=-1)
        case RelativeMonthly(day, index, interval):
            return rrule.rrule(rrule.MONTHLY, begin, interval, byweekday=sorted(days_of(day)), bysetpos=INDEXES[index])
        case AbsoluteYearly(day, month):
            return rrule.rrule(rrule.YEARLY, begin, bymonth=month, bymonthday=range(1, day + 1), bysetpos=-1)
        case RelativeYearly(day, index, month):
            return rrule.rrule(
                rrule.YEARLY, begin, bymonth=month, byweekday=sorted(days_of(day)), bysetpos=INDEXES[index]
            )
        case _:
            raise AssertionError(pattern)


@settings(max_examples=200, deadline=None)
@given(_PATTERNS, _DATES)
def test_the_first_dates_are_those_of_dateutil(pattern: Pattern, start: date) -> None:
    series = Recurrence(pattern, start)
    expected = [moment.date() for moment in itertools.islice(reference(pattern, start), 25)]
    assert [series.date_of(index) for index in range(1, 26)] == expected


@settings(max_examples=150, deadline=None)
@given(_PATTERNS, _DATES, st.integers(-400, 4000))
def test_looking_from_any_day_finds_the_next_occurrence(pattern: Pattern, start: date, later: int) -> None:
    series = Recurrence(pattern, start)
    day = start + timedelta(days=later)
    index, found = next(series.from_date(day))
    rule = reference(pattern, start)
    expected = rule.after(midnight(day), inc=True)
    assert expected is not None
    assert found == expected.date()
    assert index == len(rule.between(midnight(date(1990, 1, 1)), expected, inc=True))


@settings(max_examples=100, deadline=None)
@given(_PATTERNS, _DATES, st.integers(1, 60))
def test_a_counted_series_has_that_many(pattern: Pattern, start: date, count: int) -> None:
    series = Recurrence(pattern, start, count=count)
    assert len(list(series.from_date(start))) == count
    assert series.last_index() == count
    assert series.date_of(count + 1) is None


@settings(max_examples=100, deadline=None)
@given(_PATTERNS, _DATES, st.integers(0, 2000))
def test_a_series_with_an_end_date_ends_there(pattern: Pattern, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    series = Recurrence(pattern, start, end=end)
    last = midnight(end)
    expected = [
        moment.date() for moment in reference(pattern, start).between(midnight(date(1990, 1, 1)), last, inc=True)
    ]
    assert [day for _, day in series.from_date(date(1990, 1, 1))] == expected
    assert series.last_index() == len(expected)


def test_a_series_without_end_has_no_last_occurrence() -> None:
    assert Recurrence(Daily(), date(2026, 1, 1)).last_index() is None


def test_a_series_ends_with_exchanges_calendar() -> None:
    assert Recurrence(Daily(), date(4500, 8, 30)).date_of(3) is None


@pytest.mark.parametrize("index", [0, -1])
def test_occurrences_are_numbered_from_one(index: int) -> None:
    assert Recurrence(Daily(), date(2026, 1, 1)).date_of(index) is None


def test_the_thirty_first_falls_on_the_last_day_of_short_months() -> None:
    series = Recurrence(AbsoluteMonthly(31), date(2026, 1, 31), count=4)
    assert [day for _, day in series.from_date(date(2026, 1, 1))] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_a_task_that_regenerates_has_no_dates_of_its_own() -> None:
    assert Recurrence(Regenerating("Weekly", 2), date(2026, 1, 1)).date_of(1) is None
