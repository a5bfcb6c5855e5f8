"""The answer of a run: ready, not ready, or not known; out of the scenarios and the requirements that hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import NOTHING_LAID, LaidWaiver, Overlay
from calconnect.acceptance.verdicts import UnknownReason, Verdict, worst_verdict
from calconnect.requirements.model import Level, Requirement

NOT_RUN = "Its scenario was not run, so nothing was observed."


class State(StrEnum):
    """Whether the connection will work."""

    READY = "ready"
    """Every ``must`` that applies was observed, and passed or is waived."""
    NOT_READY = "not-ready"
    """A ``must`` failed and is not waived, or a waiver has expired."""
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
    waived: bool = False
    """Whether it falls short and counts as satisfied all the same: all that falls short is waived."""


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """The answer, and what it rests on."""

    state: State
    headline: str
    """The answer as one sentence."""
    grounds: tuple[Ground, ...]
    """Every requirement in the catalogue's order, then the user's own scenarios."""
    expired: tuple[LaidWaiver, ...] = ()
    """The waivers that have expired: with one of them, it is not ready, whatever else is so."""

    @property
    def exit_code(self) -> int:
        """0 ready, 1 not ready, 3 not known."""
        return self.state.exit_code

    @property
    def deciding(self) -> tuple[Ground, ...]:
        """The grounds that keep the answer from being ready: what failed if something did, else what is not known."""
        musts = [ground for ground in self.grounds if ground.level is Level.MUST and not ground.waived]
        failed = [ground for ground in musts if ground.verdict is Verdict.FAILED]
        return tuple(failed or [ground for ground in musts if ground.verdict in (Verdict.UNKNOWN, Verdict.ERROR)])


def answer_of(
    requirements: Iterable[Requirement],
    scenarios: Sequence[ScenarioFinished],
    *,
    overlay: Overlay = NOTHING_LAID,
    interrupted: bool = False,
) -> RunAnswer:
    """Return the answer of a run.

    A scenario of the user's own that names no requirement decides like a ``must``: that is what it was added for.

    Args:
        requirements: those that hold for this topology on the day of the run; one without a scenario is unknown.
        scenarios: every scenario that ended.
        overlay: the waivers that are laid over them.
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
    grounds = [replace(ground, waived=ground.requirement in overlay.waived) for ground in grounds]
    grounds += [_ground("", scenario.scenario, Level.MUST, [scenario]) for scenario in by_requirement.get("", [])]
    state = State.NOT_READY if overlay.expired else _state(grounds)
    if interrupted and state is State.READY:
        state = State.NOT_KNOWN
    headline = _headline(state, grounds, overlay.expired, interrupted=interrupted)
    return RunAnswer(state, headline, tuple(grounds), overlay.expired)


def _ground(requirement: str, title: str, level: Level, scenarios: Sequence[ScenarioFinished]) -> Ground:
    verdict = worst_verdict(scenario.verdict for scenario in scenarios)
    deciding = next(scenario for scenario in scenarios if scenario.verdict is verdict)
    return Ground(requirement, title, level, verdict, deciding.reason, deciding.sentence)


def _state(grounds: Sequence[Ground]) -> State:
    verdicts = {ground.verdict for ground in grounds if ground.level is Level.MUST and not ground.waived}
    if Verdict.FAILED in verdicts:
        return State.NOT_READY
    if verdicts & {Verdict.UNKNOWN, Verdict.ERROR} or Verdict.PASSED not in verdicts:
        return State.NOT_KNOWN
    return State.READY


def _headline(state: State, grounds: Sequence[Ground], expired: Sequence[LaidWaiver], *, interrupted: bool) -> str:
    musts = [ground for ground in grounds if ground.level is Level.MUST]
    applying = [ground for ground in musts if ground.verdict is not Verdict.NOT_APPLICABLE]
    waived = _count(ground for ground in applying if ground.waived)
    deciding = [ground for ground in applying if not ground.waived]
    failed = _count(ground for ground in deciding if ground.verdict is Verdict.FAILED)
    unseen = _count(ground for ground in deciding if ground.verdict in (Verdict.UNKNOWN, Verdict.ERROR))
    total = len(applying)
    besides = f"; {waived} {_are(waived)} waived" if waived else ""
    if state is State.NOT_READY:
        if waived and not failed:
            besides = f"; {waived} of {total} required points {_are(waived)} waived"
        said = [f"{failed} of {total} required points {_are(failed)} not met"] if failed else []
        said += [_ran_out(expired)] if expired else []
        said += [f"{unseen} could not be observed"] if unseen else []
        return f"Not ready: {_listed(said)}{besides}."
    if state is State.READY:
        advised = _count(one for one in grounds if one.level is Level.SHOULD and one.verdict is Verdict.FAILED)
        if advised:
            besides += f"; {advised} advised {'point is' if advised == 1 else 'points are'} not met"
        if waived:
            return f"Ready: {total - waived} of {total} required points were observed and are met{besides}."
        return f"Ready: all {total} required points were observed and are met{besides}."
    if interrupted:
        return "Not known: the run was stopped before its end."
    if not unseen:
        return "Not known: nothing was observed."
    seen = f"{unseen} of {total} required points could not be observed; none that was observed falls short"
    return f"Not known: {seen}{besides}."


def _ran_out(expired: Sequence[LaidWaiver]) -> str:
    if len(expired) > 1:
        return f"{len(expired)} waivers have expired"
    return f"the waiver of {expired[0].waiver.requirement} expired on {expired[0].waiver.expires}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _count(grounds: Iterable[Ground]) -> int:
    return sum(1 for _ in grounds)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
