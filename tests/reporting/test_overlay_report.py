"""Waivers and attestations in the results, the report, the notebook's parts and the console."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect.cli.outcome import outcome_record, say_outcome
from calconnect.overlay.model import Attestation, Given, Waiver
from calconnect.reporting.html import render_fragment
from calconnect.reporting.model import Results
from calconnect.reporting.results import read_results, write_results
from calconnect.reporting.text import render_text
from calconnect.reporting.view import report_view
from tests.reporting.pages import page_of, parsed
from tests.reporting.synthetic import START, SyntheticRun, addresses, make_run

TODAY = START.date()
ANN, BOB = addresses(2)


def waiver(requirement: str, *mailboxes: str, left: int = 60, line: int = 1) -> Waiver:
    return Waiver(
        requirement,
        "They move to another domain in spring.",
        "Ines Haddad",
        TODAY + timedelta(days=left),
        "Interviews with them are scheduled by hand.",
        mailboxes,
        TODAY - timedelta(days=20),
        line,
    )


def attestation(requirement: str, left: int = 60, line: int = 1) -> Attestation:
    last = TODAY + timedelta(days=left)
    return Attestation(
        requirement,
        "The firewall lets the servers out.",
        "Tomas Varga",
        TODAY - timedelta(days=40),
        last,
        Path("secret-folder/change-4711.pdf"),
        "ab" * 32,
        line,
    )


def run_with(*laid: Waiver | Attestation) -> SyntheticRun:
    run = make_run(5, denied=[ANN, BOB])
    waivers = tuple(one for one in laid if isinstance(one, Waiver))
    run.given = Given(waivers, tuple(one for one in laid if isinstance(one, Attestation)))
    return run


def text_of(run: SyntheticRun, part: str) -> str:
    return render_text(part, report_view(run.results(), run.observations))


WAIVED = (waiver("IMP-02", ANN), waiver("IMP-02", BOB, left=14, line=9))


def test_results_say_what_is_waived_and_leave_the_verdict(tmp_path: Path) -> None:
    results = run_with(*WAIVED, attestation("NET-05")).results()
    (requirement,) = [one for one in results.requirements if one.id == "IMP-02"]
    assert (requirement.verdict, requirement.waived_until) == ("failed", TODAY + timedelta(days=14))
    assert [one.line for one in requirement.waivers] == [1, 9]
    assert (results.answer.state, results.answer.exit_code, results.counts.waived) == ("ready", 0, 1)
    assert results.counts.must.failed == 1
    assert results.answer.reasons == []
    assert [(one.state, one.days_left, one.covers) for one in results.waivers] == [
        ("in-force", 60, [ANN]),
        ("ending", 14, [BOB]),
    ]
    (attested,) = results.attestations
    assert (attested.evidence, attested.sha256, attested.state) == ("change-4711.pdf", "ab" * 32, "in-force")
    write_results(tmp_path / "results.json", results)
    assert "secret-folder" not in (tmp_path / "results.json").read_text(encoding="utf-8")
    assert read_results(tmp_path / "results.json") == results


def test_a_waived_requirement_is_the_last_thing_to_do() -> None:
    run = make_run(5, denied=[ANN])
    run.scenarios = [one for one in run.scenarios if one.requirement != "OPS-04v1"]
    run.given = Given((waiver("IMP-02"),))
    steps = run.results().next_steps
    assert [step.requirements for step in steps][-1] == ["IMP-02v1"]
    assert len(steps) > 1


def test_an_expired_waiver_is_a_ground_of_the_answer() -> None:
    answer = run_with(*WAIVED, waiver("OPS-06", left=-1, line=17)).results().answer
    assert (answer.state, answer.exit_code) == ("not-ready", 1)
    (reason,) = answer.reasons
    assert (reason.requirement, reason.verdict) == ("", "failed")
    assert "line 17" in reason.sentence


def test_renewing_an_expired_waiver_is_the_first_thing_to_do() -> None:
    first, *rest = run_with(*WAIVED, waiver("OPS-06", ANN, left=-1, line=17)).results().next_steps
    assert (first.requirements, first.targets, first.level) == (["OPS-06v1"], [ANN], "must")
    assert first.title == "Renew the waiver of OPS-06, or take it out"
    assert "line 17" in first.why
    assert not any("Renew" in step.title for step in rest)


def test_the_report_shows_verdict_and_waiver_side_by_side() -> None:
    page = page_of(run_with(*WAIVED, attestation("NET-05"), attestation("NET-04", line=8)))
    summary = page.xpath("//details[@id='IMP-02v1']/summary")[0].text_content()
    assert "failed" in summary
    assert "waived until 23 March 2026" in summary
    section = " ".join(page.get_element_by_id("overlay").text_content().split())
    assert "They move to another domain in spring." in section
    assert "Interviews with them are scheduled by hand." in section
    assert "in force IMP-02v1 until 8 May 2026 (60 days left)" in section
    assert "ending IMP-02v1 until 23 March 2026 (14 days left)" in section
    assert "It stands beside what was observed, which decides." in section
    assert "ab" * 32 in section
    answer = " ".join(page.get_element_by_id("answer").text_content().split())
    assert "The waiver of IMP-02 ends on 23 March 2026, in 14 days." in answer
    assert "1 requirement waived" in answer


@pytest.mark.parametrize(
    ("laid", "told"),
    [
        (waiver("OPS-06", left=-1), "The waiver of OPS-06 expired on 8 March 2026."),
        (waiver("OPS-06", left=0), ""),
        (attestation("NET-05", left=-1), "The attestation of NET-05 ended on 8 March 2026."),
        (attestation("NET-05", left=14), "The attestation of NET-05 ends on 23 March 2026, in 14 days."),
        (attestation("NET-05", left=0), "The attestation of NET-05 ends on 9 March 2026, today."),
        (attestation("NET-05", left=15), ""),
    ],
)
def test_what_ends_is_announced_beside_the_answer(laid: Waiver | Attestation, told: str) -> None:
    answer = " ".join(page_of(run_with(laid)).get_element_by_id("answer").text_content().split())
    assert told in answer
    if not told:
        assert "waiver of" not in answer
        assert "attestation of" not in answer


def test_text_of_people_stays_text() -> None:
    odd = "<script>alert(1)</script>\u202e"
    laid = replace(waiver("IMP-02"), reason=odd, approved_by=odd, risk=odd)
    vouched = replace(attestation("NET-05"), statement=odd, attested_by=odd)
    page = page_of(run_with(laid, vouched))
    assert not page.xpath("//script")
    assert "<script>alert(1)</script>⟨U+202E⟩" in page.get_element_by_id("overlay").text_content()


def test_a_run_without_any_says_so() -> None:
    run = run_with()
    assert page_of(run).get_element_by_id("overlay").text_content().count("There are none.") == 2
    assert text_of(run, "overlay") == "Waivers: none.\nAttestations: none."


def test_the_notebook_shows_them_in_both_forms() -> None:
    run = run_with(*WAIVED, attestation("NET-05", left=3))
    text = text_of(run, "overlay")
    assert "in force: IMP-02 until 8 May 2026, approved by Ines Haddad" in text
    assert "ending: NET-05 until 12 March 2026, by Tomas Varga: The firewall lets the servers out." in text
    assert "Waived until 23 March 2026." in text_of(run, "trace")
    assert "It ends in 3 days" in text_of(run, "answer")
    html = parsed(render_fragment("overlay", report_view(run.results(), run.observations)))
    assert len(html.xpath("//ul[@class='overlay']/li")) == 3


def plain(results: Results) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(results.model_dump_json())
    return loaded


def test_the_console_says_how_many_are_waived_and_what_ends(capsys: pytest.CaptureFixture[str]) -> None:
    laid = (*WAIVED, waiver("OPS-06", left=-1, line=17), waiver("NET-02", line=25), attestation("NET-05", left=2))
    results = plain(run_with(*laid).results())
    say_outcome(results, Path("reports/x"))
    told = capsys.readouterr().err
    assert "1 requirement is waived; the verdicts stay as they are." in told
    assert "Waiver of IMP-02 (line 9): It covers 1 of 2 that fall short. It ends in 14 days" in told
    assert "Waiver of OPS-06 (line 17): It expired on 2026-03-08." in told
    assert "Waiver of NET-02 (line 25): The requirement passed, so there is nothing to waive." in told
    assert "Attestation of NET-05 (line 1): " in told
    assert "Waiver of IMP-02 (line 1)" not in told


def test_the_record_for_programs_holds_them() -> None:
    results = plain(run_with(*WAIVED, attestation("NET-05")).results())
    record = outcome_record("x", Path("reports/x"), 0, results)
    assert [one["state"] for one in record["waivers"]] == ["in-force", "ending"]
    assert [one["requirement"] for one in record["attestations"]] == ["NET-05"]
    waived = {one["id"]: one["waived_until"] for one in record["requirements"]}
    assert waived["IMP-02v1"] == "2026-03-23"
    assert waived["IMP-03v1"] is None
