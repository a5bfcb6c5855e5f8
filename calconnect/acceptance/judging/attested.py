"""Judges what people vouch for, where no program can look: attestations, as they were read for the run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from calconnect.acceptance.judging.probes import passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation


class _Facts(NamedTuple):
    statement: str = "statement"
    by: str = "attested_by"
    on: str = "attested_on"
    until: str = "valid_until"


ATTESTED = _Facts()
"""Names of the facts that an observation of an attestation holds; days as ISO 8601."""


def not_attested(about: str, file: str, looked: Observation) -> list[Finding]:
    """Return the finding that nobody vouches for something.

    Args:
        about: what it is, as people call it.
        file: name of the file of attestations.
        looked: the look into that file.
    """
    sentence = f"Nobody vouches for it: there is no attestation of {about}. Add one to {file}."
    return [unknown(file, sentence, UnknownReason.NO_EVIDENCE, looked, code="not-attested")]


def attested(noted: Sequence[Observation], today: date) -> list[Finding]:
    """Return one finding for each attestation that holds today; if there is none, one for each that has ended.

    Args:
        noted: the attestations of one thing, as they were read; at least one.
        today: the day of the run.
    """
    held = [one for one in noted if _until(one) >= today]
    if held:
        return [passed(one.target, f"{_who(one)}: {_said(one)}", one, code="attested") for one in held]
    return [
        unknown(
            one.target,
            f"{_who(one)}; it ended then, and proves nothing any more. Have it attested anew.",
            UnknownReason.STALE,
            one,
            code="attestation-ended",
        )
        for one in noted
    ]


def _until(noted: Observation) -> date:
    return date.fromisoformat(str(noted.details[ATTESTED.until]))


def _who(noted: Observation) -> str:
    details = noted.details
    return f"{details[ATTESTED.by]} vouched for it on {details[ATTESTED.on]}, until {details[ATTESTED.until]}"


def _said(noted: Observation) -> str:
    text = " ".join(str(noted.details[ATTESTED.statement]).split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
