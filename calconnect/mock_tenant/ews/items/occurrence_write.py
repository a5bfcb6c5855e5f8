"""Changing one occurrence of a series, which makes an exception of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from calconnect.mock_tenant.ews.items.calendar_write import check_span
from calconnect.mock_tenant.state.calendar import Appointment, Occurrence, SeriesException, appointment_of, whole_days
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item
from calconnect.mock_tenant.state.values import ExtendedName, ExtendedValue

_OF_THE_SERIES = ("Recurrence", "UID")


def change_occurrence(
    item: Item,
    occurrence: Occurrence,
    values: dict[str, Any],
    extended: dict[ExtendedName, ExtendedValue | None],
) -> None:
    """Change one occurrence; None removes a value. The time zone stays the series' own.

    Raises:
        EwsError: ``ErrorInvalidPropertySet`` for what belongs to the whole series, ``ErrorOccurrenceCrossingBoundary``
            if it would reach its neighbours, and the errors of calendar items.
    """
    appointment = appointment_of(item)
    for name in _OF_THE_SERIES:
        if values.get(name) is not None and not _is_same(appointment, name, values[name]):
            raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property calendar:{name}.")
    start: datetime = values.get("Start") or occurrence.start
    end: datetime = values.get("End") or occurrence.end
    check_span(start, end)
    old = occurrence.exception
    all_day = values.get("IsAllDayEvent", occurrence.value("IsAllDayEvent", appointment.all_day))
    if all_day:
        start, end = whole_days(start, end, appointment.zone)
    if start != occurrence.start:
        _check_neighbours(appointment, occurrence.index, start.astimezone(appointment.zone).date())
    own = {} if old is None else dict(old.properties)
    own |= {name: value for name, value in values.items() if name not in (*_OF_THE_SERIES, *_TIMES)}
    if all_day != appointment.all_day:
        own["IsAllDayEvent"] = all_day
    appointment.exceptions[occurrence.index] = SeriesException(
        original_start=occurrence.original_start or occurrence.start,
        start=start,
        end=end,
        properties=own,
        extended={**({} if old is None else old.extended), **extended},
    )


_TIMES = ("Start", "End", "StartTimeZone", "EndTimeZone", "MeetingTimeZone", "IsAllDayEvent")


def _is_same(appointment: Appointment, name: str, value: Any) -> bool:
    return bool(value == (appointment.uid if name == "UID" else appointment.recurrence))


def _check_neighbours(appointment: Appointment, index: int, day: date) -> None:
    """An occurrence may not be moved to or past the day of the one before or after it; MS-OXOCAL, 2.2.1.44."""
    before, after = _day_of(appointment, index, -1), _day_of(appointment, index, 1)
    if (before is not None and day <= before) or (after is not None and day >= after):
        raise EwsError(
            "ErrorOccurrenceCrossingBoundary", "Modified occurrence is crossing or overlapping adjacent occurrence."
        )


def _day_of(appointment: Appointment, index: int, step: int) -> date | None:
    """Return the day of the nearest occurrence before (-1) or after (1) another."""
    index += step
    while index in appointment.deleted:
        index += step
    exception = appointment.exceptions.get(index)
    times = appointment.times_of(index)
    if times is None:
        return None
    return (exception.start if exception else times[0]).astimezone(appointment.zone).date()
