"""The timeline as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.foundation.wrapping import wrapped
from calconnect.reporting.model_timeline import TimelineEntry, TimelineResult
from calconnect.reporting.timeline_words import days_of, groups, left_of, whom_of
from calconnect.reporting.words import day

MAILBOXES_SHOWN = 10

_INDENT = 4


def render_timeline(timeline: TimelineResult, about: str = "") -> Iterator[str]:
    """Yield the timeline, line by line.

    Args:
        timeline: what to show.
        about: of whom it is, as a sentence; empty: that is known.
    """
    yield f"What ends when, as of {day(timeline.as_of)}"
    yield from wrapped(about, 0) if about else ()
    for heading, entries in groups(timeline).items():
        yield ""
        yield heading
        for one in entries:
            yield ""
            yield from _entry(one)
    if not timeline.entries:
        yield ""
        yield "No date that is known concerns this tenant."
    if timeline.spared:
        yield ""
        yield "Not concerned"
        for spared in timeline.spared:
            yield from wrapped(f"{days_of(spared)}: {spared.title}. {spared.why}", _INDENT, label="  ")


def _entry(one: TimelineEntry) -> Iterator[str]:
    when = ", ".join(part for part in (days_of(one), left_of(one)) if part)
    yield from wrapped(f"{when}: {one.title}", _INDENT, label="  ")
    if whom := whom_of(one):
        yield from wrapped(f"For whom: {whom}", _INDENT)
    if one.mailboxes:
        shown = one.mailboxes[:MAILBOXES_SHOWN]
        more = one.mailboxes_total - len(shown)
        yield from wrapped(", ".join(shown) + (f" and {more:,} more" if more > 0 else ""), _INDENT)
    yield from wrapped(f"What stops: {one.stops}", _INDENT)
    yield from wrapped(f"Before: {one.action}" if one.status != "past" else f"What to do: {one.action}", _INDENT)
    if one.unknown:
        yield from wrapped(f"It hangs on what was not observed: {', '.join(one.unknown)}.", _INDENT)
    if one.disagreement:
        yield from wrapped(f"Sources disagree: {one.disagreement}", _INDENT)
    if one.source:
        kind = " (secondary)" if one.certainty == "secondary" else ""
        checked = f", checked on {one.last_checked.isoformat()}" if one.last_checked else ""
        yield from wrapped(f"Source{kind}: {one.source}{checked}", _INDENT)
