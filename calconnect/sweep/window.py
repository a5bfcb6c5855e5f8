"""How many requests may be in flight at once: grown while the server keeps up, shrunk when it does not."""

from __future__ import annotations

import math
from collections import deque

from calconnect.tenants.thin.interface import Concurrency

_LATENCIES = 32
_FAR_ABOVE = 3.0
"""Times its base at which latency is far above it, and seconds that it must be above it by."""
_NOTICEABLE = 0.5
_CALM = 1.0
"""Seconds without a refusal after which one more is tried; twice as long after each refusal, up to _LONGEST_CALM."""
_LONGEST_CALM = 160.0
_UNWELL = 0.5
"""Share of answers that are faults at which a server is taken for overloaded."""


class Window:
    """The limit of what is in flight. Times are seconds of one clock that never goes back."""

    def __init__(self, concurrency: Concurrency) -> None:
        self._most = max(1, concurrency.most)
        self._start = max(1, min(concurrency.start, self._most))
        self._size = float(self._start)
        self._growing = True
        self._calm = _CALM
        self._since = -math.inf
        self._least = 1.0
        """Below which the attempts that were under way at the last refusal do not bring it."""
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._seen = 0
        self._base = math.inf
        self._held = True
        self._faults = 0.0

    @property
    def limit(self) -> int:
        """So many may be in flight."""
        return int(self._size)

    def answered(self, now: float, latency: float, in_flight: int) -> None:
        """Take note of an attempt that was served.

        Args:
            now: the present.
            latency: seconds that it took.
            in_flight: how many were under way when it was sent, itself included.
        """
        self._faults *= 0.95
        self._latencies.append(latency)
        self._seen += 1
        if self._seen % (_LATENCIES // 2) == 0:
            self._look_at_latency(now)
        if not self._held or 2 * in_flight < self.limit:
            return
        if self._growing:
            self._size = min(float(self._most), self._size + 1)
        elif in_flight >= self.limit < self._most and now - self._since >= self._calm:
            self._size = min(float(self._most), float(self.limit + 1))
            self._since = now

    def crowded(self, now: float, sent_at: float, in_flight: int) -> None:
        """Take note of an attempt that was turned away because too many were under way.

        Args:
            now: the present.
            sent_at: when it was sent.
            in_flight: how many are under way now, without it: so many were let in, or will be turned away as well.
        """
        if sent_at > self._since:
            # What had grown by one at a time is one too many; what had doubled may be many.
            self._calm = _CALM if self._growing else min(_LONGEST_CALM, self._calm * 2)
            self._least = max(1.0, self._size // 2 if self._growing else self._size - 1)
            self._since = now
        self._growing = False
        self._size = max(self._least, min(self._size, float(in_flight)))

    def failed(self, now: float) -> None:
        """Take note of an attempt that came to a fault, or to nothing."""
        self._faults = self._faults * 0.95 + 0.05
        if self._faults > _UNWELL:
            self._faults = _UNWELL / 2
            self._shrink(now, 0.5, 1)

    def begin_again(self) -> None:
        """Begin as at first: the server was away."""
        self._size = float(self._start)
        self._growing = True
        self._faults = 0.0
        self._latencies.clear()

    def _look_at_latency(self, now: float) -> None:
        median = sorted(self._latencies)[len(self._latencies) // 2]
        # The base follows a server that has become slower for good, but slowly.
        self._base = median if median < self._base else self._base + (median - self._base) * 0.01
        far = max(self._base * _FAR_ABOVE, self._base + _NOTICEABLE)
        self._held = median <= far
        if not self._held and now - self._since >= median:
            self._shrink(now, 0.8, self._start)

    def _shrink(self, now: float, by: float, least: int) -> None:
        self._growing = False
        self._since = now
        self._calm = _CALM
        self._size = max(float(min(least, self._size)), float(math.floor(self._size * by)), 1.0)
