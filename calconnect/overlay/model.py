"""Waivers and attestations, as they stand in their files. Both name who, and until when; none replaces a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

ENDING_DAYS = 14
"""A waiver or an attestation that ends within so many days is announced."""


class OverlayState(StrEnum):
    """How a waiver or an attestation stands on the day of a run."""

    IN_FORCE = "in-force"
    ENDING = "ending"
    """In force, and ends within 14 days."""
    EXPIRED = "expired"
    """Its last day is over."""
    REMOVABLE = "removable"
    """It has nothing to be laid over: it matches nothing, or what it covers now passes."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A shortfall that somebody accepts for a time. The scenario still runs, and its verdict stays to be seen."""

    requirement: str
    """Id, such as ``IMP-02``; or with its version, ``IMP-02v1``, and then of that version alone."""
    reason: str
    """Why it is accepted."""
    approved_by: str
    """Who accepted it."""
    expires: date
    """The last day on which it holds."""
    risk: str
    """What may come of it."""
    mailboxes: tuple[str, ...] = ()
    """Addresses, or patterns with ``*`` and ``?``, of those that it covers; empty: the requirement as a whole."""
    approved_on: date | None = None
    """The day on which it was accepted."""
    line: int = 0
    """1-based line in its file."""

    @property
    def key(self) -> str:
        """What it is called in reports: the requirement and the line that it stands on."""
        return f"{self.requirement} (line {self.line})"


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody vouches for because no program can see it. It names a requirement or a scenario."""

    requirement: str
    """Id, such as ``APP-05``, with or without its version; empty where it names a scenario."""
    statement: str
    """What is vouched for."""
    attested_by: str
    """Who vouches."""
    attested_on: date
    valid_until: date
    """The last day on which it holds."""
    evidence: Path | None = None
    """A file that shows it."""
    sha256: str = ""
    """Of that file, as it was when the attestation was made; hexadecimal, lower case."""
    line: int = 0
    """1-based line in its file."""
    scenario: str = ""
    """Name of a ``@manual`` scenario of the user's own that names no requirement; empty where it names one."""

    @property
    def key(self) -> str:
        """What it is called in reports: what it is about and the line that it stands on."""
        return f"{self.requirement or self.scenario} (line {self.line})"


@dataclass(frozen=True, slots=True)
class Given:
    """Everything that people laid over the verdicts of one run, as it stands in the two files."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    attestations_file: str = "attestations.toml"
    """Name of the file of attestations, without its folder."""


def days_left(last: date, today: date) -> int:
    """Return how many days are left after today until the last one; below zero once it is over."""
    return (last - today).days


def state_on(last: date, today: date) -> OverlayState:
    """Return how something stands whose last day is ``last``: in force, ending or expired."""
    left = days_left(last, today)
    if left < 0:
        return OverlayState.EXPIRED
    return OverlayState.ENDING if left <= ENDING_DAYS else OverlayState.IN_FORCE
