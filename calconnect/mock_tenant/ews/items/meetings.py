"""Meetings: requests, updates and cancellations that reach the attendees, and what they make of them.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/calendars-and-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from calconnect.mock_tenant.ews.items.delivery import local_recipients
from calconnect.mock_tenant.state.calendar import Appointment, appointment_of, item_occurrences, occurrences
from calconnect.mock_tenant.state.copying import copy_appointment, copy_of
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.values import Address, Attendee

ATTENDEE_LISTS = ("RequiredAttendees", "OptionalAttendees", "Resources")
ASSOCIATED = "AssociatedCalendarItem"
"""Not a property of EWS: the number of the calendar item that a message is about."""
_ABOUT = (
    "Subject",
    "Body",
    "Location",
    "Sensitivity",
    "Importance",
    "Categories",
    "IsResponseRequested",
    "AllowNewTimeProposal",
    *ATTENDEE_LISTS,
)
_RESPONSE_CLASS = {"Accept": "Pos", "Tentative": "Tent", "Decline": "Neg"}
_RESPONSE_PREFIX = {"Accept": "Accepted", "Tentative": "Tentative", "Decline": "Declined"}
_RESOURCES = (RecipientKind.ROOM, RecipientKind.EQUIPMENT)
_BOOKING_WINDOW = timedelta(days=180)
"""How far ahead a resource looks for conflicts; the default of Set-CalendarProcessing."""


class InOrganization(Protocol):
    """A request of whichever protocol: who is told of a meeting are people of its organisation."""

    @property
    def organization(self) -> Organization:
        """Whose people they are."""
        ...


def attendees_of(item: Item) -> list[Attendee]:
    """Return all attendees of a meeting."""
    return [one for name in ATTENDEE_LISTS for one in item.properties.get(name) or ()]


def invite(
    request: InOrganization,
    mailbox: Mailbox,
    item: Item,
    *,
    save_copy: bool,
    update: bool = False,
    only: Iterable[str] | None = None,
) -> None:
    """Send a meeting request, or an update, to the attendees; rooms and equipment answer by themselves.

    Args:
        request: who asks.
        mailbox: the organiser's.
        item: the meeting.
        save_copy: keep a copy of the request in Sent Items.
        update: whether the attendees know of the meeting already.
        only: lower-case addresses to send to; None: everybody.
    """
    appointment = appointment_of(item)
    people = [one.address for one in attendees_of(item)]
    if not people:
        return
    appointment.request_was_sent = True
    if only is not None:
        people = [one for one in people if one.email.lower() in set(only)]
    if save_copy:
        sent = _message(mailbox, mailbox, item, "MeetingRequest", people)
        sent.properties |= {"IsRead": True, "IsFromMe": True}
        mailbox.add_item(mailbox.distinguished("sentitems"), sent)
    for recipient in local_recipients(request.organization.directory, people):
        if recipient is not mailbox.recipient:
            _deliver_request(request.organization, mailbox, item, recipient, update=update)
    mailbox.touch_item(item)


def _deliver_request(
    organization: Organization, organizer: Mailbox, item: Item, recipient: Recipient, *, update: bool
) -> None:
    mailbox = _open(organization, recipient)
    if mailbox is None:
        return
    event = find_by_uid(mailbox, appointment_of(item).uid)
    if recipient.kind in _RESOURCES:
        _book(organization, organizer, item, mailbox, event)
        return
    event = _put_event(mailbox, item, event)
    message = _message(mailbox, organizer, item, "MeetingRequest", [Address(recipient.email, recipient.name)])
    message.properties |= {
        "MeetingRequestType": "FullUpdate" if update else "NewMeetingRequest",
        "IntendedFreeBusyStatus": item.properties.get("LegacyFreeBusyStatus", "Busy"),
        ASSOCIATED: event.number,
    }
    appointment = appointment_of(message)
    appointment.is_organizer, appointment.my_response = False, "NoResponseReceived"
    mailbox.add_item(mailbox.distinguished("inbox"), message)


def _open(organization: Organization, recipient: Recipient) -> Mailbox | None:
    try:
        return organization.mailbox(recipient)
    except EwsError:
        return None


def find_by_uid(mailbox: Mailbox, uid: str) -> Item | None:
    """Return the calendar item with this UID in a mailbox's calendar; None if there is none."""
    items = mailbox.distinguished("calendar").items.values()
    return next((one for one in items if isinstance(one.calendar, Appointment) and one.calendar.uid == uid), None)


def _put_event(mailbox: Mailbox, item: Item, event: Item | None, *, response: str = "NoResponseReceived") -> Item:
    """Put an attendee's copy of a meeting into the calendar, or bring the one that is there up to date."""
    facts = copy_appointment(appointment_of(item))
    facts.is_organizer, facts.my_response, facts.request_was_sent = False, response, True
    shown = {name: item.properties[name] for name in _ABOUT if item.properties.get(name) is not None}
    intended = item.properties.get("LegacyFreeBusyStatus", "Busy")
    shown["LegacyFreeBusyStatus"] = intended if response == "Accept" else "Tentative"
    if event is None:
        event = Item(mailbox.next_number(), 0, "CalendarItem", properties=shown, calendar=facts)
        event.properties |= {"ReminderIsSet": True, "ReminderMinutesBeforeStart": 15, "IsRead": True}
        return mailbox.add_item(mailbox.distinguished("calendar"), event)
    event.properties = {**event.properties, **shown}
    event.calendar = facts
    mailbox.touch_item(event)
    return event


def _book(organization: Organization, organizer: Mailbox, item: Item, room: Mailbox, event: Item | None) -> None:
    """Let a room or piece of equipment answer a request, as its booking attendant does: first come, first served."""
    response = "Decline" if _is_taken(room, item) else "Accept"
    if response == "Accept":
        event = _put_event(room, item, event, response="Accept")
        event.properties["Subject"] = organizer.recipient.name
        event.properties.pop("Body", None)
    elif event is not None:
        room.remove_item(event)
    answer(organization, room, item, response, to=organizer)


def _is_taken(room: Mailbox, item: Item) -> bool:
    appointment = appointment_of(item)
    calendar = room.distinguished("calendar")
    start = appointment.start
    for wanted in item_occurrences(item, start, max(appointment.end, start + _BOOKING_WINDOW)):
        for other in occurrences(room, calendar, wanted.start, wanted.end):
            if other.busy != "Free" and appointment_of(other.item).uid != appointment.uid:
                return True
    return False


def _message(mailbox: Mailbox, organizer: Mailbox, item: Item, kind: str, people: Iterable[Address]) -> Item:
    """Return a message about a meeting, not yet in any folder."""
    sender = Address(organizer.recipient.email, organizer.recipient.name)
    message = copy_of(item, mailbox, kind)
    kept: dict[str, Any] = {name: message.properties[name] for name in _ABOUT if name in message.properties}
    message.properties = kept | {
        "LegacyFreeBusyStatus": item.properties.get("LegacyFreeBusyStatus", "Busy"),
        "From": sender,
        "Sender": sender,
        "ToRecipients": list(people),
        "IsRead": False,
        "IsDraft": False,
        "DateTimeSent": mailbox.clock(),
        "DateTimeReceived": mailbox.clock(),
        "ReceivedBy": Address(mailbox.recipient.email, mailbox.recipient.name),
    }
    return message


def answer(organization: Organization, attendee: Mailbox, item: Item, response: str, *, to: Mailbox) -> None:
    """Send an attendee's answer to the organiser, whose list of attendees then knows it.

    Args:
        organization: of both.
        attendee: who answers.
        item: the meeting, the attendee's or the organiser's copy.
        response: ``Accept``, ``Tentative``, ``Decline``.
        to: the organiser's mailbox.
    """
    message = _message(to, attendee, item, "MeetingResponse", [Address(to.recipient.email, to.recipient.name)])
    subject = item.properties.get("Subject", "")
    message.properties |= {
        "Subject": f"{_RESPONSE_PREFIX[response]}: {subject}",
        "ItemClass": f"IPM.Schedule.Meeting.Resp.{_RESPONSE_CLASS[response]}",
        "ResponseType": response,
    }
    message.properties.pop("Body", None)
    event = find_by_uid(to, appointment_of(item).uid)
    if event is not None:
        message.properties[ASSOCIATED] = event.number
        _note_answer(to, event, attendee.recipient, response, organization)
    to.add_item(to.distinguished("inbox"), message)


def _note_answer(
    organizer: Mailbox, event: Item, recipient: Recipient, response: str, organization: Organization
) -> None:
    names = {recipient.email.lower(), *(alias.lower() for alias in recipient.aliases)}
    now = organization.now()
    for name in ATTENDEE_LISTS:
        listed = event.properties.get(name)
        if listed:
            event.properties[name] = [
                replace(one, response=response, last_response=now) if one.address.email.lower() in names else one
                for one in listed
            ]
    organizer.touch_item(event)


def cancel(
    request: InOrganization, mailbox: Mailbox, item: Item, *, save_copy: bool, only: Iterable[str] | None = None
) -> None:
    """Tell the attendees that a meeting is off: a message in the inbox, and their copy marked as cancelled.

    Args:
        request: who asks.
        mailbox: the organiser's.
        item: the meeting.
        save_copy: keep a copy of the cancellation in Sent Items.
        only: addresses to tell, who need not be attendees any more; None: all attendees.
    """
    people = [one.address for one in attendees_of(item)] if only is None else [Address(email) for email in sorted(only)]
    title = f"Canceled: {item.properties.get('Subject', '')}"
    if save_copy and people:
        sent = _message(mailbox, mailbox, item, "MeetingCancellation", people)
        sent.properties |= {"Subject": title, "IsRead": True, "IsFromMe": True}
        mailbox.add_item(mailbox.distinguished("sentitems"), sent)
    for recipient in local_recipients(request.organization.directory, people):
        other = _open(request.organization, recipient)
        if other is None or other is mailbox:
            continue
        event = find_by_uid(other, appointment_of(item).uid)
        if recipient.kind in _RESOURCES:
            if event is not None:
                other.remove_item(event)
            continue
        message = _message(other, mailbox, item, "MeetingCancellation", [Address(recipient.email, recipient.name)])
        message.properties["Subject"] = title
        if event is not None:
            appointment_of(event).cancelled = True
            event.properties |= {"Subject": title, "LegacyFreeBusyStatus": "Free"}
            other.touch_item(event)
            message.properties[ASSOCIATED] = event.number
        other.add_item(other.distinguished("inbox"), message)
