"""Events: https://learn.microsoft.com/graph/api/resources/event

``events`` has single events and whole series; what a window holds is told by the calendar view.
"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.graph.outlook.event_input import EventInput, read_event
from calconnect.mock_tenant.graph.outlook.event_write import change_event, create_event, delete_event
from calconnect.mock_tenant.graph.outlook.showing import show_event, show_events
from calconnect.mock_tenant.graph.outlook.things import Event, context_of, find_calendar, find_event
from calconnect.mock_tenant.graph.outlook.windows import instances_in, read_window
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Workload, no_content
from calconnect.mock_tenant.state.calendar import Appointment
from calconnect.mock_tenant.state.mailbox import Folder

_READ, _WRITE = ("Calendars.Read",), ("Calendars.ReadWrite",)
_PLACES = ("users/{user}", "users/{user}/calendar", "users/{user}/calendars/{calendar}")


def event_of(request: GraphRequest) -> Event:
    """Return the event that ``{event}`` of a path names.

    Raises:
        GraphError: 400 ``ErrorInvalidIdMalformed``, 404 ``ErrorItemNotFound``.
    """
    folder = find_calendar(request) if "/calendar" in request.path.lower().partition("/events")[0] else None
    return find_event(request.mailbox, request.parameters["event"], folder)


def _events(request: GraphRequest, folder: Folder) -> Iterator[Event]:
    for item in request.mailbox.folders[folder.number].items.values():
        if isinstance(item.calendar, Appointment) and item.kind == "CalendarItem":
            yield Event(request.mailbox, item)


def list_events(request: GraphRequest) -> GraphResponse:
    """Answer with the single events and series of a calendar."""
    return show_events(request, _events(request, find_calendar(request)), context_of(request, "events"))


def get_event(request: GraphRequest) -> GraphResponse:
    """Answer with an event, a series, or one occurrence."""
    return show_event(request, event_of(request), context_of(request, "events/$entity"))


def _read(request: GraphRequest, event: Event | None = None) -> EventInput:
    first_day = request.at.date()
    if event is not None:
        first_day = event.facts.start.astimezone(event.facts.zone).date()
    return read_event(request.object_body(), first_day)


def post_event(request: GraphRequest) -> GraphResponse:
    """Make an event."""
    event = create_event(request, find_calendar(request), _read(request))
    response = show_event(request, event, context_of(request, "events/$entity"), status=201)
    location = f"{request.version_url}/users('{request.user.id}')/events('{event.id}')"
    response.headers = (*response.headers, ("Location", location))
    return response


def patch_event(request: GraphRequest) -> GraphResponse:
    """Change an event, or one occurrence."""
    event = event_of(request)
    change_event(request, event, _read(request, event))
    return show_event(request, find_event(event.mailbox, event.id), context_of(request, "events/$entity"))


def remove_event(request: GraphRequest) -> GraphResponse:
    """Delete an event, or one occurrence."""
    delete_event(request, event_of(request))
    return no_content()


def list_instances(request: GraphRequest) -> GraphResponse:
    """Answer with the occurrences of a series in a window."""
    found = instances_in(event_of(request), read_window(request))
    return show_events(request, found, context_of(request, "events"))


ROUTES = tuple(
    Route(method, f"{place}/{tail}", handler, permissions, Workload.EXCHANGE)
    for place in _PLACES
    for method, tail, handler, permissions in (
        ("GET", "events", list_events, _READ),
        ("POST", "events", post_event, _WRITE),
        ("GET", "events/{event}", get_event, _READ),
        ("PATCH", "events/{event}", patch_event, _WRITE),
        ("DELETE", "events/{event}", remove_event, _WRITE),
        ("GET", "events/{event}/instances", list_instances, _READ),
    )
)
