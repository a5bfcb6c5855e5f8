"""Time zone definitions in EWS's XML: written in full, read by name or by their rules.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezonedefinition
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.items.codecs import Codec, Wire
from calconnect.mock_tenant.ews.items.recurrence_xml import MONTHS
from calconnect.mock_tenant.ews.xml import Element, elements, find, local, t, text_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.recurrence import INDEXES, WEEKDAYS
from calconnect.mock_tenant.state.timezones import (
    ClockChange,
    YearRules,
    display_name,
    find_by_rules,
    find_windows_id,
    iana_to_windows,
    windows_to_iana,
    year_rules,
)

_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_YEARS_BEFORE, _YEARS_AFTER = 2, 3


@dataclass(frozen=True, slots=True)
class ZoneName:
    """A time zone as a request or item names it."""

    windows_id: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone that stands for it."""
        return ZoneInfo(windows_to_iana(self.windows_id) or "UTC")


def definition_node(name: str) -> Node:
    """Describe a time zone definition."""
    groups = Node("TransitionsGroups", ANY, required=False)
    children = (Node("Periods", ANY, required=False), groups, Node("Transitions", ANY, required=False))
    return Node(name, children, required=False)


def read_definition(element: Element, year: int) -> ZoneName:
    """Read a definition: by its ``Id`` if that is known, else by the rules it brings for ``year``.

    Raises:
        EwsError: ``ErrorCalendarInvalidTimeZone``.
    """
    known = find_windows_id(element.get("Id", ""))
    if known is not None:
        return ZoneName(known)
    rules = _read_rules(element, year)
    found = None if rules is None else find_by_rules(rules, year)
    if found is None and rules is not None:
        found = find_by_rules(YearRules(rules.standard), year)
    if found is None:
        raise EwsError("ErrorCalendarInvalidTimeZone", "The time zone is not valid.")
    return ZoneName(found)


def write_definition(name: str, windows_id: str, at: datetime, *, full: bool = True) -> Element:
    """Write a definition for the years around ``at``; not ``full``: its two names only."""
    proper = find_windows_id(windows_id) or "UTC"
    template = _template(proper, at.year) if full else None
    element = t(name, Id=proper, Name=display_name(proper, at))
    if template is not None:
        element.extend(list(copy.deepcopy(template)))
    return element


@lru_cache(maxsize=512)
def _template(windows_id: str, year: int) -> Element:
    iana = windows_to_iana(windows_id) or "UTC"
    spans: list[tuple[int, YearRules]] = []
    for one in range(year - _YEARS_BEFORE, year + _YEARS_AFTER + 1):
        rules = year_rules(iana, one)
        if not spans or spans[-1][1] != rules:
            spans.append((one, rules))
    periods: list[Element] = []
    groups: list[Element] = []
    transitions: list[Element] = []
    for number, (first, rules) in enumerate(spans):
        group, group_periods = _group(windows_id, number, first, rules)
        groups.append(group)
        periods.extend(group_periods)
        to = t("To", text=str(number), Kind="Group")
        if number == 0:
            transitions.append(t("Transition", to))
        else:
            transitions.append(t("AbsoluteDateTransition", to, t("DateTime", text=f"{first}-01-01T00:00:00")))
    return t(
        "TimeZoneDefinition",
        t("Periods", *periods),
        t("TransitionsGroups", *groups),
        t("Transitions", *transitions),
    )


def _group(windows_id: str, number: int, year: int, rules: YearRules) -> tuple[Element, list[Element]]:
    base = f"trule:Microsoft/Registry/{windows_id}/{year}"
    standard, daylight = f"{base}-Standard", f"{base}-Daylight"
    periods = [t("Period", Bias=_bias(rules.standard), Name="Standard", Id=standard)]
    if rules.daylight is None or rules.to_daylight is None or rules.to_standard is None:
        only = t("Transition", t("To", text=standard, Kind="Period"))
        return t("TransitionsGroup", only, Id=str(number)), periods
    periods.append(t("Period", Bias=_bias(rules.daylight), Name="Daylight", Id=daylight))
    changes = sorted([(rules.to_daylight, daylight), (rules.to_standard, standard)], key=lambda change: change[0].month)
    return t("TransitionsGroup", *(_write_change(*change) for change in changes), Id=str(number)), periods


def _write_change(change: ClockChange, period: str) -> Element:
    return t(
        "RecurringDayTransition",
        t("To", text=period, Kind="Period"),
        t("TimeOffset", text=write_duration(change.time)),
        t("Month", text=str(change.month)),
        t("DayOfWeek", text=WEEKDAYS[change.weekday]),
        t("Occurrence", text=str(change.occurrence)),
    )


def _bias(offset: timedelta) -> str:
    return write_duration(-offset)


def write_duration(value: timedelta) -> str:
    """Write an ``xs:duration`` of hours, minutes and seconds."""
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"{sign}PT{parts or '0S'}"


def read_duration(text: str) -> timedelta | None:
    """Read an ``xs:duration`` of days and less; None if it is none."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    value = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -value if found.group(1) else value


def _read_rules(definition: Element, year: int) -> YearRules | None:
    """Read the rules of the group that the definition's transitions lead to in a year."""
    offsets = {}
    for period in elements(find(definition, "Periods")):
        bias = read_duration(period.get("Bias", ""))
        if bias is not None:
            offsets[period.get("Id", "")] = -bias
    begun = [one for one in elements(find(definition, "Transitions")) if _year_of(one) <= year]
    targets = [text_of(one, "To") for one in begun]
    groups = {group.get("Id"): group for group in elements(find(definition, "TransitionsGroups"))}
    group = groups.get(targets[-1]) if targets else next(iter(reversed(groups.values())), None)
    changes = [(offsets.get(text_of(one, "To") or ""), _read_change(one)) for one in elements(group)]
    known = [(offset, change) for offset, change in changes if offset is not None]
    if not known:
        return YearRules(next(iter(offsets.values()))) if offsets else None
    standard = min(offset for offset, _ in known)
    daylight = max(offset for offset, _ in known)
    by_offset = dict(known)
    if standard == daylight or by_offset[standard] is None or by_offset[daylight] is None:
        return YearRules(standard)
    return YearRules(standard, daylight, by_offset[daylight], by_offset[standard])


def _year_of(transition: Element) -> int:
    year = (text_of(transition, "DateTime") or "")[:4]
    return int(year) if year.isdigit() else 0


def _read_change(transition: Element) -> ClockChange | None:
    time = read_duration(text_of(transition, "TimeOffset") or "")
    day = text_of(transition, "DayOfWeek")
    month, occurrence = text_of(transition, "Month") or "", text_of(transition, "Occurrence") or ""
    if local(transition) != "RecurringDayTransition" or time is None or day not in WEEKDAYS or not month.isdigit():
        return None
    try:
        number = int(occurrence)
    except ValueError:
        return None
    return ClockChange(int(month), WEEKDAYS.index(day), -1 if number in (-1, 5) else number, time)


class ZoneCodec(Codec):
    """``t:StartTimeZone`` and ``t:EndTimeZone``."""

    can_query = False

    def node(self, name: str) -> Node:
        """Describe the definition."""
        return definition_node(name)

    def read(self, element: Element, wire: Wire) -> ZoneName:
        """Read the definition.

        Raises:
            EwsError: ``ErrorCalendarInvalidTimeZone``.
        """
        return read_definition(element, wire.at.year)

    def write(self, name: str, value: Any, wire: Wire) -> Element:
        """Write the definition in full."""
        return write_definition(name, value.windows_id, wire.at)


class MeetingZoneCodec(Codec):
    """``t:MeetingTimeZone``, as Exchange 2007 names zones: by name, or by base offset and two changes."""

    can_query = False

    def read(self, element: Element, wire: Wire) -> ZoneName:
        """Read the zone.

        Raises:
            EwsError: ``ErrorCalendarInvalidTimeZone``.
        """
        known = find_windows_id(element.get("TimeZoneName", ""))
        if known is not None:
            return ZoneName(known)
        base = read_duration(text_of(element, "BaseOffset") or "")
        if base is None:
            raise EwsError("ErrorCalendarInvalidTimeZone", "The time zone is not valid.")
        standard, daylight = find(element, "Standard"), find(element, "Daylight")
        rules = YearRules(-base)
        if standard is not None and daylight is not None:
            forward, back = self._change(daylight), self._change(standard)
            more = read_duration(text_of(daylight, "Offset") or "")
            less = read_duration(text_of(standard, "Offset") or "")
            if forward and back and more is not None and less is not None:
                rules = YearRules(-base - less, -base - more, forward, back)
        year = wire.at.year
        found = find_by_rules(rules, year) or find_by_rules(YearRules(-base), year)
        if found is None:
            raise EwsError("ErrorCalendarInvalidTimeZone", "The time zone is not valid.")
        return ZoneName(found)

    @staticmethod
    def _change(element: Element) -> ClockChange | None:
        pattern = find(element, "RelativeYearlyRecurrence")
        day, index = text_of(pattern, "DaysOfWeek"), text_of(pattern, "DayOfWeekIndex")
        month, time = text_of(pattern, "Month"), text_of(element, "Time") or ""
        if day not in WEEKDAYS or index not in INDEXES or month not in MONTHS:
            return None
        try:
            clock = datetime.strptime(time[:8], "%H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            return None
        since_midnight = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
        return ClockChange(MONTHS.index(month) + 1, WEEKDAYS.index(day), INDEXES[index], since_midnight)

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the zone's name."""
        return t(name, TimeZoneName=value.windows_id)


def zone_name(zone: ZoneInfo) -> ZoneName:
    """Return the Windows name of a zone."""
    return ZoneName(iana_to_windows(zone.key))
