"""The trace of a requirement as text, for 80 columns. Commands, and names without a space, stay whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from calconnect.evidence.store import from_record
from calconnect.foundation.wrapping import wrapped
from calconnect.reporting.model import FindingResult, RequirementResult, ScenarioResult
from calconnect.reporting.trace import Trace, TracedObservation, TracedScenario, TracedStep
from calconnect.reporting.words import number, plural, visible, when, word

FINDINGS_SHOWN = 20
"""How many findings that fell short are shown in full."""
PASSED_SHOWN = 3
"""How many that passed are."""
OBSERVATIONS_SHOWN = 12
"""How many observations are shown in full; those of what fell short come first."""
COMMANDS_SHOWN = 6
"""How many commands of a step are shown."""


def render_trace(trace: Trace) -> Iterator[str]:
    """Yield the lines of a trace."""
    for line in _lines(trace):
        yield visible(line).rstrip()


def _lines(trace: Trace) -> Iterator[str]:
    requirement = trace.requirement
    yield from wrapped(requirement.title, len(requirement.versioned_id) + 2, label=requirement.versioned_id)
    yield ""
    until = f", waived until {requirement.waived_until.isoformat()}" if requirement.waived_until else ""
    yield f"verdict   {_verdict(requirement)}{until}"
    yield f"level     {requirement.level}, severity {requirement.severity}"
    yield f"run       {trace.run}, {when(trace.started)}"
    if trace.mock is not None:
        yield from wrapped(f"of the mock tenant {trace.mock}: it says nothing about your organisation", 10)
    yield from _section("What is demanded")
    yield from wrapped(f"{requirement.clause.document}, {requirement.clause.section}:")
    yield from wrapped(f"“{requirement.clause.quote}”")
    yield from _section("Why it matters")
    yield from wrapped(requirement.reason)
    yield from _section("How it is verified")
    yield from wrapped(requirement.verified_by)
    if trace.needs:
        yield from _section("What had to hold first")
        for need in trace.needs:
            said = word(need.verdict) if need.verdict else "not judged in this run"
            yield from wrapped(need.title, 24, label=f"  {need.requirement:<9} {said}  ")
    for scenario in trace.scenarios:
        yield from _scenario(scenario)
    yield from _section("The verdict")
    yield from wrapped(f"{_verdict(requirement)}: {requirement.sentence}")
    if requirement.caveat:
        yield from wrapped(f"Mind: {requirement.caveat}")
    yield from _laid_over(requirement)
    yield from _section("What to do next")
    yield from _next(trace)


def _verdict(requirement: RequirementResult) -> str:
    reason = f" ({requirement.unknown_reason})" if requirement.unknown_reason else ""
    return f"{word(requirement.verdict)}{reason}"


def _section(title: str) -> Iterator[str]:
    yield ""
    yield title


def _scenario(traced: TracedScenario) -> Iterator[str]:
    scenario = traced.scenario
    yield from _section("The scenario")
    yield from wrapped(f"{scenario.name} ({scenario.feature_file})")
    for step in scenario.steps:
        yield from wrapped(f"{step.keyword} {step.text}", 18, label=f"  {word(step.verdict)}")
    yield from _section(f"What was found: {_counted(scenario)}")
    yield from _findings(scenario)
    if scenario.disagreements:
        yield from _section("Where the exports say otherwise (what was observed live decides)")
        for one in scenario.disagreements:
            yield from wrapped(f"{one.target}: {one.sentence}")
            yield from wrapped(f"live: {one.live}; exported: {one.exported}", 4)
            yield from _rests_on(one.observations)
    yield from _section(f"What it rests on: {plural(len(traced.observations), 'observation')}")
    yield from _observations(traced.observations)


def _counted(scenario: ScenarioResult) -> str:
    counts = scenario.finding_counts
    parts = [("failed", counts.failed), ("unknown", counts.unknown), ("error", counts.error), ("passed", counts.passed)]
    return ", ".join(f"{number(count)} {name}" for name, count in parts if count) or "nothing"


def _findings(scenario: ScenarioResult) -> Iterator[str]:
    passed = [one for one in scenario.findings if one.verdict == "passed"]
    short = sorted((one for one in scenario.findings if one.verdict != "passed"), key=lambda one: one.verdict)
    for one in [*short[:FINDINGS_SHOWN], *passed[:PASSED_SHOWN]]:
        yield from _finding(one)
    if len(short) > FINDINGS_SHOWN:
        yield f"  and {number(len(short) - FINDINGS_SHOWN)} more that fell short (--json has all)"
    more = scenario.finding_counts.passed - len(passed[:PASSED_SHOWN])
    if more > 0:
        yield f"  and {number(more)} more that passed"


def _finding(one: FindingResult) -> Iterator[str]:
    code = f" {one.code}" if one.code else ""
    reason = f" ({one.reason})" if one.reason else ""
    yield from wrapped(f"{one.target}{code}{reason}", 12, label=f"  {word(one.verdict)}")
    yield from wrapped(one.sentence, 12)
    yield from _rests_on(one.observations)


def _rests_on(ids: Sequence[str]) -> Iterator[str]:
    if ids:
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        yield from wrapped(f"seen in {', '.join(ids[:5])}{more}", 12)


def _observations(observations: Sequence[TracedObservation]) -> Iterator[str]:
    short = [one for one in observations if one.verdict not in (None, "passed")]
    shown = short[:OBSERVATIONS_SHOWN]
    others = [one for one in observations if one not in short]
    shown += others[: PASSED_SHOWN if short else OBSERVATIONS_SHOWN]
    for traced in shown:
        yield from _observation(traced)
    rest = [*short[OBSERVATIONS_SHOWN:], *others[PASSED_SHOWN if short else OBSERVATIONS_SHOWN :]]
    if rest:
        codes = Counter(str(one.observation["code"] or one.observation["outcome"]) for one in rest)
        counted = ", ".join(f"{number(count)} {code}" for code, count in codes.most_common())
        yield from wrapped(f"and {number(len(rest))} more: {counted} (--json has all)")


def _observation(traced: TracedObservation) -> Iterator[str]:
    one = from_record(traced.observation)
    said = [f"HTTP {one.http_status}" if one.http_status is not None else "", one.code or ""]
    said.append(f"request id {one.request_id}" if one.request_id else "")
    asked = f"{when(one.at, 'time')}  {one.operation}, {one.mode}, {one.target}"
    yield from wrapped(asked, 12, label=f"  {one.id}  ")
    yield from wrapped(", ".join(part for part in said if part) or one.outcome, 12)
    if one.reason:
        yield from wrapped(one.reason, 12)


def _laid_over(requirement: RequirementResult) -> Iterator[str]:
    if requirement.waivers or requirement.attestations:
        yield from _section("What is laid over it (the verdict stays)")
    for waiver in requirement.waivers:
        yield from wrapped(f"Waiver, line {waiver.line}: {waiver.sentence}")
        yield from wrapped(f"Approved by {waiver.approved_by}, until {waiver.expires.isoformat()}: {waiver.reason}", 4)
        yield from wrapped(f"Risk: {waiver.risk}", 4)
    for attestation in requirement.attestations:
        yield from wrapped(f"Attestation, line {attestation.line}: {attestation.sentence}")
        until = attestation.valid_until.isoformat()
        yield from wrapped(f"{attestation.attested_by} vouches, until {until}: {attestation.statement}", 4)


def _next(trace: Trace) -> Iterator[str]:
    if not trace.next_steps:
        yield "  Nothing."
    for traced in trace.next_steps:
        yield from _step(traced)


def _step(traced: TracedStep) -> Iterator[str]:
    step = traced.step
    waits = "It waits for this: " if traced.relation == "unblocks" else ""
    ids = f" ({', '.join(step.requirements)})" if waits and step.requirements else ""
    yield from wrapped(f"{waits}{step.title}{ids}. Step {traced.number} of {traced.of} of the action plan.")
    yield from wrapped(step.text)
    if step.commands:
        yield from wrapped(f"In the {step.shell}:" if step.shell else "Commands:")
        yield from (f"    {part}" for command in step.commands[:COMMANDS_SHOWN] for part in command.split("\n"))
    if len(step.commands) > COMMANDS_SHOWN:
        yield f"    and {len(step.commands) - COMMANDS_SHOWN} more, in action-plan.md"
