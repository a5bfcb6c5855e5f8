"""Time zones as iCalendar (RFC 5545, 3.6.5), in the form that Exchange gives them: one rule each, since 1601."""

from __future__ import annotations

from datetime import timedelta

from calconnect.mock_tenant.state.timezones import ClockChange, year_rules

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def timezone_lines(name: str, iana: str, year: int) -> list[str]:
    """Return the lines of a ``VTIMEZONE``.

    Args:
        name: its TZID, a Windows identifier.
        iana: the zone that it stands for.
        year: whose rules count.
    """
    rules = year_rules(iana, year)
    daylight = rules.standard if rules.daylight is None else rules.daylight
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}", *_observance("STANDARD", daylight, rules.standard, rules.to_standard)]
    if rules.to_daylight is not None:
        lines += _observance("DAYLIGHT", rules.standard, daylight, rules.to_daylight)
    return [*lines, "END:VTIMEZONE"]


def _observance(name: str, before: timedelta, after: timedelta, change: ClockChange | None) -> list[str]:
    seconds = int(change.time.total_seconds()) if change is not None else 0
    clock = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
    lines = [f"BEGIN:{name}", f"DTSTART:16010101T{clock}", f"TZOFFSETFROM:{_offset(before)}"]
    lines.append(f"TZOFFSETTO:{_offset(after)}")
    if change is not None:
        day = f"{change.occurrence}{_DAYS[change.weekday]}"
        lines.append(f"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={day};BYMONTH={change.month}")
    return [*lines, f"END:{name}"]


def _offset(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
