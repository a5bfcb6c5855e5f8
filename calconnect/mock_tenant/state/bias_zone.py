"""Time zones as the availability service has them: a bias from UTC, and two rules for the change of the clock.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezone-availability
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.state.timezones import ClockChange, year_rules

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NO_CHANGE = timedelta()


@dataclass(frozen=True, slots=True)
class BiasRule:
    """When the clock is put to a time, and what that time differs by from the zone's bias."""

    bias: timedelta
    """UTC minus local time, to be added to the zone's bias."""
    at: time = time()
    """By the clock that is left."""
    order: int = 0
    """The n-th such weekday of the month, 5 being the last; with a year: the day of the month."""
    month: int = 0
    """0: the clock never changes."""
    weekday: str = "Sunday"
    year: int = 0
    """0: every year."""

    def moment(self, year: int) -> datetime | None:
        """Return the wall time of the change in a year; None if there is none."""
        if not 1 <= self.month <= 12 or (self.year and self.year != year):
            return None
        last = monthrange(year, self.month)[1]
        if self.year or self.weekday not in DAYS:
            return datetime.combine(date(year, self.month, min(max(self.order, 1), last)), self.at)
        first = date(year, self.month, 1)
        day = 1 + (DAYS.index(self.weekday) - first.weekday()) % 7 + 7 * (min(max(self.order, 1), 5) - 1)
        while day > last:
            day -= 7
        return datetime.combine(date(year, self.month, day), self.at)


class BiasZone(tzinfo):
    """A zone of this kind, for use with ``datetime``."""

    def __init__(self, bias: timedelta, standard: BiasRule, daylight: BiasRule) -> None:
        self.bias = bias
        self.standard = standard
        self.daylight = daylight

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return local time minus UTC at a wall time."""
        wall = moment.replace(tzinfo=None) if moment is not None else None
        rule = self.daylight if wall is not None and self._is_daylight(wall) else self.standard
        return -(self.bias + rule.bias)

    def dst(self, moment: datetime | None) -> timedelta:
        """Return how far the clock is put forward at a wall time."""
        return self.utcoffset(moment) + self.bias + self.standard.bias

    def tzname(self, _moment: datetime | None) -> str:
        """Return a name; there is none in this kind of zone."""
        return "availability"

    def fromutc(self, moment: datetime) -> datetime:
        """Return the wall time of a moment in UTC; the hour that comes twice in autumn is told by ``fold``."""
        utc = moment.replace(tzinfo=None)
        standard, daylight = -(self.bias + self.standard.bias), -(self.bias + self.daylight.bias)
        begins, ends = self._changes((utc + standard).year)
        if begins is None or ends is None:
            return (utc + standard).replace(tzinfo=self)
        on, off = begins - standard, ends - daylight
        is_daylight = on <= utc < off if on < off else not off <= utc < on
        repeated = not is_daylight and off <= utc < off + (daylight - standard)
        return (utc + (daylight if is_daylight else standard)).replace(tzinfo=self, fold=int(repeated))

    def _changes(self, year: int) -> tuple[datetime | None, datetime | None]:
        if self.standard.bias == self.daylight.bias:
            return None, None
        return self.daylight.moment(year), self.standard.moment(year)

    def _is_daylight(self, wall: datetime) -> bool:
        begins, ends = self._changes(wall.year)
        if begins is None or ends is None:
            return False
        if wall.fold and ends - (self.standard.bias - self.daylight.bias) <= wall < ends:
            return False
        return begins <= wall < ends if begins < ends else not ends <= wall < begins


def bias_zone(zone: ZoneInfo, year: int) -> BiasZone:
    """Return an IANA zone with the rules that it has in a year."""
    rules = year_rules(zone.key, year)
    bias = -rules.standard
    if rules.daylight is None or rules.to_daylight is None or rules.to_standard is None:
        return BiasZone(bias, BiasRule(_NO_CHANGE), BiasRule(_NO_CHANGE))
    forward = rules.standard - rules.daylight
    return BiasZone(bias, _rule(rules.to_standard, _NO_CHANGE), _rule(rules.to_daylight, forward))


def _rule(change: ClockChange, bias: timedelta) -> BiasRule:
    order = 5 if change.occurrence < 0 else change.occurrence
    seconds = int(change.time.total_seconds())
    at = time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    return BiasRule(bias, at, order, change.month, DAYS[change.weekday])


def local_days(start: datetime, end: datetime, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """Return the days of a zone that a span touches, each as its start and end in UTC."""
    day = start.astimezone(zone).date()
    days: list[tuple[datetime, datetime]] = []
    while True:
        begins = datetime.combine(day, time(), zone).astimezone(UTC)
        if begins >= end:
            return days
        day += timedelta(days=1)
        days.append((begins, datetime.combine(day, time(), zone).astimezone(UTC)))
