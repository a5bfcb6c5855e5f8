"""The properties of calendar items and of the messages about meetings, in the order of the schema.

Order: types.xsd, CalendarItemType, MeetingMessageType and its descendants.
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.items.codecs import BOOLEAN, INTEGER, MOMENT, TEXT, Codec, choice
from calconnect.mock_tenant.ews.items.item_properties import COMPUTED, ITEM, KEPT, MESSAGE, PERSON, row
from calconnect.mock_tenant.ews.items.people_codecs import RESPONSES, Attendees
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.recurrence_xml import RecurrenceCodec
from calconnect.mock_tenant.ews.items.timezone_xml import MeetingZoneCodec, ZoneCodec

BUSY = choice("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")
ITEM_TYPE = choice("Single", "Occurrence", "Exception", "RecurringMaster")
RESPONSE = choice(*RESPONSES)
REQUEST_TYPE = choice(
    "None",
    "FullUpdate",
    "InformationalUpdate",
    "NewMeetingRequest",
    "Outdated",
    "SilentUpdate",
    "PrincipalWantsCopy",
)
ATTENDEES = Attendees()
RECURRENCE = RecurrenceCodec()
ZONE = ZoneCodec()
MEETING_ZONE = MeetingZoneCodec()

_ROWS: tuple[tuple[str, Codec, str], ...] = (
    ("UID", TEXT, "ak"),
    ("RecurrenceId", MOMENT, "ra"),
    ("DateTimeStamp", MOMENT, "ra"),
    ("Start", MOMENT, "ak"),
    ("End", MOMENT, "ak"),
    ("OriginalStart", MOMENT, "ra"),
    ("IsAllDayEvent", BOOLEAN, "ak"),
    ("LegacyFreeBusyStatus", BUSY, "ak"),
    ("Location", TEXT, "a"),
    ("When", TEXT, "a"),
    ("IsMeeting", BOOLEAN, "ra"),
    ("IsCancelled", BOOLEAN, "ra"),
    ("IsRecurring", BOOLEAN, "ra"),
    ("MeetingRequestWasSent", BOOLEAN, "ra"),
    ("IsResponseRequested", BOOLEAN, "ak"),
    ("CalendarItemType", ITEM_TYPE, "ra"),
    ("MyResponseType", RESPONSE, "ra"),
    ("Organizer", PERSON, "ra"),
    ("RequiredAttendees", ATTENDEES, "ag+"),
    ("OptionalAttendees", ATTENDEES, "ag+"),
    ("Resources", ATTENDEES, "ag+"),
    ("InboxReminders", KEPT, "g"),
    ("ConflictingMeetingCount", INTEGER, "rag"),
    ("AdjacentMeetingCount", INTEGER, "rag"),
    ("ConflictingMeetings", COMPUTED, "rag"),
    ("AdjacentMeetings", COMPUTED, "rag"),
    ("Duration", TEXT, "ra"),
    ("TimeZone", TEXT, "ra"),
    ("AppointmentReplyTime", MOMENT, "ra"),
    ("AppointmentSequenceNumber", INTEGER, "ra"),
    ("AppointmentState", INTEGER, "ra"),
    ("Recurrence", RECURRENCE, "ag"),
    ("FirstOccurrence", COMPUTED, "rag"),
    ("LastOccurrence", COMPUTED, "rag"),
    ("ModifiedOccurrences", COMPUTED, "rag"),
    ("DeletedOccurrences", COMPUTED, "rag"),
    ("MeetingTimeZone", MEETING_ZONE, "k"),
    ("StartTimeZone", ZONE, "ak"),
    ("EndTimeZone", ZONE, "ak"),
    ("ConferenceType", INTEGER, "a"),
    ("AllowNewTimeProposal", BOOLEAN, "a"),
    ("IsOnlineMeeting", BOOLEAN, "a"),
    ("MeetingWorkspaceUrl", TEXT, "a"),
    ("NetShowUrl", TEXT, "a"),
    ("EnhancedLocation", KEPT, "g"),
    ("StartWallClock", MOMENT, "r"),
    ("EndWallClock", MOMENT, "r"),
    ("StartTimeZoneId", TEXT, ""),
    ("EndTimeZoneId", TEXT, ""),
    ("IntendedFreeBusyStatus", BUSY, ""),
    ("JoinOnlineMeetingUrl", TEXT, "g"),
    ("OnlineMeetingSettings", KEPT, "g"),
    ("IsOrganizer", BOOLEAN, "ra"),
    ("CalendarActivityData", KEPT, "g"),
)
_CALENDAR = tuple(row("calendar", *one) for one in _ROWS)
CALENDAR_ITEM: tuple[Property, ...] = ITEM + _CALENDAR
_BY_NAME = {one.name: one for one in _CALENDAR}


def _pick(*names: str) -> tuple[Property, ...]:
    return tuple(_BY_NAME[name] for name in names)


MEETING_MESSAGE: tuple[Property, ...] = (
    *MESSAGE,
    row("meeting", "AssociatedCalendarItemId", COMPUTED, "rag"),
    row("meeting", "IsDelegated", BOOLEAN, "ra"),
    row("meeting", "IsOutOfDate", BOOLEAN, "ra"),
    row("meeting", "HasBeenProcessed", BOOLEAN, "a"),
    row("meeting", "ResponseType", RESPONSE, "ra"),
    *_pick("UID", "RecurrenceId", "DateTimeStamp", "IsOrganizer"),
)
_FROM_START = tuple(one.name for one in _CALENDAR)
_UP_TO_SENT = _FROM_START[_FROM_START.index("Start") : _FROM_START.index("MeetingRequestWasSent") + 1]
_PEOPLE_ON = tuple(
    name
    for name in _FROM_START[_FROM_START.index("CalendarItemType") : _FROM_START.index("EnhancedLocation") + 1]
    if name != "InboxReminders"
)
MEETING_REQUEST: tuple[Property, ...] = (
    *MEETING_MESSAGE,
    row("meetingRequest", "MeetingRequestType", REQUEST_TYPE, "ra"),
    row("meetingRequest", "IntendedFreeBusyStatus", BUSY, "ra"),
    *_pick(*_UP_TO_SENT),
    *_pick(*_PEOPLE_ON),
    row("meetingRequest", "ChangeHighlights", KEPT, "rg"),
    *_pick("StartWallClock", "EndWallClock", "StartTimeZoneId", "EndTimeZoneId"),
)
_ABOUT = _pick("Start", "End", "Location", "Recurrence", "CalendarItemType")
MEETING_RESPONSE: tuple[Property, ...] = (
    *MEETING_MESSAGE,
    *_ABOUT,
    row("meeting", "ProposedStart", MOMENT, ""),
    row("meeting", "ProposedEnd", MOMENT, ""),
    *_pick("EnhancedLocation"),
)
MEETING_CANCELLATION: tuple[Property, ...] = (*MEETING_MESSAGE, *_ABOUT, *_pick("EnhancedLocation"))
