"""exchangelib's documented use of items: events, series, messages, contacts, tasks, attachments, meetings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import exchangelib
import pytest
from exchangelib import (
    Account,
    Attendee,
    CalendarItem,
    Contact,
    EWSDate,
    EWSDateTime,
    EWSTimeZone,
    ExtendedProperty,
    FileAttachment,
    HTMLBody,
    ItemAttachment,
    Mailbox,
    Message,
    Task,
)
from exchangelib.errors import ErrorItemNotFound
from exchangelib.fields import MONDAY, WEDNESDAY
from exchangelib.indexed_properties import EmailAddress, PhoneNumber, PhysicalAddress
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, DistributionList, MeetingCancellation, MeetingRequest
from exchangelib.properties import Member
from exchangelib.recurrence import (
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.exchangelib_access import impersonated

BERLIN = EWSTimeZone("Europe/Berlin")
NewUser = Callable[..., Recipient]


@pytest.fixture
def account(tenant_server: MockTenant, new_user: NewUser, tmp_path: Path) -> Iterator[Account]:
    with impersonated(tenant_server, tmp_path, new_user().email) as found:
        found.default_timezone = BERLIN
        yield found


def at(day: int, hour: int, month: int = 11) -> EWSDateTime:
    return EWSDateTime(2026, month, day, hour, tzinfo=BERLIN)


def event(account: Account, subject: str = "Event", day: int = 25, **facts: object) -> CalendarItem:
    item = CalendarItem(
        account=account, folder=account.calendar, subject=subject, start=at(day, 10), end=at(day, 11), **facts
    )
    return item.save()


def test_an_event_from_beginning_to_end(account: Account) -> None:
    made = event(account, body=HTMLBody("<p>x</p>"), location="Room", categories=["a", "b"], reminder_is_set=True)
    found = account.calendar.get(id=made.id, changekey=made.changekey)
    assert (found.subject, found.location, found.categories) == ("Event", "Room", ["a", "b"])
    assert found.start == at(25, 10)
    assert found.body == "<p>x</p>"
    assert found.organizer.email_address == account.primary_smtp_address
    assert found._start_timezone == BERLIN
    found.subject = "New"
    found.save(update_fields=["subject"])
    found.start += timedelta(hours=1)
    found.end += timedelta(hours=1)
    found.save()
    (shown,) = account.calendar.view(start=at(25, 0), end=at(26, 0))
    assert (shown.subject, shown.start) == ("New", at(25, 11))
    found.refresh()
    found.delete()
    assert account.calendar.all().count() == 0
    with pytest.raises(ErrorItemNotFound):
        made.refresh()


def test_an_all_day_event(account: Account) -> None:
    CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Holiday",
        start=EWSDate(2026, 3, 27),
        end=EWSDate(2026, 3, 28),
        is_all_day=True,
    ).save()
    found = account.calendar.get(subject="Holiday")
    assert (found.start, found.end) == (EWSDate(2026, 3, 27), EWSDate(2026, 3, 28))
    assert [one.start for one in account.calendar.view(start=at(1, 0, 3), end=at(31, 0, 3))] == [EWSDate(2026, 3, 27)]


@pytest.fixture
def series(account: Account) -> CalendarItem:
    pattern = WeeklyPattern(interval=1, weekdays=[MONDAY, WEDNESDAY])
    item = CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Weekly",
        start=at(16, 10, 3),
        end=at(16, 11, 3),
        recurrence=Recurrence(pattern=pattern, start=date(2026, 3, 16), number=8),
    ).save()
    return account.calendar.get(id=item.id, changekey=item.changekey)


def spring(account: Account) -> list[CalendarItem]:
    return list(account.calendar.view(start=at(1, 0, 3), end=at(1, 0, 5)))


def test_a_series_and_its_occurrences(account: Account, series: CalendarItem) -> None:
    assert series.type == "RecurringMaster"
    assert series.recurrence.boundary.number == 8
    assert series.first_occurrence.start == at(16, 10, 3)
    assert series.last_occurrence.start == at(8, 10, 4)
    assert [one.start for one in spring(account)] == [
        at(day, 10, month) for day, month in [(16, 3), (18, 3), (23, 3), (25, 3), (30, 3), (1, 4), (6, 4), (8, 4)]
    ]
    third = series.occurrence(index=3)
    third.refresh()
    third.subject = "Moved"
    third.start += timedelta(hours=2)
    third.end += timedelta(hours=2)
    third.save()
    fourth = series.occurrence(index=4)
    fourth.refresh()
    fourth.delete()
    series.refresh()
    (modified,) = series.modified_occurrences
    assert (modified.start, modified.original_start) == (at(23, 12, 3), at(23, 10, 3))
    assert [one.start for one in series.deleted_occurrences] == [at(25, 10, 3)]
    assert [one.subject for one in spring(account)] == ["Weekly", "Weekly", "Moved", *["Weekly"] * 4]
    master = spring(account)[2].recurring_master()
    master.refresh()
    assert (master.id, master.type) == (series.id, "RecurringMaster")


def test_every_occurrence_changed_one_by_one(account: Account, series: CalendarItem) -> None:
    for one in spring(account):
        one.location = f"Room {one.start.day}"
        one.save(update_fields=["location"])
    assert len({one.location for one in spring(account)}) == 8
    series.refresh()
    series.subject = "Series"
    series.save()
    series.refresh()
    assert len(series.modified_occurrences) == 8
    assert {one.subject for one in spring(account)} == {"Series"}
    series.recurrence.boundary.number = 2
    series.save(update_fields=["recurrence"])
    assert len(spring(account)) == 2


PATTERNS = [
    (DailyPattern(interval=3), [date(2026, 3, 2), date(2026, 3, 5)]),
    (WeeklyPattern(interval=2, weekdays=[MONDAY]), [date(2026, 3, 2), date(2026, 3, 16)]),
    (AbsoluteMonthlyPattern(interval=1, day_of_month=31), [date(2026, 3, 31), date(2026, 4, 30)]),
    (
        RelativeMonthlyPattern(interval=1, weekday="Weekday", week_number="Last"),
        [date(2026, 3, 31), date(2026, 4, 30)],
    ),
    (AbsoluteYearlyPattern(month="February", day_of_month=29), [date(2027, 2, 28), date(2028, 2, 29)]),
    (
        RelativeYearlyPattern(month="May", weekday="Monday", week_number="Third"),
        [date(2026, 5, 18), date(2027, 5, 17)],
    ),
]


@pytest.mark.parametrize(("pattern", "days"), PATTERNS, ids=[type(pattern).__name__ for pattern, _ in PATTERNS])
def test_every_pattern_is_read_back_as_written(account: Account, pattern: Any, days: list[date]) -> None:
    item = CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Series",
        start=at(2, 10, 3),
        end=at(2, 11, 3),
        recurrence=Recurrence(pattern=pattern, start=date(2026, 3, 2), end=date(2029, 12, 31)),
    ).save()
    item.refresh()
    for one in type(pattern).FIELDS:
        if one.name != "first_day_of_week":
            assert getattr(item.recurrence.pattern, one.name) == getattr(pattern, one.name)
    assert item.recurrence.boundary.end == date(2029, 12, 31)
    occurrences = [item.occurrence(index=number) for number in (1, 2)]
    for one in occurrences:
        one.refresh()
    assert [one.start.astimezone(BERLIN).date() for one in occurrences] == days


def test_extended_properties(account: Account) -> None:
    class Lunch(ExtendedProperty):  # type: ignore[misc]
        distinguished_property_set_id = "PublicStrings"
        property_name = "Lunch"
        property_type = "Integer"

    class Guests(ExtendedProperty):  # type: ignore[misc]
        property_set_id = "c11ff724-aa03-4555-9952-8fa248a11c3e"
        property_name = "Guests"
        property_type = "StringArray"

    CalendarItem.register("lunch", Lunch)
    CalendarItem.register("guests", Guests)
    try:
        made = event(account, lunch=12, guests=["a", "b"])
        found = account.calendar.get(lunch=12)
        assert (found.id, found.lunch, found.guests) == (made.id, 12, ["a", "b"])
        found.lunch, found.guests = 13, None
        found.save(update_fields=["lunch", "guests"])
        found.refresh()
        assert (found.lunch, found.guests) == (13, None)
        assert account.calendar.filter(lunch__gt=13).count() == 0
        assert account.calendar.filter(lunch__exists=True).count() == 1
    finally:
        CalendarItem.deregister("lunch")
        CalendarItem.deregister("guests")


def test_messages_and_attachments(account: Account, tenant_server: MockTenant, tmp_path: Path) -> None:
    draft = Message(
        account=account,
        folder=account.drafts,
        subject="Papers",
        body="Hello",
        to_recipients=[Mailbox(email_address=account.primary_smtp_address)],
    )
    draft.attach(FileAttachment(name="a.txt", content=b"hello"))
    draft.attach(ItemAttachment(name="inner", item=Message(subject="inner", body="b", folder=account.inbox)))
    draft.save()
    found = account.drafts.get(subject="Papers")
    by_name = {one.name: one for one in found.attachments}
    assert by_name["a.txt"].content == b"hello"
    assert by_name["inner"].item.subject == "inner"
    with by_name["a.txt"].fp as stream:
        assert stream.read() == b"hello"
    found.attach(FileAttachment(name="b.bin", content=b"\x00\x01"))
    found.detach(by_name["inner"])
    found.refresh()
    assert sorted(one.name for one in found.attachments) == ["a.txt", "b.bin"]
    found.send()
    received = account.inbox.get(subject="Papers")
    assert received.sender.email_address == account.primary_smtp_address
    assert received.is_read is False
    received.is_read = True
    received.save(update_fields=["is_read"])
    received.reply(subject="RE: Papers", body="Thanks")
    assert account.inbox.filter(subject="RE: Papers").count() == 1
    assert account.sent.all().count() == 2
    copied = received.copy(to_folder=account.drafts)
    assert copied is not None
    received.move(to_folder=account.trash)
    assert (account.drafts.all().count(), account.trash.all().count()) == (1, 1)
    received.soft_delete()
    assert account.trash.all().count() == 0
    assert account.recoverable_items_deletions.all().count() == 1


def test_contacts(account: Account) -> None:
    Contact(
        account=account,
        folder=account.contacts,
        given_name="Ann",
        surname="Lee",
        display_name="Ann Lee",
        file_as_mapping="LastCommaFirst",
        email_addresses=[EmailAddress(email="ann@example.test", label="EmailAddress1")],
        phone_numbers=[PhoneNumber(label="MobilePhone", phone_number="123")],
        physical_addresses=[PhysicalAddress(label="Home", street="High St 1", city="Berlin", zipcode="10115")],
        birthday=date(1980, 1, 2),
    ).save()
    found = account.contacts.get(email_addresses__EmailAddress1="ann@example.test")
    assert (found.file_as, found.complete_name.full_name, found.birthday) == ("Lee, Ann", "Ann Lee", date(1980, 1, 2))
    assert found.physical_addresses[0].street == "High St 1"
    found.phone_numbers = [PhoneNumber(label="MobilePhone", phone_number="456")]
    found.save()
    found.refresh()
    assert [one.phone_number for one in found.phone_numbers] == ["456"]
    members = [Member(mailbox=Mailbox(email_address="x@example.test", mailbox_type="OneOff"))]
    people = DistributionList(account=account, folder=account.contacts, display_name="Team", members=members).save()
    people.refresh()
    assert [one.mailbox.email_address for one in people.members] == ["x@example.test"]


def test_tasks(account: Account) -> None:
    task = Task(account=account, folder=account.tasks, subject="T", due_date=date(2026, 12, 1)).save()
    task.refresh()
    assert (task.status, task.percent_complete, task.due_date) == ("NotStarted", 0, date(2026, 12, 1))
    task.complete()
    task.refresh()
    assert (task.status, task.percent_complete, task.is_complete) == ("Completed", 100, True)


def test_meetings(account: Account, tenant_server: MockTenant, new_user: NewUser, tmp_path: Path) -> None:
    guest = new_user().email
    meeting = CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Plan",
        start=at(25, 10),
        end=at(25, 11),
        required_attendees=[Attendee(mailbox=Mailbox(email_address=guest), response_type="Unknown")],
    ).save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    with impersonated(tenant_server, tmp_path, guest) as other:
        (request,) = other.inbox.all()
        assert isinstance(request, MeetingRequest)
        assert request.start == at(25, 10)
        request.accept(body="Yes")
        (theirs,) = other.calendar.all()
        assert theirs.my_response_type == "Accept"
    meeting.refresh()
    assert [one.response_type for one in meeting.required_attendees] == ["Accept"]
    assert [one.subject for one in account.inbox.all()] == ["Accepted: Plan"]
    meeting.cancel()
    with impersonated(tenant_server, tmp_path, guest) as other:
        assert [type(one) for one in other.inbox.all()] == [MeetingCancellation]
        assert [one.is_cancelled for one in other.calendar.all()] == [True]


def test_time_zones(account: Account) -> None:
    assert len(list(account.protocol.get_timezones())) == 139
    (zone,) = account.protocol.get_timezones([BERLIN], return_full_timezone_data=True)
    standard, daylight, period = zone.get_std_and_dst(for_year=2026)
    assert (standard.iso_month, daylight.iso_month, period.bias_in_minutes) == (10, 3, -60)
    assert exchangelib.EWSTimeZone.from_ms_id(zone.id) == BERLIN
