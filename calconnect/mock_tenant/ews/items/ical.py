"""Calendar items as iCalendar (RFC 5545), the MIME content that Exchange gives them."""

from __future__ import annotations

from datetime import UTC, datetime

from calconnect.mock_tenant.ews.items.computed_calendar import end_of, start_of
from calconnect.mock_tenant.ews.items.computed_item import plain_text
from calconnect.mock_tenant.ews.items.ical_timezone import timezone_lines
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.state.calendar import Appointment
from calconnect.mock_tenant.state.recurrence import (
    INDEXES,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    Recurrence,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
    days_of,
)
from calconnect.mock_tenant.state.values import Address, Body

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CLASSES = {"Normal": "PUBLIC", "Personal": "PRIVATE", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}
_BUSY = {"Free": "FREE", "Tentative": "TENTATIVE", "OOF": "OOF", "WorkingElsewhere": "WORKINGELSEWHERE"}


def calendar_text(view: ItemView) -> str:
    """Return a calendar item as an iCalendar stream with CRLF line ends, lines folded."""
    appointment = view.appointment
    if appointment is None:
        raise TypeError(f"a {view.item.kind} is no calendar item")
    lines = [
        "BEGIN:VCALENDAR",
        "METHOD:PUBLISH",
        "PRODID:Microsoft Exchange Server 2010",
        "VERSION:2.0",
        *timezone_lines(appointment.zone_id, appointment.zone.key, appointment.start.year),
        "BEGIN:VEVENT",
        f"UID:{_text(appointment.uid)}",
        f"SUMMARY:{_text(view.stored('Subject', ''))}",
        *_times(view, appointment),
        f"DTSTAMP:{_utc(appointment.stamp or view.created)}",
        f"CLASS:{_CLASSES[view.stored('Sensitivity', 'Normal')]}",
        f"SEQUENCE:{appointment.sequence}",
        f"STATUS:{'CANCELLED' if appointment.cancelled else 'CONFIRMED'}",
        f"TRANSP:{'TRANSPARENT' if view.stored('LegacyFreeBusyStatus') == 'Free' else 'OPAQUE'}",
        f"X-MICROSOFT-CDO-BUSYSTATUS:{_BUSY.get(view.stored('LegacyFreeBusyStatus', 'Busy'), 'BUSY')}",
        *_people(view, appointment),
    ]
    body: Body | None = view.stored("Body")
    if body is not None:
        lines.append(f"DESCRIPTION:{_text(plain_text(body))}")
    if view.stored("Location"):
        lines.append(f"LOCATION:{_text(view.stored('Location'))}")
    categories = view.stored("Categories")
    if categories:
        lines.append("CATEGORIES:" + ",".join(_text(one) for one in categories))
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _times(view: ItemView, appointment: Appointment) -> list[str]:
    start, end = start_of(view), end_of(view)
    if appointment.all_day:
        first, last = start.astimezone(appointment.zone), end.astimezone(appointment.zone)
        lines = [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]
    elif appointment.recurrence is not None and not view.index:
        zone = appointment.zone
        lines = [
            f"{name};TZID={appointment.zone_id}:{moment.astimezone(zone):%Y%m%dT%H%M%S}"
            for name, moment in (("DTSTART", start), ("DTEND", end))
        ]
    else:
        lines = [f"DTSTART:{_utc(start)}", f"DTEND:{_utc(end)}"]
    if view.index:
        original = view.occurrence.original_start if view.occurrence is not None else None
        return [*lines, f"RECURRENCE-ID:{_utc(original or start)}"]
    if appointment.recurrence is not None:
        lines.append(f"RRULE:{rule_text(appointment.recurrence, appointment)}")
        removed = [appointment.times_of(index) for index in sorted(appointment.deleted)]
        lines += [f"EXDATE:{_utc(times[0])}" for times in removed if times is not None]
    return lines


def rule_text(recurrence: Recurrence, appointment: Appointment) -> str:
    """Return a recurrence as the value of RRULE."""
    pattern = recurrence.pattern
    match pattern:
        case Daily(interval):
            parts = ["FREQ=DAILY", f"INTERVAL={interval}"]
        case Weekly(days, interval, first):
            named = sorted(number for day in days for number in days_of(day))
            (start_day,) = days_of(first)
            parts = ["FREQ=WEEKLY", f"INTERVAL={interval}", "BYDAY=" + ",".join(_DAYS[number] for number in named)]
            parts.append(f"WKST={_DAYS[start_day]}")
        case AbsoluteMonthly(day, interval):
            parts = ["FREQ=MONTHLY", f"INTERVAL={interval}", *_month_day(day)]
        case RelativeMonthly(day, index, interval):
            parts = ["FREQ=MONTHLY", f"INTERVAL={interval}", *_nth(day, index)]
        case AbsoluteYearly(day, month):
            parts = ["FREQ=YEARLY", f"BYMONTH={month}", *_month_day(day)]
        case RelativeYearly(day, index, month):
            parts = ["FREQ=YEARLY", f"BYMONTH={month}", *_nth(day, index)]
        case _:
            raise TypeError("a calendar item does not regenerate")
    if recurrence.count is not None:
        parts.append(f"COUNT={recurrence.count}")
    elif recurrence.end is not None:
        clock = appointment.start.astimezone(appointment.zone).time()
        until = datetime.combine(recurrence.end, clock, appointment.zone)
        parts.append(f"UNTIL={until:%Y%m%d}" if appointment.all_day else f"UNTIL={_utc(until)}")
    return ";".join(parts)


def _month_day(day: int) -> list[str]:
    if day <= 28:
        return [f"BYMONTHDAY={day}"]
    return ["BYMONTHDAY=" + ",".join(str(number) for number in range(28, day + 1)), "BYSETPOS=-1"]


def _nth(day: str, index: str) -> list[str]:
    named = sorted(days_of(day))
    return ["BYDAY=" + ",".join(_DAYS[number] for number in named), f"BYSETPOS={INDEXES[index]}"]


def _people(view: ItemView, appointment: Appointment) -> list[str]:
    lines = []
    for name, role in (("RequiredAttendees", "REQ-PARTICIPANT"), ("OptionalAttendees", "OPT-PARTICIPANT")):
        for attendee in view.stored(name, ()):
            lines.append(f"ATTENDEE;ROLE={role}{_named(attendee.address)}")
    if lines or not appointment.is_organizer:
        lines.insert(0, f"ORGANIZER{_named(appointment.organizer)}")
    return lines


def _named(address: Address) -> str:
    name = address.name.replace('"', "'")
    return f';CN="{name or address.email}":mailto:{address.email}'


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = str(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Fold a line at 75 octets, as RFC 5545 asks."""
    folded, octets = "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > 75:
            folded, octets = folded + "\r\n ", 1
        folded, octets = folded + char, octets + size
    return folded
