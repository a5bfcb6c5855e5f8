"""The limits of Exchange Server and of calconnect's own patience, read from ``limits.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("limits.toml")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once. The units stand in ``limits.toml``, with the source of each."""

    mailboxes_per_availability_request: int
    availability_window: int
    """Days."""
    calendar_view_window: int
    """Days."""
    items_per_find: int
    events_looked_at: int
    """Of a calendar, to see what may be done with them."""
    connections: int
    """At once, to one server: so many does every supported server allow."""
    connections_since_2013: int
    """What a server since Exchange 2013 allows at most, unless its administrator allows more (EWSMaxConcurrency)."""
    autodiscover_redirects: int
    group_depth: int
    back_off: int
    """Seconds that calconnect waits at most before it tries once more."""
    answer_size: int
    """Bytes of an answer that are read at most."""


@functools.cache
def limits() -> Limits:
    """Return the limits; they are read once."""
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Limits(**{name: int(entry["value"]) for name, entry in data.items()})
