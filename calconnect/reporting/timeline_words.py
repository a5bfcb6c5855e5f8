"""How the entries of a timeline are grouped and written, in the report and on the terminal alike."""

from __future__ import annotations

from datetime import date

from calconnect.reporting.model_timeline import SparedFact, TimelineEntry, TimelineResult
from calconnect.reporting.words import day, plural

HEADINGS = {"now": "Now", "coming": "Coming", "undated": "Without a day", "past": "Past"}
"""The groups of entries, in the order in which they are shown."""
MOST_DAYS_AHEAD = 180
"""What ends later than this is left to the timeline."""


def groups(timeline: TimelineResult) -> dict[str, list[TimelineEntry]]:
    """Return the entries by heading, in the order to show them; headings without entries are left out."""
    found = {heading: [one for one in timeline.entries if one.status == word] for word, heading in HEADINGS.items()}
    return {heading: entries for heading, entries in found.items() if entries}


def days_of(one: TimelineEntry | SparedFact) -> str:
    """Write when it is: ``1 April 2027``, ``February 2025``, ``1 April 2027 to 3 May 2027``, ``no day announced``."""
    if one.starts is None:
        return "no day announced"
    if one.to_the_month:
        return _month(one.starts)
    return day(one.starts) if one.ends is None else f"{day(one.starts)} to {day(one.ends)}"


def left_of(one: TimelineEntry) -> str:
    """Write how long there is: ``in 130 days``, ``129 days left``, ``the last day``; nothing where it is over."""
    if one.days_left is None:
        return ""
    if one.status == "coming":
        return f"in {plural(one.days_left, 'day')}"
    return f"{plural(one.days_left, 'day')} left" if one.days_left else "the last day"


def whom_of(one: TimelineEntry) -> str:
    """Write for whom: ``all 12 mailboxes``, ``3 mailboxes``, ``of 2 mailboxes not known``; nothing where for none."""
    parts = []
    if one.all_mailboxes:
        parts.append("the one mailbox" if one.mailboxes_total == 1 else f"all {one.mailboxes_total:,} mailboxes")
    elif one.mailboxes_total:
        parts.append(plural(one.mailboxes_total, "mailbox", "mailboxes"))
    if one.mailboxes_unknown:
        parts.append(f"not known of {plural(one.mailboxes_unknown, 'mailbox', 'mailboxes')}")
    return ", ".join(parts)


def next_end(timeline: TimelineResult) -> TimelineEntry | None:
    """Return what is to be looked at first: what ends now, else what comes next; None: nothing is dated ahead.

    Exports grow old all the time, and waivers and attestations speak for themselves: they are left out.
    """
    kinds = ("fact", "plan", "certificate")
    ahead = [one for one in timeline.entries if one.status in ("now", "coming") and one.kind in kinds]
    return min(ahead, key=lambda one: (one.status != "now", one.days_left or 0), default=None)


def ends_next(timeline: TimelineResult | None) -> str:
    """Write what ends next as one sentence; nothing where that is more than 180 days off, or nothing is dated ahead."""
    found = next_end(timeline) if timeline is not None else None
    if found is None or found.days_left is None or found.days_left > MOST_DAYS_AHEAD:
        return ""
    about = ", ".join(part for part in (days_of(found), left_of(found), whom_of(found)) if part)
    return f"What ends next: {found.title} ({about})."


def _month(value: date) -> str:
    return day(value).split(" ", 1)[1]
