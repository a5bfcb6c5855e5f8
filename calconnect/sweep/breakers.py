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
_SINGLE_ATTEMPTS = 6
_HANGS = "timed-out"
LOAD_SECONDS = 60.0
LOAD_SECONDS_AT_FIRST = 5.0
"""After so long (the latter: where nothing was ever served), and so many attempts one after the other, with nothing but
refusals for load, the sweep ends."""
_ROUNDS = 4
LONGEST_WISH = 600.0
"""Seconds that a server may ask to be left alone for; a longer wish is not waited for."""


class Silence:
    """Tells a server that is away from mailboxes that do not answer."""

    def __init__(self) -> None:
        self._mailboxes: set[int] = set()
        self._since = math.inf
        self._single = 0
        self._last: Observation | None = None
        self._ever_heard = False
        self.next_at = -math.inf
        """While it is quiet, nothing is sent before."""

    @property
    def quiet(self) -> bool:
        """Whether nothing has been heard for so long that one attempt at a time is enough."""
        return len(self._mailboxes) >= SILENCE

    def heard(self) -> bool:
        """Take note of an answer. Returns whether it broke a silence."""
        broke, self._ever_heard = self.quiet, True
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

    @property
    def wants_fresh(self) -> bool:
        """Whether the next attempt is better made for a mailbox that was not asked yet.

        Where answers do not come in time, every other one is for those that were: some of them may simply hang, and
        have to come to their end.
        """
        return self.quiet and (not self.hangs or self._single % 2 == 0)

    @property
    def hangs(self) -> bool:
        """Whether it is answers that do not come in time: mailboxes may be the cause, and not the server."""
        return self._last is not None and self._last.code == _HANGS

    def ending(self, now: float, *, all_asked: bool) -> Ending | None:
        """Return why the sweep ends; None: it does not.

        Args:
            now: the present.
            all_asked: whether there is no mailbox that was not asked yet. Those left may be the ones that hang, so
                that they are asked, one at a time, as often as they are worth.
        """
        if all_asked and self._ever_heard and self.hangs:
            return None
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
        self._patience = LOAD_SECONDS_AT_FIRST
        self._since = math.inf
        self._last_at = -math.inf
        self._rounds = 0

    def heard(self) -> None:
        """Take note of an attempt that was not turned away for load."""
        self._patience, self._since, self._rounds = LOAD_SECONDS, math.inf, 0

    def turned_away(self, sent_at: float, now: float) -> None:
        """Take note of a refusal for load."""
        if sent_at >= self._last_at:
            self._rounds += 1
        self._since, self._last_at = min(self._since, sent_at), now

    def ending(self, now: float, last: Observation) -> Ending | None:
        """Return why the sweep ends; None: it does not."""
        if now - self._since < self._patience or self._rounds < _ROUNDS:
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
