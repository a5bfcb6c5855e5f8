"""Waivers and attestations as the results hold them, and what is to be done about those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from calconnect.acceptance.overlaying import LaidAttestation, LaidWaiver
from calconnect.overlay.model import days_left
from calconnect.reporting.model import NextStep
from calconnect.reporting.model_overlay import AttestationResult, WaiverResult
from calconnect.reporting.records import well_formed

TARGETS_NAMED = 20
"""How many of the targets that it covers a waiver names."""


def renewals(waivers: Sequence[WaiverResult]) -> list[NextStep]:
    """Return a step for each waiver that has expired: with one of them, the run is not ready whatever else is so."""
    return [
        NextStep(
            requirements=[waiver.versioned_id] if waiver.versioned_id else [],
            level="must",
            severity="high",
            state="not-met",
            title=f"Renew the waiver of {waiver.requirement}, or take it out",
            why=f"It expired on {waiver.expires}, and still stands in line {waiver.line} of the file of waivers.",
            text=f"If {waiver.requirement} is met by now, take the waiver out of the file. If not, mend it, or have "
            "the waiver approved anew, with a new last day.",
            shell="",
            commands=[],
            targets=waiver.mailboxes[:TARGETS_NAMED],
            targets_total=len(waiver.mailboxes),
            unblocks=[],
        )
        for waiver in waivers
        if waiver.state == "expired"
    ]


def waiver_result(laid: LaidWaiver, today: date) -> WaiverResult:
    """Return a waiver, and how it stands on the day of the run."""
    waiver = laid.waiver
    return WaiverResult(
        requirement=waiver.requirement,
        versioned_id=laid.requirement,
        mailboxes=[well_formed(mailbox) for mailbox in waiver.mailboxes],
        reason=well_formed(waiver.reason),
        approved_by=well_formed(waiver.approved_by),
        approved_on=waiver.approved_on,
        expires=waiver.expires,
        risk=well_formed(waiver.risk),
        line=waiver.line,
        state=laid.state.value,
        days_left=days_left(waiver.expires, today),
        covers=[well_formed(target) for target in laid.covered[:TARGETS_NAMED]],
        covers_total=len(laid.covered),
        sentence=laid.sentence,
    )


def attestation_result(laid: LaidAttestation, today: date) -> AttestationResult:
    """Return an attestation, and how it stands on the day of the run."""
    attestation = laid.attestation
    return AttestationResult(
        requirement=attestation.requirement,
        scenario=well_formed(attestation.scenario),
        versioned_id=laid.requirement,
        statement=well_formed(attestation.statement),
        attested_by=well_formed(attestation.attested_by),
        attested_on=attestation.attested_on,
        valid_until=attestation.valid_until,
        evidence=well_formed(attestation.evidence.name) if attestation.evidence is not None else None,
        sha256=attestation.sha256 or None,
        line=attestation.line,
        state=laid.state.value,
        days_left=days_left(attestation.valid_until, today),
        decides=laid.decides,
        sentence=laid.sentence,
    )
