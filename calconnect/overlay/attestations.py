"""Reads the file of attestations, ``attestations.toml``: every mistake at its file, line and key. The files that they
name are hashed and never shown. Format: docs/waivers.md."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.overlay.days import latest_today
from calconnect.overlay.entries import Entry, read_entries
from calconnect.overlay.model import Attestation
from calconnect.requirements.catalogue import Catalogue

ATTESTATION_KEYS = (
    *("requirement", "scenario", "statement", "attested_by", "attested_on", "valid_until", "evidence", "sha256"),
)
"""Every key of an ``[[attestation]]``."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def read_attestations(
    path: Path, name: str = "", *, catalogue: Catalogue, clock: Clock, with_evidence: bool = True
) -> tuple[Attestation, ...]:
    """Return the attestations of a file, in its order.

    Args:
        path: the file.
        name: what messages call it; empty: the path.
        catalogue: what requirements must be in.
        clock: tells today, which nothing may have been attested after.
        with_evidence: whether the files that they name must be there, and be what was attested; False where a saved
            run is judged again: they were looked at then.

    Raises:
        InvalidInput: with everything that is wrong.
    """
    problems: list[Problem] = []
    folder = path.absolute().parent if with_evidence else None
    entries = read_entries(path, name, "attestation", problems)
    attestations = [_attestation(entry, catalogue, latest_today(clock), folder) for entry in entries]
    if problems:
        raise InvalidInput(problems)
    return tuple(attestation for attestation in attestations if attestation is not None)


def _attestation(entry: Entry, catalogue: Catalogue, today: date, folder: Path | None) -> Attestation | None:
    """Return the attestation of an entry; None if something that it needs is missing or wrong, which has been told."""
    entry.only(ATTESTATION_KEYS)
    scenario = entry.text("scenario", required=False)
    requirement = entry.requirement(catalogue, required=not entry.has("scenario"))
    if entry.has("scenario") and entry.has("requirement"):
        entry.complain("scenario", "stands beside requirement.", "An attestation is about one of the two.")
    statement, attested_by = entry.text("statement"), entry.text("attested_by")
    attested_on, valid_until = entry.day("attested_on"), entry.day("valid_until")
    if attested_on is not None and attested_on > today:
        entry.complain("attested_on", f"{attested_on} is in the future.", "Name the day on which it was attested.")
    elif attested_on is not None and valid_until is not None and valid_until < attested_on:
        entry.complain("valid_until", f"{valid_until} is before attested_on, {attested_on}.")
    evidence, sha256 = _evidence(entry, folder)
    if statement is None or attested_by is None or attested_on is None or valid_until is None:
        return None
    return Attestation(
        requirement or "",
        statement,
        attested_by,
        attested_on,
        valid_until,
        evidence,
        sha256,
        entry.line,
        scenario or "",
    )


def _evidence(entry: Entry, folder: Path | None) -> tuple[Path | None, str]:
    """Return the file that shows what is attested, and its hash. Neither is needed; one of them alone is a mistake."""
    named, given = entry.text("evidence", required=False), entry.text("sha256", required=False)
    if given is not None and not _SHA256.fullmatch(given):
        entry.complain("sha256", "must be a SHA-256 in hexadecimal: 64 digits and letters a to f.")
        return None, ""
    if named is None:
        if given is not None:
            entry.complain("evidence", "is missing: there is a sha256.", "Name the file, or leave sha256 out.")
        return None, ""
    path = Path(named) if folder is None else _file(entry, named, folder)
    if path is None:
        return None, ""
    is_now = _digest(entry, path) if folder is not None else (given or "").lower()
    if is_now is None:
        return None, ""
    if not entry.has("sha256"):
        entry.complain("sha256", f"is missing: {named} is given as evidence.", f'Add sha256 = "{is_now}".')
    elif given is not None and given.lower() != is_now:
        message = f"{named} is not the file that was attested: its SHA-256 is {is_now}."
        entry.complain("evidence", message, "Put the attested file back, or have it attested anew.")
    return path, is_now


def _file(entry: Entry, named: str, folder: Path) -> Path | None:
    """Return the path of a file that is there."""
    if "\0" in named:
        entry.complain("evidence", "is no path (it holds a NUL character).")
        return None
    try:
        path = (folder / Path(named).expanduser()).absolute()
        if path.is_file():
            return path
        what = f"{named} is a folder, and must be a file." if path.is_dir() else f"There is no file {named}."
    except RuntimeError:
        what = "begins with ~ and a user whose home folder is not known."
    except OSError as error:  # too long, or a loop of links
        what = f"is no path that can be used: {error.strerror or type(error).__name__}."
    entry.complain("evidence", what, "Relative paths start at the folder of the file of attestations.")
    return None


def _digest(entry: Entry, path: Path) -> str | None:
    """Return the SHA-256 of a file, in hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        entry.complain("evidence", f"cannot be read: {error.strerror or type(error).__name__}.")
        return None
