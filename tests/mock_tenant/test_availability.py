"""Free/busy times over the wire: views, rights, time zones, errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import MailboxState, Recipient, RecipientKind
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.recurrence import Recurrence, Weekly
from tests.mock_tenant.availability_client import BERLIN, UTC_ZONE, availability, free_busy, mailboxes
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]
DAY = ("2026-12-01T08:00:00", "2026-12-01T16:00:00")


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def open_mailbox(server: MockTenant, user: Recipient) -> Mailbox:
    with server.organization.lock:
        return server.organization.mailbox(user)


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: NewUser) -> Mailbox:
    """A calendar with one event of each kind on 1 December 2026, 8 to 16 o'clock UTC."""
    opened = open_mailbox(tenant_server, new_user(time_zone="Europe/Berlin"))
    with tenant_server.organization.lock:
        add_event(opened, start=at(9), end=at(10), subject="Plan <A> & B", location="Room 1", reminder_minutes=None)
        add_event(opened, start=at(10), end=at(10, 30), subject="Maybe", busy="Tentative", sensitivity="Private")
        add_event(opened, start=at(12), end=at(13), subject="Away", busy="OOF")
        add_event(opened, start=at(13), end=at(14), subject="Home", busy="WorkingElsewhere")
        add_event(opened, start=at(14), end=at(15), subject="Nothing", busy="Free")
        add_event(opened, start=at(6), end=at(8, 30), subject="Early")
    return opened


def ask(soap: RawClient, mailbox: Mailbox, view: str = "DetailedMerged", minutes: str = "60", **named: str) -> Answer:
    user = mailbox.recipient.email
    return availability(soap, mailboxes(user), free_busy(*DAY, view, minutes), impersonate=user, **named)


class TestViews:
    def test_the_merged_stream(self, soap: RawClient, mailbox: Mailbox) -> None:
        answer = ask(soap, mailbox, "MergedOnly")
        assert answer.codes == ["NoError"]
        assert answer.text("//t:MergedFreeBusy") == "22103400"
        assert answer.text("//t:FreeBusyViewType") == "MergedOnly"
        assert answer.all("//t:CalendarEvent") == answer.all("//t:WorkingHours") == []

    def test_finer_and_coarser_intervals(self, soap: RawClient, mailbox: Mailbox) -> None:
        assert ask(soap, mailbox, "MergedOnly", "30").text("//t:MergedFreeBusy") == "2022100033440000"
        assert ask(soap, mailbox, "MergedOnly", "180").text("//t:MergedFreeBusy") == "230"

    def test_before_exchange_2013_nobody_worked_elsewhere(self, soap: RawClient, mailbox: Mailbox) -> None:
        answer = ask(soap, mailbox, version="Exchange2010")
        assert answer.text("//t:MergedFreeBusy") == "22103000"
        assert "WorkingElsewhere" not in {one.text for one in answer.all("//t:BusyType")}

    def test_events_with_their_whole_times_in_order(self, soap: RawClient, mailbox: Mailbox) -> None:
        answer = ask(soap, mailbox, "FreeBusy")
        assert answer.all("//t:MergedFreeBusy") == answer.all("//t:CalendarEventDetails") == []
        events = [
            (one.findtext("{*}StartTime"), one.findtext("{*}EndTime"), one.findtext("{*}BusyType"))
            for one in answer.all("//t:CalendarEvent")
        ]
        assert events[0] == ("2026-12-01T06:00:00", "2026-12-01T08:30:00", "Busy")
        assert [one[2] for one in events] == ["Busy", "Busy", "Tentative", "OOF", "WorkingElsewhere", "Free"]

    def test_the_owner_sees_everything(self, soap: RawClient, mailbox: Mailbox) -> None:
        answer = ask(soap, mailbox, "Detailed")
        assert answer.text("//t:FreeBusyViewType") == "Detailed"
        details = answer.all("//t:CalendarEventDetails")
        assert details[1].findtext("{*}Subject") == "Plan <A> & B"
        assert details[1].findtext("{*}Location") == "Room 1"
        assert details[1].findtext("{*}IsReminderSet") == "false"
        assert (details[2].findtext("{*}Subject"), details[2].findtext("{*}IsPrivate")) == ("Maybe", "true")
        assert len({one.findtext("{*}ID") for one in details}) == 6

    def test_a_series_day_by_day(self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser) -> None:
        opened = open_mailbox(tenant_server, new_user())
        twice_a_week = Recurrence(Weekly(("Monday", "Wednesday")), date(2026, 11, 30), count=4)
        with tenant_server.organization.lock:
            add_event(opened, start=at(9, day=1), end=at(10, day=1), subject="Series", recurrence=twice_a_week)
        options = free_busy("2026-11-30T00:00:00", "2026-12-31T00:00:00", "Detailed")
        user = opened.recipient.email
        answer = availability(soap, mailboxes(user), options, impersonate=user)
        starts = [one.text for one in answer.all("//t:StartTime")]
        assert starts == [f"2026-{day}T09:00:00" for day in ("11-30", "12-02", "12-07", "12-09")]
        assert {one.text for one in answer.all("//t:IsRecurring")} == {"true"}

    def test_working_hours_are_by_the_mailboxs_clock(self, soap: RawClient, mailbox: Mailbox) -> None:
        answer = ask(soap, mailbox, "FreeBusy")
        zone = answer.one("//t:WorkingHours/t:TimeZone")
        assert [one.text for one in zone.iter("{*}Bias")] == ["-60", "0", "-60"]
        assert [one.text for one in zone.iter("{*}Time")] == ["03:00:00", "02:00:00"]
        assert [one.text for one in zone.iter("{*}DayOrder")] == ["5", "5"]
        assert answer.text("//t:WorkingPeriod/t:DayOfWeek") == "Monday Tuesday Wednesday Thursday Friday"
        assert answer.text("//t:StartTimeInMinutes") == "480"

    def test_nothing_planned(self, soap: RawClient, new_user: NewUser) -> None:
        user = new_user().email
        answer = availability(soap, mailboxes(user), free_busy(*DAY), impersonate=user)
        assert answer.text("//t:MergedFreeBusy") == "00000000"
        # an empty array is more than the EWS Managed API can read
        assert answer.all("//t:CalendarEventArray") == []


class TestTimeZones:
    def test_times_are_the_requests_own(self, soap: RawClient, mailbox: Mailbox) -> None:
        user = mailbox.recipient.email
        options = free_busy("2026-12-01T10:00:00", "2026-12-01T11:00:00", "FreeBusy")
        answer = availability(soap, mailboxes(user), options, zone=BERLIN, impersonate=user)
        assert [one.text for one in answer.all("//t:StartTime")] == ["2026-12-01T10:00:00"]

    def test_times_with_an_offset_mean_what_they_say(self, soap: RawClient, mailbox: Mailbox) -> None:
        user = mailbox.recipient.email
        options = free_busy("2026-12-01T12:00:00Z", "2026-12-01T14:00:00+01:00", "FreeBusy")
        answer = availability(soap, mailboxes(user), options, zone=BERLIN, impersonate=user)
        assert [one.text for one in answer.all("//t:BusyType")] == ["OOF"]

    def test_the_clock_changes_by_the_rules_given(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        opened = open_mailbox(tenant_server, new_user())
        with tenant_server.organization.lock:
            for month in (7, 12):
                start = datetime(2026, month, 6, 12, tzinfo=UTC)
                add_event(opened, start=start, end=start, subject=str(month))
        user = opened.recipient.email
        for day, expected in (("2026-07-06", "2026-07-06T14:00:00"), ("2026-12-06", "2026-12-06T13:00:00")):
            options = free_busy(f"{day}T00:00:00", f"{day}T23:00:00", "FreeBusy")
            answer = availability(soap, mailboxes(user), options, zone=BERLIN, impersonate=user)
            assert answer.text("//t:StartTime") == expected

    def test_the_headers_zone_counts_if_the_request_has_none(self, soap: RawClient, mailbox: Mailbox) -> None:
        user = mailbox.recipient.email
        options = free_busy("2026-12-01T04:00:00", "2026-12-01T05:00:00", "FreeBusy")
        header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Eastern Standard Time"/></t:TimeZoneContext>'
        answer = availability(soap, mailboxes(user), options, zone="", impersonate=user, header=header)
        assert answer.text("//t:StartTime") == "2026-12-01T04:00:00"

    @pytest.mark.parametrize(
        ("zone", "code"),
        [
            (UTC_ZONE.replace("<t:Bias>0", "<t:Bias>9999", 1), "ErrorTimeZone"),
            (UTC_ZONE.replace("02:00:00", "noon", 1), "ErrorTimeZone"),
            (UTC_ZONE.replace("<t:Month>3", "<t:Month>March", 1), "ErrorSchemaValidation"),
        ],
    )
    def test_a_zone_that_there_cannot_be(self, soap: RawClient, zone: str, code: str) -> None:
        answer = availability(soap, mailboxes("alice@contoso.test"), free_busy(*DAY), zone=zone)
        assert (answer.status, answer.codes) == (500, [code])


class TestRights:
    def seen_by(self, soap: RawClient, mailbox: Mailbox, other: Recipient) -> Answer:
        return availability(
            soap, mailboxes(mailbox.recipient.email), free_busy(*DAY), auth=(other.email, USER_PASSWORD)
        )

    def test_everybody_sees_times_and_no_more(self, soap: RawClient, mailbox: Mailbox, new_user: NewUser) -> None:
        answer = self.seen_by(soap, mailbox, new_user())
        assert answer.text("//t:FreeBusyViewType") == "FreeBusyMerged"
        assert len(answer.all("//t:CalendarEvent")) == 6
        assert answer.all("//t:CalendarEventDetails") == []

    def test_nobody_sees_a_calendar_that_is_closed(self, soap: RawClient, mailbox: Mailbox, new_user: NewUser) -> None:
        mailbox.distinguished("calendar").permissions["default"] = "None"
        answer = self.seen_by(soap, mailbox, new_user())
        assert (answer.status, answer.codes) == (200, ["ErrorNoFreeBusyAccess"])
        assert answer.text("//t:FreeBusyViewType") == "None"

    @pytest.mark.parametrize(("level", "ids"), [("LimitedDetails", 0), ("Reviewer", 5)])
    def test_details_for_who_may_see_them_but_not_of_private_events(
        self, soap: RawClient, mailbox: Mailbox, new_user: NewUser, level: str, ids: int
    ) -> None:
        other = new_user()
        mailbox.distinguished("calendar").permissions[other.email] = level
        answer = self.seen_by(soap, mailbox, other)
        assert answer.text("//t:FreeBusyViewType") == "DetailedMerged"
        subjects = [one.text for one in answer.all("//t:CalendarEventDetails/t:Subject")]
        assert subjects == ["Early", "Plan <A> & B", "Away", "Home", "Nothing"]
        assert len(answer.all("//t:CalendarEventDetails/t:ID")) == ids

    def test_a_delegate_may_be_let_see_private_events(
        self, soap: RawClient, mailbox: Mailbox, new_user: NewUser
    ) -> None:
        other = new_user()
        mailbox.distinguished("calendar").permissions[other.email] = "Editor"
        mailbox.delegates[other.email] = {"view_private_items": True}
        subjects = [one.text for one in self.seen_by(soap, mailbox, other).all("//t:Subject")]
        assert "Maybe" in subjects


class TestManyMailboxes:
    def test_each_has_its_answer_in_order(self, soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox) -> None:
        asked = mailboxes(
            mailbox.recipient.email, "nobody@contoso.test", "room1@contoso.test", "gone-to-cloud@contoso.test"
        )
        answer = availability(soap, asked, free_busy(*DAY))
        assert answer.codes == ["NoError", "ErrorMailRecipientNotFound", "NoError", "ErrorMailRecipientNotFound"]
        kinds = [one.text for one in answer.all("//t:FreeBusyViewType")]
        assert kinds == ["FreeBusyMerged", "None", "FreeBusyMerged", "None"]

    def test_an_alias_leads_there(self, soap: RawClient) -> None:
        assert availability(soap, mailboxes("alice.alias@contoso.test"), free_busy(*DAY)).codes == ["NoError"]

    def test_a_mailbox_that_is_being_moved(self, soap: RawClient, new_user: NewUser) -> None:
        user = new_user(state=MailboxState.MOVING)
        assert availability(soap, mailboxes(user.email), free_busy(*DAY)).codes == ["ErrorMailboxMoveInProgress"]

    def test_a_group_is_busy_when_anybody_is(
        self, soap: RawClient, tenant_server: MockTenant, new_user: NewUser
    ) -> None:
        one, two = new_user(), new_user()
        with tenant_server.organization.lock:
            for user, hour, busy in ((one, 9, "Busy"), (two, 11, "OOF")):
                opened = tenant_server.organization.mailbox(user)
                add_event(opened, start=at(hour), end=at(hour + 1), subject="x", busy=busy)
            inner = new_user(kind=RecipientKind.GROUP, members=[two.email])
            outer = new_user(kind=RecipientKind.GROUP, members=[one.email, inner.email])
        answer = availability(soap, mailboxes(outer.email), free_busy(*DAY))
        assert answer.text("//t:MergedFreeBusy") == "02030000"
        assert answer.text("//t:FreeBusyViewType") == "MergedOnly"

    def test_groups_have_a_limit(self, soap: RawClient, new_user: NewUser) -> None:
        members = [new_user().email for _ in range(101)]
        group = new_user(kind=RecipientKind.GROUP, members=members)
        assert availability(soap, mailboxes(group.email), free_busy(*DAY)).codes == ["ErrorFreeBusyDLLimitReached"]

    def test_no_more_than_a_hundred_mailboxes(self, soap: RawClient) -> None:
        hundred = mailboxes(*["alice@contoso.test"] * 100)
        assert availability(soap, hundred, free_busy(*DAY, "MergedOnly")).codes == ["NoError"] * 100
        answer = availability(soap, hundred + mailboxes("bob@contoso.test"), free_busy(*DAY))
        assert answer.status == 200
        assert set(answer.codes) == {"ErrorMailboxDataArrayTooBig"}


class TestRefused:
    @pytest.mark.parametrize(
        ("options", "code"),
        [
            (free_busy("2026-01-01T00:00:00", "2026-03-05T00:00:00"), "ErrorTimeIntervalTooBig"),
            (free_busy("2026-01-02T00:00:00", "2026-01-02T00:00:00"), "ErrorInvalidTimeInterval"),
            (free_busy(*DAY, minutes="4"), "ErrorInvalidMergedFreeBusyInterval"),
            (free_busy(*DAY, minutes="1441"), "ErrorInvalidMergedFreeBusyInterval"),
            (free_busy(*DAY, minutes="600"), "ErrorInvalidMergedFreeBusyInterval"),
            (free_busy(*DAY, view="None"), "ErrorInvalidFreeBusyViewType"),
            (free_busy(*DAY, view="Everything"), "ErrorInvalidFreeBusyViewType"),
        ],
    )
    def test_options_that_make_no_sense(self, soap: RawClient, options: str, code: str) -> None:
        answer = availability(soap, mailboxes("alice@contoso.test", "bob@contoso.test"), options)
        assert (answer.status, answer.codes) == (200, [code, code])

    def test_62_days_are_allowed(self, soap: RawClient) -> None:
        options = free_busy("2026-01-01T00:00:00", "2026-03-04T00:00:00", minutes="1440")
        answer = availability(soap, mailboxes("alice@contoso.test"), options)
        assert answer.codes == ["NoError"]
        assert len(answer.text("//t:MergedFreeBusy")) == 62

    @pytest.mark.parametrize(
        ("asked", "options", "code"),
        [
            ("", free_busy(*DAY), "ErrorMailboxDataArrayEmpty"),
            (mailboxes("alice@contoso.test"), "", "ErrorMissingArgument"),
            (mailboxes("alice@contoso.test", kind="Guest"), free_busy(*DAY), "ErrorSchemaValidation"),
            (mailboxes("alice@contoso.test"), free_busy("yesterday", "today"), "ErrorSchemaValidation"),
        ],
    )
    def test_requests_that_make_no_sense(self, soap: RawClient, asked: str, options: str, code: str) -> None:
        answer = availability(soap, asked, options)
        # a window that is no time is found when the options are read, mailbox by mailbox
        assert answer.codes == [code]
