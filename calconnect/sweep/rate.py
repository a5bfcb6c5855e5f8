"""How many mailboxes a second a server takes, found out from what it serves and what it turns away.

Servers keep a budget that fills at a steady rate and can be spent at once. The rate is held just below what fits what
was seen (see :mod:`stretch`), and raised again: hardly at first, then faster and faster, in case there is more.
"""

from __future__ import annotations

import math

from calconnect.sweep.stretch import Stretch, fitting_rate

_BELOW = 0.98
"""So far below what a server was seen to take is where the rate is held."""
_LEAST = 0.5
"""Mailboxes a second; the server's own wishes go on top."""
_LONGEST_WAIT = 30.0
_SEARCH = 0.7
"""Growth a second of a rate that is not known yet, as an exponent."""
_BLINK = 0.2
"""Seconds over which a stretch is thought to have lasted at least, as its last answers were under way so long."""
_BURST = 0.1
"""Seconds of delay that may be caught up with: timers are only so exact."""
_SURPRISES = 5
"""After so many refusals in a row at a rate that was thought to be low enough, they are not about the rate."""
_TELLING = 20
"""Mailboxes served from which on a stretch is trusted; a shorter one lowers the rate to no less than _WEAKLY of it."""
_WEAKLY = 0.8
_FREE = 60.0
_TOO_MANY = 0.1
"""Share of refusals from which on they are held to be about the rate in any case."""
_SINGLE = 3
"""So many stretches that end with single refusals are let pass at first."""


class Governor:
    """Spaces requests so that hardly any is turned away. Without refusals it does nothing."""

    def __init__(self) -> None:
        self.next_at = -math.inf
        """Nothing is to be sent before."""
        self.rate: float | None = None
        """Mailboxes a second; None: as many as there are."""
        self._held_at: float | None = None
        """What the server was seen to take; None: that is still looked for."""
        self._grown_for = 0.0
        self._patience = 1.0
        self._number = 0
        self._stretch = Stretch()
        self._earlier: list[Stretch] = []
        self._surprises = 0
        self._singles = 0
        self._free_until = -math.inf
        self._free_for = _FREE

    def send(self, now: float, mailboxes: int) -> int:
        """Take note of a request, and return the stretch that it belongs to."""
        stretch = self._stretch
        if stretch.refused:
            self._conclude(now)
            stretch = self._stretch
        if self.rate is not None and not math.isnan(stretch.last):
            self._grow(now - stretch.last, held=now <= self.next_at + _BURST)
        stretch.send(now, mailboxes)
        if self.rate is not None:
            wait = min(mailboxes / self.rate, _LONGEST_WAIT)
            self.next_at = max(self.next_at, now - _BURST) + wait
        return self._number

    def served(self, number: int, sent_at: float, mailboxes: int) -> None:
        """Take note of mailboxes that were served, of a request of the stretch ``number``."""
        if number != self._number:
            return
        self._stretch.served += mailboxes
        if sent_at > self._stretch.first_refused:
            self._stretch.served_after += mailboxes

    def turned_away(self, number: int, sent_at: float, mailboxes: int, now: float) -> None:
        """Take note of mailboxes that were turned away."""
        if number != self._number:
            return
        if not self._stretch.refused:  # the others of the same moment are to come back first
            self.next_at = max(self.next_at, now + min(1.0, now - sent_at))
        self._stretch.refused += mailboxes
        self._stretch.first_refused = min(self._stretch.first_refused, sent_at)

    def _grow(self, seconds: float, *, held: bool) -> None:
        if self.rate is None or not held:
            return
        if self._held_at is None:
            self.rate *= math.exp(_SEARCH * min(seconds, 1.0))
            return
        self._grown_for += min(seconds, _LONGEST_WAIT)
        self.rate = self._held_at * (_BELOW + 2 * (1 - _BELOW) * (self._grown_for / self._patience) ** 3)

    def _conclude(self, now: float) -> None:
        """Draw the lesson of a stretch that ended with a refusal, and begin the next."""
        stretch, earlier = self._stretch, self._earlier
        self._stretch, self._earlier = Stretch(), [*earlier[:1], *earlier[1:][-1:], stretch]
        self._number += 1
        self.next_at = now
        few = stretch.refused <= _TOO_MANY * (stretch.served + stretch.refused)
        if few and self.rate is None:
            self._singles += 1
            if now < self._free_until or self._singles <= _SINGLE:
                return
        surprised = self._held_at is not None and self._grown_for < self._patience
        self._grown_for = 0.0
        if self.rate is None or not earlier:
            # Rather too high: the next refusal comes sooner then, and says more.
            self.rate = max(
                _LEAST, 1.25 * (stretch.emptied_rate() or 0.0) or stretch.served / max(stretch.seconds, 1.0)
            )
            self._held_at, self._surprises = None, 0
            return
        self._surprises = self._surprises + 1 if surprised else 0
        if self._surprises >= _SURPRISES:
            self.rate, self._held_at = None, None
            self._free_until, self._free_for = now + self._free_for, self._free_for * 2
            return
        fitting = fitting_rate(stretch, earlier, stretch.proven_rate(since=earlier[-1].last), self.rate)
        if stretch.served < _TELLING:
            fitting = max(fitting, self.rate * _WEAKLY)
        self._held_at = max(_LEAST, fitting)
        self._patience = max(2.0, 5 * stretch.seconds, 40 * (now - stretch.last))
        self.rate = self._held_at * _BELOW
