"""Change tracking of the calendar view: https://learn.microsoft.com/graph/api/event-delta

A series is told whole, once, and each of its occurrences by its times alone.
"""

from __future__ import annotations

import base64
import binascii
import re

from calconnect.mock_tenant.graph.errors import GraphError, bad_request
from calconnect.mock_tenant.graph.odata import OUTLOOK, link
from calconnect.mock_tenant.graph.outlook.event_json import event_json, occurrence_json
from calconnect.mock_tenant.graph.outlook.extended import MULTI, SINGLE
from calconnect.mock_tenant.graph.outlook.moments import shown_zone
from calconnect.mock_tenant.graph.outlook.things import Event, find_calendar, graph_id
from calconnect.mock_tenant.graph.outlook.windows import Window, events_in, read_window
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json, Workload
from calconnect.mock_tenant.state.calendar import occurrence_at
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Folder
from calconnect.mock_tenant.state.online.deltas import Key, Mark, Round, View

_PLACES = ("users/{user}", "users/{user}/calendar", "users/{user}/calendars/{calendar}")
_NOT_TAKEN = ("$orderby", "$filter", "$select", "$expand", "$search", "$top")
_TYPE = "#microsoft.graph.event"
_TOKEN = re.compile(rb"round (\d{1,15}) (\d{1,9})")


def track_view(request: GraphRequest) -> GraphResponse:
    """Answer with a page of what changed in a window: of all, or since the round that a token stands for."""
    if any(name in request.query for name in _NOT_TAKEN):
        message = (
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: "
            f"'{', '.join(_NOT_TAKEN)}'."
        )
        raise GraphError(400, "ErrorInvalidUrlQuery", message)
    folder = find_calendar(request)
    if token := request.query.get("$skiptoken"):
        number, place = _read_token(token)
        return _page(request, _remembered(request, folder, number), place)
    if token := request.query.get("$deltatoken"):
        if request.half.faults.stale_delta:
            raise _stale()
        before = _remembered(request, folder, _read_token(token)[0])
        return _page(request, _begin(request, folder, before.view, before), 0)
    window = read_window(request)
    view = View(request.mailbox.guid, folder.number, window.start, window.end)
    return _page(request, _begin(request, folder, view, None), 0)


def _begin(request: GraphRequest, folder: Folder, view: View, before: Round | None) -> Round:
    marks: dict[Key, Mark] = {}
    for event in events_in(request.mailbox, folder, Window(view.start, view.end)):
        one, item = event.occurrence, event.item
        marks.setdefault((item.number, 0), (item.version,))
        if one is not None:
            version = 0 if one.exception is None else item.version
            marks[(item.number, one.index)] = (one.start, one.end, version)
    return request.half.deltas.begin(view, marks, before.marks if before is not None else {})


def _page(request: GraphRequest, made: Round, place: int) -> GraphResponse:
    told = (*((key, True) for key in made.changed), *((key, False) for key in made.removed))
    size = request.preferences.get("odata.maxpagesize", "")
    most = min(int(size), OUTLOOK.most) if size.isdecimal() and int(size) else OUTLOOK.usual
    values = [
        _entry(request, key) if is_there else _removed(request, key) for key, is_there in told[place : place + most]
    ]
    body: Json = {
        "@odata.context": f"{request.version_url}/$metadata#Collection(event)",
        "value": [one for one in values if one is not None],
    }
    if request.half.faults.endless_pages:
        body["@odata.nextLink"] = _link(request, "$skiptoken", made.number, 0)
    elif place + most < len(told):
        body["@odata.nextLink"] = _link(request, "$skiptoken", made.number, place + most)
    else:
        body["@odata.deltaLink"] = _link(request, "$deltatoken", made.number, 0)
    return GraphResponse(body, headers=(("Preference-Applied", "odata.track-changes"),))


def _entry(request: GraphRequest, key: Key) -> Json | None:
    """Return what is told of an event; None: it has gone since the round began, and the next one tells so."""
    mailbox, (number, index) = request.mailbox, key
    item = mailbox.items.get(number)
    if item is None:
        return None
    zone = shown_zone(request)
    try:
        event = Event(mailbox, item, occurrence_at(item, index) if index else None)
    except EwsError:
        return None
    if event.occurrence is not None and event.occurrence.exception is None:
        return {"@odata.type": _TYPE, "@odata.etag": event.tag, **occurrence_json(event, zone)}
    whole = {name: value for name, value in event_json(event, zone).items() if name not in (SINGLE, MULTI)}
    return {"@odata.type": _TYPE, **whole}


def _removed(request: GraphRequest, key: Key) -> Json:
    number, index = key
    kind = IdKind.OCCURRENCE if index else IdKind.ITEM
    gone = graph_id(ThingId(kind, request.mailbox.guid, number, index))
    return {"@odata.type": _TYPE, "id": gone, "@removed": {"reason": "deleted"}}


def _remembered(request: GraphRequest, folder: Folder, number: int) -> Round:
    found = request.half.deltas.round(number, request.mailbox.guid, folder.number)
    if found is None:
        raise _stale(number)
    return found


def _stale(number: int = 0) -> GraphError:
    return GraphError(410, "syncStateNotFound", f"The sync state generation is not found; generation={number}.")


def _link(request: GraphRequest, name: str, number: int, place: int) -> str:
    token = base64.urlsafe_b64encode(f"round {number} {place}".encode()).decode().rstrip("=")
    return link(request, {**dict.fromkeys(request.query), name: token})


def _read_token(token: str) -> tuple[int, int]:
    """Return a round's number and the place in it.

    Raises:
        GraphError: 400 ``BadRequest``: it is no token.
    """
    try:
        found = _TOKEN.fullmatch(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise bad_request("Badly formed token.")
    return int(found.group(1)), int(found.group(2))


ROUTES = tuple(
    Route("GET", f"{place}/calendarView/delta", track_view, ("Calendars.Read",), Workload.EXCHANGE) for place in _PLACES
)
