"""Making and changing calendar items: what a client may set, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName, zone_name
from calconnect.mock_tenant.state.calendar import Appointment, is_meeting, new_uid, whole_days
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.recurrence import Recurrence
from calconnect.mock_tenant.state.values import Address

FACTS = frozenset({"Start", "End", "IsAllDayEvent", "UID", "StartTimeZone", "EndTimeZone", "Recurrence"})
"""Properties whose values are calendar facts, not stored with the others."""
_LONGEST = timedelta(days=5 * 366)


def new_appointment(
    mailbox: Mailbox, item: Item, values: dict[str, Any], zone: ZoneInfo | None, organizer: Address
) -> Appointment:
    """Make the calendar facts of a new item from what a client gave; the facts are taken out of ``values``.

    Start and end default to the next half hour, and half an hour after it, as Exchange does.

    Args:
        mailbox: where the item is made.
        item: the new item.
        values: by element name.
        zone: of the request; None: UTC.
        organizer: whose calendar it is, also where a delegate makes it.

    Raises:
        EwsError: ``ErrorCalendarEndDateIsEarlierThanStartDate``, ``ErrorCalendarDurationIsTooLong``,
            ``ErrorCalendarInvalidRecurrence``.
    """
    named: ZoneName = values.pop("StartTimeZone", None) or (zone_name(zone) if zone else ZoneName("UTC"))
    end_named: ZoneName = values.pop("EndTimeZone", None) or named
    now = mailbox.clock()
    start: datetime = values.pop("Start", None) or _next_half_hour(now)
    end: datetime = values.pop("End", None) or start + timedelta(minutes=30)
    appointment = Appointment(
        start=start,
        end=end,
        zone=named.zone,
        zone_id=named.windows_id,
        end_zone_id=end_named.windows_id,
        uid=values.pop("UID", None) or new_uid(mailbox, item.number, now),
        organizer=organizer,
        all_day=values.pop("IsAllDayEvent", False),
        recurrence=values.pop("Recurrence", None),
        stamp=now,
    )
    _settle(appointment)
    return appointment


def _next_half_hour(now: datetime) -> datetime:
    whole = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole + timedelta(minutes=30 if now.minute < 30 else 60)


def _settle(appointment: Appointment) -> None:
    check_span(appointment.start, appointment.end)
    if appointment.all_day:
        appointment.start, appointment.end = whole_days(appointment.start, appointment.end, appointment.zone)
    if appointment.recurrence is not None:
        appointment.move_to_pattern()


def check_span(start: datetime, end: datetime) -> None:
    """Make sure that an event may begin and end so.

    Raises:
        EwsError: ``ErrorCalendarEndDateIsEarlierThanStartDate``, ``ErrorCalendarDurationIsTooLong``.
    """
    if end < start:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate.")
    if end - start > _LONGEST:
        raise EwsError("ErrorCalendarDurationIsTooLong", "Calendar item duration is too long.")


def change_appointment(mailbox: Mailbox, item: Item, values: dict[str, Any]) -> None:
    """Change the calendar facts of an item by what a client set; the facts are taken out of ``values``.

    A new time zone without new times keeps the wall times. A change of the times or of the pattern of a series makes an
    end of its exceptions, as Exchange does. None as the recurrence makes a single item of it.

    https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-update-the-time-zone-for-an-appointment-by-using-ews-in-exchange

    Raises:
        EwsError: as ``new_appointment``.
    """
    appointment = item.calendar
    assert isinstance(appointment, Appointment)
    old = replace(appointment)
    named: ZoneName | None = values.pop("StartTimeZone", None)
    end_named: ZoneName | None = values.pop("EndTimeZone", None)
    start: datetime | None = values.pop("Start", None)
    end: datetime | None = values.pop("End", None)
    if named is not None:
        appointment.start = start or _same_wall_time(appointment.start, appointment.zone, named.zone)
        end_zone = end_named.zone if end_named else named.zone
        appointment.end = end or _same_wall_time(appointment.end, appointment.zone, end_zone)
        appointment.zone, appointment.zone_id = named.zone, named.windows_id
        appointment.end_zone_id = end_named.windows_id if end_named else named.windows_id
    else:
        appointment.start = start or appointment.start
        appointment.end = end or appointment.end
        if end_named is not None:
            appointment.end_zone_id = end_named.windows_id
    appointment.all_day = values.pop("IsAllDayEvent", appointment.all_day)
    appointment.uid = values.pop("UID", None) or appointment.uid
    if "Recurrence" in values:
        appointment.recurrence = values.pop("Recurrence")
    elif appointment.recurrence is not None and start is not None:
        appointment.recurrence = _moved(appointment, old)
    try:
        _settle(appointment)
    except EwsError:
        item.calendar = old
        raise
    _after_change(mailbox, item, appointment, old)


def _moved(appointment: Appointment, old: Appointment) -> Recurrence:
    """Let the range of a series begin with the day that its start was moved to."""
    assert appointment.recurrence is not None
    day = appointment.start.astimezone(appointment.zone).date()
    if day == old.start.astimezone(old.zone).date():
        return appointment.recurrence
    return replace(appointment.recurrence, start=day)


def _after_change(mailbox: Mailbox, item: Item, appointment: Appointment, old: Appointment) -> None:
    facts = ("start", "end", "recurrence", "all_day", "zone_id")
    if any(getattr(appointment, name) != getattr(old, name) for name in facts):
        appointment.exceptions, appointment.deleted = {}, set()
        appointment.stamp = mailbox.clock()
        if is_meeting(item):
            appointment.sequence += 1


def _same_wall_time(moment: datetime, old: ZoneInfo, new: ZoneInfo) -> datetime:
    return moment.astimezone(old).replace(tzinfo=new).astimezone(UTC)
