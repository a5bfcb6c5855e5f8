"""Requests about the test event: created, read, changed, deleted, searched for by its mark.

Sources: https://learn.microsoft.com/graph/api/calendar-post-events (``transactionId``),
https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get,
https://learn.microsoft.com/graph/api/event-delta
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from calconnect.tenants.common.mark import MARK_NAME, MARK_SET, SUBJECT, SUBJECT_CHANGED, Mark
from calconnect.tenants.exchange_online.answers import GraphRequest
from calconnect.tenants.exchange_online.asking import segment
from calconnect.tenants.exchange_online.calendars import between, moment
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.shapes import Object, objects, text

PROPERTY = f"String {{{MARK_SET}}} Name {MARK_NAME}"
"""The mark as Graph names it. Source:
https://learn.microsoft.com/graph/api/resources/extended-properties-overview"""
_PROPERTIES = "singleValueExtendedProperties"
_AROUND = timedelta(hours=1)


def create(mailbox: str, mark: Mark, start: datetime, end: datetime) -> GraphRequest:
    """Ask to create the test event: marked, free, no attendees, no reminder. Sent twice, it is created once."""
    body = {
        "subject": SUBJECT,
        "start": moment(start),
        "end": moment(end),
        "showAs": "free",
        "isReminderOn": False,
        "transactionId": mark.number,
        _PROPERTIES: [{"id": PROPERTY, "value": str(mark)}],
    }
    return _request(mailbox, "calendar/events", "POST", body)


def read(mailbox: str, event: str) -> GraphRequest:
    """Ask for the test event's subject and mark."""
    return _request(mailbox, f"events/{segment(event)}?$select=id,subject&{_expanded()}")


def update(mailbox: str, event: str) -> GraphRequest:
    """Ask to change the subject of the test event."""
    return _request(mailbox, f"events/{segment(event)}", "PATCH", {"subject": SUBJECT_CHANGED})


def delete(mailbox: str, event: str) -> GraphRequest:
    """Ask to delete an event. It has no attendees, so nobody is told."""
    return _request(mailbox, f"events/{segment(event)}", "DELETE")


def find(mailbox: str, mark: Mark | None) -> GraphRequest:
    """Ask for the events that carry ``mark`` or, with None, any mark; the marks come with them."""
    value = "ep/value ne null" if mark is None else f"ep/value eq '{str(mark).replace(chr(39), chr(39) * 2)}'"
    condition = f"{_PROPERTIES}/Any(ep: ep/id eq '{PROPERTY}' and {value})"
    return _request(mailbox, f"calendar/events?$filter={quote(condition)}&$select=id&{_expanded()}")


def changes(mailbox: str, start: datetime, end: datetime) -> GraphRequest:
    """Ask for all events around the test event, and for a link to later changes."""
    window = between(start - _AROUND, end + _AROUND)
    return _request(
        mailbox,
        f"calendarView/delta?{window}",
        headers={"Prefer": f"odata.maxpagesize={limits().page_size}"},
    )


def marks_in(event: Object) -> list[str]:
    """Return the values of the mark that an event carries: one, or none.

    Raises:
        UnexpectedShape: the event has not the form of one.
    """
    return [
        text(one, "value")
        for one in objects(event, _PROPERTIES)
        if text(one, "id").casefold() == PROPERTY.casefold()  # Graph writes the GUID in the case that it likes
    ]


def _expanded() -> str:
    return f"$expand={quote(f'{_PROPERTIES}($filter=id eq {chr(39)}{PROPERTY}{chr(39)})')}"


def _request(
    mailbox: str, rest: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None
) -> GraphRequest:
    return GraphRequest(f"/users/{segment(mailbox)}/{rest}", method, body, headers or {}, mailbox)
