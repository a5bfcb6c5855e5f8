"""CreateItem and GetItem: where new items go, what is kept of them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_requests import (
    BERLIN_CONTEXT,
    CALENDAR,
    calendar_view,
    create,
    daily,
    event,
    find,
    get,
    ids_of,
    occurrence,
    shape,
    subjects,
)
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]
TIMES = ["calendar:Start", "calendar:End", "calendar:StartTimeZone", "calendar:EndTimeZone", "calendar:IsAllDayEvent"]


@pytest.fixture
def me(new_user: NewUser) -> str:
    return new_user().email


def test_an_event_is_read_back_as_it_was_written(soap: RawClient, me: str) -> None:
    item = event(
        "Tom &amp; Jerry &lt;b&gt;",
        before='<t:Sensitivity>Confidential</t:Sensitivity><t:Body BodyType="HTML">&lt;p&gt;x&lt;/p&gt;</t:Body>'
        "<t:Categories><t:String>red</t:String><t:String>blue</t:String></t:Categories><t:Importance>High</t:Importance>"
        "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>42</t:ReminderMinutesBeforeStart>"
        "<t:Culture>de-DE</t:Culture>",
        after="<t:IsAllDayEvent>false</t:IsAllDayEvent><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"
        "<t:Location>Room 7</t:Location><t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>"
        "<t:MeetingWorkspaceUrl>https://example.test/w</t:MeetingWorkspaceUrl>"
        "<t:NetShowUrl>https://example.test/n</t:NetShowUrl>",
    )
    made = soap(create(item), impersonate=me)
    assert made.codes == ["NoError"]
    (identity,) = ids_of(made)
    answer = soap(get([identity]), impersonate=me)
    expected = {
        "ItemClass": "IPM.Appointment",
        "Subject": "Tom & Jerry <b>",
        "Sensitivity": "Confidential",
        "Body": "<p>x</p>",
        "Importance": "High",
        "ReminderIsSet": "true",
        "ReminderMinutesBeforeStart": "42",
        "ReminderDueBy": "2026-11-25T10:00:00Z",
        "HasAttachments": "false",
        "Culture": "de-DE",
        "Start": "2026-11-25T10:00:00Z",
        "End": "2026-11-25T11:00:00Z",
        "IsAllDayEvent": "false",
        "LegacyFreeBusyStatus": "OOF",
        "Location": "Room 7",
        "IsMeeting": "false",
        "IsCancelled": "false",
        "IsRecurring": "false",
        "CalendarItemType": "Single",
        "MyResponseType": "Organizer",
        "Duration": "PT1H",
        "AppointmentSequenceNumber": "0",
        "AppointmentState": "0",
        "AllowNewTimeProposal": "false",
        "MeetingWorkspaceUrl": "https://example.test/w",
        "NetShowUrl": "https://example.test/n",
    }
    shown = {name: answer.text(f"//t:CalendarItem/t:{name}") for name in expected}
    assert shown == expected
    assert answer.one("//t:Body").get("BodyType") == "HTML"
    assert [one.text for one in answer.all("//t:Categories/t:String")] == ["red", "blue"]
    assert answer.text("//t:Organizer/t:Mailbox/t:EmailAddress") == me
    assert answer.text("//t:EffectiveRights/t:Modify") == "true"


def test_an_event_of_nothing_takes_the_next_half_hour(soap: RawClient, me: str) -> None:
    made = soap(create("<t:CalendarItem/>"), impersonate=me)
    answer = soap(get(ids_of(made)), impersonate=me)
    assert answer.text("//t:Start").endswith(":00:00Z") or answer.text("//t:Start").endswith(":30:00Z")
    assert answer.text("//t:Duration") == "PT30M"
    assert answer.text("//t:LegacyFreeBusyStatus") == "Busy"
    assert answer.text("//t:Sensitivity") == "Normal"


EASTERN = '<t:StartTimeZone Id="Eastern Standard Time"/>'
EASTERN_2007 = '<t:MeetingTimeZone TimeZoneName="Eastern Standard Time"/>'


@pytest.mark.parametrize(
    ("written", "how", "read"),
    [
        ("2026-07-01T10:00:00Z", ("", "Exchange2016", ""), "2026-07-01T10:00:00Z"),
        ("2026-07-01T10:00:00+05:30", ("", "Exchange2016", ""), "2026-07-01T04:30:00Z"),
        ("2026-07-01T10:00:00.1234567Z", ("", "Exchange2016", ""), "2026-07-01T10:00:00Z"),
        ("2026-07-01T10:00:00", ("", "Exchange2016", ""), "2026-07-01T10:00:00Z"),
        ("2026-07-01T10:00:00", ("", "Exchange2016", BERLIN_CONTEXT), "2026-07-01T10:00:00+02:00"),
        ("2026-07-01T10:00:00", (EASTERN, "Exchange2016", BERLIN_CONTEXT), "2026-07-01T16:00:00+02:00"),
        ("2026-07-01T10:00:00", (EASTERN_2007, "Exchange2007_SP1", ""), "2026-07-01T14:00:00Z"),
        ("2026-07-01T10:00:00", ("", "Exchange2007_SP1", BERLIN_CONTEXT), "2026-07-01T10:00:00Z"),
    ],
)
def test_times_mean_what_the_documentation_says(
    soap: RawClient, me: str, written: str, how: tuple[str, str, str], read: str
) -> None:
    zone, version, context = how
    item = event(start=written, end="2026-07-02T10:00:00Z", after=zone)
    made = soap(create(item), impersonate=me, version=version, header=context)
    assert made.codes == ["NoError"]
    answer = soap(get(ids_of(made), shape(fields=TIMES)), impersonate=me, version=version, header=context)
    assert answer.text("//t:Start") == read


def test_the_time_zone_of_an_event_is_kept_and_told_in_full(soap: RawClient, me: str) -> None:
    zones = '<t:StartTimeZone Id="tokyo standard time"/><t:EndTimeZone Id="Eastern Standard Time"/>'
    made = soap(create(event(after=zones)), impersonate=me)
    answer = soap(get(ids_of(made), shape(fields=TIMES)), impersonate=me)
    assert answer.one("//t:StartTimeZone").get("Id") == "Tokyo Standard Time"
    assert answer.one("//t:EndTimeZone").get("Name") == "(UTC-05:00) Eastern Time (US & Canada)"
    assert len(answer.all("//t:EndTimeZone/t:Periods/t:Period")) == 2


def test_an_all_day_event_is_widened_to_whole_days_of_its_zone(soap: RawClient, me: str) -> None:
    after = '<t:IsAllDayEvent>true</t:IsAllDayEvent><t:StartTimeZone Id="Eastern Standard Time"/>'
    item = event(start="2026-06-06T13:00:00", end="2026-06-06T14:00:00", after=after)
    made = soap(create(item), impersonate=me)
    answer = soap(get(ids_of(made), shape(fields=[*TIMES, "calendar:Duration"])), impersonate=me)
    assert answer.text("//t:Start") == "2026-06-06T04:00:00Z"
    assert answer.text("//t:End") == "2026-06-07T04:00:00Z"
    assert answer.text("//t:Duration") == "P1D"


def test_a_series_repeats_by_the_clock_of_its_zone(soap: RawClient, me: str) -> None:
    after = daily("2026-03-27", 4) + '<t:StartTimeZone Id="W. Europe Standard Time"/>'
    item = event(start="2026-03-27T09:00:00", end="2026-03-27T10:00:00", after=after)
    made = soap(create(item), impersonate=me)
    view = calendar_view("2026-03-01T00:00:00Z", "2026-04-30T00:00:00Z")
    found = soap(find(view=view, item_shape=shape(fields=["calendar:Start"])), impersonate=me)
    assert [one.text for one in found.all("//t:Start")] == [
        "2026-03-27T08:00:00Z",
        "2026-03-28T08:00:00Z",
        "2026-03-29T07:00:00Z",
        "2026-03-30T07:00:00Z",
    ]
    fields = ["calendar:FirstOccurrence", "calendar:LastOccurrence", "calendar:Recurrence", "calendar:CalendarItemType"]
    master = soap(get(ids_of(made), shape(fields=fields)), impersonate=me)
    assert master.text("//t:CalendarItemType") == "RecurringMaster"
    assert master.text("//t:LastOccurrence/t:Start") == "2026-03-30T07:00:00Z"
    assert master.text("//t:Recurrence/t:NumberedRecurrence/t:NumberOfOccurrences") == "4"
    third = soap(get([occurrence(ids_of(made)[0], 3)]), impersonate=me)
    assert third.text("//t:CalendarItem/t:CalendarItemType") == "Occurrence"
    assert third.text("//t:CalendarItem/t:RecurrenceId") == "2026-03-29T07:00:00Z"
    assert third.all("//t:Recurrence") == []


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (event(end="2026-11-25T09:59:59Z"), "ErrorCalendarEndDateIsEarlierThanStartDate"),
        (event(end="2036-11-25T09:59:59Z"), "ErrorCalendarDurationIsTooLong"),
        (event(before="<t:Size>5</t:Size>"), "ErrorInvalidPropertySet"),
        (
            event(before="<t:ItemClass>IPM.Contact</t:ItemClass>").replace("<t:Subject>Event</t:Subject>", ""),
            "ErrorObjectTypeChanged",
        ),
        (event(after='<t:StartTimeZone Id="Mars"/>'), "ErrorCalendarInvalidTimeZone"),
        (event(after=daily("2026-11-25", 1000)), "ErrorCalendarOutOfRange"),
        (event(after=daily("2026-11-25", 1, interval=0)), "ErrorCalendarOutOfRange"),
        (
            event(
                after="<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
                "<t:EndDateRecurrence><t:StartDate>2026-11-25</t:StartDate><t:EndDate>2026-11-24</t:EndDate>"
                "</t:EndDateRecurrence></t:Recurrence>"
            ),
            "ErrorCalendarInvalidRecurrence",
        ),
        (
            event(
                after="<t:Recurrence><t:AbsoluteYearlyRecurrence><t:DayOfMonth>1</t:DayOfMonth><t:Month>May</t:Month>"
                "</t:AbsoluteYearlyRecurrence><t:EndDateRecurrence><t:StartDate>2026-11-25</t:StartDate>"
                "<t:EndDate>2026-12-24</t:EndDate></t:EndDateRecurrence></t:Recurrence>"
            ),
            "ErrorCalendarInvalidRecurrence",
        ),
        (
            event(
                after="<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval>"
                "<t:DaysOfWeek>Weekday</t:DaysOfWeek></t:WeeklyRecurrence><t:NoEndRecurrence>"
                "<t:StartDate>2026-11-25</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
            ),
            "ErrorCalendarInvalidDayForWeeklyRecurrence",
        ),
        (
            "<t:MeetingRequest><t:Subject>by hand</t:Subject></t:MeetingRequest>",
            "ErrorInvalidItemForOperationCreateItem",
        ),
        ("<t:Task><t:PercentComplete>101</t:PercentComplete></t:Task>", "ErrorInvalidPercentCompleteValue"),
        ("<t:Task><t:CompleteDate>2099-01-01T00:00:00Z</t:CompleteDate></t:Task>", "ErrorInvalidCompleteDate"),
        ("<t:Message><t:MimeContent>%%%</t:MimeContent></t:Message>", "ErrorContentConversionFailed"),
    ],
)
def test_an_item_that_cannot_be_made_leaves_the_others_alone(soap: RawClient, me: str, item: str, code: str) -> None:
    answer = soap(create(event("Before") + item + event("After")), impersonate=me)
    assert answer.codes == ["NoError", code, "NoError"]
    assert sorted(subjects(soap(find(), impersonate=me))) == ["After", "Before"]


def test_calendar_items_need_to_be_told_about_invitations(soap: RawClient, me: str) -> None:
    answer = soap(create(event(), invitations=None), impersonate=me)
    assert answer.codes == ["ErrorSendMeetingInvitationsRequired"]


def test_messages_need_a_disposition(soap: RawClient, me: str) -> None:
    answer = soap(create("<t:Message/>", disposition=None), impersonate=me)
    assert answer.codes == ["ErrorMessageDispositionRequired"]


@pytest.mark.parametrize(
    ("item", "folder", "code"),
    [
        (event(), "inbox", "ErrorCannotCreateCalendarItemInNonCalendarFolder"),
        ("<t:Contact/>", "calendar", "ErrorCannotCreateContactInNonContactFolder"),
        ("<t:Task/>", "inbox", "ErrorCannotCreateTaskInNonTaskFolder"),
        ("<t:PostItem/>", "calendar", "ErrorCannotCreatePostItemInNonMailFolder"),
    ],
)
def test_items_belong_into_folders_of_their_kind(soap: RawClient, me: str, item: str, folder: str, code: str) -> None:
    answer = soap(create(item, folder=f'<t:DistinguishedFolderId Id="{folder}"/>'), impersonate=me)
    assert answer.codes == [code]


def test_an_unknown_disposition_is_refused_as_a_whole(soap: RawClient, me: str) -> None:
    assert soap(create(event(), invitations="SendToSome"), impersonate=me).codes == ["ErrorSchemaValidation"]


def test_the_body_comes_in_the_form_that_is_asked_for(soap: RawClient, me: str) -> None:
    body = '<t:Body BodyType="HTML">&lt;p&gt;Tom &amp;amp; Jerry&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</t:Body>'
    (identity,) = ids_of(soap(create(event(before=body)), impersonate=me))

    def ask(kind: str) -> Answer:
        options = f"<t:BodyType>{kind}</t:BodyType>"
        return soap(get([identity], shape(fields=["item:Body"], options=options)), impersonate=me)

    assert ask("Best").text("//t:Body") == "<p>Tom &amp; Jerry</p><script>x()</script>"
    assert ask("Text").text("//t:Body") == "Tom & Jerry"
    plain = '<t:Body BodyType="Text">a &lt; b</t:Body>'
    (identity,) = ids_of(soap(create(event(before=plain)), impersonate=me))
    assert ask("Text").text("//t:Body") == "a < b"
    assert "a &lt; b" in ask("HTML").text("//t:Body")
    assert ask("HTML").one("//t:Body").get("BodyType") == "HTML"


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ("", "ErrorInvalidIdEmpty"),
        ("bm8gaWQ=", "ErrorInvalidIdMalformed"),
        ("not base64", "ErrorInvalidIdMalformed"),
    ],
)
def test_ids_that_mean_nothing(soap: RawClient, me: str, identity: str, code: str) -> None:
    answer = soap(get([f'<t:ItemId Id="{identity}"/>']), impersonate=me)
    assert answer.codes == [code]
    assert answer.all("//m:GetItemResponseMessage/m:Items/*") == []


def test_a_folder_is_no_item(soap: RawClient, me: str) -> None:
    (identity,) = ids_of(soap(create(event()), impersonate=me))
    fields = shape(fields=["item:ParentFolderId"])
    folder = soap(get([identity], fields), impersonate=me).one("//t:ParentFolderId").get("Id") or ""
    assert soap(get([folder]), impersonate=me).codes == ["ErrorInvalidId"]


def test_items_go_into_the_folder_of_the_mailbox_that_is_named(soap: RawClient, new_user: NewUser, me: str) -> None:
    other = new_user()
    folder = (
        f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{other.email}</t:EmailAddress></t:Mailbox>'
        "</t:DistinguishedFolderId>"
    )
    refused = soap(create(event(), folder=folder), auth=(me, USER_PASSWORD))
    assert refused.codes == ["ErrorCreateItemAccessDenied"]
    assert soap(create(event(), folder=folder), impersonate=other.email).codes == ["NoError"]
    assert subjects(soap(find(folder=CALENDAR), impersonate=other.email)) == ["Event"]
