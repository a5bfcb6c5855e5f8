"""Meeting times: how well each suits the attendees, and which to suggest.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/suggestionquality
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from calconnect.mock_tenant.state.availability import BusySpan, WorkingHours, status_in
from calconnect.mock_tenant.state.bias_zone import DAYS, local_days

_STEP = timedelta(minutes=30)
_IN_THE_WAY = frozenset({"Busy", "OOF", "Tentative", "NoData"})
_RANKS = {"Excellent": 0, "Good": 1, "Fair": 2, "Poor": 3}


@dataclass(frozen=True, slots=True)
class AttendeeTimes:
    """An attendee and when they are taken; a group has several calendars."""

    calendars: tuple[tuple[BusySpan, ...], ...]
    """Empty: nothing is known."""
    is_group: bool = False
    too_big: bool = False
    exclude_conflicts: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """How one attendee stands to a meeting time."""

    attendee: AttendeeTimes
    statuses: tuple[str, ...]
    """One for each calendar."""

    @property
    def is_free(self) -> bool:
        """Whether nothing that is known is in the way."""
        return not any(status in _IN_THE_WAY for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A meeting time."""

    start: datetime
    is_work_time: bool
    quality: str
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is looked for."""

    duration: timedelta
    good_threshold: int
    """Percent above 50 that make a time a good one."""
    least_quality: str
    most_a_day: int
    most_outside_hours: int
    current: datetime | None = None
    """A time that is suggested in any case."""


def suggest(
    attendees: Sequence[AttendeeTimes], start: datetime, end: datetime, wishes: Wishes, zone: tzinfo
) -> Iterator[tuple[datetime, str, list[Suggestion]]]:
    """Return, for each day of a window, its midnight, its quality, and the suggestions, best first.

    Args:
        attendees: who is to come.
        start: of the window, aware.
        end: of the window, aware.
        wishes: what is looked for.
        zone: by whose clock days and working hours are reckoned.
    """
    for midnight, next_midnight in local_days(start, end, zone):
        candidates = []
        moment = midnight
        while moment < next_midnight:
            if start <= moment and moment + wishes.duration <= end:
                candidates.append(_assess(attendees, moment, wishes, zone))
            moment += _STEP
        best = min((one.quality for one in candidates), key=_RANKS.__getitem__, default="Poor")
        yield midnight, best, _choose(candidates, wishes)


def _assess(attendees: Sequence[AttendeeTimes], start: datetime, wishes: Wishes, zone: tzinfo) -> Suggestion:
    end = start + wishes.duration
    conflicts = tuple(
        Conflict(one, tuple(status_in(spans, start, end) for spans in one.calendars)) for one in attendees
    )
    known = [status not in _IN_THE_WAY for conflict in conflicts for status in conflict.statuses]
    return Suggestion(start, _in_working_hours(start, end, zone), _quality(known, wishes.good_threshold), conflicts)


def _quality(free: Sequence[bool], good_threshold: int) -> str:
    percent = 100 * sum(free) / len(free) if free else 100.0
    if percent >= 100:
        return "Excellent"
    if percent >= good_threshold + 50:
        return "Good"
    return "Fair" if percent >= 50 else "Poor"


def _in_working_hours(start: datetime, end: datetime, zone: tzinfo) -> bool:
    hours = WorkingHours()
    first, last = start.astimezone(zone), end.astimezone(zone)
    begins = first.hour * 60 + first.minute
    ends = begins + int((end - start).total_seconds()) // 60
    same_day = first.date() == (last - timedelta(seconds=1)).date()
    in_hours = begins >= hours.start_minutes and ends <= hours.end_minutes
    return DAYS[first.weekday()] in hours.days and same_day and in_hours


def _choose(candidates: list[Suggestion], wishes: Wishes) -> list[Suggestion]:
    chosen: list[Suggestion] = []
    outside = 0
    for one in sorted(candidates, key=lambda one: (not one.is_work_time, _RANKS[one.quality], one.start)):
        if one.start == wishes.current:
            chosen.append(one)
            continue
        if _RANKS[one.quality] > _RANKS[wishes.least_quality] or len(chosen) >= wishes.most_a_day:
            continue
        if any(conflict.attendee.exclude_conflicts and not conflict.is_free for conflict in one.conflicts):
            continue
        if not one.is_work_time:
            outside += 1
            if outside > wishes.most_outside_hours:
                continue
        chosen.append(one)
    return sorted(chosen, key=lambda one: (_RANKS[one.quality], one.start))
