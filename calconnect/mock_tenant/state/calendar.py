"""Calendar items: single events and series, with their exceptions, in the time zone that they were made in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox
from calconnect.mock_tenant.state.recurrence import Recurrence
from calconnect.mock_tenant.state.timezones import iana_to_windows
from calconnect.mock_tenant.state.values import Address, Attendee, Body, ExtendedName, ExtendedValue

_UID_HEAD = "040000008200E00074C5B7101A82E008"
"""The first 16 bytes of every Global Object ID; MS-OXOCAL, PidLidGlobalObjectId."""
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SeriesException:
    """A changed occurrence of a series."""

    original_start: datetime
    start: datetime
    end: datetime
    properties: dict[str, Any] = field(default_factory=dict)
    """What differs from the master; None: the master's value was removed."""
    extended: dict[ExtendedName, ExtendedValue | None] = field(default_factory=dict)


@dataclass(slots=True)
class Appointment:
    """The calendar facts of a calendar item. Moments are UTC."""

    start: datetime
    """Of a series: the first occurrence's, as the pattern has it."""
    end: datetime
    zone: ZoneInfo
    """The zone that it was made in: a series repeats by this clock, and an all-day event's midnights are its."""
    zone_id: str
    """The Windows name of ``zone``."""
    end_zone_id: str
    uid: str
    organizer: Address
    all_day: bool = False
    recurrence: Recurrence | None = None
    exceptions: dict[int, SeriesException] = field(default_factory=dict)
    """By 1-based index in the series."""
    deleted: set[int] = field(default_factory=set)
    is_organizer: bool = True
    my_response: str = "Organizer"
    request_was_sent: bool = False
    cancelled: bool = False
    sequence: int = 0
    reply_time: datetime | None = None
    stamp: datetime | None = None
    """When the organiser last changed it (iCalendar's DTSTAMP)."""

    def times_of(self, index: int) -> tuple[datetime, datetime] | None:
        """Return start and end of the ``index``-th occurrence as the pattern has it; None if there is no such one."""
        if self.recurrence is None:
            return None
        day = self.recurrence.date_of(index)
        return None if day is None else self._times_on(day)

    def _times_on(self, day: date) -> tuple[datetime, datetime]:
        """Return the times of an occurrence by the zone's clock: the same wall time before and after a clock change."""
        first, last = self.start.astimezone(self.zone), self.end.astimezone(self.zone)
        start = datetime.combine(day, first.time(), self.zone).astimezone(UTC)
        end_day = day + (last.date() - first.date())
        end = datetime.combine(end_day, last.time(), self.zone).astimezone(UTC)
        return start, max(start, end)

    def move_to_pattern(self) -> None:
        """Put start and end on the first occurrence of the recurrence.

        Raises:
            EwsError: ``ErrorCalendarInvalidRecurrence``: the pattern has no occurrence in its range.
        """
        times = self.times_of(1)
        if times is None:
            raise EwsError("ErrorCalendarInvalidRecurrence", "The recurrence has no occurrence.")
        self.start, self.end = times


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event as a calendar shows it: a single item, or one occurrence of a series."""

    item: Item
    """The single item, or the recurring master."""
    start: datetime
    end: datetime
    index: int = 0
    """1-based index in its series; 0 for a single item."""
    original_start: datetime | None = None
    exception: SeriesException | None = None

    def value(self, name: str, default: Any = None) -> Any:
        """Return a property by its EWS element name (``Subject``), an exception's own value first."""
        if self.exception is not None and name in self.exception.properties:
            value = self.exception.properties[name]
        else:
            value = self.item.properties.get(name)
        return default if value is None else value

    @property
    def subject(self) -> str:
        """The subject; empty if there is none."""
        return str(self.value("Subject", ""))

    @property
    def location(self) -> str:
        """The location; empty if there is none."""
        return str(self.value("Location", ""))

    @property
    def busy(self) -> str:
        """``Free``, ``Tentative``, ``Busy``, ``OOF``, ``WorkingElsewhere`` or ``NoData``."""
        return str(self.value("LegacyFreeBusyStatus", "Busy"))

    @property
    def sensitivity(self) -> str:
        """``Normal``, ``Personal``, ``Private`` or ``Confidential``."""
        return str(self.value("Sensitivity", "Normal"))

    @property
    def is_private(self) -> bool:
        """Whether it is marked private."""
        return self.sensitivity == "Private"

    @property
    def is_meeting(self) -> bool:
        """Whether others are invited, or somebody else invited this mailbox."""
        return is_meeting(self.item)

    @property
    def is_recurring(self) -> bool:
        """Whether it belongs to a series."""
        return self.index > 0

    @property
    def reminder_is_set(self) -> bool:
        """Whether a reminder is set."""
        return bool(self.value("ReminderIsSet", False))


def appointment_of(item: Item) -> Appointment:
    """Return the calendar facts of a calendar item.

    Raises:
        TypeError: the item is none.
    """
    if not isinstance(item.calendar, Appointment):
        raise TypeError(f"a {item.kind} has no calendar facts")
    return item.calendar


def is_meeting(item: Item) -> bool:
    """Whether a calendar item has attendees, or comes from another organiser."""
    if any(item.properties.get(name) for name in ("RequiredAttendees", "OptionalAttendees", "Resources")):
        return True
    return not appointment_of(item).is_organizer


def new_uid(mailbox: Mailbox, number: int, moment: datetime) -> str:
    """Return a UID as Exchange makes them: the hexadecimal form of a Global Object ID (MS-OXOCAL)."""
    ticks = int((moment - _EPOCH).total_seconds()) * 10_000_000
    data = uuid.uuid5(uuid.UUID(bytes=mailbox.guid), f"event-{number}").bytes
    return (
        _UID_HEAD
        + "00000000"
        + ticks.to_bytes(8, "little").hex().upper()
        + "00" * 8
        + len(data).to_bytes(4, "little").hex().upper()
        + data.hex().upper()
    )


def whole_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Widen a span to whole days of a zone, as Exchange does with an all-day event.

    https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-create-all-day-events-by-using-ews-in-exchange
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    end_day = last.date() if last.time() == time() else last.date() + timedelta(days=1)
    end_day = max(end_day, first.date() + timedelta(days=1))
    return (
        datetime.combine(first.date(), time(), zone).astimezone(UTC),
        datetime.combine(end_day, time(), zone).astimezone(UTC),
    )


def add_event(
    mailbox: Mailbox,
    *,
    start: datetime,
    end: datetime,
    subject: str,
    busy: str = "Busy",
    location: str = "",
    all_day: bool = False,
    recurrence: Recurrence | None = None,
    sensitivity: str = "Normal",
    body: str = "",
    organizer: Address | None = None,
    required: Iterable[Address] = (),
    categories: Iterable[str] = (),
    reminder_minutes: int | None = 15,
    time_zone: str | None = None,
    uid: str | None = None,
    folder: Folder | None = None,
) -> Item:
    """Put an event into a mailbox's calendar, with no protocol in between.

    Args:
        mailbox: whose calendar.
        start: aware; of a series, on its first day.
        end: aware.
        subject: as shown.
        busy: ``Free``, ``Tentative``, ``Busy``, ``OOF``, ``WorkingElsewhere``.
        location: as shown.
        all_day: widens the span to whole days of the time zone.
        recurrence: None for a single event. Start and end move to the first occurrence.
        sensitivity: ``Normal``, ``Personal``, ``Private``, ``Confidential``.
        body: plain text.
        organizer: None: the mailbox itself; another one makes it a meeting that was accepted.
        required: who must attend.
        categories: labels.
        reminder_minutes: before the start; None: no reminder.
        time_zone: IANA name; None: the mailbox's own.
        uid: None: a new one, the same in every start of the same tenant.
        folder: None: the default calendar.

    Raises:
        EwsError: ``ErrorCalendarEndDateIsEarlierThanStartDate``, ``ErrorCalendarInvalidRecurrence``.
    """
    if end < start:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate", "The end is earlier than the start.")
    zone = ZoneInfo(time_zone or mailbox.recipient.time_zone)
    zone_id = iana_to_windows(zone.key)
    if all_day:
        start, end = whole_days(start, end, zone)
    own = Address(mailbox.recipient.email, mailbox.recipient.name)
    by_others = organizer is not None and organizer.email.lower() != own.email.lower()
    item = Item(mailbox.next_number(), 0, "CalendarItem")
    item.calendar = appointment = Appointment(
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        zone=zone,
        zone_id=zone_id,
        end_zone_id=zone_id,
        uid=uid or new_uid(mailbox, item.number, mailbox.clock()),
        organizer=organizer or own,
        all_day=all_day,
        recurrence=recurrence,
        is_organizer=not by_others,
        my_response="Accept" if by_others else "Organizer",
        stamp=mailbox.clock(),
    )
    if recurrence is not None:
        appointment.move_to_pattern()
    attendees = [Attendee(address) for address in required]
    appointment.request_was_sent = bool(attendees)
    values: dict[str, Any] = {
        "Subject": subject,
        "Sensitivity": sensitivity,
        "LegacyFreeBusyStatus": busy,
        "Location": location or None,
        "Body": Body(body) if body else None,
        "Categories": list(categories) or None,
        "RequiredAttendees": attendees or None,
        "ReminderIsSet": reminder_minutes is not None,
        "ReminderMinutesBeforeStart": 15 if reminder_minutes is None else reminder_minutes,
    }
    item.properties = {name: value for name, value in values.items() if value is not None}
    return mailbox.add_item(folder or mailbox.distinguished("calendar"), item)


def occurrences(mailbox: Mailbox, folder: Folder, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """Return the events of a calendar folder that lie in a window: series expanded, exceptions applied, by start.

    An event belongs to the window if it starts before ``end`` and does not end by ``start`` (an event of no length: if
    it starts in the window).

    Args:
        mailbox: whose folder it is.
        folder: a calendar folder.
        start: of the window, aware.
        end: of the window, aware.
    """
    found = [
        one for item in mailbox.folders[folder.number].items.values() for one in item_occurrences(item, start, end)
    ]
    return iter(sorted(found, key=lambda one: (one.start, one.end, one.item.number)))


def item_occurrences(item: Item, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """Return the occurrences of one item in a window, in no particular order; none if it is no calendar item."""
    if item.kind != "CalendarItem" or not isinstance(item.calendar, Appointment):
        return
    appointment = item.calendar
    if appointment.recurrence is None:
        if _overlaps(appointment.start, appointment.end, start, end):
            yield Occurrence(item, appointment.start, appointment.end)
        return
    length = (appointment.end - appointment.start).days + 2
    for index, _ in appointment.recurrence.from_date(
        start.astimezone(appointment.zone).date() - timedelta(days=length)
    ):
        times = appointment.times_of(index)
        if times is None or times[0] >= end:
            break
        if index not in appointment.exceptions and index not in appointment.deleted and _overlaps(*times, start, end):
            yield Occurrence(item, *times, index, times[0])
    for index, exception in appointment.exceptions.items():
        if _overlaps(exception.start, exception.end, start, end):
            yield Occurrence(item, exception.start, exception.end, index, exception.original_start, exception)


def occurrence_at(item: Item, index: int) -> Occurrence:
    """Return one occurrence of a series.

    Raises:
        EwsError: ``ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange``,
            ``ErrorCalendarOccurrenceIsDeletedFromRecurrence``, ``ErrorCalendarCannotUseIdForRecurringMasterId``.
    """
    appointment = item.calendar
    if not isinstance(appointment, Appointment) or appointment.recurrence is None:
        raise EwsError(
            "ErrorCalendarCannotUseIdForRecurringMasterId", "The specified id does not represent a recurring master."
        )
    times = appointment.times_of(index)
    if times is None:
        raise EwsError(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "Occurrence index is out of recurrence range."
        )
    if index in appointment.deleted:
        raise EwsError(
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "Occurrence with this index was deleted from recurrence."
        )
    exception = appointment.exceptions.get(index)
    if exception is not None:
        return Occurrence(item, exception.start, exception.end, index, exception.original_start, exception)
    return Occurrence(item, *times, index, times[0])


def _overlaps(start: datetime, end: datetime, window_start: datetime, window_end: datetime) -> bool:
    return start < window_end and (end > window_start or start >= window_start)
