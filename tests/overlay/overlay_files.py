"""Files of waivers and attestations for tests, on a day that stands still."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.overlay.attestations import read_attestations
from calconnect.overlay.model import Attestation, Waiver
from calconnect.overlay.waivers import read_waivers
from calconnect.requirements.catalogue import Catalogue, load_catalogue

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()
WAIVER = {
    "requirement": '"OPS-06"',
    "reason": '"On leave"',
    "approved_by": '"Ines"',
    "expires": "2027-01-31",
    "risk": '"Nobody can be scheduled"',
}
ATTESTATION = {
    "requirement": '"NET-05"',
    "statement": '"It is let out"',
    "attested_by": '"Tomas"',
    "attested_on": "2026-11-02",
    "valid_until": "2027-10-31",
}


@functools.cache
def catalogue() -> Catalogue:
    return load_catalogue()


def clock() -> datetime:
    return NOW


def day(offset: int) -> date:
    """Return the day that many days after today."""
    return TODAY + timedelta(days=offset)


def entry(table: str, keys: Mapping[str, str], /, **changes: str | None) -> str:
    """Write an entry; a change takes the place of a key, None takes it away."""
    merged = {**keys, **changes}
    return "\n".join([f"[[{table}]]", *(f"{key} = {value}" for key, value in merged.items() if value is not None), ""])


def waiver_text(**changes: str | None) -> str:
    return entry("waiver", WAIVER, **changes)


def attestation_text(**changes: str | None) -> str:
    return entry("attestation", ATTESTATION, **changes)


def waivers(folder: Path, text: str | bytes) -> tuple[Waiver, ...]:
    file = folder / "waivers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_waivers(file, "waivers.toml", catalogue=catalogue(), clock=clock)


def attestations(folder: Path, text: str | bytes, **options: bool) -> tuple[Attestation, ...]:
    file = folder / "attestations.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_attestations(file, "attestations.toml", catalogue=catalogue(), clock=clock, **options)


def waiver_problems(folder: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as caught:
        waivers(folder, text)
    return caught.value.problems


def attestation_problems(folder: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as caught:
        attestations(folder, text)
    return caught.value.problems


def waiver(requirement: str = "IMP-02", *mailboxes: str, expires: date | None = None, line: int = 1) -> Waiver:
    """Return a waiver, in force unless it is said otherwise."""
    return Waiver(requirement, "reason", "Ines", expires or day(60), "risk", mailboxes, line=line)


def attestation(requirement: str = "NET-05", *, until: date | None = None, scenario: str = "") -> Attestation:
    """Return an attestation, in force unless it is said otherwise."""
    name = "" if scenario else requirement
    return Attestation(name, "It is so", "Tomas", day(-400), until or day(60), line=1, scenario=scenario)
