"""The answer of a run: ready, not ready, or not known; out of the scenarios and the requirements that hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.requirements.model import Level, Requirement

_WORST_FIRST = (Verdict.FAILED, Verdict.ERROR, Verdict.UNKNOWN, Verdict.PASSED, Verdict.NOT_APPLICABLE)
NOT_RUN = "Its scenario was not run, so nothing was observed."


class State(StrEnum):
    """Whether the connection will work."""

    READY = "ready"
    """Every ``must`` that applies was observed, and passed."""
    NOT_READY = "not-ready"
    """A ``must`` failed."""
    NOT_KNOWN = "not-known"
    """None failed, but one could not be observed; or nothing was."""

    @property
    def exit_code(self) -> int:
        """The exit code of a command that gives this answer: 0, 1 or 3."""
        return {State.READY: 0, State.NOT_READY: 1, State.NOT_KNOWN: 3}[self]


@dataclass(frozen=True, slots=True)
class Ground:
    """What became of one requirement, or of a scenario of the user's own that names none."""

    requirement: str
    """Versioned id; empty for a scenario of the user's own."""
    title: str
    level: Level
    verdict: Verdict
    """The worst of its scenarios; ``unknown`` if none was run."""
    reason: UnknownReason | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """The answer, and what it rests on."""

    state: State
    headline: str
    """The answer as one sentence."""
    grounds: tuple[Ground, ...]
    """Every requirement in the catalogue's order, then the user's own scenarios."""

    @property
    def exit_code(self) -> int:
        """0 ready, 1 not ready, 3 not known."""
        return self.state.exit_code

    @property
    def deciding(self) -> tuple[Ground, ...]:
        """The grounds that keep the answer from being ready: what failed if something did, else what is not known."""
        musts = [ground for ground in self.grounds if ground.level is Level.MUST]
        failed = [ground for ground in musts if ground.verdict is Verdict.FAILED]
        return tuple(failed or [ground for ground in musts if ground.verdict in (Verdict.UNKNOWN, Verdict.ERROR)])


def answer_of(
    requirements: Iterable[Requirement], scenarios: Sequence[ScenarioFinished], *, interrupted: bool = False
) -> RunAnswer:
    """Return the answer of a run.

    A scenario of the user's own that names no requirement decides like a ``must``: that is what it was added for.

    Args:
        requirements: those that hold for this topology on the day of the run; one without a scenario is unknown.
        scenarios: every scenario that ended.
        interrupted: whether the run was stopped before its end; it is then never ready.
    """
    by_requirement: dict[str, list[ScenarioFinished]] = {}
    for scenario in scenarios:
        by_requirement.setdefault(scenario.requirement, []).append(scenario)
    grounds = [
        _ground(
            requirement.versioned_id, requirement.title, requirement.level, by_requirement[requirement.versioned_id]
        )
        if requirement.versioned_id in by_requirement
        else Ground(
            requirement.versioned_id,
            requirement.title,
            requirement.level,
            Verdict.UNKNOWN,
            UnknownReason.NO_EVIDENCE,
            NOT_RUN,
        )
        for requirement in requirements
    ]
    grounds += [_ground("", scenario.scenario, Level.MUST, [scenario]) for scenario in by_requirement.get("", [])]
    state = _state(grounds)
    if interrupted and state is State.READY:
        state = State.NOT_KNOWN
    return RunAnswer(state, _headline(state, grounds, interrupted=interrupted), tuple(grounds))


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; ``unknown`` if there is none. One that does not apply counts only alone."""
    seen = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in seen), Verdict.UNKNOWN)


def _ground(requirement: str, title: str, level: Level, scenarios: Sequence[ScenarioFinished]) -> Ground:
    verdict = worst_verdict(scenario.verdict for scenario in scenarios)
    deciding = next(scenario for scenario in scenarios if scenario.verdict is verdict)
    return Ground(requirement, title, level, verdict, deciding.reason, deciding.sentence)


def _state(grounds: Sequence[Ground]) -> State:
    verdicts = {ground.verdict for ground in grounds if ground.level is Level.MUST}
    if Verdict.FAILED in verdicts:
        return State.NOT_READY
    if verdicts & {Verdict.UNKNOWN, Verdict.ERROR} or Verdict.PASSED not in verdicts:
        return State.NOT_KNOWN
    return State.READY


def _headline(state: State, grounds: Sequence[Ground], *, interrupted: bool) -> str:
    musts = [ground for ground in grounds if ground.level is Level.MUST]
    applying = [ground for ground in musts if ground.verdict is not Verdict.NOT_APPLICABLE]
    failed = _count(ground for ground in applying if ground.verdict is Verdict.FAILED)
    unseen = _count(ground for ground in applying if ground.verdict in (Verdict.UNKNOWN, Verdict.ERROR))
    total = len(applying)
    if state is State.NOT_READY:
        rest = f", and {unseen} could not be observed" if unseen else ""
        return f"Not ready: {failed} of {total} required points {_are(failed)} not met{rest}."
    if state is State.READY:
        return f"Ready: all {total} required points were observed and are met."
    if interrupted:
        return "Not known: the run was stopped before its end."
    if not unseen:
        return "Not known: nothing was observed."
    return f"Not known: {unseen} of {total} required points could not be observed; none that was observed falls short."


def _count(grounds: Iterable[Ground]) -> int:
    return sum(1 for _ in grounds)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
