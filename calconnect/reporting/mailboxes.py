"""The findings of all scenarios, turned round: for each listed mailbox, what each requirement found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Finding, worst_verdict
from calconnect.reporting.model import MailboxCounts, MailboxOutcome, MailboxResult
from calconnect.reporting.records import well_formed
from calconnect.settings.addresses import address_key
from calconnect.settings.model import ListedMailbox

Outcomes = Mapping[str, Mapping[str, MailboxOutcome]]
"""By key of the address (see :func:`address_key`), then by versioned id of the requirement."""


def gather_outcomes(mailboxes: Sequence[ListedMailbox], scenarios: Iterable[ScenarioFinished]) -> Outcomes:
    """Return what was found for each listed mailbox; of several findings for one, the worst, with all evidence."""
    gathered: dict[str, dict[str, list[Finding]]] = {address_key(mailbox.address): {} for mailbox in mailboxes}
    for scenario in scenarios:
        if not scenario.requirement:
            continue
        for finding in scenario.findings:
            found = gathered.get(address_key(finding.target))
            if found is not None:
                found.setdefault(scenario.requirement, []).append(finding)
    return {key: {id_: _one(findings) for id_, findings in found.items()} for key, found in gathered.items()}


def mailbox_results(
    mailboxes: Sequence[ListedMailbox], outcomes: Outcomes, deciding: Collection[str]
) -> list[MailboxResult]:
    """Return the mailboxes in the list's order. ``deciding`` holds the versioned ids of the ``must`` requirements.

    A mailbox about which nothing that decides was observed is ``unknown``, never ``passed``.
    """
    results = []
    for mailbox in mailboxes:
        found = outcomes[address_key(mailbox.address)]
        decided = {outcome.verdict for id_, outcome in found.items() if id_ in deciding}
        verdict: Literal["passed", "failed", "unknown"]
        if "failed" in decided:
            verdict = "failed"
        elif decided & {"unknown", "error"} or "passed" not in decided:
            verdict = "unknown"
        else:
            verdict = "passed"
        results.append(MailboxResult(address=mailbox.address, line=mailbox.line, verdict=verdict, outcomes=dict(found)))
    return results


def mailbox_counts(results: Sequence[MailboxResult]) -> MailboxCounts:
    """Return how the listed mailboxes stand."""
    verdicts = [result.verdict for result in results]
    return MailboxCounts(
        listed=len(results),
        passed=verdicts.count("passed"),
        failed=verdicts.count("failed"),
        unknown=verdicts.count("unknown"),
    )


def _one(findings: Sequence[Finding]) -> MailboxOutcome:
    deciding = findings[0]
    observations: Iterable[str] = deciding.observations
    if len(findings) > 1:
        verdict = worst_verdict(finding.verdict for finding in findings)
        deciding = next(finding for finding in findings if finding.verdict is verdict)
        observations = dict.fromkeys(id_ for finding in findings for id_ in finding.observations)
    return MailboxOutcome(
        verdict=deciding.verdict.value,
        code=well_formed(deciding.code),
        reason=deciding.reason.value if deciding.reason else None,
        observations=list(observations),
    )
