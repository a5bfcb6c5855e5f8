"""Nothing that was not observed passes, and a run in which nothing was observed is never ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.answer import State, answer_of
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import Overlay
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Mode
from calconnect.requirements.model import Level
from calconnect.settings.model import LimitSettings, TrialSettings
from tests.acceptance.cases import BUSY, DENIED, REFUSED, only
from tests.acceptance.fake_tenant import (
    ADMINISTRATORS,
    GROUP,
    URL,
    USERS,
    Answering,
    FakeTenant,
    make_settings,
    refuses,
    silent,
)
from tests.acceptance.suite_run import catalogue, run, scenario
from tests.acceptance.test_junit import ended
from tests.acceptance.test_manual import attested, outcome

REQUIREMENTS = tuple(catalogue().values())
IDS = [one.versioned_id for one in REQUIREMENTS]
MUSTS = {one.versioned_id for one in REQUIREMENTS if one.level is Level.MUST}
NO_RIGHT = refuses("ErrorAccessDenied", 200)

# --- the answer ------------------------------------------------------------------------------------------------------

some_verdicts = st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(Verdict)))


def judged(verdicts: Mapping[str, Verdict]) -> list[ScenarioFinished]:
    return [replace(ended(verdict), requirement=id_) for id_, verdict in verdicts.items()]


@given(
    some_verdicts, st.sets(st.sampled_from(IDS)), st.lists(st.sampled_from(list(Verdict)), max_size=3), st.booleans()
)
def test_ready_rests_on_what_was_observed(
    verdicts: dict[str, Verdict], waived: set[str], own: list[Verdict], interrupted: bool
) -> None:
    scenarios = judged(verdicts) + [replace(ended(verdict), requirement="") for verdict in own]
    overlay = Overlay(waived=frozenset(waived))
    answer = answer_of(REQUIREMENTS, scenarios, overlay=overlay, interrupted=interrupted)
    if answer.exit_code != 0:
        return
    assert not interrupted
    assert Verdict.PASSED in [verdict for id_, verdict in verdicts.items() if id_ in MUSTS] + own
    for id_ in MUSTS - waived:
        assert verdicts.get(id_) in (Verdict.PASSED, Verdict.NOT_APPLICABLE)
    assert set(own) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}


@given(st.dictionaries(st.sampled_from(IDS), st.sampled_from([one for one in Verdict if one is not Verdict.PASSED])))
def test_a_run_in_which_nothing_passed_never_ends_with_0(verdicts: dict[str, Verdict]) -> None:
    scenarios = judged(verdicts)
    for overlay in (Overlay(), Overlay(waived=frozenset(IDS))):
        assert answer_of(REQUIREMENTS, scenarios, overlay=overlay).exit_code in (1, 3)


@given(st.dictionaries(st.sampled_from(sorted(set(IDS) - MUSTS)), st.sampled_from(list(Verdict))))
def test_advice_alone_never_makes_it_ready(verdicts: dict[str, Verdict]) -> None:
    advice = [one for one in REQUIREMENTS if one.versioned_id not in MUSTS]
    assert answer_of(advice, judged(verdicts)).state is State.NOT_KNOWN


def test_where_nothing_answers_only_what_stands_in_the_settings_passes(tmp_path: Path) -> None:
    """Even if everything that is not known is waived: see :func:`calconnect.acceptance.overlaying.anything_seen`."""
    nobody = {
        probe: silent("connection-refused") for probe in ("locate", "tls", "reach-from", "offered-authentication")
    }
    seen = run(make_settings(tmp_path), FakeTenant(nobody))
    assert answer_of(REQUIREMENTS, seen.scenarios).exit_code == 3
    live = {one.id for one in seen.observations if one.mode is not Mode.CONFIGURATION}
    for one in seen.scenarios:
        passed = [finding for finding in one.findings if finding.verdict is Verdict.PASSED]
        assert not live & {id_ for finding in passed for id_ in finding.observations}, one.requirement
    waivers = "".join(
        f'[[waiver]]\nrequirement = "{one.id}"\nreason = "r"\napproved_by = "a"\nrisk = "r"\nexpires = 2026-12-31\n'
        for one in REQUIREMENTS
    )
    laid = outcome(tmp_path, waivers=waivers, script=nobody, select=[])
    assert answer_of(REQUIREMENTS, laid.scenarios, overlay=laid.overlay).exit_code != 0


# --- what passes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exchange_server_url": URL, "service_account_username": "EXAMPLE\\svc"},
        {"limit": LimitSettings(GROUP), "trial": TrialSettings(), "rooms_wanted": False},
    ],
    ids=["all", "url-and-username", "less"],
)
def test_every_finding_that_passed_names_observations_of_the_run(tmp_path: Path, changes: Mapping[str, Any]) -> None:
    seen = run(make_settings(tmp_path, **changes))
    known = {one.id for one in seen.observations}
    passed = [finding for one in seen.scenarios for finding in one.findings if finding.verdict is Verdict.PASSED]
    assert len(passed) > len(REQUIREMENTS)
    for finding in passed:
        assert finding.observations, finding
        assert known.issuperset(finding.observations), finding


# --- the closed list of reasons --------------------------------------------------------------------------------------

SEEN: list[tuple[UnknownReason, str, Mapping[str, Answering]]] = [
    (UnknownReason.UNREACHABLE, "NET-03", {"tls": silent("connection-refused")}),
    (UnknownReason.TIMED_OUT, "NET-02", {"locate": silent("timed-out")}),
    (UnknownReason.THROTTLED, "SVC-04", {"sign-in": BUSY}),
    (UnknownReason.UNEXPECTED_REFUSAL, "SVC-04", {"sign-in": refuses(None, 403)}),
    (UnknownReason.BLOCKED, "SVC-01", {"sign-in": REFUSED}),
    (UnknownReason.NOT_PERMITTED, "IMP-03", {f"expand-group {GROUP}": NO_RIGHT}),
    (UnknownReason.NOT_PERMITTED, "IMP-06", {f"expand-group {ADMINISTRATORS}": NO_RIGHT}),
    (UnknownReason.NOT_PERMITTED, "IMP-07", {"resolve-address": NO_RIGHT}),
    (UnknownReason.PENDING, "OPS-06", {"list-events": only(USERS[2], says=DENIED)}),
]


@pytest.mark.parametrize(("reason", "requirement", "script"), SEEN, ids=[f"{one[0]} {one[1]}" for one in SEEN])
def test_a_reason_is_reached_and_said(
    tmp_path: Path, reason: UnknownReason, requirement: str, script: Mapping[str, Answering]
) -> None:
    one = scenario(tmp_path, requirement, script)
    assert (one.verdict, one.reason) == (Verdict.UNKNOWN, reason), one.sentence
    assert one.sentence
    assert one.observations


def test_evidence_that_is_missing_and_evidence_that_is_stale_are_told_apart(tmp_path: Path) -> None:
    (missing,) = outcome(tmp_path, select=["NET-05"]).scenarios
    assert (missing.verdict, missing.reason) == (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE)
    (stale,) = outcome(tmp_path, attested(left=-1), select=["NET-05"]).scenarios
    assert (stale.verdict, stale.reason) == (Verdict.UNKNOWN, UnknownReason.STALE)


def test_every_reason_is_reached_by_these_tests() -> None:
    others = {UnknownReason.NO_EVIDENCE, UnknownReason.STALE}
    assert {reason for reason, _, _ in SEEN} | others == set(UnknownReason)


def test_a_group_that_may_not_be_looked_into_is_not_a_group_that_is_not_there(tmp_path: Path) -> None:
    closed = scenario(tmp_path, "IMP-03", {f"expand-group {GROUP}": NO_RIGHT})
    absent = scenario(tmp_path, "IMP-03", {f"expand-group {GROUP}": refuses("ErrorNameResolutionNoResults", 200)})
    assert (closed.verdict, absent.verdict) == (Verdict.UNKNOWN, Verdict.FAILED)


def test_a_right_that_comes_and_goes_is_pending_and_one_that_never_was_is_not(tmp_path: Path) -> None:
    flips = scenario(tmp_path, "OPS-06", {"list-events": only(USERS[2], says=DENIED)})
    assert {one.target for one in flips.findings if one.reason is UnknownReason.PENDING} == {USERS[2]}
    assert "not every server knows of it yet" in " ".join(one.sentence for one in flips.findings)
    never = scenario(tmp_path, "OPS-06", {"open-calendar": only(USERS[2], says=DENIED)})
    assert never.reason is UnknownReason.BLOCKED
