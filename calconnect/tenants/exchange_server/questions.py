"""The EWS requests that are asked, each one exchangelib service with an explicit folder and mailbox: one request each.

Shapes are the smallest that answer the question; subjects, bodies and names of people are never asked for, but for one
question that must not be answered: how much a free/busy view tells (``get_detailed_availability``).

``mode`` says how somebody else's mailbox is reached: by impersonation, or as the service account itself
(``Mode.DELEGATE``), by a permission on the folder. In both, folders are named with their mailbox (explicit access):
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/delegate-access-and-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from exchangelib.ewsdatetime import UTC as EWS_UTC
from exchangelib.ewsdatetime import EWSDateTime
from exchangelib.fields import FieldPath
from exchangelib.folders import Calendar
from exchangelib.items import (
    AUTO_RESOLVE,
    HARD_DELETE,
    ID_ONLY,
    SAVE_ONLY,
    SEND_TO_NONE,
    SHALLOW,
    CalendarItem,
)
from exchangelib.properties import (
    ENTRY_ID,
    EWS_ID,
    AlternateId,
    CalendarView,
    DaylightTime,
    DistinguishedFolderId,
    DLMailbox,
    FreeBusyViewOptions,
    ItemId,
    Mailbox,
    MailboxData,
    RoomList,
    StandardTime,
    TimeWindow,
    TimeZone,
)
from exchangelib.services import (
    ConvertId,
    CreateItem,
    DeleteItem,
    ExpandDL,
    FindItem,
    GetFolder,
    GetItem,
    GetRoomLists,
    GetRooms,
    GetUserAvailability,
    ResolveNames,
    UpdateItem,
)
from exchangelib.services.common import EWSService

from calconnect.evidence.observation import Mode
from calconnect.tenants.common.mark import SUBJECT, SUBJECT_CHANGED
from calconnect.tenants.exchange_server.ews import PayloadOf, Request
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.exchange_server.marked_event import MarkedEvent, MarkRestriction

_NO_ITEM = "AAAA"
"""An id that no item has."""


def convert_id(address: str) -> Request:
    """Ask to convert an id that does not exist: the cheapest request that needs a sign-in and no right.

    Source: https://learn.microsoft.com/archive/blogs/webdav_101/how-to-basic-check-for-exchange-web-services-connectivity-using-code
    """
    item = AlternateId(id=_NO_ITEM, format=EWS_ID, mailbox=address)
    return Request(ConvertId, lambda service: service.get_payload(items=[item], destination_format=ENTRY_ID))


def get_calendar(mailbox: str | None, mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask for the calendar folder: the service account's own (None), or ``mailbox``'s.

    As a delegate, what the account may do there is asked as well (EffectiveRights).
    """
    names = ["folder_class", "name", "total_count"]
    if mailbox is not None and mode is Mode.DELEGATE:
        names.append("effective_rights")
    fields = [FieldPath(field=Calendar.get_field_by_fieldname(name)) for name in names]
    return _request(
        GetFolder,
        lambda service: service.get_payload(folders=[_calendar(mailbox)], additional_fields=fields, shape=ID_ONLY),
        mailbox=mailbox,
        mode=mode,
    )


def get_folder(mailbox: str, folder: str) -> Request:
    """Ask for a folder by its distinguished name, as the service account itself; its id alone."""
    identity = DistinguishedFolderId(id=folder, mailbox=Mailbox(email_address=mailbox))
    return Request(
        GetFolder,
        lambda service: service.get_payload(folders=[identity], additional_fields=None, shape=ID_ONLY),
        anchor=mailbox,
    )


def find_events(mailbox: str, start: datetime, end: datetime, mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask for the ids of the events between two moments, recurrences expanded."""
    view = CalendarView(start=_moment(start), end=_moment(end), max_items=limits().items_per_find)
    return _find(mailbox, mode, calendar_view=view)


def find_event_rights(mailbox: str) -> Request:
    """Ask what the service account itself may do with a few of the events of a calendar."""
    rights = FieldPath(field=CalendarItem.get_field_by_fieldname("effective_rights"))
    return _find(mailbox, Mode.DELEGATE, additional_fields=[rights], most=limits().events_looked_at)


def find_marked(mailbox: str, mark: str | None, mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask for the events that carry ``mark`` or, with None, any mark; the marks come with them."""
    return _find(mailbox, mode, restriction=MarkRestriction(mark), additional_fields=[_field("mark")])


def get_availability(mailboxes: Sequence[str], start: datetime, end: datetime) -> Request:
    """Ask when mailboxes are busy; times alone, no subjects."""
    return _availability(mailboxes, start, end, "FreeBusy")


def get_detailed_availability(mailboxes: Sequence[str], start: datetime, end: datetime) -> Request:
    """Ask when mailboxes are busy, and for the details, which the server must not give."""
    return _availability(mailboxes, start, end, "Detailed")


def _availability(mailboxes: Sequence[str], start: datetime, end: datetime, view: str) -> Request:
    people = [MailboxData(email=address, attendee_type="Required", exclude_conflicts=False) for address in mailboxes]
    options = FreeBusyViewOptions(
        time_window=TimeWindow(start=_moment(start), end=_moment(end)),
        merged_free_busy_interval=30,
        requested_view=view,
    )
    return Request(
        GetUserAvailability,
        lambda service: service.get_payload(
            mailbox_data=people, timezone=_utc_without_daylight_saving(), free_busy_view_options=options
        ),
    )


def resolve_name(address: str) -> Request:
    """Ask the directory for an address, or for the beginning of names and addresses."""
    return Request(
        ResolveNames,
        lambda service: service.get_payload(
            unresolved_entries=[address],
            parent_folders=None,
            return_full_contact_data=False,
            search_scope="ActiveDirectory",
            contact_data_shape=None,
        ),
    )


def expand_group(address: str) -> Request:
    """Ask for the direct members of a group."""
    group = DLMailbox(email_address=address, mailbox_type="PublicDL")
    return Request(ExpandDL, lambda service: service.get_payload(distribution_list=group))


def get_room_lists() -> Request:
    """Ask for the room lists."""
    return Request(GetRoomLists, lambda service: service.get_payload())


def get_rooms(room_list: str) -> Request:
    """Ask for the rooms of a room list."""
    return Request(GetRooms, lambda service: service.get_payload(room_list=RoomList(email_address=room_list)))


def create_event(mailbox: str, mark: str, start: datetime, end: datetime, mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask to create the test event: marked, free, no attendees, no reminder, nobody told."""
    event = MarkedEvent(
        subject=SUBJECT,
        start=_moment(start),
        end=_moment(end),
        legacy_free_busy_status="Free",
        reminder_is_set=False,
        mark=mark,
    )
    return _request(
        CreateItem,
        lambda service: _with_account(event, service).get_payload(
            items=[event],
            folder=_calendar(mailbox),
            message_disposition=SAVE_ONLY,
            send_meeting_invitations=SEND_TO_NONE,
        ),
        mailbox=mailbox,
        mode=mode,
        repeatable=False,
    )


def get_event(mailbox: str, item: tuple[str, str], mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask for the test event (id and change key), its subject and mark."""
    return _request(
        GetItem,
        lambda service: service.get_payload(
            items=[ItemId(id=item[0])], additional_fields=[_field("subject"), _field("mark")], shape=ID_ONLY
        ),
        mailbox=mailbox,
        mode=mode,
    )


def update_event(mailbox: str, item: tuple[str, str], mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask to change the subject of the test event."""
    event = MarkedEvent(id=item[0], changekey=item[1], subject=SUBJECT_CHANGED)
    return _request(
        UpdateItem,
        lambda service: _with_account(event, service).get_payload(
            items=[(event, ["subject"])],
            conflict_resolution=AUTO_RESOLVE,
            message_disposition=SAVE_ONLY,
            send_meeting_invitations_or_cancellations=SEND_TO_NONE,
            suppress_read_receipts=True,
        ),
        mailbox=mailbox,
        mode=mode,
        repeatable=False,
    )


def delete_events(mailbox: str, items: Sequence[str], mode: Mode = Mode.IMPERSONATED) -> Request:
    """Ask to delete items for good, telling nobody."""
    return _request(
        DeleteItem,
        lambda service: service.get_payload(
            items=[ItemId(id=item) for item in items],
            delete_type=HARD_DELETE,
            send_meeting_cancellations=SEND_TO_NONE,
            affected_task_occurrences="AllOccurrences",
            suppress_read_receipts=True,
        ),
        mailbox=mailbox,
        mode=mode,
    )


def _request(
    service: type[EWSService], payload: PayloadOf, *, mailbox: str | None, mode: Mode, repeatable: bool = True
) -> Request:
    """Return a request that is about a mailbox: as its owner, or as the service account itself."""
    if mode is Mode.DELEGATE:
        return Request(service, payload, anchor=mailbox, repeatable=repeatable)
    return Request(service, payload, impersonated=mailbox, repeatable=repeatable)


def _find(
    mailbox: str,
    mode: Mode,
    *,
    calendar_view: Any = None,
    restriction: Any = None,
    additional_fields: list[Any] | None = None,
    most: int | None = None,
) -> Request:
    return _request(
        FindItem,
        lambda service: service.get_payload(
            folders=[_calendar(mailbox)],
            additional_fields=additional_fields,
            restriction=restriction,
            order_fields=None,
            query_string=None,
            shape=ID_ONLY,
            depth=SHALLOW,
            calendar_view=calendar_view,
            page_size=most or limits().items_per_find,
            offset=0,
        ),
        mailbox=mailbox,
        mode=mode,
    )


class _OwnCalendar(DistinguishedFolderId):  # type: ignore[misc]
    """The caller's own calendar: no mailbox is named, so that an account without one is told so."""

    def clean(self, version: Any = None) -> None:
        """Do without exchangelib's demand for a mailbox."""


def _calendar(mailbox: str | None) -> Any:
    if mailbox is None:
        return _OwnCalendar(id=Calendar.DISTINGUISHED_FOLDER_ID)
    return DistinguishedFolderId(id=Calendar.DISTINGUISHED_FOLDER_ID, mailbox=Mailbox(email_address=mailbox))


def _field(name: str) -> Any:
    return FieldPath(field=MarkedEvent.get_field_by_fieldname(name))


def _moment(moment: datetime) -> Any:
    return EWSDateTime.from_datetime(moment.astimezone(UTC)).astimezone(EWS_UTC)


def _with_account(event: MarkedEvent, service: Any) -> Any:
    event.account = service.account
    return service


def _utc_without_daylight_saving() -> Any:
    """Return the time zone that GetUserAvailability wants: UTC, with changes of the clock that change nothing."""
    midnight = time(0, 0)
    standard = StandardTime(bias=0, time=midnight, occurrence=1, iso_month=11, weekday="Sunday")
    daylight = DaylightTime(bias=0, time=midnight, occurrence=2, iso_month=3, weekday="Sunday")
    return TimeZone(bias=0, standard_time=standard, daylight_time=daylight)
