"""Answers to meetings, and calling them off: https://learn.microsoft.com/graph/api/event-accept"""

from __future__ import annotations

from calconnect.mock_tenant.graph.outlook.event_write import answer_event, cancel_event
from calconnect.mock_tenant.graph.outlook.problems import invalid_value
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Workload
from calconnect.mock_tenant.graph.resources.events import event_of

_WRITE = ("Calendars.ReadWrite",)
_PLACES = ("users/{user}", "users/{user}/calendar", "users/{user}/calendars/{calendar}")
_ANSWERS = {"accept": "Accept", "tentativelyaccept": "Tentative", "decline": "Decline"}


def answer(request: GraphRequest) -> GraphResponse:
    """Accept a meeting, accept it tentatively, or decline it."""
    send = (request.body if isinstance(request.body, dict) else {}).get("sendResponse", True)
    if not isinstance(send, bool):
        raise invalid_value("sendResponse")
    answer_event(request, event_of(request), _ANSWERS[request.path.rpartition("/")[2].lower()], send=send)
    return GraphResponse(None, 202)


def call_off(request: GraphRequest) -> GraphResponse:
    """Cancel a meeting."""
    cancel_event(request, event_of(request))
    return GraphResponse(None, 202)


ROUTES = tuple(
    Route("POST", f"{place}/events/{{event}}/{name}", handler, _WRITE, Workload.EXCHANGE)
    for place in _PLACES
    for name, handler in (
        ("accept", answer),
        ("tentativelyAccept", answer),
        ("decline", answer),
        ("cancel", call_off),
    )
)
