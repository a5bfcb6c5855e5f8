"""Enumerations in Graph's words and in those of the state, which are Exchange's.

https://learn.microsoft.com/graph/api/resources/event
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _pairs(**words: str) -> Mapping[str, str]:
    return MappingProxyType(words)


SHOW_AS = _pairs(
    Free="free",
    Tentative="tentative",
    Busy="busy",
    OOF="oof",
    WorkingElsewhere="workingElsewhere",
    NoData="unknown",
)
SENSITIVITY = _pairs(Normal="normal", Personal="personal", Private="private", Confidential="confidential")
IMPORTANCE = _pairs(Low="low", Normal="normal", High="high")
RESPONSE = _pairs(
    Unknown="none",
    Organizer="organizer",
    Tentative="tentativelyAccepted",
    Accept="accepted",
    Decline="declined",
    NoResponseReceived="notResponded",
)
ATTENDEE_LISTS = _pairs(RequiredAttendees="required", OptionalAttendees="optional", Resources="resource")
"""The list of the state → the attendee's ``type``."""


def word_of(pairs: Mapping[str, str], graph_word: str) -> str | None:
    """Return the state's word for one of Graph's, whatever its case; None: there is none."""
    return next((own for own, word in pairs.items() if word.lower() == graph_word.lower()), None)
