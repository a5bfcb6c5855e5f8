"""Events as they will stand in a mailbox, and how the ``events`` of a tenant file become them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.tables import EventTable, RepeatTable
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

_DEFAULT_MINUTES = 60
_DEFAULT_TIME = time(9)


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """An event, ready to be put into a calendar."""

    subject: str
    start: datetime
    """Aware."""
    end: datetime
    time_zone: str
    """IANA name."""
    all_day: bool = False
    status: str = "Busy"
    sensitivity: str = "Normal"
    location: str = ""
    body: str = ""
    categories: tuple[str, ...] = ()
    organizer: str = ""
    """Address; empty: the mailbox itself."""
    attendees: tuple[str, ...] = ()
    recurrence: Recurrence | None = None


def plan_event(
    entry: EventTable, path: KeyPath, time_zone: str, today: date, findings: Findings
) -> PlannedEvent | None:
    """Turn an entry of ``[[mailboxes.events]]`` into an event.

    Args:
        entry: the entry.
        path: where it stands.
        time_zone: that of the mailbox, for an entry that names none.
        today: the day that ``day`` counts from.
        findings: takes what is wrong; the answer is None then.
    """
    zone = ZoneInfo(entry.time_zone or time_zone)
    all_day = entry.all_day or (entry.start is not None and not isinstance(entry.start, datetime))
    start = _start(entry, path, zone, today, findings)
    if start is None:
        return None
    end = _end(entry, path, zone, start, all_day=all_day, findings=findings)
    if end is None:
        return None
    recurrence = None
    if entry.repeat is not None:
        recurrence = _recurrence(entry.repeat, (*path, "repeat"), start.date(), findings)
        if recurrence is None:
            return None
    return PlannedEvent(
        subject=entry.subject,
        start=start,
        end=end,
        time_zone=zone.key,
        all_day=all_day,
        status=entry.status or ("Free" if all_day else "Busy"),
        sensitivity=entry.sensitivity,
        location=entry.location,
        body=entry.body,
        categories=tuple(entry.categories),
        organizer=entry.organizer or "",
        attendees=tuple(entry.attendees),
        recurrence=recurrence,
    )


def _start(entry: EventTable, path: KeyPath, zone: ZoneInfo, today: date, findings: Findings) -> datetime | None:
    if (entry.start is None) == (entry.day is None):
        message = "An event needs either start or day." if entry.start is None else "start and day exclude each other."
        findings.add(path if entry.start is None else (*path, "day"), message)
        return None
    if entry.start is not None:
        if entry.at is not None:
            findings.add((*path, "at"), "at goes with day, not with start.")
            return None
        return _moment(entry.start, zone)
    return datetime.combine(today + timedelta(days=entry.day or 0), entry.at or _default_time(entry), zone)


def _default_time(entry: EventTable) -> time:
    return time() if entry.all_day else _DEFAULT_TIME


def _end(
    entry: EventTable, path: KeyPath, zone: ZoneInfo, start: datetime, *, all_day: bool, findings: Findings
) -> datetime | None:
    if entry.end is not None and entry.minutes is not None:
        findings.add((*path, "minutes"), "end and minutes exclude each other.")
        return None
    if entry.end is None:
        minutes = entry.minutes
        if minutes is None:
            minutes = 24 * 60 if all_day else _DEFAULT_MINUTES
        return (start.replace(tzinfo=None) + timedelta(minutes=minutes)).replace(tzinfo=start.tzinfo)
    end = _moment(entry.end, zone)
    if end < start:
        findings.add((*path, "end"), "The event ends before it starts.")
        return None
    return end


def _moment(value: datetime | date, zone: ZoneInfo) -> datetime:
    """Read a TOML date or time: one without an offset is by the zone's clock."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


def _recurrence(repeat: RepeatTable, path: KeyPath, first: date, findings: Findings) -> Recurrence | None:
    if repeat.times is not None and repeat.until is not None:
        findings.add((*path, "until"), "times and until exclude each other.")
        return None
    if repeat.which is not None and (repeat.unit in ("day", "week") or len(repeat.on) != 1):
        findings.add((*path, "which"), "which goes with one day in on, and unit month or year.")
        return None
    if repeat.on and repeat.unit != "week" and repeat.which is None:
        findings.add((*path, "on"), f"With unit {repeat.unit}, on needs which.")
        return None
    if repeat.unit == "year" and repeat.every != 1:
        findings.add((*path, "every"), "A yearly event is repeated every year.")
        return None
    recurrence = Recurrence(_pattern(repeat, first), first, repeat.until, repeat.times)
    if recurrence.date_of(1) is None:
        findings.add((*path, "until"), "The event never takes place.")
        return None
    return recurrence


def _pattern(repeat: RepeatTable, first: date) -> Pattern:
    if repeat.unit == "day":
        return Daily(repeat.every)
    if repeat.unit == "week":
        return Weekly(tuple(repeat.on) or (WEEKDAYS[first.weekday()],), repeat.every)
    if repeat.unit == "month":
        if repeat.which is not None:
            return RelativeMonthly(repeat.on[0], repeat.which, repeat.every)
        return AbsoluteMonthly(first.day, repeat.every)
    if repeat.which is not None:
        return RelativeYearly(repeat.on[0], repeat.which, first.month)
    return AbsoluteYearly(first.day, first.month)
