"""Wishes to be left alone for longer than is waited.

Such a wish may be meant for the mailbox alone, or be no sense at all. So after a while one attempt is made for another
mailbox. If it is served, the account is not meant, and the mailboxes that were told so keep their answers; if it is
told so, too, the sweep ends, and they are asked when it is resumed.
"""

from __future__ import annotations

from enum import Enum, auto

from calconnect.sweep.back import Back
from calconnect.sweep.breakers import LONGEST_WISH
from calconnect.sweep.waiting import Waiting
from calconnect.tenants.thin.interface import Shot

AFTER_LONG_WISH = 10.0
"""Seconds until that one attempt."""
_AFTER_NONSENSE = 1.0
"""The same, once the server was seen not to mean it."""
_ATTEMPTS = 3
"""After so many attempts that were turned away with a shorter wish, or with none, the account is meant."""


class Meant(Enum):
    """Whom a wish was meant for."""

    FOR_ALL = auto()
    FOR_THESE = auto()


class Wishes:
    """The mailboxes that were told so, until it is known whom it was meant for."""

    def __init__(self) -> None:
        self.pending: list[tuple[Waiting, Shot]] = []
        self.attempt_at = 0.0
        """When the one attempt may be made, on the loop's clock."""
        self.longest = 0.0
        """The longest wish, in seconds."""
        self._wait = AFTER_LONG_WISH
        self._first_sent = 0.0
        self._turned_away = 0

    def add(self, back: Back, mailbox: Waiting, shot: Shot) -> None:
        """Keep a mailbox."""
        if not self.pending:
            self._first_sent, self._turned_away = back.sent.at, 0
        self.attempt_at = max(self.attempt_at, back.now + self._wait)
        self.longest = max(self.longest, shot.retry_after or 0.0)
        self.pending.append((mailbox, shot))

    def weigh(self, back: Back) -> Meant | None:
        """Return what an attempt that is back lets one conclude; None: nothing yet."""
        if not self.pending:
            return None
        if back.served and back.sent.at > self._first_sent:
            self._wait = _AFTER_NONSENSE
            return Meant.FOR_THESE
        if back.whole and back.sent.at >= self.attempt_at:
            self._turned_away += 1
            if (back.wish or 0.0) > LONGEST_WISH or self._turned_away >= _ATTEMPTS:
                return Meant.FOR_ALL
        return None

    def take(self) -> list[tuple[Waiting, Shot]]:
        """Return the mailboxes, and keep none."""
        taken, self.pending = self.pending, []
        return taken
