"""The geometry of the charts: numbers only. The templates draw them, so that no markup is put together in Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from calconnect.reporting.model import MailboxResult, OperationTiming, RequirementResult, VerdictCounts

STRIP_WIDTH = 360.0
"""Width of a bar or strip in the user units of its drawing."""
_LEAST_SEGMENT = 4.0
_WAFFLE_CELLS = 800
_CELL = 12.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar."""

    verdict: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class CoverageBar:
    """One requirement over all listed mailboxes."""

    requirement: RequirementResult
    counts: VerdictCounts
    unseen: int
    """Mailboxes about which it found nothing."""
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the map of mailboxes: one mailbox, or a few neighbours in the list."""

    verdict: str
    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class MailboxMap:
    """Every listed mailbox, in the list's order, from left to right and from top to bottom."""

    cells: tuple[Cell, ...]
    per_cell: int
    """How many mailboxes one square stands for; it shows the worst of them."""
    width: float
    height: float
    size: float


@dataclass(frozen=True, slots=True)
class Strip:
    """How long one operation took: from the fastest to the 95th percentile, its middle half, median and slowest."""

    timing: OperationTiming
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    slowest: float


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """Strips over one logarithmic axis."""

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, float], ...]
    """Each: milliseconds, and its place on the axis."""


def coverage_bars(requirements: Sequence[RequirementResult], mailboxes: Sequence[MailboxResult]) -> list[CoverageBar]:
    """Return a bar for each requirement that judged the listed mailboxes, and not one of them alone."""
    bars = []
    for requirement in requirements:
        tally: dict[str, int] = {}
        for mailbox in mailboxes:
            outcome = mailbox.outcomes.get(requirement.versioned_id)
            if outcome is not None:
                tally[outcome.verdict] = tally.get(outcome.verdict, 0) + 1
        if sum(tally.values()) < min(2, len(mailboxes)) or not tally:
            continue
        counts = VerdictCounts(**{verdict.replace("-", "_"): count for verdict, count in tally.items()})
        unseen = len(mailboxes) - counts.total
        order = ("passed", "failed", "error", "unknown", "not-applicable")
        parts = [(verdict, tally[verdict]) for verdict in order if verdict in tally]
        if unseen:
            parts.append(("unseen", unseen))
        bars.append(CoverageBar(requirement, counts, unseen, _segments(parts)))
    return bars


def mailbox_map(mailboxes: Sequence[MailboxResult], columns: int = 50) -> MailboxMap | None:
    """Return the map of mailboxes; None if there are none."""
    if not mailboxes:
        return None
    per_cell = math.ceil(len(mailboxes) / _WAFFLE_CELLS)
    groups = [mailboxes[start : start + per_cell] for start in range(0, len(mailboxes), per_cell)]
    cells = []
    for number, group in enumerate(groups):
        row, column = divmod(number, columns)
        verdicts = {mailbox.verdict for mailbox in group}
        worst = next(verdict for verdict in ("failed", "unknown", "passed") if verdict in verdicts)
        label = group[0].address if len(group) == 1 else f"{group[0].address} and the next {len(group) - 1}"
        cells.append(Cell(worst, column * _CELL, row * _CELL, label))
    rows = math.ceil(len(groups) / columns)
    return MailboxMap(tuple(cells), per_cell, min(len(groups), columns) * _CELL, rows * _CELL, _CELL - 2)


def latency_chart(timings: Sequence[OperationTiming]) -> LatencyChart | None:
    """Return the strips, over an axis of whole powers of ten that holds them all; None if nothing was timed."""
    if not timings:
        return None
    least = math.floor(math.log10(max(min(timing.min_ms for timing in timings), 0.1)))
    most = max(math.ceil(math.log10(max(1.0, *(timing.max_ms for timing in timings)))), least + 1)

    def place(milliseconds: float) -> float:
        share = (math.log10(max(milliseconds, 10.0**least)) - least) / (most - least)
        return round(6 + share * (STRIP_WIDTH - 12), 1)

    strips = tuple(
        Strip(
            timing,
            place(timing.min_ms),
            place(timing.p25_ms),
            place(timing.p50_ms),
            place(timing.p75_ms),
            place(timing.p95_ms),
            place(timing.max_ms),
        )
        for timing in timings
    )
    return LatencyChart(strips, tuple((10.0**power, place(10.0**power)) for power in range(least, most + 1)))


def _segments(parts: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """Share the width out by count; a part too small to be seen gets the least that can be."""
    total = sum(count for _, count in parts)
    widths = [max(count / total * STRIP_WIDTH, _LEAST_SEGMENT) for _, count in parts]
    largest = widths.index(max(widths))
    widths[largest] -= sum(widths) - STRIP_WIDTH
    segments, x = [], 0.0
    for (verdict, count), width in zip(parts, widths, strict=True):
        segments.append(Segment(verdict, count, round(x, 1), round(width, 1)))
        x += width
    return tuple(segments)
