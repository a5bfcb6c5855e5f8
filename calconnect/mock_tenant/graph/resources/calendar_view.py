"""The calendar view, series expanded: https://learn.microsoft.com/graph/api/user-list-calendarview"""

from __future__ import annotations

from calconnect.mock_tenant.graph.outlook.showing import show_events
from calconnect.mock_tenant.graph.outlook.things import context_of, find_calendar
from calconnect.mock_tenant.graph.outlook.windows import events_in, read_window
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Workload

_PLACES = ("users/{user}", "users/{user}/calendar", "users/{user}/calendars/{calendar}")


def list_view(request: GraphRequest) -> GraphResponse:
    """Answer with the events in a window, by start."""
    found = events_in(request.mailbox, find_calendar(request), read_window(request))
    return show_events(request, found, context_of(request, "calendarView"))


ROUTES = tuple(
    Route("GET", f"{place}/calendarView", list_view, ("Calendars.Read",), Workload.EXCHANGE) for place in _PLACES
)
