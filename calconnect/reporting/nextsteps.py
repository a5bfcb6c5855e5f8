"""What to do next: one step for each cause of what is not met or could not be observed, in the order of use.

The order is the one in which an administrator gains most, each time:

1. what decides (``must``) before advice (``should``), and what a waiver covers for now behind both;
2. what unblocks most: the step that most other requirements wait for, be it that they could not be observed without it
   or that they fail by the same cause. The way to the server comes before the sign-in, and that before the mailboxes;
3. the step that most of the listed mailboxes hang on; on a critical one, all of them do;
4. by severity;
5. what was seen to be wrong, before what could not be seen;
6. in the catalogue's order.

Whatever the order comes to, what the catalogue wants mended first (``mended_after``) stands first: the scope of an
application before the consent to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

from calconnect.reporting.advice import (
    ADVICE,
    ATTESTATIONS,
    ENDLESS_PAGES,
    EXPORTS,
    NOT_JSON,
    NOT_RUN,
    ONLINE_ADVICE,
    OWN_ON_EWS_LIST,
    OWN_PERMISSION,
    OWN_SIGN_IN,
    TERMINAL,
    Advice,
)
from calconnect.reporting.causes import Cause, causes_of, failed_findings
from calconnect.reporting.model import FindingResult, NextStep, RequirementResult, ScenarioResult
from calconnect.requirements.model import Remediation
from calconnect.requirements.remediation import Names, fill
from calconnect.settings.addresses import address_key

TARGETS_NAMED = 10
"""How many of its targets a step names."""
COMMANDS_NAMED = 20
"""How many commands a step gives."""

_BLOCKED = "blocked-by-another-requirement"
_NO_EVIDENCE = "no-evidence-supplied"
_NOT_PERMITTED = "not-permitted-to-look"
_SIGN_IN = "sign-in"
_OF_SIGN_IN = ("AADSTS", "certificate-", "key-", "clock-skew", "secret-not-found")
"""What the codes begin with that tell why calconnect's own application did not sign in."""
_CONSENT_LACKING = "Authorization_RequestDenied"
_NO_RIGHT = "own-application-without-calendars"
_NO_ACCESS = "ErrorAccessDenied"
_EWS_POLICY = "HTTP 403"
_ON_A_SERVER = "exchange-server"
_OWN = {_SIGN_IN: OWN_SIGN_IN, _CONSENT_LACKING: OWN_PERMISSION, _EWS_POLICY: OWN_ON_EWS_LIST}
"""What calconnect's own application falls short of → what to do about it."""
_UNREACHABLE = "unreachable"
_OF_CLOUD = {"endless-pages": ENDLESS_PAGES, "not-json": NOT_JSON}
"""What came back of Microsoft's cloud, though something answered → what to do about it."""
_IN_CLOUD = "cloud"
_ATTESTATION = "attestation"
_SEVERITIES = ("critical", "high", "medium", "low")
_STATES = ("not-met", "error", "not-observed")

State = Literal["not-met", "not-observed", "error"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What steps are filled in with, beside the requirements."""

    names: Names
    run: str = ""
    """The run's id."""
    command: str = ""
    """The command that does the run again."""
    listed: Collection[str] = ()
    """The listed mailboxes, as addresses are compared (see :func:`address_key`)."""


def next_steps(
    requirements: Sequence[RequirementResult], own: Sequence[ScenarioResult], situation: Situation
) -> list[NextStep]:
    """Return the steps in order.

    A requirement that only waits for another one makes no step of its own. What several fail on for one sure cause is
    one step (see :mod:`calconnect.reporting.causes`), and so is what could not be observed for one and the same reason.
    ``own`` are the user's scenarios that name no requirement, and decide.
    """
    maker = _Maker(requirements, situation)
    steps = [*maker.unmet(), *maker.faults(), *maker.unobserved(), *(_own(one, situation) for one in own if _open(one))]
    place = {one.versioned_id: number for number, one in enumerate(requirements)}
    waived = {one.versioned_id for one in requirements if one.waived_until is not None}
    in_order = sorted(steps, key=lambda step: (_is_waived(step, waived), _urgency(step, place)))
    return _mended_first(in_order, requirements)


def _mended_first(steps: Sequence[NextStep], requirements: Sequence[RequirementResult]) -> list[NextStep]:
    """Move each step before those that are to wait for it, and leave the others in their order."""
    by_id = {one.id: one.versioned_id for one in requirements}
    first = {one.versioned_id: {by_id[name] for name in one.mended_after if name in by_id} for one in requirements}
    placed: list[NextStep] = []

    def place(step: NextStep, above: tuple[NextStep, ...]) -> None:
        wanted = {name for id_ in step.requirements for name in first[id_]} - set(step.requirements)
        for other in steps:
            if wanted & set(other.requirements) and other.waived_until is None and other not in above:
                place(other, (*above, step))
        if step not in placed:
            placed.append(step)

    for step in steps:
        place(step, (step,))
    return placed


def _is_waived(step: NextStep, waived: Collection[str]) -> bool:
    return bool(step.requirements) and all(id_ in waived for id_ in step.requirements)


def _urgency(step: NextStep, place: Mapping[str, int]) -> tuple[bool, bool, int, int, int, int, int]:
    one_cause = len(step.requirements) - 1 if step.requirements else 0
    return (
        step.waived_until is not None,
        step.level != "must",
        -(len(step.unblocks) + one_cause),
        -step.mailboxes,
        _SEVERITIES.index(step.severity),
        _STATES.index(step.state),
        min((place[id_] for id_ in step.requirements), default=len(place)),
    )


class _Maker:
    """Makes the steps of one run."""

    def __init__(self, requirements: Sequence[RequirementResult], situation: Situation) -> None:
        self._requirements = requirements
        self._situation = situation
        self._waiting = _waiting(requirements)
        self._by_id = {one.versioned_id: one for one in requirements}

    def unmet(self) -> Iterator[NextStep]:
        failed = [one for one in self._requirements if one.verdict == "failed"]
        for cause in causes_of(failed, self._situation.names):
            yield self._of_cause(cause)

    def faults(self) -> Iterator[NextStep]:
        for one in self._requirements:
            if one.verdict == "error":
                yield self._step(
                    [one],
                    "error",
                    Advice(
                        f"Have calconnect's own fault in {one.id} mended",
                        "This is no fault of your tenant: the scenario itself broke. Report it with the run's folder, "
                        "which holds no secret, and run the audit again with a version that mends it.",
                    ),
                    why=one.sentence,
                )

    def unobserved(self) -> Iterator[NextStep]:
        groups: dict[str, list[RequirementResult]] = {}
        for one in self._requirements:
            if one.verdict == "unknown" and one.unknown_reason != _BLOCKED:
                groups.setdefault(_group_of(one, self._situation.names), []).append(one)
        left = _left_over(self._requirements, self._waiting)
        if left:
            groups[_BLOCKED] = left
        for key, group in groups.items():
            first = min(group, key=lambda one: _SEVERITIES.index(one.severity))
            advice = _advice(key, first)
            if advice is OWN_PERMISSION:
                advice = replace(advice, text=f"{advice.text} {_needed(group)}")
            yield self._step(group, "not-observed", advice, why=first.sentence)

    def _of_cause(self, cause: Cause) -> NextStep:
        return self._finish(
            cause.requirements,
            "not-met",
            title=cause.title,
            why=" ".join(dict.fromkeys(one.sentence for one in cause.requirements)),
            text=cause.text,
            shell=cause.shell,
            commands=cause.commands,
            findings=cause.findings,
        )

    def _step(self, group: Sequence[RequirementResult], state: State, advice: Advice, *, why: str) -> NextStep:
        explained = [f"calconnect explain {self._situation.run or 'last'} {one.versioned_id}" for one in group]
        commands: list[str] = []
        for command in advice.commands:
            commands += explained if command == "{explain}" else [command]
        remedy = fill(Remediation(advice.text, tuple(commands), advice.shell), self._situation.names)
        shell, lines = remedy.shell, list(remedy.commands)
        if state == "not-observed" and not lines and self._situation.command:
            shell, lines = TERMINAL, [self._situation.command]
        findings = [finding for one in group for finding in failed_findings(one)]
        return self._finish(
            group, state, title=advice.title, why=why, text=remedy.text, shell=shell, commands=lines, findings=findings
        )

    def _finish(
        self,
        group: Sequence[RequirementResult],
        state: State,
        *,
        title: str,
        why: str,
        text: str,
        shell: str,
        commands: Sequence[str],
        findings: Sequence[FindingResult],
    ) -> NextStep:
        deciding = [one for one in group if one.level == "must"] or list(group)
        ids = {one.versioned_id for one in group}
        unblocks = dict.fromkeys(id_ for one in group for id_ in self._waiting[one.id] if id_ not in ids)
        targets = list(dict.fromkeys(finding.target for finding in findings))
        named = [self._named(target) for target in targets[:TARGETS_NAMED]]
        severity = _SEVERITIES[min(_SEVERITIES.index(one.severity) for one in deciding)]
        return NextStep(
            requirements=[one.versioned_id for one in group],
            level=deciding[0].level,
            severity=cast(Literal["critical", "high", "medium", "low"], severity),
            state=state,
            title=title,
            why=why,
            text=text,
            shell=shell,
            commands=list(commands)[:COMMANDS_NAMED],
            targets=named,
            targets_total=len(targets),
            unblocks=list(unblocks),
            mailboxes=self._mailboxes(severity, targets, unblocks),
            waived_until=_waived_until(group),
        )

    def _named(self, target: str) -> str:
        """Return what a target is called; of an App ID, whose application it is."""
        names = self._situation.names
        whose = {
            names.vendor_application: "the vendor's application",
            names.own_application: "calconnect's own application",
        }
        return f"{target} ({whose[target]})" if target and target in whose else target

    def _mailboxes(self, severity: str, targets: Collection[str], unblocks: Collection[str]) -> int:
        """Return how many listed mailboxes hang on a step: all where it is critical, else those that it concerns."""
        listed = frozenset(self._situation.listed)
        if severity == "critical":
            return len(listed)
        waiting = [
            finding.target for id_ in unblocks for finding in failed_findings(self._by_id[id_]) if finding.target
        ]
        return len({address_key(target) for target in (*targets, *waiting)} & listed)


def _waived_until(group: Sequence[RequirementResult]) -> date | None:
    """Return until when waivers cover all of a step; None if they leave something open."""
    days = [one.waived_until for one in group]
    return None if None in days else min(day for day in days if day is not None)


def _group_of(requirement: RequirementResult, names: Names) -> str:
    """Return what a requirement shares its step by: the reason; but what is missing is another thing each time."""
    reason = requirement.unknown_reason or ""
    if any(scenario.manual and scenario.verdict == "unknown" for scenario in requirement.scenarios):
        return _ATTESTATION
    if reason == _NOT_PERMITTED:
        return f"{reason} {_of_own_application(requirement)}".rstrip()
    if reason == _NO_EVIDENCE and not _for_want_of_exports(requirement):
        return f"{reason} {requirement.versioned_id}"
    if reason == _UNREACHABLE and (came := [code for code in _OF_CLOUD if code in _codes_of(requirement, reason)]):
        return f"{reason} {came[0]}"
    in_the_cloud = _ON_A_SERVER not in requirement.topologies or not names.service_account
    return f"{reason} {_IN_CLOUD}" if reason in ONLINE_ADVICE and in_the_cloud else reason


def _of_own_application(requirement: RequirementResult) -> str:
    """Return what calconnect's own application lacks, where that is why a requirement could not be looked at."""
    codes = _codes_of(requirement, _NOT_PERMITTED)
    in_the_cloud = _ON_A_SERVER not in requirement.topologies  # what was asked there was asked as that application
    if codes & {_CONSENT_LACKING, _NO_RIGHT} or (in_the_cloud and _NO_ACCESS in codes):
        return _CONSENT_LACKING
    if in_the_cloud and _EWS_POLICY in codes:
        return _EWS_POLICY
    return _SIGN_IN if any(code.startswith(_OF_SIGN_IN) for code in codes) else ""


def _codes_of(requirement: RequirementResult, reason: str) -> set[str]:
    """Return the codes of the findings that are unknown for a reason."""
    found = (finding for scenario in requirement.scenarios for finding in scenario.findings)
    return {finding.code for finding in found if finding.reason == reason}


def _needed(group: Sequence[RequirementResult]) -> str:
    """Say what permissions verifying some requirements needs, each said once."""
    by_need: dict[str, list[str]] = {}
    for one in group:
        for need in one.permissions:
            by_need.setdefault(need.rstrip("."), []).append(one.id)
    return "What is needed: " + "; ".join(f"{need} ({', '.join(ids)})" for need, ids in by_need.items()) + "."


def _for_want_of_exports(requirement: RequirementResult) -> bool:
    return bool(requirement.evidence) and requirement.unknown_reason == _NO_EVIDENCE


def _advice(key: str, first: RequirementResult) -> Advice:
    if not key:
        return NOT_RUN
    if key == _ATTESTATION:
        return ATTESTATIONS
    reason, _, lacking = key.partition(" ")
    if lacking in _OWN:
        return _OWN[lacking]
    if lacking in _OF_CLOUD:
        return _OF_CLOUD[lacking]
    if lacking == _IN_CLOUD:
        return ONLINE_ADVICE[reason]
    if reason != _NO_EVIDENCE:
        return ADVICE[reason]
    if _for_want_of_exports(first):
        return EXPORTS
    general = ADVICE[reason]
    return Advice(f"{general.title}: {first.title}", f"{general.text} {first.remediation.text}")


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
    asked = {one.id for one in requirements}  # what it needs on another topology, nobody waits for here
    left = [
        one for one in blocked if one.versioned_id not in explained and (asked.intersection(one.needs) or not others)
    ]
    below = {id_ for one in left for id_ in waiting[one.id]}
    return [one for one in left if one.versioned_id not in below]


def _open(scenario: ScenarioResult) -> bool:
    return scenario.verdict in ("failed", "unknown", "error")


def _own(scenario: ScenarioResult, situation: Situation) -> NextStep:
    targets = [finding.target for finding in scenario.findings if finding.verdict == scenario.verdict]
    states: Mapping[str, State] = {"failed": "not-met", "unknown": "not-observed"}
    commands = list(dict.fromkeys(finding.remediation for finding in scenario.findings if finding.remediation))
    return NextStep(
        requirements=[],
        level="must",
        severity="high",
        state=states.get(scenario.verdict, "error"),
        title=f"Your own scenario: {scenario.name}",
        why=scenario.sentence,
        text=f"See what the scenario asks for ({scenario.feature_file}).",
        shell="",
        commands=commands[:COMMANDS_NAMED],
        targets=targets[:TARGETS_NAMED],
        targets_total=len(targets),
        unblocks=[],
        mailboxes=len({address_key(target) for target in targets} & frozenset(situation.listed)),
    )
