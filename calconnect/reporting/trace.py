"""The trace of one requirement in a saved run, as data: from the clause to the observations, the verdict and the next
step. Nothing is judged here; it is put together from what the run left."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from calconnect.evidence.observation import Observation
from calconnect.evidence.store import read_observations, to_record
from calconnect.foundation.problems import InvalidInput, Problem, UsageError
from calconnect.reporting.model import NextStep, NotAsked, RequirementResult, Results, ScenarioResult
from calconnect.reporting.model_run import Part
from calconnect.reporting.results import read_results
from calconnect.reporting.run_lookup import RESULTS_FILE

_RANK = ("failed", "error", "unknown", "passed", "not-applicable")

Relation = Literal["mends", "unblocks", "none"]


class TracedObservation(Part):
    """One observation, and what became of it."""

    verdict: Literal["passed", "failed", "unknown", "error", "not-applicable"] | None
    """The worst verdict among the findings that rest on it; null if only findings that the results count do."""
    observation: dict[str, Any]
    """As it stands in ``observations.jsonl``."""


class TracedScenario(Part):
    """One scenario with everything that it rests on."""

    scenario: ScenarioResult
    observations: list[TracedObservation]
    """Those of findings that fell short first, each once."""


class TracedStep(Part):
    """A step of the action plan that concerns the requirement."""

    number: int
    """Its place in the plan, from 1."""
    of: int
    relation: Relation
    """``mends``: it is for this requirement; ``unblocks``: this requirement waits for it."""
    step: NextStep


class Need(Part):
    """A requirement that had to hold first."""

    requirement: str
    """Versioned id; the bare id where the run did not judge it."""
    verdict: str
    """Its verdict; empty where the run did not judge it."""
    title: str


class Trace(Part):
    """Everything that led to the verdict of one requirement."""

    run: str
    started: AwareDatetime
    mock: str | None
    """The mock tenant that the run was made against; null for a real one."""
    intact: bool
    """Whether the observations are still the file that the verdicts were drawn from, by its SHA-256."""
    requirement: RequirementResult = Field(exclude=True)
    """The requirement with its verdict, as in the results; its scenarios stand below."""
    scenarios: list[TracedScenario]
    needs: list[Need]
    next_steps: list[TracedStep]
    """What is to be done for it, in the plan's order; empty where nothing is."""

    def record(self) -> dict[str, Any]:
        """Return the trace as plain JSON values."""
        whole = self.model_dump(mode="json")
        requirement = self.requirement.model_dump(mode="json", exclude={"scenarios"})
        head = {key: whole.pop(key) for key in ("run", "started", "mock", "intact")}
        return {**head, "requirement": requirement, **whole}


def trace_of(
    results: Results, observations: Iterable[Observation], name: str, *, file: str, intact: bool = True
) -> Trace:
    """Return the trace of a requirement.

    Args:
        results: the results of the run.
        observations: everything that the run observed.
        name: the requirement's id, with or without its version, in upper or lower case.
        file: what to call the file of observations.
        intact: whether that file is as the run left it.

    Raises:
        UsageError: the run judged no requirement of that name; the nearest one is named.
        InvalidInput: an observation that the verdict rests on is not there.
    """
    requirement = find_requirement(results.requirements, name)
    wanted = {id_ for scenario in requirement.scenarios for id_ in _rested_on(scenario)}
    known = {one.id: one for one in observations if one.id in wanted}
    lacking = sorted(wanted - known.keys())
    if lacking:
        message = f"lacks {lacking[0]}, on which the verdict of {requirement.versioned_id} rests"
        more = f", and {len(lacking) - 1} more." if len(lacking) > 1 else "."
        raise InvalidInput([Problem(file, None, "", message + more)])
    return Trace(
        run=results.run.id,
        started=results.run.started,
        mock=results.tenant.mock,
        intact=intact,
        requirement=requirement,
        scenarios=[
            TracedScenario(scenario=one, observations=_observations(one, known)) for one in requirement.scenarios
        ],
        needs=[_need(id_, results.requirements) for id_ in requirement.needs],
        next_steps=_steps(results.next_steps, requirement.versioned_id),
    )


def read_trace(folder: Path, name: str) -> Trace:
    """Return the trace of a requirement in a saved run.

    Raises:
        InvalidInput: a file of the run is not there, or damaged; by place and cause.
        UsageError: the run judged no requirement of that name.
    """
    results = read_results(folder / RESULTS_FILE)
    find_requirement(results.requirements, name)  # before a long file is read for nothing
    path = folder / "observations.jsonl"
    observations = read_observations(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    intact = all(one.sha256 == digest for one in results.evidence if one.role == "observations")
    return trace_of(results, observations, name, file=str(path), intact=intact)


def read_not_asked(folder: Path, name: str) -> NotAsked | None:
    """Return the reading of a requirement that the run did not ask for; None if the run judged it, or knows none.

    Raises:
        InvalidInput: the results are not there, or damaged.
    """
    wanted = name.strip().upper()
    found = read_results(folder / RESULTS_FILE).not_asked
    return next((one for one in found if wanted in (one.id, one.versioned_id.upper())), None)


def find_requirement(requirements: Sequence[RequirementResult], name: str) -> RequirementResult:
    """Return the requirement that is called so: by its id (the latest version) or its versioned id, in any case.

    Raises:
        UsageError: there is none; the nearest name is told.
    """
    names: dict[str, RequirementResult] = {}
    for one in sorted(requirements, key=lambda one: one.version):
        names[one.id.upper()] = names[one.versioned_id.upper()] = one
    wanted = name.strip().upper()
    if wanted in names:
        return names[wanted]
    close = difflib.get_close_matches(wanted, list(names), 1)
    hint = f"Did you mean {names[close[0]].id}?" if close else f"It judged {', '.join(one.id for one in requirements)}."
    raise UsageError(f"The run judged no requirement {name.strip()}. {hint}")


def _rested_on(scenario: ScenarioResult) -> dict[str, None]:
    """Return the ids of all observations of a scenario: those of what fell short first, then the others."""
    ordered = sorted(scenario.findings, key=lambda finding: _RANK.index(finding.verdict))
    ids = dict.fromkeys(id_ for finding in ordered for id_ in finding.observations)
    ids.update(dict.fromkeys(id_ for one in scenario.disagreements for id_ in one.observations))
    ids.update(dict.fromkeys(scenario.observations))
    return ids


def _observations(scenario: ScenarioResult, known: Mapping[str, Observation]) -> list[TracedObservation]:
    verdicts: dict[str, str] = {}
    for finding in sorted(scenario.findings, key=lambda finding: _RANK.index(finding.verdict)):
        for id_ in finding.observations:
            verdicts.setdefault(id_, finding.verdict)
    return [
        TracedObservation.model_validate({"verdict": verdicts.get(id_), "observation": to_record(known[id_])})
        for id_ in _rested_on(scenario)
    ]


def _need(id_: str, requirements: Sequence[RequirementResult]) -> Need:
    found = next((one for one in requirements if one.id == id_), None)
    if found is None:
        return Need(requirement=id_, verdict="", title="")
    return Need(requirement=found.versioned_id, verdict=found.verdict, title=found.title)


def _steps(steps: Sequence[NextStep], versioned_id: str) -> list[TracedStep]:
    found = []
    for number, step in enumerate(steps, 1):
        relation: Relation = "mends" if versioned_id in step.requirements else "none"
        if relation == "none" and versioned_id in step.unblocks:
            relation = "unblocks"
        if relation != "none":
            found.append(TracedStep(number=number, of=len(steps), relation=relation, step=step))
    return found
