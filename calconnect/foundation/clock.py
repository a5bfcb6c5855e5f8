"""The clock, injected everywhere: nothing in calconnect asks the machine for the time but through one of these."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the present moment as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Return the machine's time, in UTC."""
    return datetime.now(UTC)


class MovableClock:
    """A clock that starts at a given moment, runs on from there, and can be set or moved.

    Used by the mock tenant (its control plane sets it) and by tests. With ``running=False`` it stands still.
    """

    def __init__(self, start: datetime, *, running: bool = True) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._running = running
        self.set(start)

    def set(self, moment: datetime) -> None:
        """Put the clock to ``moment`` (aware)."""
        self._base = moment.astimezone(UTC)
        self._since = time.monotonic()

    def advance(self, by: timedelta) -> None:
        """Move the clock by ``by``."""
        self.set(self() + by)

    def __call__(self) -> datetime:
        """Return the present moment, in UTC."""
        if not self._running:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)
