"""The answer of a run: ready only if everything that is required was observed, and passed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.answer import NOT_RUN, State, answer_of
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Verdict, worst_verdict
from calconnect.requirements.model import Level
from tests.acceptance.suite_run import catalogue
from tests.acceptance.test_junit import ended

REQUIREMENTS = tuple(one for one in catalogue().values() if "exchange-server" in one.topologies)
MUSTS = [requirement for requirement in REQUIREMENTS if requirement.level is Level.MUST]
ROOMS = "OPS-04v1"


def all_with(verdicts: dict[str, Verdict] | None = None) -> list[ScenarioFinished]:
    """Return a scenario for each requirement, passed where nothing else is said."""
    said = verdicts or {}
    return [
        replace(ended(said.get(one.versioned_id, Verdict.PASSED)), requirement=one.versioned_id) for one in REQUIREMENTS
    ]


@pytest.mark.parametrize(
    ("verdicts", "state", "code"),
    [
        ({}, State.READY, 0),
        ({"SVC-01v1": Verdict.FAILED}, State.NOT_READY, 1),
        ({"SVC-01v1": Verdict.FAILED, "SVC-03v1": Verdict.UNKNOWN}, State.NOT_READY, 1),
        ({"SVC-01v1": Verdict.UNKNOWN}, State.NOT_KNOWN, 3),
        ({"SVC-01v1": Verdict.ERROR}, State.NOT_KNOWN, 3),
        ({"NET-01v1": Verdict.NOT_APPLICABLE}, State.READY, 0),
        ({ROOMS: Verdict.FAILED}, State.READY, 0),
        ({ROOMS: Verdict.UNKNOWN}, State.READY, 0),
    ],
)
def test_the_musts_decide(verdicts: dict[str, Verdict], state: State, code: int) -> None:
    answer = answer_of(REQUIREMENTS, all_with(verdicts))
    assert (answer.state, answer.exit_code) == (state, code)
    assert answer.headline.lower().startswith(state.value.replace("-", " "))


def test_what_is_advised_and_not_met_stands_in_the_answer() -> None:
    answer = answer_of(REQUIREMENTS, all_with({ROOMS: Verdict.FAILED}))
    assert answer.headline.endswith("points were observed and are met; 1 advised point is not met.")


def test_what_was_not_run_is_not_known() -> None:
    answer = answer_of(REQUIREMENTS, all_with()[:-1])
    last = REQUIREMENTS[-1]
    assert last.level is Level.SHOULD
    assert answer.state is State.READY
    assert answer.grounds[-1].sentence == NOT_RUN
    without = [one for one in all_with() if one.requirement != MUSTS[0].versioned_id]
    assert answer_of(REQUIREMENTS, without).state is State.NOT_KNOWN
    assert answer_of(REQUIREMENTS, []).state is State.NOT_KNOWN
    assert answer_of([], []).headline == "Not known: nothing was observed."


def test_nothing_that_applies_is_not_ready() -> None:
    everything = {requirement.versioned_id: Verdict.NOT_APPLICABLE for requirement in REQUIREMENTS}
    assert answer_of(REQUIREMENTS, all_with(everything)).state is State.NOT_KNOWN


def test_an_interrupted_run_is_never_ready() -> None:
    answer = answer_of(REQUIREMENTS, all_with(), interrupted=True)
    assert (answer.state, answer.exit_code) == (State.NOT_KNOWN, 3)
    assert "stopped" in answer.headline
    failing = answer_of(REQUIREMENTS, all_with({"SVC-01v1": Verdict.FAILED}), interrupted=True)
    assert failing.state is State.NOT_READY


def test_the_worst_scenario_of_a_requirement_counts() -> None:
    twice = [*all_with(), replace(ended(Verdict.FAILED, "mine"), requirement="SVC-01v1")]
    answer = answer_of(REQUIREMENTS, twice)
    assert answer.state is State.NOT_READY
    assert [(ground.requirement, ground.sentence) for ground in answer.deciding] == [("SVC-01v1", "mine")]


def test_scenarios_of_ones_own_decide_too() -> None:
    own = replace(ended(Verdict.FAILED, "ours"), requirement="")
    answer = answer_of(REQUIREMENTS, [*all_with(), own])
    assert answer.state is State.NOT_READY
    assert answer.grounds[-1].title == "ours"


@given(st.dictionaries(st.sampled_from([one.versioned_id for one in REQUIREMENTS]), st.sampled_from(list(Verdict))))
def test_ready_means_that_every_must_passed_or_does_not_apply(verdicts: dict[str, Verdict]) -> None:
    answer = answer_of(REQUIREMENTS, all_with(verdicts))
    of_musts = {verdicts.get(one.versioned_id, Verdict.PASSED) for one in MUSTS}
    assert (answer.state is State.READY) == (of_musts <= {Verdict.PASSED, Verdict.NOT_APPLICABLE})
    assert (answer.state is State.NOT_READY) == (Verdict.FAILED in of_musts)
    assert bool(answer.deciding) == (answer.state is not State.READY)


def test_the_worst_of_nothing_is_unknown() -> None:
    assert worst_verdict([]) is Verdict.UNKNOWN
    assert worst_verdict([Verdict.NOT_APPLICABLE, Verdict.PASSED]) is Verdict.PASSED
