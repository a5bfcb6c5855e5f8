"""The days that waivers and attestations count in."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from calconnect.foundation.clock import Clock


def today_of(clock: Clock) -> date:
    """Return the day that a run counts by: that of the clock, in UTC."""
    return clock().astimezone(UTC).date()


def latest_today(clock: Clock) -> date:
    """Return the later of today in UTC and today where this machine stands: no day after it has begun for anybody who
    writes a date by their own calendar here."""
    return max(today_of(clock), clock().astimezone().date())


def had_begun_somewhere(clock: Clock) -> Clock:
    """Return a clock by which every day has begun that had begun anywhere: what was read of a run at the other end of
    the world, on its own day, is then in nobody's future. The first to begin a day are 14 hours before UTC."""
    return lambda: clock() + timedelta(hours=14)


def year_after(day: date) -> date:
    """Return the same day of the next year; for 29 February, 1 March. Where there is no next year, the last day."""
    if day.year == date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)
