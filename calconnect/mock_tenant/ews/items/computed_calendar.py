"""What the server computes for calendar items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import Element, t
from calconnect.mock_tenant.state.calendar import Appointment, Occurrence, is_meeting, item_occurrences
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.timezones import display_name
from calconnect.mock_tenant.state.values import Tree

_IS_MEETING, _IS_RECEIVED, _IS_CANCELLED = 1, 2, 4
"""Bits of AppointmentState; MS-OXOCAL, PidLidAppointmentStateFlags."""


def _facts(view: ItemView) -> Appointment:
    appointment = view.appointment
    if appointment is None:
        raise EwsError("ErrorItemCorrupt", "The calendar item has no calendar facts.")
    return appointment


def _of_facts(read: Callable[[Appointment], Any]) -> Callable[[ItemView], Any]:
    return lambda view: read(_facts(view))


def start_of(view: ItemView) -> datetime:
    """Return the start of the item or occurrence."""
    return _facts(view).start if view.occurrence is None else view.occurrence.start


def end_of(view: ItemView) -> datetime:
    """Return the end of the item or occurrence."""
    return _facts(view).end if view.occurrence is None else view.occurrence.end


def item_type(view: ItemView) -> str:
    """Return ``Single``, ``Occurrence``, ``Exception`` or ``RecurringMaster``."""
    if view.occurrence is not None and view.occurrence.index:
        return "Occurrence" if view.occurrence.exception is None else "Exception"
    return "Single" if _facts(view).recurrence is None else "RecurringMaster"


def _is_master(view: ItemView) -> bool:
    return item_type(view) == "RecurringMaster"


def _original_start(view: ItemView) -> datetime:
    if view.occurrence is not None and view.occurrence.original_start is not None:
        return view.occurrence.original_start
    return start_of(view)


def _recurrence_id(view: ItemView) -> datetime | None:
    return _original_start(view) if view.index else None


def _duration(view: ItemView) -> str:
    length = end_of(view) - start_of(view)
    days, seconds = length.days, length.seconds
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    if days:
        return f"P{days}D" + (f"T{clock}" if clock else "")
    return f"PT{clock or '0S'}"


def _state(view: ItemView) -> int:
    appointment = _facts(view)
    state = _IS_MEETING if is_meeting(view.item) else 0
    state |= 0 if appointment.is_organizer else _IS_RECEIVED
    return state | (_IS_CANCELLED if appointment.cancelled else 0)


def _when(view: ItemView) -> str:
    stored = view.stored("When")
    if stored:
        return str(stored)
    zone = _facts(view).zone
    start, end = start_of(view).astimezone(zone), end_of(view).astimezone(zone)
    return f"{start:%A, %B} {start.day}, {start.year} {start:%H:%M}-{end:%H:%M}"


def _occurrence_info(view: ItemView, name: str, index: int) -> Element | None:
    appointment = _facts(view)
    times = appointment.times_of(index)
    if times is None:
        return None
    exception = appointment.exceptions.get(index)
    start, end = (exception.start, exception.end) if exception else times
    original = exception.original_start if exception else times[0]
    return t(
        name,
        view.id_element(index=index),
        t("Start", text=view.wire.moment(start)),
        t("End", text=view.wire.moment(end)),
        t("OriginalStart", text=view.wire.moment(original)),
    )


def _first(view: ItemView) -> Element | None:
    appointment = _facts(view)
    if not _is_master(view):
        return None
    index = 1
    while index in appointment.deleted:
        index += 1
    return _occurrence_info(view, "FirstOccurrence", index)


def _last(view: ItemView) -> Element | None:
    appointment = _facts(view)
    last = None if appointment.recurrence is None or not _is_master(view) else appointment.recurrence.last_index()
    if last is None:
        return None
    while last in appointment.deleted:
        last -= 1
    return _occurrence_info(view, "LastOccurrence", last)


def _modified(view: ItemView) -> Element | None:
    appointment = _facts(view)
    if not _is_master(view) or not appointment.exceptions:
        return None
    return t(
        "ModifiedOccurrences",
        *(_occurrence_info(view, "Occurrence", index) for index in sorted(appointment.exceptions)),
    )


def _deleted(view: ItemView) -> Element | None:
    appointment = _facts(view)
    if not _is_master(view) or not appointment.deleted:
        return None
    children = []
    for index in sorted(appointment.deleted):
        times = appointment.times_of(index)
        if times is not None:
            children.append(t("DeletedOccurrence", t("Start", text=view.wire.moment(times[0]))))
    return t("DeletedOccurrences", *children)


def _neighbours(view: ItemView) -> tuple[list[Occurrence], list[Occurrence]]:
    """Return other events at the same time, and those that touch this one."""
    if view.neighbours is not None:
        return view.neighbours
    conflicting: list[Occurrence] = []
    adjacent: list[Occurrence] = []
    view.neighbours = conflicting, adjacent
    if view.embedded or _is_master(view):
        return view.neighbours
    start, end = start_of(view), end_of(view)
    margin = timedelta(minutes=1)
    for item in view.mailbox.folders[view.item.folder].items.values():
        if item is view.item:
            continue
        for other in item_occurrences(item, start - margin, end + margin):
            if other.busy == "Free":
                continue
            if other.start < end and other.end > start:
                conflicting.append(other)
            elif other.end == start or other.start == end:
                adjacent.append(other)
    return view.neighbours


def _meetings(view: ItemView, name: str, others: list[Occurrence]) -> Element | None:
    if not others:
        return None
    return t(name, *(_summary(view, one) for one in others))


def _summary(view: ItemView, other: Occurrence) -> Element:
    shown = ItemView(view.mailbox, other.item, view.access, view.wire, other if other.index else None)
    return t(
        "CalendarItem",
        shown.id_element(),
        t("Subject", text=other.subject),
        t("Start", text=view.wire.moment(other.start)),
        t("End", text=view.wire.moment(other.end)),
        t("LegacyFreeBusyStatus", text=other.busy),
        t("Location", text=other.location),
    )


def _enhanced_location(view: ItemView) -> Tree | None:
    stored: Tree | None = view.stored("EnhancedLocation")
    location = view.stored("Location")
    if stored is not None or not location:
        return stored
    address = Tree("PostalAddress", children=(Tree("Type", text="Business"), Tree("LocationSource", text="None")))
    return Tree("EnhancedLocation", children=(Tree("DisplayName", text=location), Tree("Annotation"), address))


def _sequence(view: ItemView) -> int:
    return _facts(view).sequence


CALENDAR: Mapping[str, Callable[[ItemView], Any]] = MappingProxyType(
    {
        "UID": _of_facts(lambda facts: facts.uid),
        "RecurrenceId": _recurrence_id,
        "DateTimeStamp": lambda view: _facts(view).stamp or view.created,
        "Start": start_of,
        "End": end_of,
        "OriginalStart": _original_start,
        "IsAllDayEvent": lambda view: view.stored("IsAllDayEvent", _facts(view).all_day),
        "LegacyFreeBusyStatus": lambda view: view.stored("LegacyFreeBusyStatus", "Busy"),
        "When": _when,
        "IsMeeting": lambda view: is_meeting(view.item),
        "IsCancelled": _of_facts(lambda facts: facts.cancelled),
        "IsRecurring": _of_facts(lambda facts: facts.recurrence is not None),
        "MeetingRequestWasSent": _of_facts(lambda facts: facts.request_was_sent),
        "IsResponseRequested": lambda view: view.stored("IsResponseRequested", True),
        "CalendarItemType": item_type,
        "MyResponseType": _of_facts(lambda facts: facts.my_response),
        "Organizer": _of_facts(lambda facts: facts.organizer),
        "ConflictingMeetingCount": lambda view: len(_neighbours(view)[0]),
        "AdjacentMeetingCount": lambda view: len(_neighbours(view)[1]),
        "ConflictingMeetings": lambda view: _meetings(view, "ConflictingMeetings", _neighbours(view)[0]),
        "AdjacentMeetings": lambda view: _meetings(view, "AdjacentMeetings", _neighbours(view)[1]),
        "Duration": _duration,
        "TimeZone": lambda view: display_name(_facts(view).zone_id, view.wire.at),
        "AppointmentReplyTime": _of_facts(lambda facts: facts.reply_time),
        "AppointmentSequenceNumber": _sequence,
        "AppointmentState": _state,
        "Recurrence": lambda view: _facts(view).recurrence if _is_master(view) else None,
        "FirstOccurrence": _first,
        "LastOccurrence": _last,
        "ModifiedOccurrences": _modified,
        "DeletedOccurrences": _deleted,
        "MeetingTimeZone": _of_facts(lambda facts: ZoneName(facts.zone_id)),
        "StartTimeZone": _of_facts(lambda facts: ZoneName(facts.zone_id)),
        "EndTimeZone": _of_facts(lambda facts: ZoneName(facts.end_zone_id)),
        "ConferenceType": lambda view: view.stored("ConferenceType", 0),
        "AllowNewTimeProposal": lambda view: view.stored("AllowNewTimeProposal", True),
        "IsOnlineMeeting": lambda view: view.stored("IsOnlineMeeting", False),
        "EnhancedLocation": _enhanced_location,
        "StartWallClock": start_of,
        "EndWallClock": end_of,
        "StartTimeZoneId": _of_facts(lambda facts: facts.zone_id),
        "EndTimeZoneId": _of_facts(lambda facts: facts.end_zone_id),
        "IntendedFreeBusyStatus": lambda view: view.stored("LegacyFreeBusyStatus", "Busy"),
        "IsOrganizer": _of_facts(lambda facts: facts.is_organizer),
        "ReminderIsSet": lambda view: bool(view.stored("ReminderIsSet", True)),
        "ReminderMinutesBeforeStart": lambda view: view.stored("ReminderMinutesBeforeStart", 15),
    }
)
"""By element name, for calendar items."""


def _associated(view: ItemView) -> Element | None:
    item = view.mailbox.items.get(view.stored("AssociatedCalendarItem", 0))
    return (
        None
        if item is None
        else ItemView(view.mailbox, item, view.access, view.wire).id_element("AssociatedCalendarItemId")
    )


MEETING_MESSAGES: Mapping[str, Callable[[ItemView], Any]] = MappingProxyType(
    {
        "AssociatedCalendarItemId": _associated,
        "IsDelegated": lambda _: False,
        "IsOutOfDate": lambda view: view.stored("IsOutOfDate", False),
        "HasBeenProcessed": lambda view: view.stored("HasBeenProcessed", False),
        "ResponseType": lambda view: view.stored("ResponseType", "NoResponseReceived"),
    }
)
"""For messages about meetings."""
