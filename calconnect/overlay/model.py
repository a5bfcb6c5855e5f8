"""Waivers and attestations, as they stand in their files. Both name who, and until when; none replaces a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Waiver:
    """A shortfall that somebody accepts for a time. The scenario still runs, and its verdict stays to be seen."""

    requirement: str
    """Id, such as ``IMP-02``."""
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
    """What somebody vouches for because no program can see it."""

    requirement: str
    """Id, such as ``APP-05``."""
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
