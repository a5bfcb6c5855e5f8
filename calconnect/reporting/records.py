"""Events as lines of JSON, and back: what ``events.jsonl`` holds."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter

from calconnect.acceptance.events import (
    Event,
    ObservationMade,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
)
from calconnect.evidence.store import from_record, to_record

_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (RunStarted, ObservationMade, Progress, ScenarioStarted, StepFinished, ScenarioFinished, RunFinished)
}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_EVENTS[name])


def well_formed(text: str) -> str:
    """Return ``text`` as it can be written in UTF-8: half a character (a lone surrogate) becomes U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def json_line(value: Any) -> str:
    """Return ``value`` as one line of JSON that any reader takes."""
    return well_formed(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def event_line(event: Event) -> str:
    """Return one event as a line of JSON, without the line end: ``{"event": "ScenarioFinished", …fields}``."""
    if isinstance(event, ObservationMade):
        return json_line({"event": "ObservationMade", "observation": to_record(event.observation)})
    kind = type(event)
    return json_line({"event": kind.__name__, **_adapter(kind.__name__).dump_python(event, mode="json")})


def read_event(line: str | bytes) -> Event:
    """Return the event of a line.

    Raises:
        ValueError: the line is no event that this version knows.
    """
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("an event is a JSON object")
    name = data.pop("event", None)
    kind = _EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError("the line names no known event")
    if kind is ObservationMade:
        return ObservationMade(from_record(data.get("observation") or {}))
    return cast(Event, _adapter(kind.__name__).validate_python(data))
