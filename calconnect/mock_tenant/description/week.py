"""Plausible working weeks: the calendar of a generated mailbox, the same for the same seed and day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.description.events import PlannedEvent
from calconnect.mock_tenant.state.recurrence import WEEKDAYS, Pattern, Recurrence, RelativeMonthly, Weekly

WEEKS_BEFORE = 1
WEEKS_AFTER = 4
"""Single events lie from so many weeks before the present one to so many after it; series run on without end."""

_WORKING_DAYS = WEEKDAYS[:5]
_SUBJECTS = (
    "Budget review", "Candidate interview", "Contract negotiation", "Customer call", "Design review",
    "Go-live preparation", "Hiring panel", "Incident review", "Interview debrief", "Invoice questions",
    "Kick-off", "Market update", "Onboarding", "Planning", "Product demonstration", "Project status",
    "Quarterly figures", "Release planning", "Retrospective", "Supplier meeting", "Training", "Workshop",
)  # fmt: skip
_PRIVATE = ("Dentist", "School play", "Doctor's appointment", "Driving lesson", "Parents' evening")
_LEAVE = ("Annual leave", "Conference", "Parental leave", "Public holiday", "Travelling")
_PLACES = ("Room 1.04", "Room 2.11", "Main building, 3rd floor", "Video call", "", "")
_ELSEWHERE = ("America/Chicago", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney")
_LENGTHS = (15, 30, 30, 45, 60, 60, 60, 90, 120)


@dataclass(frozen=True, slots=True)
class _Series:
    """A meeting that repeats: how often a week, and what it is."""

    per_week: float
    subject: str
    at: time
    minutes: int
    pattern: Pattern


def working_weeks(
    *, seed: int, today: date, time_zone: str, per_week: int, is_room: bool = False
) -> list[PlannedEvent]:
    """Return the events of a calendar.

    Args:
        seed: decides everything that is left to chance.
        today: the tenant's first day; the present week is the one that it lies in.
        time_zone: IANA name of the mailbox's zone: working hours are by its clock.
        per_week: about how many events a working week is to have, occurrences of series counted.
        is_room: a room's calendar has ordinary meetings only.
    """
    chance = random.Random(seed * 1_000_003 + today.toordinal())  # noqa: S311
    monday = today - timedelta(days=today.weekday())
    planner = _Planner(chance, monday, time_zone)
    left = float(per_week)
    events: list[PlannedEvent] = []
    if not is_room:
        for series in planner.series():
            if series.per_week <= left - 2:
                left -= series.per_week
                events.append(planner.repeated(series))
    for week in range(-WEEKS_BEFORE, WEEKS_AFTER + 1):
        count = int(left) + (chance.random() < left % 1)
        events += planner.singles(week, count) if is_room else planner.mixed_week(week, count)
    return events


class _Planner:
    """Draws the events of one calendar."""

    def __init__(self, chance: random.Random, monday: date, time_zone: str) -> None:
        self._chance = chance
        self._monday = monday
        self._zone = time_zone

    def series(self) -> Iterator[_Series]:
        """Draw the series that this person may have, the most usual first."""
        chance = self._chance
        day, other = chance.sample(_WORKING_DAYS, 2)
        yield _Series(1, "Team meeting", time(chance.choice((9, 10, 14))), 60, Weekly((day,)))
        yield _Series(0.5, "One-to-one", time(chance.choice((11, 13, 15)), 30), 30, Weekly((other,), 2))
        yield _Series(0.25, "Department meeting", time(16), 90, RelativeMonthly(day, "First"))
        if chance.random() < 0.5:
            yield _Series(5, "Stand-up", time(9, 15), 15, Weekly(_WORKING_DAYS))

    def repeated(self, series: _Series) -> PlannedEvent:
        """Return a series that has been running for some weeks and has no end."""
        first = self._monday - timedelta(weeks=self._chance.randint(4, 30))
        recurrence = Recurrence(series.pattern, first)
        return self._event(
            series.subject, first, series.at, series.minutes, location=self._chance.choice(_PLACES), repeats=recurrence
        )

    def mixed_week(self, week: int, count: int) -> list[PlannedEvent]:
        """Draw one week's single events, of all the sorts that calendars hold."""
        chance = self._chance
        drawn: list[PlannedEvent] = []
        if count and chance.random() < 0.5:
            drawn.append(self._single(week, subject=chance.choice(_PRIVATE), sensitivity="Private"))
        if count > 1 and chance.random() < 0.5:
            drawn.append(self._single(week, subject="Hold: " + chance.choice(_SUBJECTS).lower(), status="Tentative"))
        if count > 2 and chance.random() < 0.3:
            drawn.append(self._whole_days(week))
        if count > 3 and chance.random() < 0.3:
            drawn.append(self._abroad(week))
        if count > 4 and chance.random() < 0.2:
            drawn.append(self._single(week, subject="Working from home", status="WorkingElsewhere"))
        return drawn[:count] + self.singles(week, count - len(drawn))

    def singles(self, week: int, count: int) -> list[PlannedEvent]:
        """Draw ordinary meetings for one week."""
        return [self._single(week) for _ in range(max(count, 0))]

    def _single(
        self, week: int, *, subject: str = "", status: str = "Busy", sensitivity: str = "Normal"
    ) -> PlannedEvent:
        chance = self._chance
        day = self._day(week)
        at = time(chance.randint(8, 17), chance.choice((0, 0, 15, 30, 45)))
        return self._event(
            subject or chance.choice(_SUBJECTS),
            day,
            at,
            chance.choice(_LENGTHS),
            status=status,
            sensitivity=sensitivity,
            location=chance.choice(_PLACES),
        )

    def _whole_days(self, week: int) -> PlannedEvent:
        days = self._chance.choice((1, 1, 2, 5))
        day = self._monday + timedelta(weeks=week) if days == 5 else self._day(week)
        subject = self._chance.choice(_LEAVE)
        return self._event(subject, day, time(), days * 24 * 60, status="OOF", all_day=True)

    def _abroad(self, week: int) -> PlannedEvent:
        zone = self._chance.choice(_ELSEWHERE)
        city = zone.rpartition("/")[2].replace("_", " ")
        at = time(self._chance.randint(9, 16))
        return self._event(f"Call with {city}", self._day(week), at, 45, location="Video call", time_zone=zone)

    def _day(self, week: int) -> date:
        return self._monday + timedelta(weeks=week, days=self._chance.randrange(5))

    def _event(
        self,
        subject: str,
        day: date,
        at: time,
        minutes: int,
        *,
        status: str = "Busy",
        sensitivity: str = "Normal",
        location: str = "",
        all_day: bool = False,
        time_zone: str = "",
        repeats: Recurrence | None = None,
    ) -> PlannedEvent:
        zone = ZoneInfo(time_zone or self._zone)
        end = datetime.combine(day, at) + timedelta(minutes=minutes)
        return PlannedEvent(
            subject=subject,
            start=datetime.combine(day, at, zone),
            end=end.replace(tzinfo=zone),
            time_zone=zone.key,
            all_day=all_day,
            status=status,
            sensitivity=sensitivity,
            location=location,
            recurrence=repeats,
        )
