"""Meetings: requests, answers, updates and cancellations between local mailboxes; rooms that answer by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    calendar_view,
    create,
    daily,
    delete,
    event,
    find,
    get,
    ids_of,
    set_field,
    shape,
    subjects,
    update,
)
from tests.mock_tenant.raw_client import Answer, RawClient

INBOX = '<t:DistinguishedFolderId Id="inbox"/>'
SENT = '<t:DistinguishedFolderId Id="sentitems"/>'
ALL = "SendToAllAndSaveCopy"


def attendees(name: str, *addresses: str) -> str:
    inner = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox>"
        "<t:ResponseType>Accept</t:ResponseType></t:Attendee>"
        for one in addresses
    )
    return f"<t:{name}>{inner}</t:{name}>"


class Office:
    """An organiser, an attendee and a room."""

    def __init__(self, soap: RawClient, new_user: Callable[..., Recipient]) -> None:
        self.ann = ItemClient(soap, new_user().email)
        self.ben = ItemClient(soap, new_user().email)
        self.room = ItemClient(soap, new_user(RecipientKind.ROOM).email)

    def meeting(self, *, how: str = ALL, start: str = "2026-11-25T10:00:00Z", more: str = "") -> str:
        """Let Ann invite Ben and the room, and return the meeting's id."""
        people = attendees("RequiredAttendees", self.ben.address) + attendees("Resources", self.room.address)
        item = event("Plan", start, start.replace(":00:00Z", ":30:00Z"), after=people + more)
        made = self.ann(create(item, invitations=how))
        assert made.codes == ["NoError"]
        return ids_of(made)[0]


@pytest.fixture
def office(soap: RawClient, new_user: Callable[..., Recipient]) -> Office:
    return Office(soap, new_user)


def only(box: ItemClient, folder: str = '<t:DistinguishedFolderId Id="calendar"/>') -> tuple[str, Answer]:
    """Return the only item of a folder with all its properties."""
    (identity,) = ids_of(box(find(folder=folder)))
    return identity, box(get([identity]))


def answers(box: ItemClient, meeting: str) -> list[str]:
    return [one.text or "" for one in box(get([meeting])).all("//t:Attendee/t:ResponseType")]


def test_a_request_reaches_the_attendee(office: Office) -> None:
    meeting = office.meeting()
    identity, request = only(office.ben, INBOX)
    assert request.one("//m:Items/*").tag.endswith("}MeetingRequest")
    assert request.text("//t:ItemClass") == "IPM.Schedule.Meeting.Request"
    assert request.text("//t:MeetingRequestType") == "NewMeetingRequest"
    assert request.text("//t:IntendedFreeBusyStatus") == "Busy"
    assert request.text("//t:Start") == "2026-11-25T10:00:00Z"
    assert request.text("//t:Organizer/t:Mailbox/t:EmailAddress") == office.ann.address
    associated = request.one("//t:AssociatedCalendarItemId").get("Id")
    place, shown = only(office.ben)
    assert place == associated
    assert place != identity
    assert shown.text("//t:MyResponseType") == "NoResponseReceived"
    assert shown.text("//t:LegacyFreeBusyStatus") == "Tentative"
    assert shown.text("//t:IsMeeting") == "true"
    assert shown.text("//t:AppointmentState") == "3"
    own = office.ann(get([meeting]))
    assert own.text("//t:MeetingRequestWasSent") == "true"
    assert own.text("//t:AppointmentState") == "1"
    assert own.text("//t:UID") == shown.text("//t:UID")
    assert subjects(office.ann(find(folder=SENT))) == ["Plan"]


def test_nobody_is_told_if_nobody_is_to_be_told(office: Office) -> None:
    office.meeting(how="SendToNone")
    assert subjects(office.ben(find(folder=INBOX))) == []
    assert subjects(office.ben(find())) == []
    office.meeting(how="SendOnlyToAll", start="2026-11-26T10:00:00Z")
    assert subjects(office.ann(find(folder=SENT))) == []
    assert subjects(office.ben(find())) == ["Plan"]


def test_a_free_room_accepts_and_a_taken_one_declines(office: Office) -> None:
    meeting = office.meeting()
    assert answers(office.ann, meeting) == ["Unknown", "Accept"]
    assert subjects(office.room(find())) == [office.ann(get([meeting])).text("//t:Organizer/t:Mailbox/t:Name")]
    again = office.meeting()
    assert answers(office.ann, again) == ["Unknown", "Decline"]
    assert len(subjects(office.room(find()))) == 1
    assert subjects(office.ann(find(folder=INBOX))) == ["Accepted: Plan", "Declined: Plan"]
    (first, second) = ids_of(office.ann(find(folder=INBOX)))
    shown = office.ann(get([first, second]))
    assert [one.text for one in shown.all("//t:ItemClass")] == [
        "IPM.Schedule.Meeting.Resp.Pos",
        "IPM.Schedule.Meeting.Resp.Neg",
    ]


def test_a_room_looks_at_every_occurrence(office: Office) -> None:
    office.meeting(start="2026-11-27T10:00:00Z")
    series = office.meeting(more=daily("2026-11-25", 5))
    assert answers(office.ann, series) == ["Unknown", "Decline"]


def respond(name: str, identity: str) -> str:
    return f'<t:{name}><t:ReferenceItemId Id="{identity}"/></t:{name}>'


@pytest.mark.parametrize(
    ("name", "response", "busy"),
    [("AcceptItem", "Accept", "Busy"), ("TentativelyAcceptItem", "Tentative", "Tentative")],
)
@pytest.mark.parametrize("by", ["request", "event"])
def test_accepting(office: Office, name: str, response: str, busy: str, by: str) -> None:
    meeting = office.meeting()
    identity, _ = only(office.ben, INBOX) if by == "request" else only(office.ben)
    answer = office.ben(create(respond(name, identity), disposition="SendAndSaveCopy"))
    assert answer.codes == ["NoError"]
    _, shown = only(office.ben)
    assert shown.text("//t:MyResponseType") == response
    assert shown.text("//t:LegacyFreeBusyStatus") == busy
    assert shown.text("//t:AppointmentReplyTime").startswith("2026-")
    assert answers(office.ann, meeting)[0] == response
    assert subjects(office.ben(find(folder=INBOX))) == ([] if by == "request" else ["Plan"])


def test_declining_removes_the_event(office: Office) -> None:
    meeting = office.meeting()
    identity, _ = only(office.ben, INBOX)
    assert office.ben(create(respond("DeclineItem", identity), disposition="SendOnly")).codes == ["NoError"]
    assert subjects(office.ben(find())) == []
    assert answers(office.ann, meeting)[0] == "Decline"


def test_answers_that_make_no_sense(office: Office) -> None:
    meeting = office.meeting()
    mail = office.ann.make("<t:Message><t:Subject>m</t:Subject></t:Message>")
    for name, suffix in (("AcceptItem", "Accept"), ("DeclineItem", "Decline"), ("TentativelyAcceptItem", "Tentative")):
        answer = office.ann(create(respond(name, meeting)))
        assert answer.codes == [f"ErrorCalendarIsOrganizerFor{suffix}"]
    assert office.ann(create(respond("AcceptItem", mail))).codes == ["ErrorInvalidItemForOperationAcceptItem"]
    assert office.ann(create(respond("CancelCalendarItem", mail))).codes == ["ErrorInvalidItemForOperationCancelItem"]
    assert office.ann(create(respond("RemoveItem", mail))).codes == ["ErrorInvalidItemForOperationRemoveItem"]
    identity, _ = only(office.ben)
    assert office.ben(create(respond("CancelCalendarItem", identity))).codes == ["ErrorCalendarIsNotOrganizer"]


def test_updates_reach_the_attendee(office: Office) -> None:
    meeting = office.meeting()
    times = set_field("calendar:Start", "<t:Start>2026-11-25T12:00:00Z</t:Start>")
    times += set_field("calendar:End", "<t:End>2026-11-25T13:00:00Z</t:End>")
    assert office.ann(update(meeting, times, invitations="SendToNone")).codes == ["NoError"]
    assert only(office.ben)[1].text("//t:Start") == "2026-11-25T10:00:00Z"
    place = set_field("calendar:Location", "<t:Location>Hall</t:Location>")
    assert office.ann(update(meeting, place, invitations=ALL)).codes == ["NoError"]
    _, shown = only(office.ben)
    assert shown.text("//t:Start") == "2026-11-25T12:00:00Z"
    assert shown.text("//t:Location") == "Hall"
    assert shown.text("//t:AppointmentSequenceNumber") == "1"
    kinds = office.ben(find(folder=INBOX, item_shape=shape(fields=["meetingRequest:MeetingRequestType"])))
    assert [one.text for one in kinds.all("//t:MeetingRequestType")] == ["NewMeetingRequest", "FullUpdate"]


def test_only_those_who_changed_are_told(office: Office, soap: RawClient, new_user: Callable[..., Recipient]) -> None:
    meeting = office.meeting()
    third = ItemClient(soap, new_user().email)
    people = attendees("RequiredAttendees", office.ben.address, third.address)
    answer = office.ann(
        update(meeting, set_field("calendar:RequiredAttendees", people), invitations="SendToChangedAndSaveCopy")
    )
    assert answer.codes == ["NoError"]
    assert len(subjects(office.ben(find(folder=INBOX)))) == 1
    assert subjects(third(find())) == ["Plan"]
    fewer = set_field("calendar:RequiredAttendees", attendees("RequiredAttendees", third.address))
    assert office.ann(update(meeting, fewer, invitations="SendOnlyToChanged")).codes == ["NoError"]
    assert only(office.ben)[1].text("//t:IsCancelled") == "true"
    assert subjects(office.ben(find(folder=INBOX))) == ["Plan", "Canceled: Plan"]


@pytest.mark.parametrize("how", ["delete", "cancel"])
def test_cancelling(office: Office, how: str) -> None:
    meeting = office.meeting()
    if how == "delete":
        answer = office.ann(delete([meeting], how="MoveToDeletedItems", cancellations=ALL))
    else:
        answer = office.ann(create(respond("CancelCalendarItem", meeting), disposition="SendAndSaveCopy"))
    assert answer.codes == ["NoError"]
    assert subjects(office.ann(find())) == []
    assert subjects(office.room(find())) == []
    _, shown = only(office.ben)
    assert shown.text("//t:IsCancelled") == "true"
    assert shown.text("//t:LegacyFreeBusyStatus") == "Free"
    cancellation = ids_of(office.ben(find(folder=INBOX)))[1]
    told = office.ben(get([cancellation]))
    assert told.one("//m:Items/*").tag.endswith("}MeetingCancellation")
    assert office.ben(create(respond("AcceptItem", only(office.ben)[0]))).codes == ["ErrorCalendarIsCancelledForAccept"]
    assert office.ben(create(respond("RemoveItem", cancellation))).codes == ["NoError"]
    assert subjects(office.ben(find())) == []


def test_an_attendee_who_deletes_declines(office: Office) -> None:
    meeting = office.meeting()
    identity, _ = only(office.ben)
    assert office.ben(delete([identity], cancellations=ALL)).codes == ["NoError"]
    assert answers(office.ann, meeting)[0] == "Decline"


def test_a_series_reaches_the_attendee_as_a_series(office: Office) -> None:
    office.meeting(more=daily("2026-11-25", 3))
    view = calendar_view("2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z")
    assert subjects(office.ben(find(view=view))) == ["Plan"] * 3
    _, request = only(office.ben, INBOX)
    assert request.text("//t:Recurrence//t:NumberOfOccurrences") == "3"


def test_overlapping_and_adjacent_meetings_are_counted(office: Office) -> None:
    office.ben.make(event("Same", "2026-11-25T10:15:00Z", "2026-11-25T10:20:00Z"))
    office.ben.make(event("Next", "2026-11-25T10:30:00Z", "2026-11-25T11:00:00Z"))
    office.ben.make(
        event("Free", "2026-11-25T10:00:00Z", "2026-11-25T10:30:00Z").replace(
            "</t:End>", "</t:End><t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>"
        )
    )
    identity = office.ben.make(event("Mine", "2026-11-25T10:00:00Z", "2026-11-25T10:30:00Z"))
    shown = office.ben(get([identity]))
    assert shown.text("//t:ConflictingMeetingCount") == "1"
    assert shown.text("//t:AdjacentMeetingCount") == "1"
    assert shown.text("//t:ConflictingMeetings/t:CalendarItem/t:Subject") == "Same"
    assert shown.text("//t:AdjacentMeetings/t:CalendarItem/t:Subject") == "Next"
