"""Where exports say otherwise than what was observed: in the results, the report and the notebook's text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from calconnect.acceptance.verdicts import Disagreement
from calconnect.reporting.html import render_report
from calconnect.reporting.model import Results
from calconnect.reporting.results import read_results, write_results
from calconnect.reporting.text import render_text
from calconnect.reporting.view import DISAGREEMENTS_SHOWN, report_view
from tests.reporting.pages import parsed
from tests.reporting.synthetic import SyntheticRun, addresses, make_run

ANN = addresses(1)[0]
SAID = "It was refused, although by <the> export it may be acted as."


def run_with(number: int) -> SyntheticRun:
    run = make_run(3)
    made = tuple(
        Disagreement(f"{number}.{ANN}", "refused", "reached", SAID, (run.observations[0].id,))
        for number in range(number)
    )
    place = next(index for index, one in enumerate(run.scenarios) if one.requirement == "IMP-02v1")
    run.scenarios[place] = replace(run.scenarios[place], disagreements=made)
    return run


def test_they_stand_in_the_results(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", run_with(2).results())
    read: Results = read_results(tmp_path / "results.json")
    requirement = next(one for one in read.requirements if one.id == "IMP-02")
    (first, second) = requirement.scenarios[0].disagreements
    assert (first.target, first.live, first.exported, first.sentence) == (f"0.{ANN}", "refused", "reached", SAID)
    assert first.observations == second.observations == ["o-0001"]


def test_they_stand_in_the_report_with_their_requirement() -> None:
    run = run_with(1)
    page = parsed(render_report(run.results(), run.observations))
    (heading,) = page.xpath("//*[@id='disagreements']")
    table = heading.xpath("following::table[1]")[0]
    assert table.xpath(".//a/@href") == ["#IMP-02v1"]
    assert SAID in table.text_content()


def test_very_many_end_in_a_number() -> None:
    run = run_with(DISAGREEMENTS_SHOWN + 7)
    assert "7 more in" in parsed(render_report(run.results(), run.observations)).text_content()


def test_the_text_of_the_trace_names_them() -> None:
    run = run_with(1)
    text = render_text("trace", report_view(run.results(), run.observations))
    assert f"IMP-02v1 0.{ANN}: {SAID}" in text


def test_without_any_nothing_is_said() -> None:
    run = run_with(0)
    assert not parsed(render_report(run.results(), run.observations)).xpath("//*[@id='disagreements']")
    assert "exports say otherwise" not in render_text("trace", report_view(run.results(), run.observations))
