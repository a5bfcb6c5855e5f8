"""Reads the file of waivers, ``waivers.toml``: every mistake at its file, line and key. Format: docs/waivers.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.overlay.days import latest_today, year_after
from calconnect.overlay.entries import Entry, read_entries
from calconnect.overlay.model import Waiver
from calconnect.overlay.pattern import pattern_fault
from calconnect.requirements.catalogue import Catalogue

WAIVER_KEYS = ("requirement", "mailboxes", "reason", "approved_by", "approved_on", "expires", "risk")
"""Every key of a ``[[waiver]]``."""

_LASTS = "A waiver lasts a year at most; then it is to be approved anew."


def read_waivers(path: Path, name: str = "", *, catalogue: Catalogue, clock: Clock) -> tuple[Waiver, ...]:
    """Return the waivers of a file, in its order.

    Args:
        path: the file.
        name: what messages call it; empty: the path.
        catalogue: what requirements must be in.
        clock: tells today, which nothing may have been approved after.

    Raises:
        InvalidInput: with everything that is wrong.
    """
    problems: list[Problem] = []
    entries = read_entries(path, name, "waiver", problems)
    waivers = [_waiver(entry, catalogue, latest_today(clock)) for entry in entries]
    if problems:
        raise InvalidInput(problems)
    return tuple(waiver for waiver in waivers if waiver is not None)


def _waiver(entry: Entry, catalogue: Catalogue, today: date) -> Waiver | None:
    """Return the waiver of an entry; None if something that it needs is missing or wrong, which has been told."""
    entry.only(WAIVER_KEYS)
    requirement = entry.requirement(catalogue)
    mailboxes = _mailboxes(entry)
    reason, approved_by, risk = entry.text("reason"), entry.text("approved_by"), entry.text("risk")
    approved_on, expires = entry.day("approved_on", required=False), entry.day("expires")
    if approved_on is not None and approved_on > today:
        entry.complain("approved_on", f"{approved_on} is in the future.", "Name the day on which it was approved.")
        approved_on = None
    _check_end(entry, approved_on, expires, today)
    if requirement is None or reason is None or approved_by is None or risk is None or expires is None:
        return None
    return Waiver(requirement, reason, approved_by, expires, risk, mailboxes, approved_on, entry.line)


def _check_end(entry: Entry, approved_on: date | None, expires: date | None, today: date) -> None:
    if expires is None:
        return
    if approved_on is not None and expires < approved_on:
        entry.complain("expires", f"{expires} is before approved_on, {approved_on}.")
    elif expires > year_after(approved_on or today):
        since = f"approved_on, {approved_on}" if approved_on is not None else f"today, {today}"
        entry.complain("expires", f"{expires} is more than a year after {since}.", _LASTS)


def _mailboxes(entry: Entry) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for index, pattern in entry.texts("mailboxes"):
        if pattern.lower() in (other.lower() for other in found):
            entry.complain(("mailboxes", index), f"{pattern} stands in the list twice.")
        elif fault := pattern_fault(pattern):
            hint = "Write an address, or a pattern such as *@example.com, in which * is any characters and ? is one."
            entry.complain(("mailboxes", index), f"{pattern!r} matches no address: it {fault}.", hint)
        else:
            found[pattern] = None
    return tuple(found)
