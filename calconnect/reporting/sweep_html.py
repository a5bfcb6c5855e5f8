"""Renders a sweep as HTML: ``report.html``, which loads nothing and runs nothing, or parts of it for the notebook."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.reporting.charts import Segment
from calconnect.reporting.html import render_fragment, templates
from calconnect.reporting.model_sweep import GroupTable, LatencyResult, Outcomes, SweepResults
from calconnect.reporting.sweep_charts import CourseChart, course_chart

_BAR = 360.0
_LEAST = 4.0


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of a table of outcomes, with its bar."""

    label: str
    outcomes: Outcomes
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A table of groups, as it is shown."""

    table: GroupTable
    rows: tuple[Counted, ...]
    rest: Counted | None


@dataclass(frozen=True, slots=True)
class SweepView:
    """Everything that the templates ask for."""

    results: SweepResults
    probes: tuple[Counted, ...]
    groups: tuple[GroupView, ...]
    charts: tuple[CourseChart, ...]
    latency: tuple[LatencyResult, ...]
    rate: float
    """Mailboxes settled a second of asking, over all probes and sides."""
    answers: int
    throttled: int
    """Of the answers, those that turned an attempt away for load."""


def sweep_view(results: SweepResults) -> SweepView:
    """Return what is to be shown of a sweep."""
    rows = [_counted(one.probe, one) for one in results.by_probe]
    if len(rows) > 1:
        rows.append(_counted("all together", results.counts))
    seconds = sum(one.seconds for one in results.course)
    charts = (course_chart(one) for one in results.course)
    return SweepView(
        results=results,
        probes=tuple(rows),
        groups=tuple(_group(one) for one in results.groups),
        charts=tuple(one for one in charts if one is not None),
        latency=tuple(results.latency),
        rate=round(sum(one.mailboxes for one in results.course) / seconds, 1) if seconds else 0.0,
        answers=sum(one.answers for one in results.course),
        throttled=sum(one.throttled for one in results.course),
    )


def render_sweep_report(results: SweepResults) -> str:
    """Return ``report.html``: one file, no external loads, no script."""
    return templates().get_template("sweep_report.html.jinja").render(view=sweep_view(results))


def render_sweep_part(name: str, view: SweepView) -> str:
    """Return one part for the notebook: ``answer``, ``steps``, ``outcomes``, ``groups``, ``course``, ``worst``,
    ``list``."""
    return render_fragment(f"sweep_{name}", view)


def _group(table: GroupTable) -> GroupView:
    rows = tuple(_counted(one.value or "not said", one) for one in table.groups)
    rest = _counted(f"{table.left_out:,} more", table.rest) if table.left_out else None
    return GroupView(table, rows, rest)


def _counted(label: str, outcomes: Outcomes) -> Counted:
    """Share a bar out by count; a part too small to be seen gets the least that can be."""
    total = outcomes.total
    parts = [("failed", outcomes.failed), ("unknown", outcomes.unknown), ("passed", outcomes.passed)]
    widths = [max(count / total * _BAR, _LEAST) if count else 0.0 for _, count in parts] if total else [0.0] * 3
    largest = widths.index(max(widths))
    widths[largest] -= max(0.0, sum(widths) - _BAR)
    segments, x = [], 0.0
    for (verdict, count), width in zip(parts, widths, strict=True):
        if width:
            segments.append(Segment(verdict, count, round(x, 1), round(width, 1)))
        x += width
    return Counted(label, outcomes, tuple(segments))
