"""From what a run left in memory to the results that are written down: a pure function of its events and settings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, cast

from pydantic import ValidationError

from calconnect.acceptance.answer import NOT_RUN, RunAnswer, answer_of
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import NOTHING_LAID, LaidWaiver, Overlay
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict, worst_verdict
from calconnect.evidence.observation import Observation, Outcome
from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.reporting.known_names import known_names
from calconnect.reporting.mailboxes import gather_outcomes, mailbox_counts, mailbox_results
from calconnect.reporting.model import (
    SCHEMA_VERSION,
    Answer,
    ClauseInfo,
    Counts,
    DisagreementResult,
    FindingResult,
    LinkInfo,
    NotAsked,
    OutcomeCounts,
    Reason,
    ReasonWord,
    RemediationInfo,
    RequirementResult,
    Results,
    ScenarioResult,
    StepResult,
    VerdictCounts,
    VerdictWord,
)
from calconnect.reporting.model_run import EnvironmentInfo, EvidenceFile, RunInfo
from calconnect.reporting.nextsteps import Situation, next_steps
from calconnect.reporting.overlay import attestation_result, renewals, waiver_result
from calconnect.reporting.records import well_formed
from calconnect.reporting.summary import operation_timings, settings_summary, tenant_info
from calconnect.reporting.timeline import run_timeline
from calconnect.requirements.model import Remediation, Requirement
from calconnect.requirements.remediation import Names, fill
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings

FINDINGS_IN_FULL = 200
"""Up to how many findings a scenario carries all of them; with more, those that passed for a listed mailbox stand in
``mailboxes`` alone."""


def build_results(
    scenarios: Sequence[ScenarioFinished],
    observations: Sequence[Observation],
    *,
    run: RunInfo,
    settings: Settings,
    requirements: Sequence[Requirement],
    topology: str,
    mock: str | None,
    environment: EnvironmentInfo,
    evidence: Sequence[EvidenceFile],
    overlay: Overlay = NOTHING_LAID,
    not_asked: Sequence[Requirement] = (),
) -> Results:
    """Return the results of a run. Nothing is read or written; what was not observed is ``unknown``.

    Args:
        scenarios: every scenario that ended, in its order.
        observations: everything that was seen.
        run: the execution itself.
        settings: what the run was told.
        requirements: the catalogue's requirements that hold for this topology on the day of the run, in its order.
        topology: how the mailboxes are reached.
        mock: name of the mock tenant that the run started itself, or None.
        environment: what it ran on.
        evidence: the files that the verdicts rest on.
        overlay: the waivers and attestations that are laid over the verdicts.
        not_asked: the catalogue's other requirements, whose scenarios come to nothing here.
    """
    listed = {address_key(mailbox.address) for mailbox in settings.mailboxes}
    by_requirement: dict[str, list[ScenarioFinished]] = {}
    for scenario in scenarios:
        by_requirement.setdefault(scenario.requirement, []).append(scenario)
    tenant = tenant_info(topology, mock, observations)
    names = known_names(settings, tenant.server_host or "", observations)
    today = run.started.astimezone(UTC).date()
    waivers = [waiver_result(laid, today) for laid in overlay.waivers]
    attestations = [attestation_result(laid, today) for laid in overlay.attestations]
    judged = [
        _requirement(requirement, by_requirement.pop(requirement.versioned_id, []), listed, names, today).model_copy(
            update={
                "waived_until": overlay.waived_until(requirement.versioned_id),
                "waivers": [one for one in waivers if one.versioned_id == requirement.versioned_id],
                "attestations": [one for one in attestations if one.versioned_id == requirement.versioned_id],
            }
        )
        for requirement in requirements
    ]
    for requirement in not_asked:
        by_requirement.pop(requirement.versioned_id, None)
    own = [_scenario(scenario, listed) for group in by_requirement.values() for scenario in group]
    deciding = {requirement.versioned_id for requirement in judged if requirement.level == "must"}
    mailboxes = mailbox_results(settings.mailboxes, gather_outcomes(settings.mailboxes, scenarios), deciding)
    return Results(
        schema_version=SCHEMA_VERSION,
        run=run,
        answer=_answer(answer_of(requirements, scenarios, overlay=overlay, interrupted=run.interrupted)),
        tenant=tenant,
        settings=settings_summary(settings),
        counts=Counts(
            must=_counts(requirement.verdict for requirement in judged if requirement.level == "must"),
            should=_counts(requirement.verdict for requirement in judged if requirement.level == "should"),
            own=_counts(scenario.verdict for scenario in own),
            mailboxes=mailbox_counts(mailboxes),
            observations=_outcomes(observations),
            waived=sum(1 for requirement in judged if requirement.waived_until is not None),
        ),
        next_steps=[*renewals(waivers), *next_steps(judged, own, Situation(names, run.id, run.command, listed))],
        requirements=judged,
        not_asked=[_not_asked(requirement, topology, today) for requirement in not_asked],
        own_scenarios=own,
        operations=operation_timings(observations),
        environment=environment,
        evidence=list(evidence),
        waivers=waivers,
        attestations=attestations,
        timeline=run_timeline(
            settings, observations, run.started, waivers=waivers, attestations=attestations, evidence=evidence
        ),
        mailboxes=mailboxes,
    )


def write_results(path: Path, results: Results) -> None:
    """Write ``results.json``, whole or not at all: indented, but for the mailboxes, which stand one a line.

    Raises:
        OSError: the folder cannot be written to.
    """
    mailboxes = [mailbox.model_dump_json() for mailbox in results.mailboxes]
    head = results.model_dump_json(indent=2, exclude={"mailboxes"}).removesuffix("\n}")
    body = ",\n    ".join(mailboxes)
    listed = f"[\n    {body}\n  ]" if mailboxes else "[]"
    write_atomic(path, f'{head},\n  "mailboxes": {listed}\n}}\n')


def read_results(path: Path) -> Results:
    """Read a ``results.json`` of this schema version.

    Raises:
        InvalidInput: it cannot be read, is no JSON, is of another version, or lacks something; by key.
    """
    name = str(path)
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidInput(
            [Problem(name, None, "", f"cannot be read: {error.strerror or type(error).__name__}.")]
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput([Problem(name, None, "", "is not JSON.")]) from None
    if not isinstance(data, dict):
        raise InvalidInput([Problem(name, None, "", "is not a JSON object.")])
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        message = f"is of schema version {version!r}; this calconnect reads {SCHEMA_VERSION}."
        raise InvalidInput([Problem(name, None, "schema_version", message)])
    try:
        return Results.model_validate(data)
    except ValidationError as error:
        problems = [
            Problem(name, None, ".".join(str(part) for part in detail["loc"]), f"{detail['msg']}.")
            for detail in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise InvalidInput(problems) from None


def _answer(answer: RunAnswer) -> Answer:
    """Put what waits for something else behind what it waits for."""
    grounds = sorted(answer.deciding, key=lambda ground: ground.reason is UnknownReason.BLOCKED)
    expired = [_expired(laid) for laid in answer.expired]
    return Answer(
        state=answer.state.value,
        exit_code=cast(Literal[0, 1, 3], answer.exit_code),
        headline=answer.headline,
        reasons=expired
        + [
            Reason(
                requirement=ground.requirement,
                verdict=_word(ground.verdict),
                sentence=well_formed(ground.sentence if ground.requirement else f"{ground.title}: {ground.sentence}"),
            )
            for ground in grounds
        ],
    )


def _expired(laid: LaidWaiver) -> Reason:
    """Name an expired waiver as a ground of the answer, beside the verdict of what it was laid over."""
    waiver = laid.waiver
    sentence = f"The waiver of {waiver.requirement} (line {waiver.line}) expired on {waiver.expires}."
    return Reason(requirement="", verdict="failed", sentence=sentence)


def _requirement(
    requirement: Requirement,
    scenarios: Sequence[ScenarioFinished],
    listed: Collection[str],
    names: Names,
    today: date,
) -> RequirementResult:
    verdict = worst_verdict(scenario.verdict for scenario in scenarios)
    deciding = next((scenario for scenario in scenarios if scenario.verdict is verdict), None)
    short = [
        finding
        for scenario in scenarios
        for finding in scenario.findings
        if finding.verdict is verdict and not finding.remediation
    ]
    remedy = _remedy(requirement, short if verdict is Verdict.FAILED else (), names, today)
    return RequirementResult(
        id=requirement.id,
        version=requirement.version,
        versioned_id=requirement.versioned_id,
        title=requirement.title,
        level=requirement.level.value,
        severity=requirement.severity.value,
        area=requirement.area,
        clause=ClauseInfo(
            document=requirement.clause.document,
            section=requirement.clause.section,
            quote=requirement.clause.quote,
        ),
        topologies=list(requirement.topologies),
        valid_from=requirement.valid_from,
        valid_until=requirement.valid_until,
        reason=requirement.reason,
        verified_by=requirement.verified_by,
        needs=list(requirement.needs),
        permissions=list(requirement.permissions),
        mended_after=list(requirement.mended_after),
        success=list(requirement.success),
        failure=list(requirement.failure),
        remediation=RemediationInfo(text=remedy.text, shell=remedy.shell, commands=list(remedy.commands)),
        links=[LinkInfo(title=link.title, url=link.url) for link in requirement.links],
        verdict=_word(verdict),
        unknown_reason=_reason(deciding.reason) if deciding else None,
        sentence=well_formed(deciding.sentence) if deciding else NOT_RUN,
        scenarios=[_scenario(scenario, listed) for scenario in scenarios],
        evidence=list(requirement.evidence),
        caveat=next((scenario.caveat for scenario in scenarios if scenario.caveat), ""),
    )


def _remedy(requirement: Requirement, failed: Sequence[Finding], names: Names, today: date) -> Remediation:
    """Return what mends a requirement: by the cases that were found, where the catalogue tells them apart."""
    known = requirement.remediation_by_code
    cases = list(dict.fromkeys(finding.code for finding in failed))
    if not cases or not set(cases) <= known.keys():
        return fill(requirement.remediation_on(today), names, [finding.target for finding in failed])
    filled = [fill(known[code], names, [one.target for one in failed if one.code == code]) for code in cases]
    commands = tuple(command for one in filled for command in one.commands)
    return Remediation(" ".join(one.text for one in filled), commands, filled[0].shell)


def _not_asked(requirement: Requirement, topology: str, today: date) -> NotAsked:
    reading = requirement.readings.get(topology)
    if reading is not None:
        sentence = reading.sentence
    elif topology not in requirement.topologies:
        sentence = f"It is not asked of the topology {topology}."
    elif today < requirement.valid_from:
        sentence = f"It is asked from {requirement.valid_from.isoformat()} on: what it demands is not so before."
    else:
        sentence = f"It was in force until {requirement.valid_until}."
    return NotAsked(
        id=requirement.id,
        versioned_id=requirement.versioned_id,
        title=requirement.title,
        level=requirement.level.value,
        sentence=sentence,
        replaced_by=list(reading.replaced_by) if reading is not None else [],
    )


def _scenario(scenario: ScenarioFinished, listed: Collection[str]) -> ScenarioResult:
    findings: Iterable[Finding] = scenario.findings
    if len(scenario.findings) > FINDINGS_IN_FULL and scenario.requirement:
        findings = [
            finding
            for finding in scenario.findings
            if finding.verdict is not Verdict.PASSED or address_key(finding.target) not in listed
        ]
    return ScenarioResult(
        feature=scenario.feature,
        feature_file=scenario.feature_file,
        rule=scenario.rule,
        name=scenario.scenario,
        steps=[
            StepResult(
                keyword=step.keyword,
                text=step.text,
                verdict=_word(step.verdict),
                duration_ms=round(step.duration_ms, 2),
            )
            for step in scenario.steps
        ],
        verdict=_word(scenario.verdict),
        reason=_reason(scenario.reason),
        sentence=well_formed(scenario.sentence),
        duration_ms=round(scenario.duration_ms, 2),
        finished=datetime.fromisoformat(scenario.at),
        finding_counts=_counts(finding.verdict for finding in scenario.findings),
        findings=[_finding(finding) for finding in findings],
        observations=list(scenario.observations),
        disagreements=[_disagreement(one) for one in scenario.disagreements],
        caveat=scenario.caveat,
        manual=scenario.manual,
    )


def _disagreement(one: Disagreement) -> DisagreementResult:
    return DisagreementResult(
        target=well_formed(one.target),
        live=well_formed(one.live),
        exported=well_formed(one.exported),
        sentence=well_formed(one.sentence),
        observations=list(one.observations),
    )


def _finding(finding: Finding) -> FindingResult:
    return FindingResult(
        target=well_formed(finding.target),
        verdict=_word(finding.verdict),
        sentence=well_formed(finding.sentence),
        code=well_formed(finding.code),
        reason=_reason(finding.reason),
        observations=list(finding.observations),
        remediation=well_formed(finding.remediation),
    )


def _counts(verdicts: Iterable[Verdict | VerdictWord]) -> VerdictCounts:
    tally = Counter(str(verdict).replace("-", "_") for verdict in verdicts)
    return VerdictCounts(**tally)


def _outcomes(observations: Sequence[Observation]) -> OutcomeCounts:
    tally = Counter(observation.outcome for observation in observations)
    return OutcomeCounts(
        ok=tally[Outcome.OK],
        refused=tally[Outcome.REFUSED],
        no_answer=tally[Outcome.NO_ANSWER],
        total=len(observations),
    )


def _word(verdict: Verdict) -> VerdictWord:
    return verdict.value


def _reason(reason: UnknownReason | None) -> ReasonWord | None:
    return reason.value if reason is not None else None
