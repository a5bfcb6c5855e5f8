"""What to do next: the requirements that are not met, and what keeps others from being observed, in order of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from calconnect.reporting.model import FindingResult, NextStep, RequirementResult, ScenarioResult

TARGETS_NAMED = 10
"""How many of its targets a step names."""
COMMANDS_NAMED = 20
"""How many commands a step gives."""

_BLOCKED = "blocked-by-another-requirement"
_SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class _Advice:
    title: str
    text: str


_ADVICE: Mapping[str, _Advice] = {
    "unreachable": _Advice(
        "Make the server reachable from this machine",
        "Check the name of the server, the port, the route, and any proxy or firewall between this machine and the "
        "server. Then run the audit again.",
    ),
    "timed-out": _Advice(
        "Find out why the server does not answer in time",
        "Look at the load of the server and at what stands in front of it, or allow it more time with "
        "timeout_seconds in the settings. Then run the audit again.",
    ),
    "throttled": _Advice(
        "Run the audit again when the server turns nothing away",
        "The server refused because of its throttling policy. Run the audit at a quieter time, or give the service "
        "account a throttling policy of its own.",
    ),
    "no-evidence-supplied": _Advice(
        "Supply the evidence that is missing",
        "Export what the finding asks for, name the file in the settings, and run the audit again.",
    ),
    "evidence-stale": _Advice(
        "Export the evidence anew",
        "What was supplied is too old to prove anything. Export it again and run the audit again.",
    ),
    "access-pending-propagation": _Advice(
        "Wait until the change has reached every server",
        "A change of rights takes a while to come into force. Run the audit again in an hour.",
    ),
    "unexpected-refusal": _Advice(
        "Find out why the server refused",
        "It refused, but not in the way that would prove anything. Look up the code and the request id in the logs of "
        "the server.",
    ),
    "not-permitted-to-look": _Advice(
        "Let the service account look",
        "The service account may not read what the verdict rests on. Grant it that right, or supply an export instead.",
    ),
    _BLOCKED: _Advice(
        "Remove what stands in the way",
        "It could not be looked at, for the reason given, which is none of the other steps. Remove it, and run the "
        "audit again.",
    ),
}


def next_steps(requirements: Sequence[RequirementResult], own: Sequence[ScenarioResult] = ()) -> list[NextStep]:
    """Return the steps in order: what decides first, then by severity, then by how much hangs on it.

    A requirement that only waits for another one makes no step of its own. Those that could not be observed for the
    same reason share one. ``own`` are the user's scenarios that name no requirement, and decide.
    """
    waiting = _waiting(requirements)
    steps = [_unmet(requirement, waiting) for requirement in requirements if requirement.verdict == "failed"]
    steps += [_fault(requirement, waiting) for requirement in requirements if requirement.verdict == "error"]
    groups: dict[str, list[RequirementResult]] = {}
    for requirement in requirements:
        if requirement.verdict == "unknown" and requirement.unknown_reason != _BLOCKED:
            groups.setdefault(requirement.unknown_reason or "", []).append(requirement)
    groups[_BLOCKED] = _left_over(requirements, waiting)
    steps += [_unobserved(reason, group, waiting) for reason, group in groups.items() if group]
    steps += [_own(scenario) for scenario in own if scenario.verdict in ("failed", "unknown", "error")]
    return sorted(steps, key=_urgency)


def _urgency(step: NextStep) -> tuple[bool, int, int]:
    return step.level != "must", _SEVERITIES.index(step.severity), -len(step.requirements) - len(step.unblocks)


def _waiting(requirements: Sequence[RequirementResult]) -> Mapping[str, Sequence[str]]:
    """Return, by id, the versioned ids of all that needs it, through others too, and has not been observed."""
    direct: dict[str, list[RequirementResult]] = {}
    for requirement in requirements:
        for need in requirement.needs:
            direct.setdefault(need, []).append(requirement)

    def reached(id_: str) -> list[str]:
        found: dict[str, None] = {}
        pending = [id_]
        while pending:
            for requirement in direct.get(pending.pop(), []):
                if requirement.versioned_id not in found and requirement.unknown_reason == _BLOCKED:
                    found[requirement.versioned_id] = None
                    pending.append(requirement.id)
        return list(found)

    return {requirement.id: reached(requirement.id) for requirement in requirements}


def _left_over(
    requirements: Sequence[RequirementResult], waiting: Mapping[str, Sequence[str]]
) -> list[RequirementResult]:
    """Return the requirements that wait for something that no other step speaks of, such as a folder of this machine
    that cannot be written to. One that needs no other requirement waits for whatever else is to be done."""
    open_ones = [one for one in requirements if one.verdict in ("failed", "error", "unknown")]
    blocked = [one for one in open_ones if one.unknown_reason == _BLOCKED]
    others = [one for one in open_ones if one not in blocked]
    explained = {id_ for one in others for id_ in waiting[one.id]}
    left = [one for one in blocked if one.versioned_id not in explained and (one.needs or not others)]
    below = {id_ for one in left for id_ in waiting[one.id]}
    return [one for one in left if one.versioned_id not in below]


def _short(requirement: RequirementResult) -> list[FindingResult]:
    return [
        finding
        for scenario in requirement.scenarios
        for finding in scenario.findings
        if finding.verdict == requirement.verdict
    ]


def _unmet(requirement: RequirementResult, waiting: Mapping[str, Sequence[str]]) -> NextStep:
    findings = _short(requirement)
    own = list(dict.fromkeys(finding.remediation for finding in findings if finding.remediation))
    general = [] if findings and all(finding.remediation for finding in findings) else requirement.remediation.commands
    return _step(
        [requirement],
        "not-met",
        title=requirement.title,
        why=requirement.sentence,
        text=requirement.remediation.text,
        shell=requirement.remediation.shell,
        commands=[*own, *general][:COMMANDS_NAMED],
        findings=findings,
        unblocks=waiting[requirement.id],
    )


def _fault(requirement: RequirementResult, waiting: Mapping[str, Sequence[str]]) -> NextStep:
    return _step(
        [requirement],
        "error",
        title=f"Have calconnect's own fault in {requirement.id} mended",
        why=requirement.sentence,
        text="This is no fault of your tenant: the scenario itself broke. Report it with the run's folder, which holds "
        "no secret, and run the audit again with a version that mends it.",
        unblocks=waiting[requirement.id],
    )


def _unobserved(reason: str, group: Sequence[RequirementResult], waiting: Mapping[str, Sequence[str]]) -> NextStep:
    first = min(group, key=lambda requirement: _SEVERITIES.index(requirement.severity))
    advice = _ADVICE.get(reason) or _Advice(
        "Run the audit to its end", "Nothing was observed of what is named here. Run the audit again."
    )
    ids = {requirement.versioned_id for requirement in group}
    unblocks = dict.fromkeys(id_ for requirement in group for id_ in waiting[requirement.id] if id_ not in ids)
    return _step(
        group,
        "not-observed",
        title=advice.title,
        why=first.sentence,
        text=advice.text,
        findings=[finding for requirement in group for finding in _short(requirement)],
        unblocks=list(unblocks),
    )


def _own(scenario: ScenarioResult) -> NextStep:
    targets = [finding.target for finding in scenario.findings if finding.verdict == scenario.verdict]
    return NextStep(
        requirements=[],
        level="must",
        severity="high",
        state="not-met"
        if scenario.verdict == "failed"
        else "not-observed"
        if scenario.verdict == "unknown"
        else "error",
        title=f"Your own scenario: {scenario.name}",
        why=scenario.sentence,
        text=f"See what the scenario asks for ({scenario.feature_file}).",
        shell="",
        commands=list(dict.fromkeys(finding.remediation for finding in scenario.findings if finding.remediation)),
        targets=targets[:TARGETS_NAMED],
        targets_total=len(targets),
        unblocks=[],
    )


def _step(
    group: Sequence[RequirementResult],
    state: Literal["not-met", "not-observed", "error"],
    *,
    title: str,
    why: str,
    text: str,
    shell: str = "",
    commands: Sequence[str] = (),
    findings: Sequence[FindingResult] = (),
    unblocks: Sequence[str] = (),
) -> NextStep:
    deciding = [requirement for requirement in group if requirement.level == "must"] or list(group)
    targets = list(dict.fromkeys(finding.target for finding in findings))
    return NextStep(
        requirements=[requirement.versioned_id for requirement in group],
        level=deciding[0].level,
        severity=cast(
            Literal["critical", "high", "medium", "low"],
            _SEVERITIES[min(_SEVERITIES.index(requirement.severity) for requirement in deciding)],
        ),
        state=state,
        title=title,
        why=why,
        text=text,
        shell=shell,
        commands=list(commands),
        targets=targets[:TARGETS_NAMED],
        targets_total=len(targets),
        unblocks=list(unblocks),
    )
