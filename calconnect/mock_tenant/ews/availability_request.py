"""What a GetUserAvailability request asks for.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailabilityrequest
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from calconnect.mock_tenant.ews.grammar import Node, m_node, schema_error
from calconnect.mock_tenant.ews.moments import read_moment, read_span
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, text_of
from calconnect.mock_tenant.state.availability import LONGEST_WINDOW, MOST_MAILBOXES
from calconnect.mock_tenant.state.bias_zone import DAYS, BiasRule, BiasZone
from calconnect.mock_tenant.state.errors import EwsError

QUALITIES = ("Excellent", "Good", "Fair", "Poor")
"""Best first."""
_VIEWS = frozenset({"None", "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"})
_ATTENDEES = frozenset({"Organizer", "Required", "Optional", "Room", "Resource"})
_DAYS = frozenset({*DAYS, "Day", "Weekday", "WeekendDay"})
_BOOLEAN = frozenset({"true", "false", "1", "0"})
_RULE = (
    Node("Bias"),
    Node("Time"),
    Node("DayOrder"),
    Node("Month"),
    Node("DayOfWeek", values=_DAYS),
    Node("Year", required=False),
)
_ZONE = Node("TimeZone", (Node("Bias"), Node("StandardTime", _RULE), Node("DaylightTime", _RULE)), required=False)
_SPAN = (Node("StartTime"), Node("EndTime"))
_MAILBOX = Node(
    "MailboxData",
    (
        Node("Email", (Node("Name", required=False), Node("Address"), Node("RoutingType", required=False))),
        Node("AttendeeType", values=_ATTENDEES),
        Node("ExcludeConflicts", required=False, values=_BOOLEAN),
    ),
    required=False,
    many=True,
)
_FREE_BUSY = Node(
    "FreeBusyViewOptions",
    (
        Node("TimeWindow", _SPAN),
        Node("MergedFreeBusyIntervalInMinutes", required=False),
        Node("RequestedView", required=False),
    ),
    required=False,
)
_SUGGESTIONS = Node(
    "SuggestionsViewOptions",
    (
        *(Node(name, required=False) for name in ("GoodThreshold", "MaximumResultsByDay")),
        *(Node(name, required=False) for name in ("MaximumNonWorkHourResultsByDay", "MeetingDurationInMinutes")),
        Node("MinimumSuggestionQuality", required=False, values=frozenset(QUALITIES)),
        Node("DetailedSuggestionsWindow", _SPAN),
        Node("CurrentMeetingTime", required=False),
        Node("GlobalObjectId", required=False),
    ),
    required=False,
)
GRAMMAR = m_node(
    "GetUserAvailabilityRequest", _ZONE, Node("MailboxDataArray", (_MAILBOX,), MESSAGES), _FREE_BUSY, _SUGGESTIONS
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One mailbox in the request."""

    address: str
    attendee_type: str
    exclude_conflicts: bool


@dataclass(frozen=True, slots=True)
class FreeBusyQuery:
    """``FreeBusyViewOptions``, checked."""

    start: datetime
    end: datetime
    minutes: int
    """The length of an interval of the merged stream."""
    detailed: bool
    events: bool
    """Whether single events are wanted, not just the merged stream."""
    merged: bool


@dataclass(frozen=True, slots=True)
class SuggestionQuery:
    """``SuggestionsViewOptions``, checked."""

    start: datetime
    end: datetime
    good_threshold: int
    most_a_day: int
    most_outside_hours: int
    duration: timedelta
    quality: str
    current: datetime | None
    global_object_id: str


def read_zone(request: Request) -> tzinfo:
    """Return the zone of the times in request and answer: the request's own, else the header's, else UTC.

    Raises:
        EwsError: ``ErrorSchemaValidation``, ``ErrorTimeZone``.
    """
    element = find(request.body, "TimeZone")
    if element is None:
        return request.time_zone or UTC
    return BiasZone(_bias(element), _rule(find(element, "StandardTime")), _rule(find(element, "DaylightTime")))


def _rule(element: Element | None) -> BiasRule:
    text = text_of(element, "Time") or "00:00:00"
    try:
        at = time.fromisoformat(text[:8])
    except ValueError:
        raise EwsError("ErrorTimeZone", f"The time '{text}' of the time zone is invalid.") from None
    return BiasRule(
        bias=_bias(element),
        at=at,
        order=_number(element, "DayOrder", 0),
        month=_number(element, "Month", 0),
        weekday=text_of(element, "DayOfWeek") or "Sunday",
        year=_number(element, "Year", 0),
    )


def _bias(element: Element | None) -> timedelta:
    minutes = _number(element, "Bias", 0)
    if abs(minutes) >= 24 * 60:
        raise EwsError("ErrorTimeZone", f"The bias {minutes} of the time zone is invalid.")
    return timedelta(minutes=minutes)


def read_mailboxes(request: Request) -> list[Asked]:
    """Return the mailboxes asked for.

    Raises:
        EwsError: ``ErrorMailboxDataArrayEmpty``.
    """
    found = [
        Asked(
            text_of(one, "Email", "Address") or "",
            text_of(one, "AttendeeType") or "Required",
            text_of(one, "ExcludeConflicts") in ("true", "1"),
        )
        for one in elements(find(request.body, "MailboxDataArray"))
    ]
    if not found:
        raise EwsError("ErrorMailboxDataArrayEmpty", "The request names no mailbox.")
    return found


def check_number(asked: list[Asked]) -> None:
    """Make sure that there are not too many mailboxes.

    Raises:
        EwsError: ``ErrorMailboxDataArrayTooBig``.
    """
    if len(asked) > MOST_MAILBOXES:
        raise EwsError(
            "ErrorMailboxDataArrayTooBig",
            f"The request names {len(asked)} mailboxes; the most that is allowed is {MOST_MAILBOXES}.",
        )


def read_free_busy(element: Element, zone: tzinfo) -> FreeBusyQuery:
    """Read ``t:FreeBusyViewOptions``. The interval's bounds are those of the EWS Managed API.

    https://learn.microsoft.com/dotnet/api/microsoft.exchange.webservices.data.availabilityoptions.mergedfreebusyinterval

    Raises:
        EwsError: ``ErrorInvalidTimeInterval``, ``ErrorTimeIntervalTooBig``, ``ErrorInvalidMergedFreeBusyInterval``,
            ``ErrorInvalidFreeBusyViewType``.
    """
    start, end = _window(find(element, "TimeWindow"), zone)
    views = (text_of(element, "RequestedView") or "FreeBusy").split()
    if not views or not _VIEWS.issuperset(views) or "None" in views:
        raise EwsError("ErrorInvalidFreeBusyViewType", "The requested view is invalid.")
    merged = any("Merged" in view for view in views)
    minutes = _number(element, "MergedFreeBusyIntervalInMinutes", 30)
    if merged and (not 5 <= minutes <= 1440 or timedelta(minutes=minutes) > end - start):
        raise EwsError("ErrorInvalidMergedFreeBusyInterval", "The interval of the merged free/busy view is invalid.")
    detailed = any(view.startswith("Detailed") for view in views)
    return FreeBusyQuery(start, end, minutes, detailed, any(view != "MergedOnly" for view in views), merged)


def read_suggestions(element: Element, zone: tzinfo) -> SuggestionQuery:
    """Read ``t:SuggestionsViewOptions``.

    Raises:
        EwsError: ``ErrorInvalidTimeInterval``, ``ErrorTimeIntervalTooBig``, ``ErrorInvalidArgument``.
    """
    start, end = _window(find(element, "DetailedSuggestionsWindow"), zone)
    return SuggestionQuery(
        start=start,
        end=end,
        good_threshold=_within(element, "GoodThreshold", 25, 1, 49),
        most_a_day=_within(element, "MaximumResultsByDay", 10, 0, 48),
        most_outside_hours=_within(element, "MaximumNonWorkHourResultsByDay", 0, 0, 48),
        duration=timedelta(minutes=_within(element, "MeetingDurationInMinutes", 60, 30, 1440)),
        quality=text_of(element, "MinimumSuggestionQuality") or "Fair",
        current=read_moment(element, "CurrentMeetingTime", zone),
        global_object_id=text_of(element, "GlobalObjectId") or "",
    )


def _window(element: Element | None, zone: tzinfo) -> tuple[datetime, datetime]:
    span = read_span(element, zone)
    if span is None or span[1] <= span[0]:
        raise EwsError("ErrorInvalidTimeInterval", "The end of the time window is not later than its start.")
    if span[1] - span[0] > LONGEST_WINDOW:
        raise EwsError(
            "ErrorTimeIntervalTooBig", f"The time window is longer than the allowed {LONGEST_WINDOW.days} days."
        )
    return span


def _within(element: Element, name: str, default: int, low: int, high: int) -> int:
    number = _number(element, name, default)
    if not low <= number <= high:
        raise EwsError("ErrorInvalidArgument", f"The value of {name} must lie between {low} and {high}.")
    return number


def _number(element: Element | None, name: str, default: int) -> int:
    text = text_of(element, name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise schema_error(1, f"The '{name}' element is invalid - The value '{text}' is invalid.") from None
