"""Change tracking of calendar views: what a client was told, and what has changed since.

https://learn.microsoft.com/graph/delta-query-events
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Key = tuple[int, int]
"""An item's number, and the index of an occurrence in its series; 0: the item itself."""
Mark = tuple[object, ...]
"""What differs once an event has changed."""
_GENERATIONS = 8
"""How many rounds of one view are remembered; the tokens of older ones are stale."""
_MOST_ROUNDS = 8192


@dataclass(frozen=True, slots=True)
class View:
    """A window of a calendar."""

    mailbox: bytes
    """The mailbox's GUID."""
    folder: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over a view: all that changed since the round before it."""

    number: int
    view: View
    marks: Mapping[Key, Mark]
    """The events that there were."""
    changed: tuple[Key, ...]
    removed: tuple[Key, ...]


class DeltaBook:
    """The rounds of all views. It lasts as long as the tenant: a reset makes every token stale."""

    def __init__(self) -> None:
        self._rounds: OrderedDict[int, Round] = OrderedDict()
        self._of_view: dict[View, list[int]] = {}
        self._last = 0

    def begin(self, view: View, marks: Mapping[Key, Mark], before: Mapping[Key, Mark]) -> Round:
        """Begin a round.

        Args:
            view: the window of a calendar.
            marks: the events that it has now, in the order in which they are told.
            before: the events that the client knows; none in a first round.
        """
        self._last += 1
        changed = tuple(key for key, mark in marks.items() if before.get(key) != mark)
        removed = tuple(key for key in before if key not in marks)
        made = self._rounds[self._last] = Round(self._last, view, marks, changed, removed)
        mine = self._of_view.setdefault(view, [])
        mine.append(made.number)
        if len(mine) > _GENERATIONS:
            self._rounds.pop(mine.pop(0), None)
        if len(self._rounds) > _MOST_ROUNDS:
            number, oldest = self._rounds.popitem(last=False)
            kept = [one for one in self._of_view.pop(oldest.view) if one != number]
            if kept:
                self._of_view[oldest.view] = kept
        return made

    def round(self, number: int, mailbox: bytes, folder: int) -> Round | None:
        """Return a round of a calendar by its number; None: it is not remembered (any more)."""
        found = self._rounds.get(number)
        return found if found is not None and (found.view.mailbox, found.view.folder) == (mailbox, folder) else None
