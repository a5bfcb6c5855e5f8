"""What a sweep has done so far, as samples for curves and progress for people."""

from __future__ import annotations

from collections import Counter, deque

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import Clock
from calconnect.sweep.answers import said
from calconnect.sweep.model import Progress, Sample
from calconnect.sweep.pace import Pace
from calconnect.tenants.thin.interface import Probe, ThinPath

_LATELY = 10.0
"""Seconds over which the speed is taken."""
_KEPT = 1000
"""Latencies of one second that are kept for its median."""


class Gauges:
    """Counts. Memory does not grow with the number of mailboxes."""

    def __init__(self, path: ThinPath, total: int, pace: Pace, clock: Clock, began: float) -> None:
        """Begin to count; ``began`` is a moment of the loop's clock, as is every ``now``."""
        self._probe, self._side = path.probe, path.side
        self._total = total
        self._pace = pace
        self._clock = clock
        self.done = 0
        self._throttled = 0
        self._findings: Counter[str] = Counter()
        self._marks: deque[tuple[float, int]] = deque([(began, 0)])
        self._answers = 0
        self._throttled_before = 0
        self._latencies: list[float] = []

    def answered(self, latency: float, *, throttled: bool) -> None:
        """Take note of an attempt that came back after ``latency`` seconds."""
        self._answers += 1
        self._throttled += throttled
        if len(self._latencies) < _KEPT:
            self._latencies.append(latency)

    def settled(self, last: Observation) -> None:
        """Take note of a mailbox that is through."""
        self.done += 1
        expected = last.ok
        if self._probe is Probe.REFUSED:
            expected = meaning(last.code, last.http_status).kind is Kind.REFUSAL_OF_RIGHTS
        if not expected:
            self._findings[said(last)] += 1

    def sample(self) -> Sample:
        """Return what happened since the last sample."""
        latencies = sorted(self._latencies)
        sample = Sample(
            self._clock(),
            self._probe,
            self._side,
            self.done,
            self._answers,
            self._throttled - self._throttled_before,
            self._pace.in_flight,
            self._pace.window.limit,
            round(latencies[len(latencies) // 2] * 1000, 3) if latencies else 0.0,
        )
        self._answers = 0
        self._throttled_before = self._throttled
        self._latencies.clear()
        return sample

    def progress(self, now: float) -> Progress:
        """Return where the sweep stands."""
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _LATELY:
            self._marks.popleft()
        since, before = self._marks[0]
        per_second = (self.done - before) / (now - since) if now > since else 0.0
        return Progress(
            self._probe,
            self._side,
            self.done,
            self._total,
            per_second,
            self._pace.in_flight,
            self._throttled,
            (self._total - self.done) / per_second if per_second > 0 else None,
            dict(self._findings),
        )
