"""What findings come to, and how it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.judgement import MOST_NAMED, Judgement, summary
from calconnect.acceptance.verdicts import Finding, NotKnown, Shortfall, UnknownReason, Verdict

PASSED = Finding("a@example.com", Verdict.PASSED, "It opened.", "NoError", observations=("o-0001",))
FAILED = Finding("b@example.com", Verdict.FAILED, "It did not.", "ErrorAccessDenied", remediation="Do this.")
UNKNOWN = Finding("c@example.com", Verdict.UNKNOWN, "Busy.", "ErrorServerBusy", UnknownReason.THROTTLED)


def concluded(*records: list[Finding]) -> str:
    judgement = Judgement()
    for findings in records:
        judgement.record(findings)
    return judgement.conclude()


def test_all_that_passed_is_a_pass() -> None:
    assert concluded([PASSED], [PASSED]) == "a@example.com: It opened."


def test_nothing_recorded_is_not_a_pass() -> None:
    nothing: list[list[Finding]] = []
    for records in (nothing, [*nothing, []]):
        with pytest.raises(NotKnown) as caught:
            concluded(*records)
        assert caught.value.reason is UnknownReason.NO_EVIDENCE


def test_a_finding_that_rests_on_no_observation_cannot_pass() -> None:
    unseen = replace(PASSED, observations=())
    judgement = Judgement()
    with pytest.raises(ValueError, match="passed without an observation"):
        judgement.record([PASSED, unseen])
    assert judgement.findings == ()
    with pytest.raises(NotKnown):
        judgement.conclude()
    judgement.record([replace(FAILED, observations=()), replace(UNKNOWN, observations=())])
    own = Judgement(own=True)
    own.record([unseen])
    assert own.conclude() == "a@example.com: It opened."


def test_a_failure_outweighs_what_is_unknown_whenever_it_comes() -> None:
    for records in ([[UNKNOWN], [FAILED]], [[FAILED], [UNKNOWN]], [[PASSED, UNKNOWN, FAILED]]):
        with pytest.raises(Shortfall, match=r"^b@example\.com: It did not\.$") as caught:
            concluded(*records)
        assert FAILED in caught.value.findings


def test_what_is_unknown_outweighs_a_pass() -> None:
    with pytest.raises(NotKnown, match=r"^c@example\.com: Busy\.$") as caught:
        concluded([PASSED], [UNKNOWN], [PASSED])
    assert caught.value.reason is UnknownReason.THROTTLED


def test_a_requirement_that_is_needed_and_not_met_blocks() -> None:
    judgement = Judgement()
    judgement.require([PASSED], "SVC-04")
    with pytest.raises(NotKnown, match="because SVC-04 is not met") as caught:
        judgement.require([PASSED, FAILED], "SVC-04")
    assert caught.value.reason is UnknownReason.BLOCKED
    (finding,) = judgement.findings
    assert (finding.verdict, finding.code, finding.remediation) == (Verdict.UNKNOWN, "ErrorAccessDenied", "")


def test_a_requirement_that_is_needed_and_not_known_hands_its_reason_on() -> None:
    with pytest.raises(NotKnown, match=r"it is not known whether SVC-04 is met\. .*Busy") as caught:
        Judgement().require([UNKNOWN], "SVC-04")
    assert caught.value.reason is UnknownReason.THROTTLED


def test_many_are_counted_and_those_that_fall_short_are_named() -> None:
    many = [Finding(f"user{number}@example.com", Verdict.FAILED, "No.", "ErrorX") for number in range(MOST_NAMED + 2)]
    said = summary([PASSED, *many, UNKNOWN], "calendars open")
    assert said.startswith(f"1 of {len(many) + 2} calendars open; ErrorX for user0@example.com, ")
    assert "and 2 more; not known: ErrorServerBusy for c@example.com." in said


def test_one_finding_speaks_for_itself() -> None:
    assert summary([FAILED], "calendars open") == "b@example.com: It did not."
    assert summary([]) == ""


@given(st.lists(st.sampled_from([PASSED, FAILED, UNKNOWN]), min_size=1), st.data())
def test_the_conclusion_does_not_hang_on_the_grouping(findings: list[Finding], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(findings)))
    verdicts = {finding.verdict for finding in findings}
    expected = Shortfall if Verdict.FAILED in verdicts else NotKnown if Verdict.UNKNOWN in verdicts else None
    if expected is None:
        assert concluded(findings[:cut], findings[cut:])
    else:
        with pytest.raises(expected):
            concluded(findings[:cut], findings[cut:])
