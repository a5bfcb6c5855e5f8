"""Suggested meeting times, and the time zones that availability reckons in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.availability import BusySpan, merged, status_in
from calconnect.mock_tenant.state.bias_zone import BiasRule, BiasZone, bias_zone
from calconnect.mock_tenant.state.calendar import add_event, appointment_of
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from tests.mock_tenant.availability_client import availability, free_busy, mailboxes, suggestions
from tests.mock_tenant.raw_client import Answer, RawClient

NewUser = Callable[..., Recipient]
TUESDAY = ("2026-12-01T00:00:00", "2026-12-02T00:00:00")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, 1, hour, minute, tzinfo=UTC)


def book(server: MockTenant, user: Recipient, start: datetime, end: datetime, busy: str = "Busy") -> str:
    with server.organization.lock:
        item = add_event(server.organization.mailbox(user), start=start, end=end, subject="x", busy=busy)
    return appointment_of(item).uid


def times(answer: Answer) -> list[tuple[str | None, str | None]]:
    return [
        (one.findtext("{*}MeetingTime"), one.findtext("{*}SuggestionQuality")) for one in answer.all("//t:Suggestion")
    ]


class TestSuggestions:
    def test_times_when_everybody_is_free_come_first(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        one, two = new_user(), new_user()
        book(tenant_server, one, at(8), at(12))
        book(tenant_server, two, at(8), at(9))
        asked = mailboxes(one.email, two.email)
        before = "<t:MaximumResultsByDay>12</t:MaximumResultsByDay>"
        answer = availability(soap, asked, suggestions(*TUESDAY, before=before))
        assert answer.codes == ["NoError"]
        found = times(answer)
        assert found[0] == ("2026-12-01T12:00:00", "Excellent")
        assert [quality for _, quality in found] == ["Excellent"] * 9 + ["Fair"] * 3
        assert found[9][0] == "2026-12-01T09:00:00"
        assert answer.text("//t:DayQuality") == "Excellent"
        assert answer.text("//t:Date") == "2026-12-01T00:00:00"
        assert {one.text for one in answer.all("//t:IsWorkTime")} == {"true"}

    def test_how_each_attendee_stands_to_it(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        user, other = new_user(), new_user()
        book(tenant_server, user, at(8), at(17), "OOF")
        group = new_user(kind=RecipientKind.GROUP, members=[user.email, other.email, "gone-to-cloud@contoso.test"])
        crowd = new_user(kind=RecipientKind.GROUP, members=[new_user().email for _ in range(101)])
        before = (
            "<t:MaximumResultsByDay>1</t:MaximumResultsByDay>"
            "<t:MinimumSuggestionQuality>Poor</t:MinimumSuggestionQuality>"
        )
        asked = mailboxes(user.email, "nobody@contoso.test", group.email, crowd.email)
        answer = availability(soap, asked, suggestions(*TUESDAY, before=before))
        conflicts = answer.all("//t:AttendeeConflictDataArray/*")
        assert [one.tag.rpartition("}")[2] for one in conflicts] == [
            "IndividualAttendeeConflictData",
            "UnknownAttendeeConflictData",
            "GroupAttendeeConflictData",
            "TooBigGroupAttendeeConflictData",
        ]
        assert conflicts[0].findtext("{*}BusyType") == "OOF"
        assert [one.text for one in conflicts[2]] == ["3", "1", "1", "1"]

    def test_nobody_who_must_not_be_disturbed_is(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        user, other = new_user(), new_user()
        book(tenant_server, user, at(8), at(16))
        asked = mailboxes(user.email, exclude="true") + mailboxes(other.email)
        assert times(availability(soap, asked, suggestions(*TUESDAY))) == [("2026-12-01T16:00:00", "Excellent")]

    def test_the_meeting_itself_is_not_in_its_own_way(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        user = new_user()
        uid = book(tenant_server, user, at(8), at(17))
        before = "<t:MinimumSuggestionQuality>Excellent</t:MinimumSuggestionQuality>"
        assert times(availability(soap, mailboxes(user.email), suggestions(*TUESDAY, before))) == []
        after = f"<t:GlobalObjectId>{uid}</t:GlobalObjectId>"
        assert len(times(availability(soap, mailboxes(user.email), suggestions(*TUESDAY, before, after)))) == 10

    def test_the_present_time_is_shown_in_any_case(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        user = new_user()
        book(tenant_server, user, at(8), at(17))
        after = "<t:CurrentMeetingTime>2026-12-01T09:30:00</t:CurrentMeetingTime>"
        answer = availability(soap, mailboxes(user.email), suggestions(*TUESDAY, after=after))
        assert times(answer) == [("2026-12-01T09:30:00", "Poor")]

    def test_weekends_only_if_wanted(self, soap: RawClient, new_user: NewUser) -> None:
        saturday = ("2026-12-05T00:00:00", "2026-12-06T00:00:00")
        asked = mailboxes(new_user().email)
        assert times(availability(soap, asked, suggestions(*saturday))) == []
        before = "<t:MaximumNonWorkHourResultsByDay>2</t:MaximumNonWorkHourResultsByDay>"
        assert len(times(availability(soap, asked, suggestions(*saturday, before)))) == 2

    def test_longer_meetings_have_fewer_places(self, soap: RawClient, new_user: NewUser) -> None:
        before = "<t:MeetingDurationInMinutes>480</t:MeetingDurationInMinutes>"
        answer = availability(soap, mailboxes(new_user().email), suggestions(*TUESDAY, before))
        assert [time for time, _ in times(answer)] == [f"2026-12-01T{hour}:00" for hour in ("08:00", "08:30", "09:00")]

    def test_both_answers_at_once(self, soap: RawClient, new_user: NewUser) -> None:
        options = free_busy(*TUESDAY, "MergedOnly") + suggestions(*TUESDAY)
        answer = availability(soap, mailboxes(new_user().email), options)
        assert answer.codes == ["NoError", "NoError"]

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            (suggestions("2026-01-01T00:00:00", "2026-06-01T00:00:00"), "ErrorTimeIntervalTooBig"),
            (suggestions(*TUESDAY[::-1]), "ErrorInvalidTimeInterval"),
            (suggestions(*TUESDAY, "<t:GoodThreshold>50</t:GoodThreshold>"), "ErrorInvalidArgument"),
            (
                suggestions(*TUESDAY, "<t:MeetingDurationInMinutes>10</t:MeetingDurationInMinutes>"),
                "ErrorInvalidArgument",
            ),
        ],
    )
    def test_wishes_that_make_no_sense(self, soap: RawClient, options: str, code: str) -> None:
        answer = availability(soap, mailboxes("alice@contoso.test"), options)
        assert (answer.status, answer.codes) == (200, [code])


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "America/Santiago", "UTC"]
MOMENTS = st.integers(0, 363 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.sampled_from(ZONES), MOMENTS)
def test_a_zone_of_rules_keeps_the_same_clock_as_the_zone_it_was_made_from(name: str, moment: datetime) -> None:
    zone = ZoneInfo(name)
    rules = bias_zone(zone, 2026)
    assert moment.astimezone(rules).replace(tzinfo=None) == moment.astimezone(zone).replace(tzinfo=None)
    assert moment.astimezone(rules).astimezone(UTC) == moment


def test_rules_for_one_year_only() -> None:
    summer = BiasRule(timedelta(minutes=-60), order=29, month=3, year=2026)
    zone = BiasZone(timedelta(), BiasRule(timedelta(), order=25, month=10, year=2026), summer)
    for year, hours in ((2026, 1), (2027, 0)):
        assert datetime(year, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=hours)
        assert datetime(year, 7, 1, tzinfo=zone).dst() == timedelta(hours=hours)


SPANS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(1, 300), st.sampled_from(["Free", "Tentative", "Busy", "OOF"])).map(
        lambda one: BusySpan(at(0) + timedelta(minutes=one[0]), at(0) + timedelta(minutes=one[0] + one[1]), one[2])
    ),
    max_size=8,
)


@given(SPANS, st.integers(5, 120))
def test_each_interval_tells_what_lies_in_it(spans: list[BusySpan], minutes: int) -> None:
    start, end = at(1), at(9)
    stream = list(merged(spans, start, end, minutes))
    assert len(stream) == -(-480 // minutes)
    step = timedelta(minutes=minutes)
    for number, status in enumerate(stream):
        assert status == status_in(spans, start + number * step, start + (number + 1) * step)
