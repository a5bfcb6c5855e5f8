"""Lays waivers and attestations over the verdicts of a run. A pure function: it changes no verdict, and reads nothing.

A waiver covers a requirement that failed or is unknown: as a whole, or by the mailboxes that it names. A requirement is
waived only if everything in it that falls short is covered by waivers in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from calconnect.acceptance.coverage import Coverage, coverage_of
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Verdict, worst_verdict
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.overlay.model import Attestation, Given, OverlayState, Waiver, days_left, state_on
from calconnect.requirements.model import Requirement

_TAKE_OUT = "Take it out of the file."
_SIGNED_IN = (Mode.SERVICE_ACCOUNT, Mode.IMPERSONATED, Mode.DELEGATE)


@dataclass(frozen=True, slots=True)
class LaidWaiver:
    """A waiver, and what it is laid over in this run."""

    waiver: Waiver
    requirement: str
    """Versioned id of the requirement of this run that it names; empty if it names none."""
    state: OverlayState
    covered: tuple[str, ...]
    """Targets of the findings that fall short and that it covers; none if it is over, or has nothing to cover."""
    sentence: str
    """For people: how it stands, and what to do."""

    @property
    def covers(self) -> bool:
        """Whether it is in force and covers something that falls short."""
        return self.state in (OverlayState.IN_FORCE, OverlayState.ENDING) and (
            bool(self.covered) or not self.waiver.mailboxes
        )


@dataclass(frozen=True, slots=True)
class LaidAttestation:
    """An attestation, and what it is laid over in this run."""

    attestation: Attestation
    requirement: str
    """Versioned id of the requirement of this run that it names; empty if it names none."""
    state: OverlayState
    decides: bool
    """Whether a ``@manual`` scenario takes its verdict from it; else it stands beside what a program saw."""
    sentence: str
    """For people: how it stands, and what to do."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Everything that is laid over the verdicts of a run."""

    waivers: tuple[LaidWaiver, ...] = ()
    """In the order of their file."""
    attestations: tuple[LaidAttestation, ...] = ()
    """In the order of their file."""
    waived: frozenset[str] = frozenset()
    """Versioned ids of the requirements that fall short and count as satisfied all the same."""
    given: Given = field(default_factory=Given)
    """What it was made of."""

    @property
    def expired(self) -> tuple[LaidWaiver, ...]:
        """The waivers whose last day is over. With one of them, a run is not ready."""
        return tuple(one for one in self.waivers if one.state is OverlayState.EXPIRED)

    def waived_until(self, requirement: str) -> date | None:
        """Return the last day on which a requirement is waived; None if it is not."""
        if requirement not in self.waived:
            return None
        return min(one.waiver.expires for one in self.waivers if one.requirement == requirement and one.covers)


NOTHING_LAID = Overlay()
"""Of a run without waivers and attestations."""


def lay_over(
    given: Given,
    requirements: Sequence[Requirement],
    scenarios: Sequence[ScenarioFinished],
    observations: Sequence[Observation],
    *,
    listed: Sequence[str],
    today: date,
) -> Overlay:
    """Lay waivers and attestations over the verdicts of a run.

    Args:
        given: the waivers and attestations.
        requirements: those that hold for this topology on the day of the run.
        scenarios: every scenario that ended.
        observations: everything that was observed. Where the service account got nothing from the tenant, nothing is
            waived.
        listed: addresses of the mailboxes in the list.
        today: the day on which the run started.
    """
    by_name = {one.id: one for one in requirements} | {one.versioned_id: one for one in requirements}
    of: dict[str, list[ScenarioFinished]] = {}
    for scenario in scenarios:
        of.setdefault(scenario.requirement, []).append(scenario)
    coverages: dict[str, Coverage] = {}
    if anything_seen(observations):
        for requirement in requirements:
            naming = [one for one in given.waivers if by_name.get(one.requirement) is requirement]
            valid = [one for one in naming if days_left(one.expires, today) >= 0]
            id_ = requirement.versioned_id
            coverages[id_] = coverage_of(valid, of.get(id_, []), listed)
    waivers = []
    for waiver in given.waivers:
        named = by_name.get(waiver.requirement)
        id_ = named.versioned_id if named is not None else ""
        waivers.append(_laid_waiver(waiver, id_, of.get(id_, []) if id_ else [], coverages.get(id_), today))
    attestations = []
    for attestation in given.attestations:
        named = by_name.get(attestation.requirement)
        id_ = named.versioned_id if named is not None else ""
        mine = of.get(id_, []) if id_ else [one for one in of.get("", []) if _is_named(one, attestation)]
        succeeded = _succeeded(attestation, given, today)
        attestations.append(_laid_attestation(attestation, id_, mine, succeeded=succeeded, today=today))
    waived = frozenset(id_ for id_, coverage in coverages.items() if coverage.complete)
    return Overlay(tuple(waivers), tuple(attestations), waived, given)


def anything_seen(observations: Sequence[Observation]) -> bool:
    """Say whether anything that was asked of the tenant as the service account came back as it should. What was read
    from files, and what anybody gets without signing in (a handshake, a refusal), shows nothing of its mailboxes."""
    return any(one.mode in _SIGNED_IN and one.outcome is Outcome.OK for one in observations)


def _laid_waiver(
    waiver: Waiver, requirement: str, scenarios: Sequence[ScenarioFinished], coverage: Coverage | None, today: date
) -> LaidWaiver:
    state = state_on(waiver.expires, today)
    if state is OverlayState.EXPIRED:
        sentence = (
            f"It expired on {waiver.expires}. Have it approved anew, or take it out of the file: as long as it stands "
            "there, the run is not ready."
        )
        return LaidWaiver(waiver, requirement, state, (), sentence)
    if not requirement:
        sentence = f"This run asks for no such requirement, so there is nothing to waive. {_TAKE_OUT}"
        return LaidWaiver(waiver, "", OverlayState.REMOVABLE, (), sentence)
    verdict = worst_verdict(scenario.verdict for scenario in scenarios)
    if scenarios and verdict in (Verdict.PASSED, Verdict.NOT_APPLICABLE):
        why = "passed" if verdict is Verdict.PASSED else "does not apply"
        sentence = f"The requirement {why}, so there is nothing to waive. {_TAKE_OUT}"
        return LaidWaiver(waiver, requirement, OverlayState.REMOVABLE, (), sentence)
    ends = _ends(state, waiver.expires, today)
    if coverage is None:
        sentence = f"The service account saw nothing of the tenant, so nothing can be waived. {ends}"
        return LaidWaiver(waiver, requirement, state, (), sentence.rstrip())
    found = coverage.of(waiver)
    if found.removable:
        return LaidWaiver(waiver, requirement, OverlayState.REMOVABLE, (), f"{found.sentence} {_TAKE_OUT}")
    return LaidWaiver(waiver, requirement, state, found.covered, f"{found.sentence} {ends}".rstrip())


def _laid_attestation(
    attestation: Attestation,
    requirement: str,
    scenarios: Sequence[ScenarioFinished],
    *,
    succeeded: bool,
    today: date,
) -> LaidAttestation:
    state = state_on(attestation.valid_until, today)
    decides = any(scenario.manual for scenario in scenarios)
    nothing = ""
    if attestation.scenario and not scenarios:
        nothing = "This run has no @manual scenario of that name"
    elif attestation.requirement and not requirement:
        nothing = "This run asks for no such requirement"
    elif scenarios and worst_verdict(scenario.verdict for scenario in scenarios) is Verdict.NOT_APPLICABLE:
        nothing = "The requirement does not apply"
    if nothing:
        state, sentence = OverlayState.REMOVABLE, f"{nothing}, so there is nothing to vouch for. {_TAKE_OUT}"
    elif state is not OverlayState.EXPIRED:
        what = "The verdict rests on it." if decides else "It stands beside what was observed, which decides."
        sentence = f"{what} {_ends(state, attestation.valid_until, today)}".rstrip()
    elif succeeded:
        state = OverlayState.REMOVABLE
        sentence = f"It ended on {attestation.valid_until}, and another one has taken its place. {_TAKE_OUT}"
    else:
        sentence = f"It ended on {attestation.valid_until}, and proves nothing any more. Have it attested anew."
    return LaidAttestation(attestation, requirement, state, decides, sentence)


def _is_named(scenario: ScenarioFinished, attestation: Attestation) -> bool:
    """Say whether an attestation names a manual scenario; each example of an outline has its name, and more."""
    name = attestation.scenario
    return scenario.manual and (scenario.scenario == name or scenario.scenario.startswith(f"{name} ("))


def _succeeded(ended: Attestation, given: Given, today: date) -> bool:
    """Say whether another attestation of the same thing is in force."""
    return any(
        (other.requirement, other.scenario) == (ended.requirement, ended.scenario)
        and days_left(other.valid_until, today) >= 0
        for other in given.attestations
    )


def _ends(state: OverlayState, last: date, today: date) -> str:
    """Announce the end of what ends soon."""
    if state is not OverlayState.ENDING:
        return ""
    left = days_left(last, today)
    if left == 0:
        return f"It ends today, {last}: have it renewed."
    return f"It ends in {left} {'day' if left == 1 else 'days'}, on {last}: have it renewed."
