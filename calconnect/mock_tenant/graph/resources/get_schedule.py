"""Free and busy times of several people: https://learn.microsoft.com/graph/api/calendar-getschedule"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.event_write import post_of
from calconnect.mock_tenant.graph.outlook.moments import ShownZone, read_moment, shown_zone
from calconnect.mock_tenant.graph.outlook.problems import invalid_value
from calconnect.mock_tenant.graph.outlook.words import SHOW_AS
from calconnect.mock_tenant.graph.outlook.working_hours import working_hours_json
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json, Workload
from calconnect.mock_tenant.state.access import Access, Right
from calconnect.mock_tenant.state.availability import (
    LONGEST_WINDOW,
    BusySpan,
    Calendar,
    group_members,
    merged,
    read_calendar,
)
from calconnect.mock_tenant.state.calendar import Occurrence
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.online.directory import Location

MOST_SCHEDULES = 20
"""https://learn.microsoft.com/graph/outlook-get-free-busy-schedule"""
_DIGITS = {"Free": "0", "WorkingElsewhere": "0", "Tentative": "1", "Busy": "2", "OOF": "3", "NoData": "0"}
"""Working elsewhere counts as free: https://learn.microsoft.com/graph/api/resources/scheduleinformation"""
_UNRESOLVED = "5009"
"""The code of an address that nobody has: https://github.com/microsoftgraph/microsoft-graph-docs/issues/11225"""
_SHORTEST_INTERVAL, _USUAL_INTERVAL, _LONGEST_INTERVAL = 5, 30, 1440


@dataclass(frozen=True, slots=True)
class _Asked:
    start: datetime
    end: datetime
    minutes: int
    zone: ShownZone


def get_schedule(request: GraphRequest) -> GraphResponse:
    """Answer with a schedule for each address; what is wrong with one of them stands in its place."""
    body = {name.lower(): value for name, value in request.object_body().items()}
    schedules = body.get("schedules")
    if not isinstance(schedules, list) or not schedules or not all(isinstance(one, str) for one in schedules):
        raise invalid_value("schedules")
    if len(schedules) > MOST_SCHEDULES:
        message = (
            "There are too many target users in the EmailAddress array. "
            f"The allowed size = {MOST_SCHEDULES}; the actual size = {len(schedules)}."
        )
        raise GraphError(400, "ErrorMailboxDataArrayTooBig", message)
    zone = shown_zone(request)
    start = read_moment(body.get("starttime"), "startTime").moment
    end = read_moment(body.get("endtime"), "endTime").moment
    minutes = _interval(body.get("availabilityviewinterval"))
    _check_window(start, end, minutes)
    asking, asked = Access(post_of(request).organization, request.user.recipient), _Asked(start, end, minutes, zone)
    values = [_schedule(asking, address, asked, _location(request, address)) for address in schedules]
    context = f"{request.version_url}/$metadata#Collection(microsoft.graph.scheduleInformation)"
    return GraphResponse({"@odata.context": context, "value": values})


def _interval(value: Any) -> int:
    minutes = _USUAL_INTERVAL if value is None else value
    if isinstance(minutes, bool) or not isinstance(minutes, int):
        raise invalid_value("availabilityViewInterval")
    if not _SHORTEST_INTERVAL <= minutes <= _LONGEST_INTERVAL:
        message = f"The interval must be between {_SHORTEST_INTERVAL} and {_LONGEST_INTERVAL} minutes."
        raise GraphError(400, "ErrorInvalidMergedFreeBusyInterval", message)
    return minutes


def _check_window(start: datetime, end: datetime, minutes: int) -> None:
    if end <= start:
        raise GraphError(400, "ErrorInvalidTimeInterval", "The end of the window is not after its start.")
    if end - start > LONGEST_WINDOW:
        message = (
            "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. "
            f"The allowed limit = {LONGEST_WINDOW.days} days; the actual limit = {(end - start).days} days."
        )
        raise GraphError(400, "ErrorTimeIntervalTooBig", message)
    if timedelta(minutes=minutes) > end - start:
        raise GraphError(400, "ErrorInvalidMergedFreeBusyInterval", "The interval is longer than the window.")


def _location(request: GraphRequest, address: str) -> Location:
    user = request.half.user(address)
    return Location.ONLINE if user is None else user.location


def _schedule(asking: Access, address: str, asked: _Asked, location: Location) -> Json:
    recipient = asking.organization.directory.by_address(address)
    try:
        has_none = location is Location.NOWHERE or (recipient is not None and recipient.kind is RecipientKind.CONTACT)
        if recipient is None or recipient.is_gone or has_none:
            raise EwsError(_UNRESOLVED, f"Unable to resolve e-mail address {address} to an Active Directory object.")
        if location is Location.SERVER:
            raise EwsError("ErrorProxyRequestProcessingFailed", "The mailbox is not held in Exchange Online.")
        if recipient.is_group:
            members = group_members(asking.organization.directory, recipient)
            spans = [span for one in members for span in _spans(asking, one, asked)]
            return {"scheduleId": address, "availabilityView": _view(spans, asked), "scheduleItems": []}
        calendar = read_calendar(asking, recipient, asked.start, asked.end)
    except EwsError as error:
        return {"scheduleId": address, "error": {"message": error.message, "responseCode": error.code}}
    return {
        "scheduleId": address,
        "availabilityView": _view(calendar.spans, asked),
        "scheduleItems": [_item(calendar, one, asked.zone) for one in calendar.events],
        "workingHours": working_hours_json(recipient),
    }


def _spans(asking: Access, member: Recipient, asked: _Asked) -> list[BusySpan]:
    try:
        return read_calendar(asking, member, asked.start, asked.end).spans
    except EwsError:  # of a member who cannot be read the group's schedule shows nothing
        return []


def _view(spans: Sequence[BusySpan], asked: _Asked) -> str:
    return "".join(_DIGITS.get(status, "0") for status in merged(spans, asked.start, asked.end, asked.minutes))


def _item(calendar: Calendar, one: Occurrence, zone: ShownZone) -> Json:
    shown: Json = {"status": SHOW_AS[one.busy], "start": zone.json(one.start), "end": zone.json(one.end)}
    if Right.FREE_BUSY_DETAILS not in calendar.rights:
        return shown
    hidden = one.is_private and not calendar.sees_private
    details: Json = {"isPrivate": one.is_private}
    if not hidden:
        details |= {"subject": one.subject, "location": one.location}
    return details | shown


ROUTES = tuple(
    Route("POST", f"{place}/getSchedule", get_schedule, ("Calendars.ReadBasic.All",), Workload.EXCHANGE)
    for place in ("users/{user}/calendar", "users/{user}/calendars/{calendar}")
)
