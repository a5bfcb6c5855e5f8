"""Series across clock changes, and the events of a calendar in a window."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.calendar import (
    SeriesException,
    add_event,
    appointment_of,
    occurrence_at,
    occurrences,
    whole_days,
)
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.recurrence import Daily, Recurrence, Weekly
from calconnect.mock_tenant.state.values import Address

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata", "UTC"]
WIDE = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))


def mailbox(zone: str = "Europe/Berlin") -> Mailbox:
    return Mailbox(
        Recipient("alice@contoso.test", "Alice", time_zone=zone),
        MovableClock(datetime(2026, 11, 23, 9, tzinfo=UTC), running=False),
    )


def starts(box: Mailbox, start: datetime = WIDE[0], end: datetime = WIDE[1]) -> list[datetime]:
    return [one.start for one in occurrences(box, box.distinguished("calendar"), start, end)]


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.combine(date(2020, 1, 1), time()), datetime.combine(date(2030, 12, 31), time())),
    st.timedeltas(timedelta(minutes=5), timedelta(hours=30)),
    st.integers(1, 9),
    st.integers(1, 60),
)
def test_every_occurrence_keeps_its_wall_time(
    zone_name: str, moment: datetime, length: timedelta, interval: int, count: int
) -> None:
    zone = ZoneInfo(zone_name)
    box = mailbox(zone_name)
    start = moment.replace(second=0, microsecond=0, tzinfo=zone)
    add_event(
        box,
        start=start,
        end=start + length,
        subject="Series",
        recurrence=Recurrence(Daily(interval), start.date(), count=count),
        time_zone=zone_name,
    )
    wall = start.astimezone(UTC).astimezone(zone)
    naive = rrule.rrule(rrule.DAILY, wall.replace(tzinfo=None, fold=0), interval, count=count)
    assert starts(box) == [one.replace(tzinfo=zone).astimezone(UTC) for one in naive]


@pytest.mark.parametrize("zone", ZONES)
def test_a_weekly_series_over_two_clock_changes_is_that_of_dateutil(zone: str) -> None:
    first = datetime.combine(date(2026, 2, 2), time(9, 30))
    rule = rrule.rrulestr("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=90", dtstart=first)
    box = mailbox(zone)
    add_event(
        box,
        start=first.replace(tzinfo=ZoneInfo(zone)),
        end=first.replace(tzinfo=ZoneInfo(zone)) + timedelta(hours=1),
        subject="Series",
        recurrence=Recurrence(Weekly(("Monday", "Thursday")), date(2026, 2, 2), count=90),
    )
    assert starts(box) == [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for moment in rule]


def test_the_hour_that_does_not_exist_is_an_hour_later() -> None:
    box = mailbox()
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 2, 30, tzinfo=zone)
    add_event(
        box,
        start=start,
        end=start + timedelta(minutes=30),
        subject="Early",
        recurrence=Recurrence(Daily(), date(2026, 3, 28), count=3),
    )
    assert starts(box) == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_window_shows_what_the_whole_shows_of_it(data: st.DataObject) -> None:
    box = mailbox()
    zone = ZoneInfo("Europe/Berlin")
    for number in range(data.draw(st.integers(1, 4))):
        day = data.draw(st.dates(date(2026, 1, 1), date(2026, 6, 30)))
        clock = data.draw(st.times().map(lambda value: value.replace(second=0, microsecond=0)))
        start = datetime.combine(day, clock, zone)
        repeats = data.draw(st.booleans())
        add_event(
            box,
            start=start,
            end=start + data.draw(st.timedeltas(timedelta(0), timedelta(days=4))),
            subject=f"Event {number}",
            recurrence=Recurrence(Daily(data.draw(st.integers(5, 20))), day, count=20) if repeats else None,
        )
    begin = datetime.combine(data.draw(st.dates(date(2025, 12, 1), date(2027, 1, 31))), time(), UTC)
    end = begin + data.draw(st.timedeltas(timedelta(hours=1), timedelta(days=200)))
    calendar = box.distinguished("calendar")
    everything = list(occurrences(box, calendar, *WIDE))
    expected = [one for one in everything if one.start < end and (one.end > begin or one.start >= begin)]
    found = list(occurrences(box, calendar, begin, end))
    assert [(one.item.number, one.index, one.start) for one in found] == [
        (one.item.number, one.index, one.start) for one in expected
    ]
    assert [one.start for one in found] == sorted(one.start for one in found)


def series(box: Mailbox) -> Item:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 11, 2, 10, tzinfo=zone)
    recurrence = Recurrence(Weekly(("Monday",)), date(2026, 11, 2), count=4)
    return add_event(box, start=start, end=start + timedelta(hours=1), subject="Weekly", recurrence=recurrence)


def test_exceptions_and_deleted_occurrences_are_applied() -> None:
    box = mailbox()
    item = series(box)
    appointment = appointment_of(item)
    appointment.deleted.add(2)
    moved = datetime(2026, 11, 17, 15, tzinfo=UTC)
    appointment.exceptions[3] = SeriesException(
        datetime(2026, 11, 16, 9, tzinfo=UTC), moved, moved + timedelta(hours=2), {"Subject": "Moved", "Location": None}
    )
    item.properties["Location"] = "Room 1"
    found = list(occurrences(box, box.distinguished("calendar"), *WIDE))
    assert [one.index for one in found] == [1, 3, 4]
    assert [one.subject for one in found] == ["Weekly", "Moved", "Weekly"]
    assert [one.location for one in found] == ["Room 1", "", "Room 1"]
    assert found[1].start == moved
    assert found[1].original_start == datetime(2026, 11, 16, 9, tzinfo=UTC)
    around = datetime(2026, 11, 16, tzinfo=UTC)
    assert [
        one.index for one in occurrences(box, box.distinguished("calendar"), around, around + timedelta(days=1))
    ] == []


@pytest.mark.parametrize(
    ("index", "code"),
    [
        (2, "ErrorCalendarOccurrenceIsDeletedFromRecurrence"),
        (5, "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"),
        (0, "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"),
    ],
)
def test_occurrences_that_are_not_there_are_told_by_their_codes(index: int, code: str) -> None:
    item = series(mailbox())
    appointment_of(item).deleted.add(2)
    with pytest.raises(EwsError) as caught:
        occurrence_at(item, index)
    assert caught.value.code == code


def test_a_single_event_has_no_occurrences() -> None:
    box = mailbox()
    start = datetime(2026, 11, 2, 10, tzinfo=UTC)
    item = add_event(box, start=start, end=start, subject="Single")
    with pytest.raises(EwsError) as caught:
        occurrence_at(item, 1)
    assert caught.value.code == "ErrorCalendarCannotUseIdForRecurringMasterId"


def test_an_all_day_event_takes_whole_days_of_its_zone() -> None:
    zone = ZoneInfo("America/New_York")
    start, end = whole_days(datetime(2026, 6, 6, 13, tzinfo=zone), datetime(2026, 6, 6, 14, tzinfo=zone), zone)
    assert start.astimezone(zone) == datetime(2026, 6, 6, tzinfo=zone)
    assert end.astimezone(zone) == datetime(2026, 6, 7, tzinfo=zone)


def test_an_event_of_somebody_else_is_a_meeting() -> None:
    box = mailbox()
    start = datetime(2026, 11, 2, 10, tzinfo=UTC)
    item = add_event(box, start=start, end=start, subject="Theirs", organizer=Address("bob@contoso.test", "Bob"))
    (found,) = occurrences(box, box.distinguished("calendar"), *WIDE)
    assert found.is_meeting
    assert appointment_of(item).my_response == "Accept"


def test_the_same_tenant_makes_the_same_uids() -> None:
    one, other = series(mailbox()), series(mailbox())
    assert appointment_of(one).uid == appointment_of(other).uid
    assert appointment_of(one).uid.startswith("040000008200E00074C5B7101A82E008")


def test_an_event_does_not_end_before_it_starts() -> None:
    start = datetime(2026, 11, 2, 10, tzinfo=UTC)
    with pytest.raises(EwsError) as caught:
        add_event(mailbox(), start=start, end=start - timedelta(minutes=1), subject="Backwards")
    assert caught.value.code == "ErrorCalendarEndDateIsEarlierThanStartDate"
