"""The part of the results that tells what ends when, for the tenant of the run."""

from __future__ import annotations

from datetime import date
from typing import Literal

from calconnect.reporting.model_run import Part


class TimelineEntry(Part):
    """One date, and what it comes to for this tenant."""

    id: str
    kind: Literal["fact", "plan", "certificate", "evidence", "waiver", "attestation"]
    """What it comes from: a dated fact about the products, a day that the settings name, or the end of something of the
    organisation's own."""
    status: Literal["past", "now", "coming", "undated"]
    """``now``: the day of the timeline is within the span. ``undated``: no day is announced."""
    starts: date | None
    ends: date | None
    """The last day of a span; null: it is one day, from which on it holds."""
    to_the_month: bool
    """The source names the month and no day."""
    days_left: int | None
    """Until it begins (``coming``) or ends (``now``); else null."""
    title: str
    stops: str
    """What stops working."""
    action: str
    """What to do before."""
    unknown: list[str]
    """What would have to be known to say whether, or how, it concerns this tenant; empty: it is known."""
    mailboxes: list[str]
    """Listed mailboxes that it concerns, at most 200; empty where it concerns all, or none."""
    mailboxes_total: int
    """How many it concerns."""
    mailboxes_unknown: int
    """Of how many it is not known."""
    all_mailboxes: bool
    """Whether it concerns every listed mailbox."""
    source: str
    """URL; empty where it is the organisation's own."""
    certainty: Literal["primary", "secondary"] | None
    """``primary``: read at whoever decides it; ``secondary``: read only in what others wrote about it."""
    last_checked: date | None
    """The day on which the source was last held against this."""
    disagreement: str
    """Where sources disagree, what each says."""


class SparedFact(Part):
    """A date that does not concern this tenant, and why."""

    id: str
    starts: date | None
    ends: date | None
    to_the_month: bool
    title: str
    why: str
    source: str


class TimelineResult(Part):
    """What ends when, as of one day."""

    as_of: date
    """The day, in UTC, from which days are counted."""
    entries: list[TimelineEntry]
    """By day; what has none comes last."""
    spared: list[SparedFact]
