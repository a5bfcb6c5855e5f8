"""Holds what an audit found against what the tenant's file says must be found."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from calconnect.acceptance.verdicts import Finding, Verdict
from calconnect.detection.model import Row, Verdicts
from calconnect.detection.run import Audited
from calconnect.evidence.observation import Mode, Observation
from calconnect.foundation.problems import Problem
from calconnect.mock_tenant.description import Description, Expected
from calconnect.requirements.model import Requirement

VENDOR_ADDRESS = "127.10.0.1"
"""A loopback address as the catalogue's tenants take them for the vendor's."""

_SHUT_OUT = ("connection-reset", "timed-out", "connection-refused")
_BY_RULE = "denied-by-rule"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine that audits can see, where machines differ."""

    file_modes: bool = True
    """Who else may read a file (SEC-01); not so on Windows."""
    other_loopback: bool = True
    """Connections from further addresses of 127.0.0.0/8 (NET-04); not so on macOS, where the firewall's rules are
    judged in their place."""


def this_machine() -> Machine:
    """Return what this machine can see."""
    with socket.socket() as probe:
        try:
            probe.bind((VENDOR_ADDRESS, 0))
        except OSError:
            return Machine(os.name == "posix", False)
    return Machine(os.name == "posix", True)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict that every requirement must come to in a tenant, and the codes to be quoted."""

    verdicts: Mapping[str, Verdict]
    baseline: Mapping[str, Verdict]
    """The same for the healthy tenant of the same topology."""
    codes: Mapping[str, str]

    @property
    def decisive(self) -> frozenset[str]:
        """The requirements that must fail or be unknown here for the tenant's own mistake."""
        return frozenset(
            requirement
            for requirement, verdict in self.verdicts.items()
            if verdict in (Verdict.FAILED, Verdict.UNKNOWN) and self.baseline[requirement] is not verdict
        )


def expectation(
    expected: Expected,
    healthy: Expected,
    requirements: Iterable[Requirement],
    machine: Machine,
    *,
    topology: str = "exchange-server",
    day: date | None = None,
) -> Expectation:
    """Return what must be found in a tenant.

    Args:
        expected: what its file says; whatever it does not name must be as in the healthy tenant.
        healthy: what the file of the healthy tenant of the same topology says; whatever
            that does not name must pass there, if it applies on the topology.
        requirements: all of them.
        machine: what can be seen at all.
        topology: how the mailboxes of both are reached.
        day: the day of the audit, on which what is not in force does not apply; None: all is in force.
    """
    baseline = {one.id: _otherwise(one, healthy, topology, day) for one in requirements}
    verdicts = {one: _named(expected, one) or verdict for one, verdict in baseline.items()}
    codes = dict(expected.codes)
    if not machine.file_modes and verdicts.get("SEC-01") is Verdict.FAILED:
        verdicts["SEC-01"] = baseline["SEC-01"]
    if not machine.other_loopback and codes.get("NET-04") in _SHUT_OUT:
        codes["NET-04"] = _BY_RULE
    decisive = {one for one, verdict in verdicts.items() if verdict in (Verdict.FAILED, Verdict.UNKNOWN)}
    return Expectation(verdicts, baseline, {one: code for one, code in codes.items() if one in decisive})


def compare(audited: Audited, must: Expectation, *, seconds: float = 0.0) -> Row:
    """Return the tenant's row.

    A requirement that no scenario proved counts as passed nowhere: it is missed, or it turned.
    """
    found = {requirement: one.verdict for requirement, one in audited.scenarios.items()}
    every = sorted(must.verdicts.keys() | found.keys())
    decisive = must.decisive
    refused = audited.description.expected.problems
    basis = _Basis(audited)
    missed = [
        requirement
        for requirement in sorted(decisive)
        if found.get(requirement) is not must.verdicts[requirement]
        or (requirement in must.codes and must.codes[requirement] not in audited.codes(requirement))
    ]
    others = [requirement for requirement in every if requirement not in decisive]
    turned = [requirement for requirement in others if found.get(requirement) is not must.verdicts.get(requirement)]
    return Row(
        tenant=audited.description.name,
        title=audited.description.title,
        expected=_differing(must.verdicts, must, {one: (code,) for one, code in sorted(must.codes.items())}, refused),
        found=_differing(found, must, _quoted(audited, every)),
        missed=(*missed, *refused),
        turned=tuple(turned),
        others=len(others),
        why=" ".join(_said(audited, requirement) for requirement in sorted({*missed, *turned})),
        rests_on={one: ways for one in every if (ways := basis.ways(one))},
        answered=basis.answered,
        by_exports=tuple(one for one in every if basis.by_exports(one)),
        seconds=round(seconds, 3),
    )


def compare_refusal(description: Description, problems: Iterable[Problem], *, seconds: float = 0.0) -> Row:
    """Return the row of a tenant whose settings were refused before anything was sent.

    Args:
        description: the tenant.
        problems: what was wrong with the settings that were written for it.
        seconds: how long it took.
    """
    found = {problem.key: str(problem) for problem in problems}
    must = set(description.expected.problems)
    return Row(
        tenant=description.name,
        title=description.title,
        expected=Verdicts(problems=tuple(sorted(must))),
        found=Verdicts(problems=tuple(sorted(found))),
        missed=tuple(sorted(must - found.keys())),
        turned=tuple(sorted(found.keys() - must)),
        others=len(found.keys() - must),
        why=" ".join(found[key] for key in sorted(found.keys() - must)),
        seconds=round(seconds, 3),
    )


def _otherwise(requirement: Requirement, healthy: Expected, topology: str, day: date | None) -> Verdict:
    """Return the verdict of a requirement in the healthy tenant, whose file says what the catalogue does not."""
    end = requirement.valid_until or date.max
    in_force = day is None or requirement.valid_from <= day <= end
    if topology not in requirement.topologies or not in_force:
        return Verdict.NOT_APPLICABLE
    return _named(healthy, requirement.id) or Verdict.PASSED


def _named(expected: Expected, requirement: str) -> Verdict | None:
    named = (
        (Verdict.FAILED, expected.failed),
        (Verdict.UNKNOWN, expected.unknown),
        (Verdict.NOT_APPLICABLE, expected.not_applicable),
        (Verdict.PASSED, expected.passed),
    )
    return next((verdict for verdict, requirements in named if requirement in requirements), None)


def _differing(
    verdicts: Mapping[str, Verdict],
    must: Expectation,
    codes: Mapping[str, tuple[str, ...]],
    problems: tuple[str, ...] = (),
) -> Verdicts:
    """Return what differs from the healthy tenant."""

    def of(verdict: Verdict) -> tuple[str, ...]:
        return tuple(
            requirement
            for requirement, one in sorted(verdicts.items())
            if one is verdict and must.baseline.get(requirement) is not verdict
        )

    return Verdicts(
        failed=of(Verdict.FAILED),
        unknown=of(Verdict.UNKNOWN),
        not_applicable=of(Verdict.NOT_APPLICABLE),
        passed=of(Verdict.PASSED),
        error=of(Verdict.ERROR),
        problems=problems,
        codes=codes,
    )


def _quoted(audited: Audited, requirements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the codes that were quoted for what failed or is unknown."""
    short = (Verdict.FAILED, Verdict.UNKNOWN)
    asked = [one for one in requirements if one in audited.scenarios and audited.scenarios[one].verdict in short]
    return {requirement: codes for requirement in asked if (codes := tuple(sorted(audited.codes(requirement))))}


def _said(audited: Audited, requirement: str) -> str:
    scenario = audited.scenarios.get(requirement)
    if scenario is None:
        return f"{requirement}: no scenario proves it."
    return f"{requirement} {scenario.verdict.value}: {scenario.sentence}"


class _Basis:
    """What the verdicts of an audit rest on."""

    def __init__(self, audited: Audited) -> None:
        self._scenarios = audited.scenarios
        self._questions = {one.id: _question(one) for one in audited.observations if one.mode is not Mode.CONFIGURATION}
        self._done = {one.id for one in audited.observations if one.ok and one.mode is not Mode.CONFIGURATION}
        self._exports = {one.id for one in audited.observations if _is_export(one)}
        self.answered = tuple(sorted({_question(one) for one in audited.observations if one.ok and _tells(one)}))

    def ways(self, requirement: str) -> tuple[tuple[str, ...], ...]:
        """Return, for each way in which a requirement was seen to fail, the questions whose answers show it."""
        found = {
            tuple(sorted({self._questions[one] for one in finding.observations if one in self._questions}))
            for finding in self._findings(requirement, Verdict.FAILED)
        }
        return tuple(sorted(found))

    def by_exports(self, requirement: str) -> bool:
        """Whether a requirement passes, in part at least, by an export where the server does not show it."""
        return any(
            self._exports & set(finding.observations) and not self._done & set(finding.observations)
            for finding in self._findings(requirement, Verdict.PASSED)
        )

    def _findings(self, requirement: str, verdict: Verdict) -> list[Finding]:
        scenario = self._scenarios.get(requirement)
        if scenario is None or scenario.verdict is not verdict:
            return []
        return [finding for finding in scenario.findings if finding.verdict is verdict]


def _question(observation: Observation) -> str:
    """Return what was asked, and how: ``open-calendar (impersonated)``."""
    if _is_export(observation):
        return "exports"
    by_others = observation.mode in (Mode.IMPERSONATED, Mode.DELEGATE)
    return f"{observation.probe} ({observation.mode.value})" if by_others else observation.probe


def _is_export(observation: Observation) -> bool:
    return observation.mode is Mode.CONFIGURATION and "exported" in observation.details


def _tells(observation: Observation) -> bool:
    return observation.mode is not Mode.CONFIGURATION or _is_export(observation)
