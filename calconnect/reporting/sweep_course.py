"""How a sweep went over time: the samples of its seconds, drawn together into as many stretches as can be shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from calconnect.reporting.model_sweep import CoursePoint, CourseResult
from calconnect.sweep.model import Sample
from calconnect.tenants.thin.interface import Probe, Side

MOST_POINTS = 240
"""Stretches of one course at most; beyond, each becomes twice as long."""
GAP = timedelta(seconds=30)
"""A longer silence between two samples is time in which nothing was asked: the sweep had ended and went on later."""


class _Stretch:
    """What the samples of one stretch add up to."""

    __slots__ = ("answers", "done", "in_flight", "latency", "limit", "samples", "seconds", "throttled", "timed")

    def __init__(self) -> None:
        self.samples = self.done = self.answers = self.throttled = self.timed = 0
        self.seconds = self.in_flight = self.limit = self.latency = 0.0

    def add(self, other: _Stretch) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Course:
    """One probe on one side. Takes samples in the order of time."""

    def __init__(self, probe: Probe, side: Side) -> None:
        """Begin with nothing."""
        self._probe, self._side = probe, side
        self._step = 1.0
        self._stretches: list[_Stretch] = []
        self._elapsed = 0.0
        self._last: Sample | None = None
        self._began: datetime | None = None
        self._resumed: list[float] = []
        self._whole = _Stretch()

    def add(self, sample: Sample) -> None:
        """Take one second."""
        last, seconds, done = self._last, 1.0, sample.done
        if last is not None:
            passed = (sample.at - last.at).total_seconds()
            anew = sample.done < last.done  # whoever goes on counts from the beginning
            done -= 0 if anew else last.done
            if anew or not 0 <= passed <= GAP.total_seconds():
                self._resumed.append(round(self._elapsed, 1))
            else:
                seconds = passed
        self._last = sample
        part = _Stretch()
        part.samples, part.seconds, part.done = 1, seconds, done
        part.answers, part.throttled = sample.answers, sample.throttled
        part.in_flight, part.limit = float(sample.in_flight), float(sample.limit)
        if sample.answers:
            part.timed, part.latency = 1, sample.latency_ms
        while self._elapsed >= self._step * MOST_POINTS:
            self._draw_together()
        place = int(self._elapsed / self._step)
        while len(self._stretches) <= place:
            self._stretches.append(_Stretch())
        self._stretches[place].add(part)
        self._whole.add(part)
        self._elapsed += seconds

    def result(self) -> CourseResult:
        """Return what was taken so far."""
        whole = self._whole
        return CourseResult(
            probe=self._probe.value,
            side=self._side.value,
            seconds=round(self._elapsed, 1),
            mailboxes=whole.done,
            answers=whole.answers,
            throttled=whole.throttled,
            per_second=_share(whole.done, whole.seconds),
            step_seconds=self._step,
            resumed_at=self._resumed[:MOST_POINTS],
            points=[
                _point(number * self._step, stretch)
                for number, stretch in enumerate(self._stretches)
                if stretch.samples
            ],
        )

    def _draw_together(self) -> None:
        pairs = self._stretches
        self._stretches = []
        for number, stretch in enumerate(pairs):
            if number % 2:
                self._stretches[-1].add(stretch)
            else:
                self._stretches.append(stretch)
        self._step *= 2


def _point(second: float, stretch: _Stretch) -> CoursePoint:
    return CoursePoint(
        second=second,
        per_second=_share(stretch.done, stretch.seconds),
        throttled_per_second=_share(stretch.throttled, stretch.seconds),
        latency_ms=_share(stretch.latency, stretch.timed),
        in_flight=_share(stretch.in_flight, stretch.samples),
        limit=_share(stretch.limit, stretch.samples),
    )


def _share(amount: float, of: float) -> float:
    return round(amount / of, 2) if of else 0.0
