"""Tenant files: what mailboxes hold when they are first opened."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.mock_tenant.description import Description
from calconnect.mock_tenant.description.week import WEEKS_AFTER, WEEKS_BEFORE, working_weeks
from calconnect.mock_tenant.state.calendar import Occurrence, appointment_of, occurrences
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.oof import oof_settings
from tests.mock_tenant.tenant_files import load_text
from tests.mock_tenant.tenants import NOW

_ZONES = st.sampled_from(["Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "UTC"])
_DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def box(tenant: Description, address: str) -> Mailbox:
    recipient = tenant.organization.directory.by_address(address)
    assert recipient is not None
    return tenant.organization.mailbox(recipient)


def calendar(mailbox: Mailbox, start: datetime = NOW, days: int = 14) -> list[Occurrence]:
    return list(occurrences(mailbox, mailbox.distinguished("calendar"), start, start + timedelta(days=days)))


def content(mailbox: Mailbox) -> list[tuple[object, ...]]:
    return [
        (item.number, item.properties["Subject"], appointment_of(item).start, appointment_of(item).uid)
        for item in mailbox.distinguished("calendar").items.values()
    ]


_GENERATED = (
    '[[generate]]\nemail = "user{n:05}@contoso.test"\ncount = 40\ntime_zone = ["Europe/London", "Asia/Tokyo"]\n'
)


def test_events_are_made_when_a_mailbox_is_opened_and_are_the_same_each_time(tmp_path: Path) -> None:
    one, other = load_text(tmp_path, _GENERATED), load_text(tmp_path, _GENERATED)
    assert one.organization.opened == {}
    address = "user00007@contoso.test"
    box(other, "user00001@contoso.test")
    assert content(box(one, address)) == content(box(other, address))
    assert content(box(one, address)) != content(box(one, "user00009@contoso.test"))
    assert len(one.organization.opened) == 2


def test_the_calendar_hangs_on_the_tenants_first_day_and_not_on_when_it_is_opened(tmp_path: Path) -> None:
    one, later = load_text(tmp_path, _GENERATED), load_text(tmp_path, _GENERATED)
    later.organization.clock.advance(timedelta(days=20))
    first, second = (box(tenant, "user00003@contoso.test") for tenant in (one, later))
    assert [entry[:3] for entry in content(first)] == [entry[:3] for entry in content(second)]


def test_a_generated_organisation_has_events_of_every_sort(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, _GENERATED)
    found = [one for address in tenant.listed for one in calendar(box(tenant, address), NOW - timedelta(days=7), 35)]
    assert {one.busy for one in found} == {"Busy", "Tentative", "OOF", "WorkingElsewhere"}
    assert {one.sensitivity for one in found} == {"Normal", "Private"}
    appointments = [appointment_of(one.item) for one in found]
    assert {appointment.all_day for appointment in appointments} == {True, False}
    assert {appointment.recurrence is None for appointment in appointments} == {True, False}
    assert len({appointment.zone.key for appointment in appointments}) > 4
    per_week = len([one for one in found if NOW <= one.start < NOW + timedelta(days=7)]) / 40
    assert 10 < per_week < 14


def test_a_room_has_ordinary_meetings_only(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[rooms]]\nemail = "r@contoso.test"\nname = "R"\n')
    found = calendar(box(tenant, "r@contoso.test"), days=28)
    assert len(found) > 20
    assert {(one.busy, one.sensitivity, one.is_recurring) for one in found} == {("Busy", "Normal", False)}


@pytest.mark.parametrize(
    ("table", "events"),
    [
        ('[[mailboxes]]\nemail = "x@contoso.test"\n', True),
        ('[[mailboxes]]\nemail = "x@contoso.test"\nevents_per_week = 0\n', False),
        ('[[mailboxes]]\nemail = "x@contoso.test"\nkind = "shared"\n', False),
        ('[[mailboxes]]\nemail = "x@contoso.test"\nkind = "equipment"\nevents_per_week = 4\n', True),
        ('[[service_accounts]]\nemail = "x@contoso.test"\npassword = "x"\n', False),
        ('[[service_accounts]]\nemail = "x@contoso.test"\npassword = "x"\nevents_per_week = 3\n', True),
        ('[[rooms]]\nemail = "x@contoso.test"\nname = "X"\nevents_per_week = 0\n', False),
    ],
)
def test_who_has_generated_events(tmp_path: Path, table: str, events: bool) -> None:
    assert bool(box(load_text(tmp_path, table), "x@contoso.test").items) is events


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), _DAYS, _ZONES, st.integers(0, 60), st.booleans())
def test_any_calendar_is_a_plausible_one(seed: int, today: date, zone: str, per_week: int, is_room: bool) -> None:
    events = working_weeks(seed=seed, today=today, time_zone=zone, per_week=per_week, is_room=is_room)
    assert events == working_weeks(seed=seed, today=today, time_zone=zone, per_week=per_week, is_room=is_room)
    assert (per_week == 0) == (not events) or per_week < 3
    monday = today - timedelta(days=today.weekday())
    weeks: Counter[int] = Counter()
    for event in events:
        local = event.start.replace(tzinfo=None)
        assert event.start.tzinfo == ZoneInfo(event.time_zone)
        assert event.start.astimezone(UTC) < event.end.astimezone(UTC)
        assert local.weekday() < 5
        assert event.all_day or 8 <= local.hour <= 17
        if event.recurrence is None:
            week = (local.date() - monday).days // 7
            weeks[week] += 1
            assert -WEEKS_BEFORE <= week <= WEEKS_AFTER
        else:
            assert event.recurrence.first_index_from(today) > 1, "it has been running for a while"
            assert event.recurrence.last_index() is None
    assert all(count <= per_week for count in weeks.values())


_EVENTS = """
[[mailboxes]]
email = "b@contoso.test"
name = "Bea"
[[mailboxes]]
email = "a@contoso.test"
name = "Ada"
time_zone = "Europe/Berlin"
events_per_week = 0
"""


def event_of(tmp_path: Path, text: str) -> Item:
    mailbox = box(load_text(tmp_path, _EVENTS + text), "a@contoso.test")
    (item,) = mailbox.items.values()
    return item


@pytest.mark.parametrize(
    ("lines", "start", "end", "all_day"),
    [
        ("day = 0\n", "2026-11-23T08:00", "2026-11-23T09:00", False),
        ("day = -1\nat = 16:30:00\nminutes = 45\n", "2026-11-22T15:30", "2026-11-22T16:15", False),
        ("start = 2026-12-01T10:00:00\n", "2026-12-01T09:00", "2026-12-01T10:00", False),
        ("start = 2026-12-01T10:00:00Z\nminutes = 5\n", "2026-12-01T10:00", "2026-12-01T10:05", False),
        ("start = 2026-12-01T10:00:00\nend = 2026-12-01T10:00:00\n", "2026-12-01T09:00", "2026-12-01T09:00", False),
        (
            'start = 2026-12-01T10:00:00\nend = 2026-12-01T12:00:00\ntime_zone = "Asia/Tokyo"\n',
            "2026-12-01T01:00",
            "2026-12-01T03:00",
            False,
        ),
        ("start = 2026-12-01\n", "2026-11-30T23:00", "2026-12-01T23:00", True),
        ("start = 2026-12-01\nend = 2026-12-04\n", "2026-11-30T23:00", "2026-12-03T23:00", True),
        ("day = 1\nall_day = true\n", "2026-11-23T23:00", "2026-11-24T23:00", True),
    ],
)
def test_when_an_event_is(tmp_path: Path, lines: str, start: str, end: str, all_day: bool) -> None:
    item = event_of(tmp_path, '[[mailboxes.events]]\nsubject = "S"\n' + lines)
    found = appointment_of(item)
    assert (found.start, found.end) == tuple(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, end))
    assert found.all_day is all_day
    assert item.properties["LegacyFreeBusyStatus"] == ("Free" if all_day else "Busy")


def test_what_an_event_holds(tmp_path: Path) -> None:
    item = event_of(
        tmp_path,
        """
[[mailboxes.events]]
subject = "<b>=1+1</b>"
day = 1
status = "Tentative"
sensitivity = "Private"
location = "Here"
body = "Text"
categories = ["Red"]
organizer = "b@contoso.test"
attendees = ["a@contoso.test", "guest@elsewhere.test"]
""",
    )
    values = item.properties
    assert values["Subject"] == "<b>=1+1</b>"
    assert (values["LegacyFreeBusyStatus"], values["Sensitivity"], values["Location"]) == (
        "Tentative",
        "Private",
        "Here",
    )
    assert (values["Body"].text, values["Categories"]) == ("Text", ["Red"])
    assert [(one.address.email, one.address.name) for one in values["RequiredAttendees"]] == [
        ("a@contoso.test", "Ada"),
        ("guest@elsewhere.test", ""),
    ]
    found = appointment_of(item)
    assert (found.organizer.email, found.organizer.name, found.is_organizer) == ("b@contoso.test", "Bea", False)


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ("{ unit = 'day', every = 2, times = 3 }", ["11-23", "11-25", "11-27"]),
        ("{ unit = 'week', times = 3 }", ["11-23", "11-30", "12-07"]),
        ("{ unit = 'week', on = ['Tuesday', 'Friday'], until = 2026-12-01 }", ["11-24", "11-27", "12-01"]),
        ("{ unit = 'week', every = 2, on = ['Monday'], times = 2 }", ["11-23", "12-07"]),
        ("{ unit = 'month', times = 2 }", ["11-23", "12-23"]),
        ("{ unit = 'month', on = ['Wednesday'], which = 'Last', times = 2 }", ["11-25", "12-30"]),
        ("{ unit = 'year', times = 1 }", ["11-23"]),
        ("{ unit = 'year', on = ['Sunday'], which = 'Last', times = 1 }", ["11-29"]),
    ],
)
def test_events_that_repeat(tmp_path: Path, repeat: str, days: list[str]) -> None:
    text = f"[[mailboxes.events]]\nsubject = 'S'\nday = 0\nrepeat = {repeat}\n"
    found = calendar(box(load_text(tmp_path, _EVENTS + text), "a@contoso.test"), NOW - timedelta(hours=9), 60)
    assert [f"{one.start:%m-%d}" for one in found] == days


def test_what_a_mailbox_grants_to_others(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[mailboxes]]
email = "a@contoso.test"
full_access = ["B@contoso.test"]
[mailboxes.folder_permissions]
calendar = { default = "None", "B@contoso.test" = "Editor" }
inbox = { "b@contoso.test" = "Reviewer" }
[[mailboxes]]
email = "b@contoso.test"
""",
    )
    mailbox = box(tenant, "a@contoso.test")
    assert mailbox.full_access == {"b@contoso.test"}
    assert mailbox.distinguished("calendar").permissions == {"default": "None", "b@contoso.test": "Editor"}
    assert mailbox.distinguished("inbox").permissions == {"b@contoso.test": "Reviewer"}
    assert box(tenant, "b@contoso.test").full_access == set()


def test_delegates(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[mailboxes]]
email = "a@contoso.test"
[[mailboxes.delegates]]
email = "B@contoso.test"
calendar = "Reviewer"
view_private_items = true
[[mailboxes]]
email = "b@contoso.test"
""",
    )
    mailbox = box(tenant, "a@contoso.test")
    assert mailbox.distinguished("calendar").permissions == {"b@contoso.test": "Reviewer"}
    assert mailbox.delegates["b@contoso.test"]["view_private_items"] is True
    assert mailbox.delegates["b@contoso.test"]["receive_copies_of_meeting_messages"] is False


@pytest.mark.parametrize(
    ("lines", "active"),
    [
        ('state = "Disabled"\n', False),
        ('state = "Enabled"\n', True),
        ('state = "Scheduled"\n', True),
        ('state = "Scheduled"\nstart = 2026-11-23T00:00:00Z\nend = 2026-11-23T08:59:00Z\n', False),
        ('state = "Scheduled"\nstart = 2026-11-23T10:00:00+01:00\n', True),
    ],
)
def test_automatic_replies(tmp_path: Path, lines: str, active: bool) -> None:
    text = '[[mailboxes]]\nemail = "a@contoso.test"\n[mailboxes.oof]\ninternal = "Away"\naudience = "Known"\n' + lines
    mailbox = box(load_text(tmp_path, text), "a@contoso.test")
    found = oof_settings(mailbox)
    assert found.is_active(NOW) is active
    assert (found.internal_reply.text, found.external_reply.text, found.external_audience) == ("Away", "", "Known")


def test_a_mailbox_over_its_quota_holds_its_events_and_takes_no_more(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[mailboxes]]\nemail = "a@contoso.test"\nquota_exceeded = true\n')
    mailbox = box(tenant, "a@contoso.test")
    assert mailbox.items
    with pytest.raises(EwsError) as caught:
        mailbox.add_item(mailbox.distinguished("calendar"), Item(mailbox.next_number(), 0, "CalendarItem"))
    assert caught.value.code == "ErrorQuotaExceeded"


def test_a_mailbox_in_another_language(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[mailboxes]]\nemail = "a@contoso.test"\nlanguage = "de-DE"\n')
    assert box(tenant, "a@contoso.test").distinguished("calendar").name == "Kalender"
    assert box(tenant, "a@contoso.test").recipient.kind is RecipientKind.USER
