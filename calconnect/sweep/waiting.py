"""The mailboxes that are still to be asked: those of the list, and those that wait to be asked again."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calconnect.sweep.model import SweptMailbox

_LINGER = 1.0
"""Seconds that a mailbox waits at most for others to share a request with, once the list is through."""


@dataclass(slots=True)
class Waiting:
    """A mailbox that is on its way."""

    number: int
    address: str
    tries: int = 0
    """Attempts that were made."""
    counted: int = 0
    """Attempts that count against what the retry table allows."""
    company: int = 1_000_000
    """With so many mailboxes at most, itself included, it shares its next request."""
    first: str = ""
    """What the first attempt came to, in a word."""
    first_step: tuple[str, str] = ("", "")
    """Probe and operation of the observation in which the first attempt ended."""
    due: float = 0.0
    """Not asked before, on the loop's clock."""

    @property
    def target(self) -> str:
        """The address as servers compare it."""
        return self.address.casefold()


class Queue:
    """Hands out mailboxes, each to one attempt at a time. Keeps nothing of those that are through."""

    def __init__(self, todo: Sequence[SweptMailbox]) -> None:
        """Begin with a list, which must be cheap to index; mailboxes are taken from it as they are needed."""
        self._fresh = _spread(todo)
        self._left_in_list = len(todo)
        self._ready: deque[Waiting] = deque()
        self._later: list[tuple[float, int, Waiting]] = []
        self._out: set[str] = set()
        """Targets under way or waiting for another attempt: a second row of the same address waits for the first."""
        self._behind: dict[str, list[Waiting]] = {}

    @property
    def nothing_fresh(self) -> bool:
        """Whether every mailbox of the list has been handed out once."""
        return self._left_in_list == 0

    def take(self, now: float, most: int, *, fresh_first: bool = False) -> list[Waiting]:
        """Return the mailboxes of the next request, ``most`` at most; none: there are none yet, see :meth:`due`."""
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        batch: list[Waiting] = []
        if fresh_first:
            self._fill(batch, most)
        while self._ready and len(batch) < min(most, self._ready[0].company):
            most = min(most, self._ready[0].company)
            batch.append(self._ready.popleft())
        self._fill(batch, most)
        if len(batch) < most and self._later and batch and now < self._lingers(batch):
            self._ready.extendleft(reversed(batch))
            return []
        return batch

    def due(self) -> float:
        """Return when :meth:`take` may have something that it does not have now; infinity: not by itself."""
        return self._later[0][0] if self._later else math.inf

    def again(self, mailbox: Waiting, due: float) -> None:
        """Take back a mailbox that is to be asked again, at ``due`` at the earliest."""
        mailbox.due = due
        heapq.heappush(self._later, (due, mailbox.number, mailbox))

    def through(self, mailbox: Waiting) -> None:
        """Let go of a mailbox that is settled."""
        behind = self._behind.get(mailbox.target)
        if not behind:
            self._out.discard(mailbox.target)
            return
        self._ready.append(behind.pop(0))
        if not behind:
            del self._behind[mailbox.target]

    def _fill(self, batch: list[Waiting], most: int) -> None:
        while len(batch) < most and self._left_in_list:
            row = next(self._fresh)
            self._left_in_list -= 1
            mailbox = Waiting(row.number, row.address)
            if mailbox.target in self._out:
                self._behind.setdefault(mailbox.target, []).append(mailbox)
                continue
            self._out.add(mailbox.target)
            batch.append(mailbox)

    def _lingers(self, batch: Sequence[Waiting]) -> float:
        """Return until when an unfilled request waits for those that are due soon."""
        until = min(one.due for one in batch) + _LINGER
        return until if self._later[0][0] <= until else -math.inf


def _spread(todo: Sequence[SweptMailbox]) -> Iterator[SweptMailbox]:
    """Yield each once, neighbours far apart: lists are often sorted by database, and one may be slow or away."""
    count = len(todo)
    step = max(1, round(count * 0.618))
    while math.gcd(step, count) > 1:
        step += 1
    return (todo[place * step % count] for place in range(count))
