"""What waivers and attestations come to over the verdicts of a run: a pure function, on a day that is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.answer import State, answer_of
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import Overlay, lay_over
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.overlay.model import Attestation, Given, OverlayState, Waiver
from calconnect.overlay.pattern import matches
from calconnect.requirements.model import Level
from tests.overlay.overlay_files import NOW, TODAY, attestation, catalogue, day, waiver

REQUIREMENTS = tuple(catalogue().values())
MUSTS = [one for one in REQUIREMENTS if one.level is Level.MUST]
ANN, BOB, CYD = LISTED = ("ann@example.com", "bob@example.com", "cyd@example.com")
SEEN = Observation("o-1", NOW, "sign-in", "ConvertId", Mode.SERVICE_ACCOUNT, "svc@example.com", Outcome.OK)
SILENT = replace(SEEN, outcome=Outcome.NO_ANSWER)
REFUSED = replace(SEEN, outcome=Outcome.REFUSED, http_status=503)
READ = replace(SEEN, mode=Mode.CONFIGURATION)
SHAKEN = replace(SEEN, probe="tls", operation="TLS handshake", mode=Mode.ANONYMOUS)


def ended(
    requirement: str,
    verdict: Verdict = Verdict.PASSED,
    *findings: Finding,
    name: str = "It is so",
    manual: bool = False,
) -> ScenarioFinished:
    reason = UnknownReason.UNREACHABLE if verdict is Verdict.UNKNOWN else None
    return ScenarioFinished(
        *(requirement, "Feature", "features/x.feature", "", name, (), verdict, reason, "said", findings, (), 1.0),
        NOW.isoformat(),
        manual=manual,
    )


def about(target: str, verdict: Verdict) -> Finding:
    return Finding(target, verdict, "said", reason=UnknownReason.TIMED_OUT if verdict is Verdict.UNKNOWN else None)


def everything(*others: ScenarioFinished) -> list[ScenarioFinished]:
    """Return a run in which all passed but for what is given."""
    given_ids = {one.requirement for one in others}
    passed = [ended(one.versioned_id) for one in REQUIREMENTS if one.versioned_id not in given_ids]
    return [*passed, *others]


def laid(
    scenarios: Sequence[ScenarioFinished],
    waivers: Sequence[Waiver] = (),
    attestations: Sequence[Attestation] = (),
    *,
    observations: Sequence[Observation] = (SEEN,),
    today: date = TODAY,
) -> Overlay:
    return lay_over(
        Given(tuple(waivers), tuple(attestations)), REQUIREMENTS, scenarios, observations, listed=LISTED, today=today
    )


def state(scenarios: Sequence[ScenarioFinished], waivers: Sequence[Waiver], **options: object) -> tuple[State, str]:
    overlay = laid(scenarios, waivers, **options)  # type: ignore[arg-type]
    answer = answer_of(REQUIREMENTS, scenarios, overlay=overlay)
    return answer.state, answer.headline


FAILED_FOR_TWO = ended(
    "IMP-02v1", Verdict.FAILED, *(about(one, Verdict.FAILED) for one in (ANN, BOB)), about(CYD, Verdict.PASSED)
)


@pytest.mark.parametrize(
    ("waivers", "waived"),
    [
        ([], False),
        ([waiver()], True),
        ([waiver("IMP-02v1")], True),
        ([waiver("IMP-03")], False),
        ([waiver("IMP-02", ANN)], False),
        ([waiver("IMP-02", ANN, BOB)], True),
        ([waiver("IMP-02", "ANN@Example.com"), waiver("IMP-02", "b?b@*")], True),
        ([waiver("IMP-02", "*@example.com")], True),
        ([waiver("IMP-02", CYD)], False),
        ([waiver("IMP-02", ANN), waiver("IMP-02", BOB, expires=day(-1))], False),
    ],
)
def test_a_requirement_is_waived_only_as_a_whole(waivers: list[Waiver], waived: bool) -> None:
    overlay = laid(everything(FAILED_FOR_TWO), waivers)
    assert overlay.waived == (frozenset({"IMP-02v1"}) if waived else frozenset())
    assert (overlay.waived_until("IMP-02v1") == day(60)) is waived


def test_what_is_waived_counts_as_satisfied_and_is_said() -> None:
    scenarios = everything(FAILED_FOR_TWO, ended("SVC-01v1", Verdict.UNKNOWN))
    total = len(MUSTS)
    assert state(scenarios, []) == (
        State.NOT_READY,
        f"Not ready: 1 of {total} required points is not met, and 1 could not be observed.",
    )
    assert state(scenarios, [waiver()]) == (
        State.NOT_KNOWN,
        f"Not known: 1 of {total} required points could not be observed; none that was observed falls short;"
        " 1 is waived.",
    )
    assert state(scenarios, [waiver("SVC-01")]) == (
        State.NOT_READY,
        f"Not ready: 1 of {total} required points is not met; 1 is waived.",
    )
    assert state(scenarios, [waiver(), waiver("SVC-01")]) == (
        State.READY,
        f"Ready: {total - 2} of {total} required points were observed and are met; 2 are waived.",
    )


def test_what_could_not_be_looked_at_is_covered_by_mailbox_too() -> None:
    unknown = ended("IMP-02v1", Verdict.UNKNOWN, about(ANN, Verdict.UNKNOWN), about(BOB, Verdict.PASSED))
    assert laid(everything(unknown), [waiver("IMP-02", ANN)]).waived == {"IMP-02v1"}


def test_a_scenario_without_findings_is_covered_as_a_whole_alone() -> None:
    bare = [FAILED_FOR_TWO, ended("IMP-02v1", Verdict.FAILED, name="ours")]
    assert laid(everything(*bare), [waiver("IMP-02", "*@example.com")]).waived == frozenset()
    assert laid(everything(*bare), [waiver()]).waived == {"IMP-02v1"}


def test_calconnects_own_fault_cannot_be_waived() -> None:
    faulty = [FAILED_FOR_TWO, ended("IMP-02v1", Verdict.ERROR, name="broken")]
    overlay = laid(everything(*faulty), [waiver()])
    assert overlay.waived == frozenset()
    assert (overlay.waivers[0].state, overlay.waivers[0].covered) == (OverlayState.IN_FORCE, ())
    assert "cannot be waived" in overlay.waivers[0].sentence
    assert state(everything(ended("SVC-01v1", Verdict.ERROR)), [waiver("SVC-01")])[0] is State.NOT_KNOWN


@pytest.mark.parametrize("pattern", ["*", "*@example.com", "svc@example.com"])
def test_what_another_requirement_stands_in_the_way_of_is_covered_as_a_whole_alone(pattern: str) -> None:
    stands_in_the_way = replace(about("svc@example.com", Verdict.UNKNOWN), reason=UnknownReason.BLOCKED)
    scenarios = everything(ended("IMP-02v1", Verdict.UNKNOWN, stands_in_the_way))
    overlay = laid(scenarios, [waiver("IMP-02", pattern)])
    assert overlay.waived == frozenset()
    assert (overlay.waivers[0].state, overlay.waivers[0].covered) == (OverlayState.IN_FORCE, ())
    assert laid(scenarios, [waiver("IMP-02")]).waived == {"IMP-02v1"}
    of_ann = ended("OPS-06v1", Verdict.UNKNOWN, replace(stands_in_the_way, target=ANN))
    assert laid(everything(of_ann), [waiver("OPS-06", ANN)]).waived == {"OPS-06v1"}


@pytest.mark.parametrize("seen", [(), (SILENT,), (READ,), (REFUSED, READ), (SHAKEN, READ)])
def test_where_nothing_was_observed_nothing_is_waived(seen: tuple[Observation, ...]) -> None:
    scenarios = [ended(one.versioned_id, Verdict.UNKNOWN) for one in REQUIREMENTS if one.id not in ("APP-02", "APP-06")]
    scenarios += [ended("APP-02v1"), ended("APP-06v1")]
    over_everything = [waiver(one.id) for one in REQUIREMENTS]
    assert state(scenarios, over_everything, observations=seen)[0] is State.NOT_KNOWN
    assert laid(scenarios, over_everything, observations=seen).waived == frozenset()
    assert state(scenarios, over_everything)[0] is State.READY


def test_waivers_over_everything_do_not_make_a_run_that_proved_nothing_ready() -> None:
    scenarios = [ended(one.versioned_id, Verdict.UNKNOWN) for one in REQUIREMENTS]
    assert state(scenarios, [waiver(one.id) for one in REQUIREMENTS])[0] is State.NOT_KNOWN


@pytest.mark.parametrize(
    ("left", "announced"),
    [
        (-1, OverlayState.EXPIRED),
        (0, OverlayState.ENDING),
        (1, OverlayState.ENDING),
        (14, OverlayState.ENDING),
        (15, OverlayState.IN_FORCE),
    ],
)
def test_the_last_days_are_announced(left: int, announced: OverlayState) -> None:
    overlay = laid(everything(FAILED_FOR_TWO), [waiver(expires=day(left))])
    assert overlay.waivers[0].state is announced
    assert (f"on {day(left)}" in overlay.waivers[0].sentence) is (announced is not OverlayState.IN_FORCE) or left == 0
    attested = laid(everything(), attestations=[attestation(until=day(left))])
    assert attested.attestations[0].state is announced


def test_with_an_expired_waiver_a_run_is_not_ready_whatever_else_is_so() -> None:
    gone = waiver("OPS-06", expires=day(-1))
    answer = answer_of(REQUIREMENTS, everything(), overlay=laid(everything(), [gone]))
    assert (answer.state, answer.exit_code) == (State.NOT_READY, 1)
    assert answer.headline == f"Not ready: the waiver of OPS-06 expired on {day(-1)}."
    assert [one.waiver for one in answer.expired] == [gone]
    scenarios = everything(FAILED_FOR_TWO)
    both = [gone, waiver("NET-01", expires=day(-3))]
    _, headline = state(scenarios, both)
    assert headline == f"Not ready: 1 of {len(MUSTS)} required points is not met, and 2 waivers have expired."
    nothing_seen = [ended(one.versioned_id, Verdict.UNKNOWN) for one in REQUIREMENTS]
    assert state(nothing_seen, [gone], observations=())[0] is State.NOT_READY


@pytest.mark.parametrize(
    ("one", "scenario", "removable"),
    [
        (waiver(), ended("IMP-02v1"), True),
        (waiver(), ended("IMP-02v1", Verdict.NOT_APPLICABLE), True),
        (waiver(), ended("IMP-02v1", Verdict.UNKNOWN), False),
        (waiver("IMP-02v1"), FAILED_FOR_TWO, False),
        (waiver("IMP-02", CYD), FAILED_FOR_TWO, True),
        (waiver("IMP-02", "left@example.com"), FAILED_FOR_TWO, True),
        (waiver("IMP-02", "left@example.com", ANN), FAILED_FOR_TWO, False),
        (waiver("IMP-02", ANN), ended("IMP-02v1", Verdict.UNKNOWN, about("svc@example.com", Verdict.UNKNOWN)), False),
        (waiver("IMP-02", "x@y.com"), ended("IMP-02v1", Verdict.UNKNOWN, about("s@e.com", Verdict.UNKNOWN)), True),
    ],
)
def test_a_waiver_that_has_nothing_to_waive_is_removable(
    one: Waiver, scenario: ScenarioFinished, removable: bool
) -> None:
    (found,) = laid(everything(scenario), [one]).waivers
    assert (found.state is OverlayState.REMOVABLE) is removable
    assert found.sentence.endswith("Take it out of the file.") is removable


def test_a_waiver_of_what_this_run_does_not_ask_for_is_removable() -> None:
    overlay = lay_over(Given((waiver("SVC-01"),)), REQUIREMENTS[:1], [], [SEEN], listed=LISTED, today=TODAY)
    assert overlay.waivers[0].state is OverlayState.REMOVABLE
    assert overlay.waivers[0].requirement == ""


def test_what_was_not_run_is_waived_as_a_whole() -> None:
    assert laid([], [waiver()]).waived == {"IMP-02v1"}


def test_an_attestation_beside_a_verdict_changes_nothing() -> None:
    scenarios = everything(ended("APP-06v1", Verdict.FAILED))
    overlay = laid(scenarios, attestations=[attestation("APP-06")])
    assert (overlay.attestations[0].decides, overlay.attestations[0].requirement) == (False, "APP-06v1")
    assert answer_of(REQUIREMENTS, scenarios, overlay=overlay).state is State.NOT_READY


def test_an_attestation_that_has_nothing_to_vouch_for_is_removable() -> None:
    manual = ended("NET-05v1", manual=True)
    own = ended("", name="The council has agreed (one)", manual=True)
    scenarios = everything(manual, own)
    ones = [
        attestation(),
        attestation(until=day(-1)),
        attestation(scenario="The council has agreed"),
        attestation(scenario="The council"),
        attestation("NET-01", until=day(-1)),
    ]
    found = laid(scenarios, attestations=ones).attestations
    assert [(one.state.value, one.decides) for one in found] == [
        ("in-force", True),
        ("removable", True),
        ("in-force", True),
        ("removable", False),
        ("expired", False),
    ]


_TARGETS = st.sampled_from([*LISTED, "svc@example.com", "dora@labs.example.com"])
_FINDINGS = st.lists(
    st.builds(about, _TARGETS, st.sampled_from([Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN])), max_size=6
)
_PATTERNS = st.sampled_from([*LISTED, "*@example.com", "?nn@*", "*@labs.*", "nobody@example.org"])
_WAIVERS = st.lists(
    st.builds(
        lambda patterns, left: waiver("IMP-02", *patterns, expires=day(left)),
        st.lists(_PATTERNS, max_size=3, unique=True),
        st.integers(-2, 20),
    ),
    max_size=4,
)


@given(_FINDINGS, _WAIVERS)
def test_waived_means_that_each_finding_that_falls_short_is_covered_by_a_waiver_in_force(
    findings: list[Finding], waivers: list[Waiver]
) -> None:
    short = [one for one in findings if one.verdict is not Verdict.PASSED]
    verdicts = {one.verdict for one in findings}
    verdict = next((one for one in (Verdict.FAILED, Verdict.UNKNOWN) if one in verdicts), Verdict.PASSED)
    overlay = laid(everything(ended("IMP-02v1", verdict, *findings)), waivers)
    valid = [one for one in waivers if one.expires >= TODAY]

    def covered(target: str, one: Waiver) -> bool:
        return not one.mailboxes or any(matches(pattern, target) for pattern in one.mailboxes)

    expected = bool(short) and all(any(covered(finding.target, one) for one in valid) for finding in short)
    assert ("IMP-02v1" in overlay.waived) is expected
    for found in overlay.waivers:
        assert (found.state is OverlayState.EXPIRED) is (found.waiver not in valid)
        assert set(found.covered) <= {finding.target for finding in short if covered(finding.target, found.waiver)}
        if found.state is OverlayState.REMOVABLE:
            assert not any(covered(finding.target, found.waiver) for finding in short)


@given(_FINDINGS, _WAIVERS)
def test_taking_out_what_is_removable_changes_no_answer(findings: list[Finding], waivers: list[Waiver]) -> None:
    verdict = Verdict.FAILED if any(one.verdict is Verdict.FAILED for one in findings) else Verdict.PASSED
    scenarios = everything(ended("IMP-02v1", verdict, *findings))
    before = laid(scenarios, waivers)
    kept = [one.waiver for one in before.waivers if one.state is not OverlayState.REMOVABLE]
    assert laid(scenarios, kept).waived == before.waived
