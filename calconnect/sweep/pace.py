"""How fast a sweep goes: how many at once, how many a second, and when not at all."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from calconnect.sweep.rate import Governor
from calconnect.sweep.retries import LONGEST_PAUSE, Load
from calconnect.sweep.window import Window
from calconnect.tenants.thin.interface import Concurrency

_OWN_PAUSE = 0.2
"""Seconds that everybody waits after a refusal for load where the server names no time; doubled each time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that is under way."""

    at: float
    mailboxes: int
    in_flight: int
    """How many attempts were under way when it was sent, itself included."""
    stretch: int
    """The governor's stretch that it belongs to."""


class Pace:
    """Says when the next attempt may go. Times are seconds of one clock that never goes back."""

    def __init__(self, concurrency: Concurrency, rng: random.Random) -> None:
        self.window = Window(concurrency)
        self.in_flight = 0
        self.closed_until = -math.inf
        """Nothing is sent before: the server asked to be left alone."""
        self._governor = Governor()
        self._rng = rng
        self._in_a_row = 0
        """Pauses since anything was served."""

    @property
    def has_room(self) -> bool:
        """Whether fewer attempts are under way than may be."""
        return self.in_flight < self.window.limit

    def ready_at(self) -> float:
        """Return when the next attempt may be sent; infinity: not before one that is under way is through."""
        if not self.has_room:
            return math.inf
        return max(self.closed_until, self._governor.next_at)

    def send(self, now: float, mailboxes: int) -> Sent:
        """Take note that an attempt is sent."""
        self.in_flight += 1
        return Sent(now, mailboxes, self.in_flight, self._governor.send(now, mailboxes))

    def over(self) -> None:
        """Take note that an attempt is no longer under way."""
        self.in_flight -= 1

    def served(self, now: float, sent: Sent, mailboxes: int) -> None:
        """Take note of an attempt that was served, for so many mailboxes."""
        self._in_a_row = 0
        self._governor.served(sent.stretch, sent.at, mailboxes)
        self.window.answered(now, now - sent.at, sent.in_flight)

    def turned_away(self, now: float, sent: Sent, mailboxes: int, load: Load) -> None:
        """Take note of mailboxes of an attempt that were turned away for load."""
        if load is Load.CONCURRENCY:
            self.window.crowded(now, sent.at, self.in_flight)
        else:
            self._governor.turned_away(sent.stretch, sent.at, mailboxes, now)

    def close(self, now: float, sent: Sent, seconds: float | None) -> None:
        """Let nothing go for as long as the server asks, or where it names no time, for as long as seems right."""
        if seconds is None or seconds <= 0:
            if sent.at < self.closed_until:
                return  # of the refusal that everybody is waiting for already
            seconds = min(LONGEST_PAUSE, _OWN_PAUSE * 2.0 ** min(self._in_a_row, 20)) * self._rng.uniform(1.0, 1.25)
        if sent.at >= self.closed_until:
            self._in_a_row += 1
        self.closed_until = max(self.closed_until, now + seconds)
