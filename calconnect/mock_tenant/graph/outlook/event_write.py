"""Events made, changed, answered and deleted: the same state, by the same rules, as over EWS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from calconnect.mock_tenant.ews.items.calendar_write import FACTS, change_appointment, new_appointment
from calconnect.mock_tenant.ews.items.deleting import dispose
from calconnect.mock_tenant.ews.items.meetings import answer, attendees_of, cancel, invite
from calconnect.mock_tenant.ews.items.occurrence_write import change_occurrence
from calconnect.mock_tenant.ews.items.people import resolve_people
from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.event_input import EventInput
from calconnect.mock_tenant.graph.outlook.event_json import TRANSACTION
from calconnect.mock_tenant.graph.outlook.problems import invalid_request, invalid_value, not_acceptable_version
from calconnect.mock_tenant.graph.outlook.things import Event
from calconnect.mock_tenant.graph.request import GraphRequest
from calconnect.mock_tenant.state.bookkeeping import CHANGED, CREATOR
from calconnect.mock_tenant.state.calendar import is_meeting
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox
from calconnect.mock_tenant.state.online.exchange import online_organization
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.values import Address

_SPAN_ERRORS = frozenset({"ErrorCalendarEndDateIsEarlierThanStartDate", "ErrorCalendarDurationIsTooLong"})


@dataclass(frozen=True, slots=True)
class Post:
    """Who is told of a meeting: people of this organisation."""

    organization: Organization


def post_of(request: GraphRequest) -> Post:
    """Return the way to the other mailboxes of Exchange Online."""
    return Post(online_organization(request.organization, request.half))


def create_event(request: GraphRequest, folder: Folder, given: EventInput) -> Event:
    """Make an event, and invite whom it names. A transaction id that was used before leads to the event of then.

    Raises:
        GraphError: 400 ``ErrorPropertyValidationFailure``.
        EwsError: ``ErrorQuotaExceeded``, ``ErrorCalendarInvalidRecurrence``.
    """
    mailbox, post = request.mailbox, post_of(request)
    before = _by_transaction(folder, given.values.get(TRANSACTION))
    if before is not None:
        return Event(mailbox, before)
    values = dict(given.values)
    resolve_people(post.organization.directory, values, {})
    item = Item(mailbox.next_number(), 0, "CalendarItem")
    owner = Address(mailbox.recipient.email, mailbox.recipient.name)
    try:
        item.calendar = new_appointment(mailbox, item, values, None, owner)
    except EwsError as error:
        raise _said(error) from None
    _take_meeting_link(item, values)
    values |= {CREATOR: owner.email, "LastModifiedName": request.caller.application.name}
    item.properties = {name: value for name, value in values.items() if value is not None}
    item.extended = {name: value for name, value in given.extended.items() if value is not None}
    mailbox.add_item(folder, item)
    if attendees_of(item):
        invite(post, mailbox, item, save_copy=True)
    return Event(mailbox, item)


def _by_transaction(folder: Folder, transaction: str | None) -> Item | None:
    if not transaction:
        return None
    return next((one for one in folder.items.values() if one.properties.get(TRANSACTION) == transaction), None)


def _take_meeting_link(item: Item, values: dict[str, Any]) -> None:
    if values.get("IsOnlineMeeting"):
        values["JoinOnlineMeetingUrl"] = f"https://teams.microsoft.com/l/meetup-join/{item.number}"


def _said(error: EwsError) -> GraphError | EwsError:
    """Return an error as Graph says it: times that cannot be are a property that failed validation."""
    return invalid_value("end") if error.code in _SPAN_ERRORS else error


def check_version(request: GraphRequest, event: Event) -> None:
    """Hold ``If-Match`` against the event's version.

    Raises:
        GraphError: 412 ``ErrorIrresolvableConflict``.
    """
    wanted = request.headers.get("if-match", "*").strip()
    if wanted not in ("*", event.tag):
        raise not_acceptable_version()


def change_event(request: GraphRequest, event: Event, given: EventInput) -> None:
    """Change an event, or one occurrence of a series, and tell the attendees.

    Raises:
        GraphError: 400 ``ErrorPropertyValidationFailure``, 412 ``ErrorIrresolvableConflict``.
        EwsError: what calendar items may be refused for.
    """
    check_version(request, event)
    mailbox, item, post = event.mailbox, event.item, post_of(request)
    values = {name: value for name, value in given.values.items() if name != TRANSACTION}
    resolve_people(post.organization.directory, values, item.properties)
    known = {one.address.email.lower() for one in attendees_of(item)}
    if "Start" in values and "End" not in values:
        values["End"] = event.facts.end if event.occurrence is None else event.occurrence.end
    try:
        _apply(mailbox, event, values, replace(given, values=values))
    except EwsError as error:
        raise _said(error) from None
    item.properties["LastModifiedName"] = request.caller.application.name
    mailbox.touch_item(item)
    marks: dict[str, int] = item.properties.setdefault(CHANGED, {})
    own = "" if event.occurrence is None else f"{event.occurrence.index}:"
    marks |= {f"{own}{name}": item.version for name in (*given.values, *(repr(name) for name in given.extended))}
    if event.facts.is_organizer:
        _tell(post, mailbox, item, known)


def _apply(mailbox: Mailbox, event: Event, values: dict[str, Any], given: EventInput) -> None:
    item = event.item
    if event.occurrence is not None:
        change_occurrence(item, event.occurrence, values, given.extended)
        return
    _take_meeting_link(item, values)
    facts = {name: values.pop(name) for name in FACTS & set(values)}
    change_appointment(mailbox, item, facts)
    item.properties = {name: one for name, one in {**item.properties, **values}.items() if one is not None}
    item.extended = {name: one for name, one in {**item.extended, **given.extended}.items() if one is not None}


def _tell(post: Post, mailbox: Mailbox, item: Item, known: set[str]) -> None:
    present = {one.address.email.lower() for one in attendees_of(item)}
    if known - present:
        cancel(post, mailbox, item, save_copy=True, only=known - present)
    if present:
        invite(post, mailbox, item, save_copy=True, update=bool(known))


def delete_event(request: GraphRequest, event: Event) -> None:
    """Move an event to Deleted Items, or take one occurrence out of its series; attendees or organiser are told.

    Raises:
        GraphError: 412 ``ErrorIrresolvableConflict``.
    """
    check_version(request, event)
    mailbox, item = event.mailbox, event.item
    if event.occurrence is not None:
        event.facts.exceptions.pop(event.occurrence.index, None)
        event.facts.deleted.add(event.occurrence.index)
        mailbox.touch_item(item)
        return
    if is_meeting(item):
        if event.facts.is_organizer:
            cancel(post_of(request), mailbox, item, save_copy=True)
        else:
            _answer_organizer(request, event, "Decline")
    dispose(mailbox, item, "MoveToDeletedItems")


def cancel_event(request: GraphRequest, event: Event) -> None:
    """Call a meeting off.

    Raises:
        GraphError: 400 ``ErrorInvalidRequest``: it is not this mailbox's meeting.
    """
    if not event.facts.is_organizer or not is_meeting(event.item):
        raise invalid_request("Your request can't be completed. You need to be an organizer to cancel a meeting.")
    delete_event(request, event)


def answer_event(request: GraphRequest, event: Event, response: str, *, send: bool) -> None:
    """Answer a meeting.

    Args:
        request: who asks.
        event: the attendee's copy.
        response: ``Accept``, ``Tentative``, ``Decline``.
        send: whether the organiser is told.

    Raises:
        GraphError: 400 ``ErrorInvalidRequest``: it is one's own meeting, or none any more.
    """
    facts, mailbox, item = event.facts, event.mailbox, event.item
    if facts.is_organizer:
        raise invalid_request("Your request can't be completed. You're the organizer of this meeting.")
    if facts.cancelled:
        raise invalid_request("Your request can't be completed. The meeting has been canceled.")
    if send:
        _answer_organizer(request, event, response)
    facts.my_response, facts.reply_time = response, mailbox.clock()
    if response == "Decline":
        dispose(mailbox, item, "MoveToDeletedItems")
        return
    item.properties["LegacyFreeBusyStatus"] = "Busy" if response == "Accept" else "Tentative"
    mailbox.touch_item(item)


def _answer_organizer(request: GraphRequest, event: Event, response: str) -> None:
    organization = post_of(request).organization
    organizer = organization.directory.by_address(event.facts.organizer.email)
    if organizer is None or not organizer.has_mailbox or event.facts.cancelled:
        return
    answer(organization, event.mailbox, event.item, response, to=organization.mailbox(organizer))
