"""What configuration evidence is worth: whether an export is there, and fresh enough to say anything.

Live observation decides where it can. Where it cannot, a fresh export does; a stale one counts as if it were not there,
and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging.probes import not_asked, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.bundle.dating import most_age
from calconnect.evidence.bundle.model import Bundle, BundleFile
from calconnect.evidence.observation import Observation

HOW_TO_SUPPLY = (
    "calconnect evidence script writes the script that makes it, calconnect evidence import takes in what it made."
)

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Export(Generic[Record]):
    """What one kind of export says, or why nothing can be taken from it."""

    read: Answer
    """The observation of its being read; else why it says nothing: it was not supplied, or is stale."""
    says: Record | None = None
    """What it says; None where ``read`` is no observation."""

    @property
    def seen(self) -> tuple[Observation, ...]:
        """The observation of its being read, where there is one."""
        return (self.read,) if isinstance(self.read, Observation) else ()

    @property
    def dated(self) -> str:
        """Which day's export it is, for sentences: ``the export of 2026-11-20``."""
        when = self.read.details.get("exported") if isinstance(self.read, Observation) else None
        return f"the export of {when[:10]}" if isinstance(when, str) else "the export"


def stale(file: BundleFile, now: datetime, most_days_old: int) -> bool:
    """Say whether an export is too old to prove anything.

    Args:
        file: the exported file.
        now: when the run began.
        most_days_old: how old it may be, in days of 24 hours.
    """
    return now - file.exported_at > most_age(file.export, most_days_old)


def usable(
    bundle: Bundle | None, names: Iterable[str], now: datetime, most_days_old: int
) -> tuple[BundleFile, ...] | NotAsked:
    """Return the files of some exports or, if one is missing or stale, why nothing can be taken from them.

    Args:
        bundle: what was imported; None: nothing was.
        names: the exports, such as ``role_assignments``.
        now: when the run began.
        most_days_old: how old an export may be, in days.
    """
    found: list[BundleFile] = []
    for name in names:
        file = bundle.file(name) if bundle is not None else None
        if file is None:
            return missing(name)
        if stale(file, now, most_days_old):
            sentence = f"{_too_old(file, now, most_days_old)} {HOW_TO_SUPPLY}"
            return NotAsked(sentence, UnknownReason.STALE)
        found.append(file)
    return tuple(found)


def _too_old(file: BundleFile, now: datetime, most_days_old: int) -> str:
    age, most = now - file.exported_at, most_age(file.export, most_days_old)
    if most < timedelta(days=most_days_old):
        hours = timedelta(hours=1)
        return f"The export {file.name} is {age // hours} hours old, and may be {most // hours} at most."
    return (
        f"The export {file.name} is {age.days} days old, and may be {most_days_old} at most (evidence.most_days_old)."
    )


def missing(name: str) -> NotAsked:
    """Return that an export was not supplied, and how it is supplied."""
    return NotAsked(f"The export {name} was not supplied. {HOW_TO_SUPPLY}", UnknownReason.NO_EVIDENCE)


def undecided(target: str, live: Answer, why: str, export: Answer) -> Finding:
    """Return the finding where neither side decides: what was seen live says nothing here, and no export helps.

    Args:
        target: what it is about.
        live: what came of asking.
        why: what that says, as a sentence.
        export: why the export says nothing; an observation if it was read and does not speak of it.
    """
    if isinstance(export, Observation):
        sentence = f"{why} The export does not speak of it."
        return unknown(target, sentence, UnknownReason.NO_EVIDENCE, *_observed(live), export)
    if isinstance(live, NotAsked) and export.reason is UnknownReason.NO_EVIDENCE:
        return not_asked(target, NotAsked(f"{live.sentence} {export.sentence}", live.reason, "", live.observations))
    return unknown(target, f"{why} {export.sentence}", export.reason, *_observed(live))


def _observed(answer: Answer) -> tuple[Observation, ...]:
    return (answer,) if isinstance(answer, Observation) else ()
