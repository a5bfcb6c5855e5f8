"""Questions to mailboxes: the calendar, its events, when people are busy; and rooms.

Sources: https://learn.microsoft.com/graph/api/calendar-get, https://learn.microsoft.com/graph/api/calendar-list-calendarview,
https://learn.microsoft.com/graph/api/calendar-getschedule, https://learn.microsoft.com/graph/api/place-list
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.addresses import address_key
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest, sound_code
from calconnect.tenants.exchange_online.asking import Asking, Read, ask_through, is_address, segment
from calconnect.tenants.exchange_online.batch import ask_many
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.paging import UNEXPECTED, all_pages, all_pages_of_many
from calconnect.tenants.exchange_online.shapes import Object, UnexpectedShape, flag, items, needed_text, objects, text
from calconnect.tenants.interface import Window

_DEFAULT_NAME = "Calendar"
_NO_SHARE = "no-answer-for-mailbox"
_MAILBOX_S_OWN = frozenset({Kind.MISSING_MAILBOX, Kind.REFUSAL_OF_RIGHTS, Kind.NOT_FOUND, Kind.POLICY})
"""Kinds of refusal that are about the mailbox that was asked through, and not about those asked for."""


def open_calendars(asking: Asking, mailboxes: Sequence[str]) -> Iterator[Observation]:
    """Open default calendars: see the interface."""

    def read(body: Object) -> dict[str, Fact]:
        needed_text(body, "id")
        owner = body.get("owner")
        address = text(owner, "address") if isinstance(owner, Mapping) else ""
        return {
            "can_edit": flag(body, "canEdit"),
            "calendar_name_is_default": text(body, "name") == _DEFAULT_NAME,
            **({"owner": address} if "@" in address else {}),
        }

    operation = ("graph-calendar", "GET /users/{mailbox}/calendar")
    path = "calendar?$select=id,name,canEdit,owner"
    for seen in _of_each(asking, operation, mailboxes, path, read):
        owner = seen.details.get("owner")
        details = {name: fact for name, fact in seen.details.items() if name != "owner"}
        if isinstance(owner, str) and address_key(owner) != address_key(seen.target):
            details["primary_smtp"] = owner
        yield replace(seen, details=details)


def list_events(asking: Asking, mailboxes: Sequence[str], window: Window) -> Iterator[Observation]:
    """Count the events in a window, recurrences expanded: see the interface."""
    path = f"calendarView?{between(window.start, window.end)}&$select=id&$top={limits().page_size}"
    known = [mailbox for mailbox in mailboxes if is_address(mailbox)]
    found = dict(zip(known, all_pages_of_many(asking.session, [_to(mailbox, path) for mailbox in known]), strict=True))
    operation = "GET /users/{mailbox}/calendarView"
    for mailbox in mailboxes:
        if mailbox not in found:
            yield asking.not_asked(("graph-events", operation, mailbox))
            continue
        count = len(found[mailbox].items)
        yield asking.observe(("graph-events", operation, mailbox), found[mailbox].reply, {"events": count})


def free_busy(asking: Asking, mailboxes: Sequence[str], window: Window) -> Iterator[Observation]:
    """Ask when mailboxes are busy: see the interface.

    All are asked for through one of them; where that one cannot be used, through the next. Details beside the
    interface's: ``asked_through``, ``days`` (how much of the window was asked).
    """
    operation = "POST /users/{mailbox}/calendar/getSchedule"
    end = min(window.end, window.start + timedelta(days=limits().availability_window))
    days = round((end - window.start) / timedelta(days=1), 3)
    size = limits().mailboxes_per_schedule
    for first in range(0, len(mailboxes), size):
        batch = mailboxes[first : first + size]
        known = [mailbox for mailbox in batch if is_address(mailbox)]
        tried = ask_through(known, _schedule_of(asking, known, window.start, end), _is_its_own)
        through, reply = tried[-1] if tried else ("", None)
        shares = dict(zip(known, _shares(reply, len(known)), strict=True)) if reply is not None else {}
        own = {} if reply is None or reply.ok else dict(tried)
        for mailbox in batch:
            if mailbox not in shares:
                yield asking.not_asked(("graph-free-busy", operation, mailbox))
                continue
            details: dict[str, Fact] = {"asked_through": mailbox if mailbox in own else through, "days": days}
            share = replace(own.get(mailbox, shares[mailbox]), details=details)
            yield asking.observe(("graph-free-busy", operation, mailbox), share, _busy)


def _schedule_of(
    asking: Asking, mailboxes: Sequence[str], start: datetime, end: datetime
) -> Callable[[str], GraphReply]:
    body = {
        "schedules": list(mailboxes),
        "startTime": moment(start),
        "endTime": moment(end),
        "availabilityViewInterval": 30,
    }
    return lambda mailbox: asking.session.ask(_to(mailbox, "calendar/getSchedule", "POST", body))


def _is_its_own(reply: GraphReply) -> bool:
    return reply.reply.answer.kind in _MAILBOX_S_OWN


def _shares(reply: GraphReply, count: int) -> list[GraphReply]:
    """Return each mailbox's share, in the order in which they were asked for."""
    if not reply.ok:
        return [reply] * count
    try:
        found = items(reply.body)
        shares = [_share(reply, one) for one in found[:count]]
    except UnexpectedShape:
        return [reply.but(UNEXPECTED)] * count
    return shares + [reply.but(_NO_SHARE)] * (count - len(shares))


def _share(reply: GraphReply, schedule: Object) -> GraphReply:
    error = schedule.get("error")
    if not isinstance(error, dict):
        return replace(reply, body=schedule)
    return reply.but(sound_code(error.get("responseCode")) or "ErrorFreeBusyGenerationFailed")


def _busy(schedule: Object) -> dict[str, Fact]:
    if "scheduleItems" not in schedule and "availabilityView" not in schedule:
        raise UnexpectedShape("no schedule")
    if "scheduleItems" in schedule:
        return {"busy": sum(text(one, "status") != "free" for one in objects(schedule, "scheduleItems"))}
    view = text(schedule, "availabilityView")
    return {"busy": sum(mark != "0" and view[place - 1 : place] in ("", "0") for place, mark in enumerate(view))}


def rooms(asking: Asking) -> Iterator[Observation]:
    """List the room lists, and the rooms of each: see the interface."""
    pages = all_pages(asking.session, GraphRequest("/places/microsoft.graph.roomlist"))
    reply = pages.reply
    try:
        lists = [needed_text(one, "emailAddress") for one in pages.items]
    except UnexpectedShape:
        lists, reply = [], reply.but(UNEXPECTED)
    probe = "graph-rooms"
    yield asking.observe((probe, "GET /places/microsoft.graph.roomlist", ""), reply, {"lists": lists})
    requests = [GraphRequest(f"/places/{segment(one)}/microsoft.graph.roomlist/rooms") for one in lists]
    for name, found in zip(lists, all_pages_of_many(asking.session, requests), strict=True):

        def read(_: Object, name: str = name, found: Sequence[Object] = found.items) -> dict[str, Fact]:
            return {"list": name, "rooms": [needed_text(one, "emailAddress") for one in found]}

        yield asking.observe((probe, "GET /places/{list}/microsoft.graph.roomlist/rooms", name), found.reply, read)


def between(start: datetime, end: datetime) -> str:
    """Return the two moments as ``calendarView`` takes them in its query."""
    return f"startDateTime={quote(_written(start))}&endDateTime={quote(_written(end))}"


def moment(when: datetime) -> dict[str, str]:
    """Return a moment as Graph writes it in a body. Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone"""
    return {"dateTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _to(mailbox: str, rest: str, method: str = "GET", body: Any = None) -> GraphRequest:
    return GraphRequest(f"/users/{segment(mailbox)}/{rest}", method, body, mailbox=mailbox)


def _of_each(
    asking: Asking, question: tuple[str, str], mailboxes: Sequence[str], path: str, read: Read
) -> Iterator[Observation]:
    """Ask each mailbox the same, in batches; one observation each, in their order.

    ``question`` is probe and operation.
    """
    probe, operation = question
    known = [mailbox for mailbox in mailboxes if is_address(mailbox)]
    replies = ask_many(asking.session, [_to(mailbox, path) for mailbox in known]) if known else []
    found = dict(zip(known, replies, strict=True))
    for mailbox in mailboxes:
        if mailbox in found:
            yield asking.observe((probe, operation, mailbox), found[mailbox], read)
        else:
            yield asking.not_asked((probe, operation, mailbox))
