"""Time zones by both their names, and the rules by which their clocks change, computed from the IANA data."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calconnect.mock_tenant.state.timezone_names import OTHER_NAMES, ZONES

_IANA = {windows: iana for windows, iana, _ in ZONES}
_PLACES = {windows: places for windows, _, places in ZONES}
_WINDOWS = {**OTHER_NAMES, **{iana: windows for windows, iana, _ in ZONES}}
_BY_FOLDED_NAME = {windows.lower(): windows for windows in _IANA}
_TYPICAL_YEAR = 2026
"""The year whose clocks decide which zones keep the same time."""

WINDOWS_IDS: tuple[str, ...] = tuple(_IANA)
"""All Windows identifiers, west to east."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """When a clock changes, as a rule: the n-th weekday of a month, at a wall time."""

    month: int
    weekday: int
    """0 is Monday, as in ``datetime.weekday``."""
    occurrence: int
    """1 … 4, or -1: the last one of the month."""
    time: timedelta
    """Since midnight, on the clock that is left."""


@dataclass(frozen=True, slots=True)
class YearRules:
    """A zone's offsets and clock changes in one year."""

    standard: timedelta
    """Offset from UTC, east positive."""
    daylight: timedelta | None = None
    """None: the clock does not change in that year."""
    to_daylight: ClockChange | None = None
    to_standard: ClockChange | None = None


def find_windows_id(name: str) -> str | None:
    """Return a Windows identifier in its proper spelling; None if there is none of that name."""
    return _BY_FOLDED_NAME.get(name.lower())


def windows_to_iana(windows_id: str) -> str | None:
    """Return the IANA zone that stands for a Windows identifier (compared without case); None if it is unknown."""
    proper = find_windows_id(windows_id)
    return None if proper is None else _IANA[proper]


@lru_cache(maxsize=1024)
def iana_to_windows(name: str) -> str:
    """Return the Windows identifier of an IANA zone; for one that the table lacks, that of a zone with the same clock.

    ``UTC`` where no zone keeps that clock.
    """
    if name in _WINDOWS:
        return _WINDOWS[name]
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    wanted = year_rules(zone.key, _TYPICAL_YEAR)
    alike = [(windows, iana) for windows, iana in _IANA.items() if year_rules(iana, _TYPICAL_YEAR) == wanted]
    near = [windows for windows, iana in alike if iana.partition("/")[0] == name.partition("/")[0]]
    return next(iter(near or [windows for windows, _ in alike]), "UTC")


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone with this Windows identifier or IANA name; None if there is none."""
    try:
        return ZoneInfo(windows_to_iana(name) or name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def display_name(windows_id: str, at: datetime) -> str:
    """Return what Windows shows: ``(UTC+01:00) Amsterdam, Berlin, …``."""
    local = at.astimezone(ZoneInfo(_IANA[windows_id]))
    minutes = int(((local.utcoffset() or timedelta()) - (local.dst() or timedelta())).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    prefix = "UTC" if minutes == 0 else f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return f"({prefix}) {_PLACES[windows_id]}"


def find_by_rules(rules: YearRules, year: int) -> str | None:
    """Return the Windows identifier of a zone that keeps these rules in a year; None if there is none."""
    return next((windows for windows, iana in _IANA.items() if year_rules(iana, year) == rules), None)


@lru_cache(maxsize=4096)
def year_rules(iana: str, year: int) -> YearRules:
    """Return a zone's rules in a year. The smaller of two offsets counts as standard time."""
    zone = ZoneInfo(iana)
    moments = _transitions(zone, year)
    offsets = {_offset(zone, datetime(year, 1, 1, tzinfo=UTC))} | {_offset(zone, moment) for moment in moments}
    if len(moments) != 2 or len(offsets) != 2:
        return YearRules(_offset(zone, datetime(year, 12, 31, tzinfo=UTC)))
    standard, daylight = min(offsets), max(offsets)
    changes = {_offset(zone, moment): _change(zone, moment, daylight) for moment in moments}
    if set(changes) != offsets:
        return YearRules(_offset(zone, datetime(year, 12, 31, tzinfo=UTC)))
    return YearRules(standard, daylight, changes[daylight], changes[standard])


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _transitions(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return the moments (UTC) of a year at which the offset changes."""
    found = []
    step = timedelta(days=5)
    low, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while low < end:
        high = min(low + step, end)
        if _offset(zone, low) != _offset(zone, high):
            early, late = low, high
            while late - early > timedelta(seconds=1):
                middle = early + (late - early) // 2
                if _offset(zone, middle) == _offset(zone, low):
                    early = middle
                else:
                    late = middle
            found.append(late.replace(microsecond=0))
        low = high
    return found


def _change(zone: ZoneInfo, moment: datetime, daylight: timedelta) -> ClockChange:
    """Describe a change as a rule; where the fourth weekday is the last one too, other years decide."""
    left = (moment + _offset(zone, moment - timedelta(seconds=1))).replace(tzinfo=None)
    day = left.date()
    occurrence = (day.day - 1) // 7 + 1
    is_last = day.day + 7 > monthrange(day.year, day.month)[1]
    if occurrence == 5 or (is_last and _usually_last(zone, day, _offset(zone, moment) == daylight)):
        occurrence = -1
    return ClockChange(day.month, day.weekday(), occurrence, left - datetime.combine(day, datetime.min.time()))


def _usually_last(zone: ZoneInfo, day: date, forward: bool) -> bool:
    """Whether the change in this month falls on the last such weekday in the years around, too."""
    votes = 0
    for year in range(day.year - 6, day.year + 7):
        for moment in _transitions(zone, year):
            other = (moment + _offset(zone, moment - timedelta(seconds=1))).date()
            rises = _offset(zone, moment) > _offset(zone, moment - timedelta(seconds=1))
            if other.month == day.month and other.weekday() == day.weekday() and rises == forward:
                votes += 1 if other.day + 7 > monthrange(other.year, other.month)[1] else -1
    return votes > 0
