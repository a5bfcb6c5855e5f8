"""The geometry of the curves of a sweep: numbers only. The templates draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calconnect.reporting.model_sweep import CoursePoint, CourseResult

WIDTH = 720.0
HEIGHT = 110.0
"""Of one panel, in the user units of its drawing."""
_TICKS = 3
_TIME_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a panel, as pieces: where nothing was measured there is a gap."""

    name: str
    """Which style it has: ``main``, ``second``."""
    pieces: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over time."""

    title: str
    unit: str
    """What a label on its axis is followed by."""
    curves: tuple[Curve, ...]
    bars: tuple[tuple[float, float, float], ...]
    """Each: left, top and height; for what happens now and then."""
    bar_width: float
    ticks: tuple[tuple[float, float], ...]
    """Each: value, and its height on the axis."""
    summary: str
    """For those who do not see the drawing."""


@dataclass(frozen=True, slots=True)
class CourseChart:
    """The panels of one course, over one axis of time."""

    course: CourseResult
    panels: tuple[Panel, ...]
    seconds: tuple[tuple[float, float], ...]
    """Each: seconds of asking, and its place on the axis."""
    resumed: tuple[float, ...]
    """Places where the sweep was gone on with."""


def course_chart(course: CourseResult) -> CourseChart | None:
    """Return the panels; None if there are fewer than two points, which make no curve."""
    points = course.points
    if len(points) < 2:
        return None
    end = max(course.seconds, points[-1].second + course.step_seconds)

    def place(second: float) -> float:
        return round(second / end * WIDTH, 1)

    centre = course.step_seconds / 2
    places = [place(point.second + centre) for point in points]
    width = max(1.0, place(course.step_seconds) - 0.4)
    return CourseChart(
        course,
        (_rate(points, places, width), _latency(points, places), _in_flight(points, places)),
        tuple((second, place(second)) for second in _times(end)),
        tuple(place(second) for second in course.resumed_at),
    )


def _rate(points: Sequence[CoursePoint], places: Sequence[float], width: float) -> Panel:
    most = max(max(one.per_second, one.throttled_per_second) for one in points)
    height, ticks = _scale(most)
    bars = [
        (round(x - width / 2, 1), height(one.throttled_per_second), round(HEIGHT - height(one.throttled_per_second), 1))
        for x, one in zip(places, points, strict=True)
        if one.throttled_per_second
    ]
    line = Curve("main", _pieces(places, [one.per_second for one in points], height))
    highest = max(one.per_second for one in points)
    told = f"at most {highest:,.1f} mailboxes a second; turned away for load in {len(bars)} of {len(points)} stretches"
    return Panel("Mailboxes a second", "", (line,), tuple(bars), width, ticks, told)


def _latency(points: Sequence[CoursePoint], places: Sequence[float]) -> Panel:
    values = [one.latency_ms or None for one in points]
    height, ticks = _scale(max((one for one in values if one), default=1.0))
    curve = Curve("main", _pieces(places, values, height))
    told = f"at most {max((one for one in values if one), default=0.0):,.0f} ms"
    return Panel("Time of an answer (median)", " ms", (curve,), (), 0.0, ticks, told)


def _in_flight(points: Sequence[CoursePoint], places: Sequence[float]) -> Panel:
    height, ticks = _scale(max(max(one.limit, one.in_flight) for one in points))
    limit = Curve("second", _pieces(places, [one.limit for one in points], height))
    flying = Curve("main", _pieces(places, [one.in_flight for one in points], height))
    told = f"at most {max(one.in_flight for one in points):,.0f} requests in flight"
    return Panel("Requests in flight, and how many might have been", "", (limit, flying), (), 0.0, ticks, told)


def _pieces(
    places: Sequence[float], values: Sequence[float | None], height: Callable[[float], float]
) -> tuple[tuple[Point, ...], ...]:
    pieces: list[list[Point]] = [[]]
    for x, value in zip(places, values, strict=True):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((x, height(value)))
    return tuple(tuple(piece) for piece in pieces if len(piece) > 1)


def _scale(most: float) -> tuple[Callable[[float], float], tuple[tuple[float, float], ...]]:
    """Return what turns a value into a height (0 is the top), and the ticks of the axis."""
    values = _ticks(most or 1.0, _TICKS)
    top = max(values[-1], most) or 1.0

    def height(value: float) -> float:
        return round((1 - value / top) * HEIGHT, 1)

    return height, tuple((value, height(value)) for value in values)


def _times(end: float) -> list[float]:
    """Return at most seven round times from 0 to ``end``, in seconds."""
    step = next((one for one in _TIME_STEPS if end / one <= 6), math.ceil(end / 6 / 86400) * 86400)
    return [float(second) for second in range(0, int(end) + 1, step)]


def _ticks(most: float, wanted: int) -> list[float]:
    """Return round values from 0 to about ``most``: steps of 1, 2 or 5 times a power of ten."""
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [round(step * number, 6) for number in range(int(most / step + 1e-9) + 1)]
