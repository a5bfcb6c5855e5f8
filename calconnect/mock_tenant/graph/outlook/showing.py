"""How a request wants events shown: time zone, body, expansions; and lists of them, filtered and paged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from calconnect.mock_tenant.graph.errors import Headers, bad_request
from calconnect.mock_tenant.graph.filter import Filter, parse_filter
from calconnect.mock_tenant.graph.odata import OUTLOOK, Paging, entity, narrowed, page_of, selected
from calconnect.mock_tenant.graph.outlook.event_json import cancelled_occurrences, event_json, times_json
from calconnect.mock_tenant.graph.outlook.extended import MULTI, SINGLE, canonical_filter
from calconnect.mock_tenant.graph.outlook.moments import ShownZone, shown_zone
from calconnect.mock_tenant.graph.outlook.things import Event
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.calendar import occurrence_at

_EXCEPTIONS = "exceptionOccurrences"
_ALWAYS = ("id", SINGLE, MULTI, _EXCEPTIONS)
_EXPANSION = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*", re.S)
_UTC = ShownZone()


@dataclass(frozen=True, slots=True)
class Showing:
    """How events are wanted."""

    zone: ShownZone
    text_body: bool
    expanded: dict[str, Filter | None]
    """What ``$expand`` names, and which of it is wanted; None: all."""

    @property
    def headers(self) -> Headers:
        """What tells which of the request's preferences were followed."""
        applied = [f'outlook.timezone="{self.zone.name}"'] if self.zone != _UTC else []
        applied += ['outlook.body-content-type="text"'] if self.text_body else []
        return (("Preference-Applied", ", ".join(applied)),) if applied else ()


def showing_of(request: GraphRequest) -> Showing:
    """Read how a request wants events.

    Raises:
        GraphError: 400: an unknown time zone, or ``$expand`` names what an event does not have.
    """
    text = request.preferences.get("outlook.body-content-type", "").lower() == "text"
    return Showing(shown_zone(request), text, _expansions(request.query.get("$expand", "")))


def _expansions(text: str) -> dict[str, Filter | None]:
    found: dict[str, Filter | None] = {}
    for part in _split(text):
        match = _EXPANSION.fullmatch(part)
        name = match.group(1) if match is not None else part
        if match is None or name not in (SINGLE, MULTI, _EXCEPTIONS):
            raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Event'.")
        option, _, condition = (match.group(2) or "").partition("=")
        if option.strip().lower() not in ("", "$filter", "filter"):
            raise bad_request(f"The query option '{option}' is not supported in $expand.")
        found[name] = parse_filter(canonical_filter(condition)) if condition.strip() else None
    return found


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotation marks."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, mark in enumerate(text):
        quoted ^= mark == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(mark, 0)
        if mark == "," and not depth and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


def show_event(request: GraphRequest, event: Event, what: str, *, status: int = 200) -> GraphResponse:
    """Answer with one event. ``what``: as ``@odata.context`` names it."""
    showing = showing_of(request)
    shown = _finished(event, event_json(event, text_body=showing.text_body), showing)
    if "cancelledOccurrences" in (selected(request) or ()):
        shown["cancelledOccurrences"] = cancelled_occurrences(event)
    response = entity(request, what, shown, always=_ALWAYS, status=status)
    response.headers = (*response.headers, *showing.headers)
    return response


def show_events(request: GraphRequest, events: Iterable[Event], what: str, paging: Paging = OUTLOOK) -> GraphResponse:
    """Answer with a page of events: filtered and ordered by their times in UTC, shown in the zone that is wanted."""
    showing = showing_of(request)
    by_id: dict[str, Event] = {}
    whole: list[Json] = []
    for event in events:
        shown = event_json(event, text_body=showing.text_body)
        by_id[shown["id"]] = event
        whole.append(shown)
    query = {name: canonical_filter(one) if name == "$filter" else one for name, one in request.query.items()}
    found = narrowed(replace(request, query=query), whole)
    shown_events = [_finished(by_id[one["id"]], one, showing) for one in found]
    response = page_of(request, what, shown_events, paging, always=_ALWAYS)
    response.headers = (*response.headers, *showing.headers)
    return response


def _finished(event: Event, shown: Json, showing: Showing) -> Json:
    """Put times into the wanted zone, and leave of what comes only with ``$expand`` what is wanted."""
    if showing.zone != _UTC:
        shown |= times_json(event, showing.zone)
    for name in (SINGLE, MULTI):
        values = shown.pop(name)
        if name in showing.expanded:
            condition = showing.expanded[name]
            kept = [one for one in values if condition is None or condition.matches(one)]
            if kept:
                shown[name] = kept
    if _EXCEPTIONS in showing.expanded and event.occurrence is None and event.facts.recurrence is not None:
        shown[_EXCEPTIONS] = [_exception(event, index, showing) for index in sorted(event.facts.exceptions)]
    return shown


def _exception(event: Event, index: int, showing: Showing) -> Json:
    one = Event(event.mailbox, event.item, occurrence_at(event.item, index))
    shown = event_json(one, showing.zone, text_body=showing.text_body)
    return {name: value for name, value in shown.items() if name not in (SINGLE, MULTI)}
