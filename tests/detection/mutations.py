"""Mutations of our own judgement: one assertion at a time says the opposite, or nothing, and the matrix must notice.

An assertion is a step that records findings in a scenario. Each is changed in three ways: what passed fails, what
failed or is unknown passes, and nothing is recorded. A changed judgement is tried on what was observed at a tenant
once, judged again; it is noticed if the verdict, or the code to be quoted, is not what the tenant's file expects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.replay import judge_again
from calconnect.acceptance.verdicts import Finding, Verdict
from calconnect.detection.baseline import baseline_of, topology_of
from calconnect.detection.comparison import Expectation, Machine, expectation
from calconnect.detection.run import Audited
from calconnect.mock_tenant.description import load
from calconnect.requirements.catalogue import load_catalogue

_Through = Callable[[str, list[Finding]], list[Finding]]
"""Takes the name of the step that records findings, and these; returns what is recorded in their stead."""


class Change(StrEnum):
    """What a mutation does to the findings that an assertion records."""

    PASSED_FAILS = "what passed fails"
    FAILED_PASSES = "what fell short passes"
    NOTHING_RECORDED = "nothing is recorded"


@dataclass(frozen=True, slots=True, order=True)
class Mutation:
    """One assertion of one requirement, changed in one way."""

    requirement: str
    assertion: str
    """The name of the step's function."""
    change: Change


def expected_of(audited: Audited, machine: Machine) -> Expectation:
    """Return what must be found in a tenant that was audited; what is not in force on its day does not apply."""
    topology = topology_of(audited.description)
    return expectation(
        audited.description.expected,
        load(baseline_of(topology)).expected,
        load_catalogue().values(),
        machine,
        topology=topology,
        day=audited.started.astimezone(UTC).date(),
    )


def mutations_of(audited: Audited, must: Expectation, requirement: str) -> set[Mutation] | None:
    """Return the mutations of the assertions that a requirement's scenario makes in this tenant.

    None: unchanged, the judgement comes to something else than the tenant's file expects, when it judges again.
    """
    called: set[str] = set()

    def note(assertion: str, findings: list[Finding]) -> list[Finding]:
        called.add(assertion)
        return findings

    with _recording(note):
        if not _as_expected(audited, must, requirement):
            return None
    return {Mutation(requirement, assertion, change) for assertion in called for change in Change}


def notices(audited: Audited, must: Expectation, mutation: Mutation) -> bool:
    """Whether a changed judgement of what was observed at a tenant differs from what the tenant's file expects.

    The files that the settings of ``audited`` name must be there: see ``detection.run.observing``.
    """

    def change(assertion: str, findings: list[Finding]) -> list[Finding]:
        return _changed(findings, mutation.change) if assertion == mutation.assertion else findings

    with _recording(change):
        return not _as_expected(audited, must, mutation.requirement)


def _as_expected(audited: Audited, must: Expectation, requirement: str) -> bool:
    verdict, codes = _judge(audited, requirement)
    return verdict is must.verdicts[requirement] and must.codes.get(requirement, "") in {"", *codes}


def _judge(audited: Audited, requirement: str) -> tuple[Verdict, set[str]]:
    outcome = judge_again(
        audited.settings,
        audited.observations,
        catalogue=load_catalogue(),
        started=audited.started,
        select=[requirement],
    )
    (scenario,) = outcome.scenarios
    codes = {finding.code for finding in scenario.findings if finding.verdict is scenario.verdict}
    return scenario.verdict, codes


def _changed(findings: list[Finding], change: Change) -> list[Finding]:
    match change:
        case Change.PASSED_FAILS:
            return [replace(one, verdict=Verdict.FAILED) if one.verdict is Verdict.PASSED else one for one in findings]
        case Change.FAILED_PASSES:
            return [
                replace(one, verdict=Verdict.PASSED, reason=None, observations=one.observations or ("o-0001",))
                if one.verdict is not Verdict.PASSED
                else one
                for one in findings
            ]
        case Change.NOTHING_RECORDED:
            return []


@contextmanager
def _recording(change: _Through) -> Iterator[None]:
    """Have every assertion's findings go through ``change``, which is told the name of the step that records them."""
    original = Judgement.record

    def record(self: Judgement, findings: Iterable[Finding], what: str = "") -> None:
        caller = sys._getframe(1).f_code.co_name
        original(self, change(caller, list(findings)), what)

    Judgement.record = record  # type: ignore[method-assign]
    try:
        yield
    finally:
        Judgement.record = original  # type: ignore[method-assign]
