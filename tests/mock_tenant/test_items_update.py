"""UpdateItem: what may be changed, conflicts, time zones, and single occurrences of series."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    append_field,
    calendar_view,
    create,
    daily,
    delete,
    delete_field,
    event,
    find,
    get,
    keyed,
    occurrence,
    set_field,
    shape,
    subjects,
    update,
)
from tests.mock_tenant.raw_client import RawClient

NOVEMBER = calendar_view("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
SUBJECT = set_field("item:Subject", "<t:Subject>New</t:Subject>")
PHONE = (
    '<t:SetItemField><t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="MobilePhone"/><t:Contact>'
    '<t:PhoneNumbers><t:Entry Key="MobilePhone">{number}</t:Entry></t:PhoneNumbers></t:Contact></t:SetItemField>'
)


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


def test_properties_are_set_and_deleted(box: ItemClient) -> None:
    identity = box.make(
        event(before="<t:Categories><t:String>x</t:String></t:Categories>", after="<t:Location>A</t:Location>")
    )
    changes = (
        SUBJECT
        + delete_field("calendar:Location")
        + delete_field("item:Categories")
        + set_field("calendar:LegacyFreeBusyStatus", "<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>")
    )
    before = box(get([identity], shape())).one("//t:ItemId").get("ChangeKey")
    answer = box(update(identity, changes))
    assert answer.codes == ["NoError"]
    assert answer.text("//m:ConflictResults/t:Count") == "0"
    assert answer.one("//t:ItemId").get("ChangeKey") != before
    shown = box(get([identity]))
    assert subjects(shown) == ["New"]
    assert shown.all("//t:Location | //t:Categories") == []
    assert shown.text("//t:LegacyFreeBusyStatus") == "Free"
    assert shown.text("//t:Start") == "2026-11-25T10:00:00Z"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (set_field("item:Size", "<t:Size>1</t:Size>"), "ErrorInvalidPropertySet"),
        (set_field("calendar:IsMeeting", "<t:IsMeeting>true</t:IsMeeting>"), "ErrorInvalidPropertySet"),
        (delete_field("calendar:Start"), "ErrorInvalidPropertyDelete"),
        (delete_field("item:ItemId"), "ErrorInvalidPropertyDelete"),
        (append_field("item:Subject", "<t:Subject>x</t:Subject>"), "ErrorInvalidPropertyAppend"),
        (
            set_field("item:Subject", "<t:Subject>x</t:Subject><t:Importance>Low</t:Importance>"),
            "ErrorIncorrectUpdatePropertyCount",
        ),
        (set_field("item:Subject", ""), "ErrorIncorrectUpdatePropertyCount"),
        (set_field("item:Subject", "<t:Importance>Low</t:Importance>"), "ErrorUpdatePropertyMismatch"),
        (set_field("message:IsRead", "<t:IsRead>true</t:IsRead>", "Message"), "ErrorInvalidPropertyRequest"),
        (delete_field("task:DueDate"), "ErrorInvalidPropertyRequest"),
        (
            set_field("calendar:End", "<t:End>2026-11-25T09:00:00Z</t:End>"),
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
        (set_field("item:ItemClass", "<t:ItemClass>IPM.Note</t:ItemClass>"), "ErrorObjectTypeChanged"),
        (PHONE.format(number="1"), "ErrorInvalidPropertyRequest"),
    ],
)
def test_changes_that_are_refused_change_nothing(box: ItemClient, changes: str, code: str) -> None:
    identity = box.make(event())
    answer = box(update(identity, changes))
    assert answer.codes == [code]
    shown = box(get([identity]))
    assert subjects(shown) == ["Event"]
    assert shown.text("//t:End") == "2026-11-25T11:00:00Z"


def test_appending(box: ItemClient) -> None:
    identity = box.make(event(before='<t:Body BodyType="Text">one</t:Body>'))
    more = '<t:Body BodyType="Text"> two</t:Body>'
    attendee = "<t:Attendee><t:Mailbox><t:EmailAddress>{}</t:EmailAddress></t:Mailbox></t:Attendee>"
    for address in ("a@example.test", "b@example.test"):
        people = f"<t:RequiredAttendees>{attendee.format(address)}</t:RequiredAttendees>"
        assert box(update(identity, append_field("calendar:RequiredAttendees", people))).codes == ["NoError"]
    assert box(update(identity, append_field("item:Body", more))).codes == ["NoError"]
    shown = box(get([identity]))
    assert shown.text("//t:Body") == "one two"
    assert [one.text for one in shown.all("//t:RequiredAttendees//t:EmailAddress")] == [
        "a@example.test",
        "b@example.test",
    ]
    html = '<t:Body BodyType="HTML">x</t:Body>'
    assert box(update(identity, append_field("item:Body", html))).codes == ["ErrorInvalidPropertyAppend"]


def test_calendar_items_need_to_be_told_about_updates(box: ItemClient) -> None:
    identity = box.make(event())
    answer = box(update(identity, SUBJECT, invitations=None))
    assert answer.codes == ["ErrorSendMeetingInvitationsOrCancellationsRequired"]


def test_an_outdated_change_key(box: ItemClient) -> None:
    old = keyed(box(create(event())))
    assert box(update(old, SUBJECT, resolution="NeverOverwrite")).codes == ["NoError"]
    again = set_field("item:Subject", "<t:Subject>Newer</t:Subject>")
    place = set_field("calendar:Location", "<t:Location>B</t:Location>")
    assert box(update(old, again, resolution="NeverOverwrite")).codes == ["ErrorIrresolvableConflict"]
    assert box(update(old, place, resolution="NeverOverwrite")).codes == ["ErrorIrresolvableConflict"]
    assert box(update(old, again, resolution="AutoResolve")).codes == ["ErrorIrresolvableConflict"]
    assert box(update(old, place, resolution="AutoResolve")).codes == ["NoError"]
    assert box(update(old, again, resolution="AlwaysOverwrite")).codes == ["NoError"]
    assert subjects(box(find())) == ["Newer"]


@pytest.mark.parametrize("resolution", ["NeverOverwrite", "AutoResolve"])
def test_a_change_key_must_be_given_unless_all_is_overwritten(box: ItemClient, resolution: str) -> None:
    identity = box.make(event())
    answer = box(update(identity, SUBJECT, resolution=resolution))
    assert answer.codes == ["ErrorChangeKeyRequiredForWriteOperations"]


def test_a_change_key_that_is_none(box: ItemClient) -> None:
    identity = box.make(event())
    answer = box(update(f'<t:ItemId Id="{identity}" ChangeKey="nonsense"/>', SUBJECT, resolution="AutoResolve"))
    assert answer.codes == ["ErrorInvalidChangeKey"]


def test_a_new_time_zone_keeps_the_wall_time(box: ItemClient) -> None:
    zones = '<t:StartTimeZone Id="Eastern Standard Time"/>'
    identity = box.make(event(start="2026-06-20T13:00:00", end="2026-06-20T14:00:00", after=zones))
    central = '<t:{0}TimeZone Id="Central Standard Time"/>'
    changes = "".join(set_field(f"calendar:{one}TimeZone", central.format(one)) for one in ("Start", "End"))
    assert box(update(identity, changes)).codes == ["NoError"]
    assert box.text(identity, "calendar:Start") == "2026-06-20T18:00:00Z"
    assert box.text(identity, "calendar:End") == "2026-06-20T19:00:00Z"
    times = set_field("calendar:Start", "<t:Start>2026-06-20T17:00:00Z</t:Start>")
    assert box(update(identity, changes + times)).codes == ["NoError"]
    assert box.text(identity, "calendar:Start") == "2026-06-20T17:00:00Z"


def test_a_single_event_becomes_a_series_and_a_single_event_again(box: ItemClient) -> None:
    identity = box.make(event(start="2026-11-02T10:00:00Z", end="2026-11-02T11:00:00Z"))
    assert box(update(identity, set_field("calendar:Recurrence", daily("2026-11-02", 3)))).codes == ["NoError"]
    assert len(subjects(box(find(view=NOVEMBER)))) == 3
    assert box.text(identity, "calendar:CalendarItemType") == "RecurringMaster"
    assert box(update(identity, delete_field("calendar:Recurrence"))).codes == ["NoError"]
    assert len(subjects(box(find(view=NOVEMBER)))) == 1
    assert box.text(identity, "calendar:CalendarItemType") == "Single"


def series(box: ItemClient) -> str:
    return box.make(event("Series", "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z", after=daily("2026-11-02", 5, 2)))


def test_an_occurrence_that_is_changed_is_an_exception(box: ItemClient) -> None:
    master = series(box)
    changes = (
        SUBJECT
        + set_field("calendar:Start", "<t:Start>2026-11-04T15:00:00Z</t:Start>")
        + set_field("calendar:End", "<t:End>2026-11-04T16:30:00Z</t:End>")
    )
    answer = box(update(occurrence(master, 2), changes))
    assert answer.codes == ["NoError"]
    changed = answer.one("//t:ItemId").get("Id") or ""
    assert subjects(box(find(view=NOVEMBER))) == ["Series", "New", "Series", "Series", "Series"]
    shown = box(get([changed]))
    assert shown.text("//t:CalendarItem/t:CalendarItemType") == "Exception"
    assert shown.text("//t:CalendarItem/t:Duration") == "PT1H30M"
    assert shown.text("//t:CalendarItem/t:OriginalStart") == "2026-11-04T10:00:00Z"
    told = box(get([master]))
    assert told.text("//t:ModifiedOccurrences/t:Occurrence/t:Start") == "2026-11-04T15:00:00Z"
    assert told.text("//t:ModifiedOccurrences/t:Occurrence/t:OriginalStart") == "2026-11-04T10:00:00Z"
    assert (
        box.text(f'<t:RecurringMasterItemId OccurrenceId="{changed}"/>', "calendar:CalendarItemType")
        == "RecurringMaster"
    )


def test_an_exception_keeps_what_it_has_of_its_own(box: ItemClient) -> None:
    master = series(box)
    assert box(update(occurrence(master, 2), set_field("item:Subject", "<t:Subject>Own</t:Subject>"))).codes == [
        "NoError"
    ]
    assert box(update(master, set_field("calendar:Location", "<t:Location>Hall</t:Location>"))).codes == ["NoError"]
    assert subjects(box(find(view=NOVEMBER))) == ["Series", "Own", "Series", "Series", "Series"]
    assert box.text(occurrence(master, 2), "calendar:Location") == "Hall"


def test_a_new_pattern_makes_an_end_of_exceptions(box: ItemClient) -> None:
    master = series(box)
    assert box(update(occurrence(master, 2), SUBJECT)).codes == ["NoError"]
    assert box(delete([occurrence(master, 3)])).codes == ["NoError"]
    assert box(update(master, set_field("calendar:Recurrence", daily("2026-11-02", 4)))).codes == ["NoError"]
    assert subjects(box(find(view=NOVEMBER))) == ["Series"] * 4
    assert box(get([master])).all("//t:ModifiedOccurrences | //t:DeletedOccurrences") == []


@pytest.mark.parametrize("day", ["2026-11-02", "2026-11-06", "2026-11-09"])
def test_an_occurrence_does_not_pass_its_neighbours(box: ItemClient, day: str) -> None:
    master = series(box)
    changes = set_field("calendar:Start", f"<t:Start>{day}T12:00:00Z</t:Start>")
    changes += set_field("calendar:End", f"<t:End>{day}T13:00:00Z</t:End>")
    assert box(update(occurrence(master, 2), changes)).codes == ["ErrorOccurrenceCrossingBoundary"]


def test_an_occurrence_has_no_recurrence_of_its_own(box: ItemClient) -> None:
    master = series(box)
    answer = box(update(occurrence(master, 2), set_field("calendar:Recurrence", daily("2026-11-04", 2))))
    assert answer.codes == ["ErrorInvalidPropertySet"]


def test_entries_of_dictionaries_change_one_by_one(box: ItemClient) -> None:
    identity = box.make(
        '<t:Contact><t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry><t:Entry Key="MobilePhone">2</t:Entry>'
        "</t:PhoneNumbers></t:Contact>"
    )
    street = (
        '<t:SetItemField><t:IndexedFieldURI FieldURI="contacts:PhysicalAddress:Street" FieldIndex="Home"/><t:Contact>'
        '<t:PhysicalAddresses><t:Entry Key="Home"><t:Street>High St</t:Street></t:Entry></t:PhysicalAddresses>'
        "</t:Contact></t:SetItemField>"
    )
    home = '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>'
    gone = f"<t:DeleteItemField>{home}</t:DeleteItemField>"
    assert box(update(identity, PHONE.format(number="3") + street + gone)).codes == ["NoError"]
    shown = box(get([identity]))
    assert [(one.get("Key"), one.text) for one in shown.all("//t:PhoneNumbers/t:Entry")] == [("MobilePhone", "3")]
    assert shown.text("//t:PhysicalAddresses/t:Entry/t:Street") == "High St"


def test_a_task_is_complete_when_its_status_says_so(box: ItemClient) -> None:
    identity = box.make("<t:Task><t:Subject>T</t:Subject></t:Task>")
    done = set_field("task:Status", "<t:Status>Completed</t:Status>", "Task")
    assert box(update(identity, done)).codes == ["NoError"]
    shown = box(get([identity]))
    assert shown.text("//t:PercentComplete") == "100"
    assert shown.text("//t:IsComplete") == "true"
    assert shown.text("//t:CompleteDate").startswith("2026-")
    half = set_field("task:PercentComplete", "<t:PercentComplete>50</t:PercentComplete>", "Task")
    assert box(update(identity, half)).codes == ["NoError"]
    shown = box(get([identity]))
    assert shown.text("//t:Status") == "InProgress"
    assert shown.all("//t:CompleteDate") == []


@pytest.mark.parametrize("how", ["HardDelete", "SoftDelete", "MoveToDeletedItems"])
def test_deleting(box: ItemClient, how: str) -> None:
    identity = box.make(event())
    assert box(delete([identity], how=how)).codes == ["NoError"]
    assert box(get([identity])).codes == ["ErrorItemNotFound"]
    assert box(delete([identity])).codes == ["ErrorItemNotFound"]
    trash = '<t:DistinguishedFolderId Id="deleteditems"/>'
    assert len(subjects(box(find(folder=trash)))) == (how == "MoveToDeletedItems")
    assert len(subjects(box(find(traversal="SoftDeleted")))) == (how == "SoftDelete")


def test_deleting_needs_to_be_told_about_cancellations_and_tasks(box: ItemClient) -> None:
    one, task = box.make(event()), box.make("<t:Task/>")
    assert box(delete([one], cancellations=None)).codes == ["ErrorSendMeetingCancellationsRequired"]
    assert box(delete([task], tasks=None)).codes == ["ErrorAffectedTaskOccurrencesRequired"]
    assert box(delete([one, task])).codes == ["NoError", "NoError"]


def test_an_occurrence_that_is_deleted_stays_away(box: ItemClient) -> None:
    master = series(box)
    assert box(delete([occurrence(master, 2)])).codes == ["NoError"]
    assert len(subjects(box(find(view=NOVEMBER)))) == 4
    assert box(get([occurrence(master, 2)])).codes == ["ErrorCalendarOccurrenceIsDeletedFromRecurrence"]
    assert box.text(occurrence(master, 3), "calendar:Start") == "2026-11-06T10:00:00Z"
    told = box(get([master]))
    assert told.text("//t:DeletedOccurrences/t:DeletedOccurrence/t:Start") == "2026-11-04T10:00:00Z"
    assert box(delete([occurrence(master, 1)])).codes == ["NoError"]
    assert box(get([master])).text("//t:FirstOccurrence/t:Start") == "2026-11-06T10:00:00Z"
