"""GetUserAvailability: free/busy times, and suggestions for meetings.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
"""

from __future__ import annotations

from datetime import tzinfo

from calconnect.mock_tenant.ews.availability_request import (
    GRAMMAR,
    Asked,
    FreeBusyQuery,
    check_number,
    read_free_busy,
    read_mailboxes,
    read_suggestions,
    read_zone,
)
from calconnect.mock_tenant.ews.availability_view import free_busy_view, group_view
from calconnect.mock_tenant.ews.recipients import find_recipient
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.suggestions import suggestion_days
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, m, t
from calconnect.mock_tenant.state.availability import BusySpan, group_members, read_calendar
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request: one response for each mailbox, in the request's order."""
    zone = read_zone(request)
    asked = read_mailboxes(request)
    free_busy, wished = find(request.body, "FreeBusyViewOptions"), find(request.body, "SuggestionsViewOptions")
    if free_busy is None and wished is None:
        raise EwsError("ErrorMissingArgument", "The request asks neither for free/busy times nor for suggestions.")
    return m(
        "GetUserAvailabilityResponse",
        _free_busy(request, asked, free_busy, zone) if free_busy is not None else None,
        _suggestions(request, asked, wished, zone) if wished is not None else None,
    )


def _free_busy(request: Request, asked: list[Asked], options: Element, zone: tzinfo) -> Element:
    try:
        check_number(asked)
        query = read_free_busy(options, zone)
    except EwsError as error:
        return m("FreeBusyResponseArray", *(_failed(error) for _ in asked))
    return m("FreeBusyResponseArray", *(_answer(request, one, query, zone) for one in asked))


def _answer(request: Request, asked: Asked, query: FreeBusyQuery, zone: tzinfo) -> Element:
    try:
        recipient = find_recipient(request.organization.directory, asked.address)
        if recipient is None:
            raise EwsError("ErrorMailRecipientNotFound", f"Unable to resolve e-mail address {asked.address}.")
        if recipient.is_group:
            view = group_view(_group_spans(request, recipient, query), query, version=request.version)
        else:
            calendar = read_calendar(request.access, recipient, query.start, query.end)
            view = free_busy_view(calendar, query, zone, version=request.version)
    except EwsError as error:
        return _failed(error)
    view.tag = f"{{{MESSAGES}}}FreeBusyView"
    return m("FreeBusyResponse", success("ResponseMessage"), view)


def _failed(error: EwsError) -> Element:
    return m(
        "FreeBusyResponse", failure("ResponseMessage", error), m("FreeBusyView", t("FreeBusyViewType", text="None"))
    )


def _group_spans(request: Request, group: Recipient, query: FreeBusyQuery) -> list[BusySpan]:
    """Return what takes the time of anybody in a group; nothing is known of those whose calendar cannot be read."""
    spans: list[BusySpan] = []
    for member in group_members(request.organization.directory, group):
        try:
            spans += read_calendar(request.access, member, query.start, query.end).spans
        except EwsError:
            spans.append(BusySpan(query.start, query.end, "NoData"))
    return spans


def _suggestions(request: Request, asked: list[Asked], options: Element, zone: tzinfo) -> Element:
    try:
        check_number(asked)
        days = suggestion_days(request, asked, read_suggestions(options, zone), zone)
    except EwsError as error:
        return m("SuggestionsResponse", failure("ResponseMessage", error))
    days.tag = f"{{{MESSAGES}}}SuggestionDayResultArray"
    return m("SuggestionsResponse", success("ResponseMessage"), days)


OPERATION = Operation(name="GetUserAvailabilityRequest", request=GRAMMAR, handle=handle)
