"""When a sweep stops by itself: the account is refused, the server says nothing, or turns everything away."""

from __future__ import annotations

import math

from calconnect.evidence.observation import Observation
from calconnect.sweep.answers import because, said
from calconnect.sweep.model import EndedBy, Ending

SILENCE = 8
"""After so many mailboxes in a row without a usable answer, the server is asked one at a time, with pauses."""
SILENCE_SECONDS = 30.0
"""After so long a silence, and so many single attempts, the sweep ends."""
_SINGLE_ATTEMPTS = 4
LOAD_SECONDS = 60.0
"""After so long, and so many attempts, with nothing but refusals for load, the sweep ends."""
_LOAD_ATTEMPTS = 20
LONGEST_WISH = 600.0
"""Seconds that a server may ask to be left alone for; a longer wish is not waited for."""


class Silence:
    """Tells a server that is away from mailboxes that do not answer."""

    def __init__(self) -> None:
        self._mailboxes: set[int] = set()
        self._since = math.inf
        self._single = 0
        self._last: Observation | None = None
        self.next_at = -math.inf
        """While it is quiet, nothing is sent before."""

    @property
    def quiet(self) -> bool:
        """Whether nothing has been heard for so long that one attempt at a time is enough."""
        return len(self._mailboxes) >= SILENCE

    def heard(self) -> bool:
        """Take note of an answer. Returns whether it broke a silence."""
        broke = self.quiet
        if self._mailboxes:
            self._mailboxes.clear()
            self._since, self._single, self.next_at = math.inf, 0, -math.inf
        return broke

    def unheard(self, numbers: list[int], sent_at: float, now: float, last: Observation) -> None:
        """Take note of an attempt without a usable answer."""
        if self.quiet and sent_at >= self.next_at:
            self._single += 1
            self.next_at = now + min(8.0, 2.0 ** (self._single - 1))
        if not self.quiet:
            self._mailboxes.update(numbers)
            if self.quiet:
                self.next_at = now + 1.0
        self._since = min(self._since, sent_at)
        self._last = last

    def ending(self, now: float) -> Ending | None:
        """Return why the sweep ends; None: it does not."""
        lasting = now - self._since >= SILENCE_SECONDS and self._single >= _SINGLE_ATTEMPTS
        if not lasting or self._last is None:
            return None
        return Ending(
            EndedBy.SILENCE,
            f"The server gave no usable answer for {now - self._since:.0f} seconds. {because(self._last)} "
            "See whether it can be reached, then resume the sweep.",
            self._last,
        )


class Overload:
    """Tells a server that has no room at all from one that sometimes turns a request away."""

    def __init__(self) -> None:
        self._since = math.inf
        self._attempts = 0

    def heard(self) -> None:
        """Take note of an attempt that was not turned away for load."""
        self._since, self._attempts = math.inf, 0

    def turned_away(self, sent_at: float) -> None:
        """Take note of a refusal for load."""
        self._since = min(self._since, sent_at)
        self._attempts += 1

    def ending(self, now: float, last: Observation) -> Ending | None:
        """Return why the sweep ends; None: it does not."""
        if now - self._since < LOAD_SECONDS or self._attempts < _LOAD_ATTEMPTS:
            return None
        return Ending(
            EndedBy.THROTTLED,
            f"The server turned away everything for {now - self._since:.0f} seconds. {because(last)} "
            "Resume the sweep when it is less busy.",
            last,
        )


def refused(last: Observation) -> Ending:
    """Return the end of a sweep whose account was refused."""
    return Ending(
        EndedBy.CREDENTIALS_REFUSED,
        f"The account itself was refused, so nothing more was sent. {because(last)} "
        "Correct the credentials or the account, then resume the sweep.",
        last,
    )


def too_long_a_wish(seconds: float, last: Observation, left: float) -> Ending:
    """Return the end of a sweep that the server wants to pause for longer than is waited.

    Args:
        seconds: for how long it wants to be left alone.
        last: the answer that says so.
        left: seconds of the sweep's time that are left.
    """
    wish = f"The server asks to be left alone for {seconds:.0f} seconds ({said(last)})"
    if left < seconds <= LONGEST_WISH:
        return Ending(
            EndedBy.TIME_UP,
            f"{wish}; {max(left, 0.0):.0f} seconds are left. Resume the sweep when they are over.",
            last,
        )
    return Ending(
        EndedBy.THROTTLED,
        f"{wish}, which is longer than the {LONGEST_WISH:.0f} seconds that are waited for. Resume the sweep later.",
        last,
    )
