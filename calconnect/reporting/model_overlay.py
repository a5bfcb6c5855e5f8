"""The parts of the results that tell what people laid over the verdicts: waivers and attestations."""

from __future__ import annotations

from datetime import date
from typing import Literal

from calconnect.reporting.model_run import Part

StateWord = Literal["in-force", "ending", "expired", "removable"]
"""``ending``: in force, and ends within 14 days. ``removable``: it matches nothing, or what it covers now passes."""


class WaiverResult(Part):
    """A shortfall that somebody accepts for a time. The verdict under it stays as it is."""

    requirement: str
    """As the waiver names it."""
    versioned_id: str
    """The requirement of this run that it names; empty if it names none."""
    mailboxes: list[str]
    """Addresses and patterns that it is limited to; empty: the requirement as a whole."""
    reason: str
    approved_by: str
    approved_on: date | None
    expires: date
    """The last day on which it holds."""
    risk: str
    line: int
    """1-based line in the file of waivers."""
    state: StateWord
    days_left: int
    """After the day of the run; below zero once it has expired."""
    covers: list[str]
    """What falls short and is covered (mailboxes, settings), at most 20."""
    covers_total: int
    """How many are covered."""
    sentence: str
    """How it stands, and what to do, for people."""


class AttestationResult(Part):
    """What somebody vouches for because no program can see it."""

    requirement: str
    """As the attestation names it; empty if it names a scenario."""
    scenario: str
    """The ``@manual`` scenario of the user's own that it names; empty if it names a requirement."""
    versioned_id: str
    """The requirement of this run that it names; empty if it names none."""
    statement: str
    attested_by: str
    attested_on: date
    valid_until: date
    """The last day on which it holds."""
    evidence: str | None
    """Name of the file that shows it; null if none is named."""
    sha256: str | None
    """Of that file."""
    line: int
    """1-based line in the file of attestations."""
    state: StateWord
    days_left: int
    """After the day of the run; below zero once it has ended."""
    decides: bool
    """Whether a verdict rests on it; else it stands beside what was observed."""
    sentence: str
    """How it stands, and what to do, for people."""
