"""Suggested meeting times as answers show them.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/suggestionsresponse
"""

from __future__ import annotations

from datetime import tzinfo

from calconnect.mock_tenant.ews.availability_request import Asked, SuggestionQuery
from calconnect.mock_tenant.ews.availability_view import busy_type
from calconnect.mock_tenant.ews.moments import wall_time
from calconnect.mock_tenant.ews.recipients import find_recipient
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, flag, t
from calconnect.mock_tenant.state.availability import BusySpan, group_members, read_calendar
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.suggestions import AttendeeTimes, Conflict, Suggestion, Wishes, suggest


def suggestion_days(request: Request, asked: list[Asked], query: SuggestionQuery, zone: tzinfo) -> Element:
    """Return ``m:SuggestionDayResultArray``'s content in an element of that name."""
    attendees = [_attendee(request, one, query) for one in asked]
    wishes = Wishes(
        duration=query.duration,
        good_threshold=query.good_threshold,
        least_quality=query.quality,
        most_a_day=query.most_a_day,
        most_outside_hours=query.most_outside_hours,
        current=query.current,
    )
    return t(
        "SuggestionDayResultArray",
        *(
            t(
                "SuggestionDayResult",
                t("Date", text=wall_time(midnight, zone)),
                t("DayQuality", text=quality),
                t("SuggestionArray", *(_suggestion(one, zone, request.version) for one in suggestions)),
            )
            for midnight, quality, suggestions in suggest(attendees, query.start, query.end, wishes, zone)
        ),
    )


def _attendee(request: Request, asked: Asked, query: SuggestionQuery) -> AttendeeTimes:
    directory = request.organization.directory
    recipient = find_recipient(directory, asked.address)
    if recipient is None:
        return AttendeeTimes((), exclude_conflicts=asked.exclude_conflicts)
    if not recipient.is_group:
        return AttendeeTimes(_calendars(request, [recipient], query), exclude_conflicts=asked.exclude_conflicts)
    try:
        members = group_members(directory, recipient)
    except EwsError:
        return AttendeeTimes((), is_group=True, too_big=True, exclude_conflicts=asked.exclude_conflicts)
    return AttendeeTimes(_calendars(request, members, query), is_group=True, exclude_conflicts=asked.exclude_conflicts)


def _calendars(
    request: Request, recipients: list[Recipient], query: SuggestionQuery
) -> tuple[tuple[BusySpan, ...], ...]:
    found: list[tuple[BusySpan, ...]] = []
    for recipient in recipients:
        try:
            calendar = read_calendar(
                request.access, recipient, query.start, query.end, without_uid=query.global_object_id
            )
        except EwsError:
            if len(recipients) == 1:
                return ()
            found.append((BusySpan(query.start, query.end, "NoData"),))
        else:
            found.append(tuple(calendar.spans))
    return tuple(found)


def _suggestion(one: Suggestion, zone: tzinfo, version: str) -> Element:
    return t(
        "Suggestion",
        t("MeetingTime", text=wall_time(one.start, zone)),
        t("IsWorkTime", text=flag(one.is_work_time)),
        t("SuggestionQuality", text=one.quality),
        t("AttendeeConflictDataArray", *(_conflict(conflict, version) for conflict in one.conflicts)),
    )


def _conflict(conflict: Conflict, version: str) -> Element:
    attendee = conflict.attendee
    if attendee.too_big:
        return t("TooBigGroupAttendeeConflictData")
    if attendee.is_group:
        unknown = conflict.statuses.count("NoData")
        taken = sum(status in ("Busy", "OOF", "Tentative") for status in conflict.statuses)
        return t(
            "GroupAttendeeConflictData",
            t("NumberOfMembers", text=str(len(conflict.statuses))),
            t("NumberOfMembersAvailable", text=str(len(conflict.statuses) - unknown - taken)),
            t("NumberOfMembersWithConflict", text=str(taken)),
            t("NumberOfMembersWithNoData", text=str(unknown)),
        )
    if not conflict.statuses:
        return t("UnknownAttendeeConflictData")
    return t("IndividualAttendeeConflictData", t("BusyType", text=busy_type(conflict.statuses[0], version)))
