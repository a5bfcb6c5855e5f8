"""The trace of a requirement: everything that the verdict rests on, what fell short first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict
from calconnect.evidence.store import ObservationWriter
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.reporting.results import write_results
from calconnect.reporting.trace import Trace, read_trace, trace_of
from calconnect.reporting.trace_text import FINDINGS_SHOWN, render_trace
from tests.reporting.synthetic import SyntheticRun, addresses, make_run

DENIED = addresses(300)[40:70]


def trace(run: SyntheticRun, name: str) -> Trace:
    return trace_of(run.results(), run.observations, name, file="observations.jsonl")


def lines(run: SyntheticRun, name: str) -> list[str]:
    return list(render_trace(trace(run, name)))


def test_a_trace_holds_every_observation_those_of_what_fell_short_first() -> None:
    found = trace(make_run(300, denied=DENIED), "imp-02")
    (scenario,) = found.scenarios
    assert len(scenario.observations) == 300
    assert [one.observation["target"] for one in scenario.observations[:30]] == list(DENIED)
    assert {one.verdict for one in scenario.observations[:30]} == {"failed"}
    assert {one.observation["code"] for one in scenario.observations[30:]} == {"NoError"}
    assert found.requirement.versioned_id == "IMP-02v1"
    assert [need.requirement for need in found.needs] == ["IMP-01v1"]
    assert found.needs[0].verdict == "passed"
    assert [(one.relation, one.number) for one in found.next_steps] == [("mends", 1)]


def test_what_waits_for_another_is_told_what_for() -> None:
    verdicts = {
        "SVC-04": (Verdict.FAILED, None, "Refused."),
        "IMP-01": (Verdict.UNKNOWN, UnknownReason.BLOCKED, "It waits."),
    }
    run = make_run(2, verdicts=verdicts)
    (step,) = trace(run, "IMP-01v1").next_steps
    assert (step.relation, step.step.requirements) == ("unblocks", ["SVC-04v1"])
    text = "\n".join(lines(run, "IMP-01"))
    assert "verdict   unknown (blocked-by-another-requirement)" in text
    assert "It waits for this: " in text
    assert "SVC-04v1  failed" in text


def test_the_record_holds_the_same_and_is_json() -> None:
    record = trace(make_run(3, denied=addresses(3)[:1]), "IMP-02").record()
    assert json.loads(json.dumps(record)) == record
    assert list(record)[:4] == ["run", "started", "mock", "intact"]
    assert record["requirement"]["verdict"] == "failed"
    assert record["requirement"]["clause"]["quote"]
    assert "scenarios" not in record["requirement"]
    (scenario,) = record["scenarios"]
    assert [one["verdict"] for one in scenario["observations"]] == ["failed", "passed", "passed"]
    assert scenario["observations"][0]["observation"]["request_id"]
    assert record["next_steps"][0]["step"]["commands"]


def test_the_text_reads_in_80_columns_and_says_everything() -> None:
    run = make_run(300, denied=DENIED)
    shown = lines(run, "IMP-02")
    long = [line for line in shown if len(line) > 80 and not line.startswith("    ")]
    assert not long
    text = "\n".join(shown)
    for part in (
        "level     must, severity high",
        "“is setup for all users who's calendars are to be integrated”",
        "  passed          Given the service account can sign in",
        "  failed          Then every answer is the one that proves it",
        "What was found: 30 failed, 270 passed",
        f"  failed    {DENIED[0]}",
        f"  and {30 - FINDINGS_SHOWN} more that fell short (--json has all)",
        "  and 270 more that passed",
        "What it rests on: 300 observations",
        "HTTP 500, ErrorImpersonateUserDenied",
        "  failed: 30 of 300 fall short.",
        "In the Exchange Management Shell:",
    ):
        assert part in text, part
    flat = " ".join(text.split())
    assert "18 ErrorImpersonateUserDenied" in flat
    assert "Step 1 of 1 of the action plan" in flat
    assert "\x1b" not in text


def test_what_the_exports_say_otherwise_is_told() -> None:
    run = make_run(2)
    seen = run.observations[0].id
    other = Disagreement("svc", "it opened", "it may not", "The export is older than a change.", (seen,))
    run.scenarios[0] = replace(run.scenarios[0], disagreements=(other,))
    name = run.scenarios[0].requirement
    text = "\n".join(lines(run, name))
    assert "Where the exports say otherwise" in text
    assert "live: it opened; exported: it may not" in text
    assert f"seen in {seen}" in text
    assert seen in [one.observation["id"] for one in trace(run, name).scenarios[0].observations]


def test_text_from_elsewhere_drives_no_terminal() -> None:
    run = make_run(1)
    bad = Finding("a\x1b[31m\u202eb", Verdict.FAILED, "x\x07", "E", None, (run.observations[0].id,))
    run.scenarios[0] = replace(run.scenarios[0], findings=(bad,), verdict=Verdict.FAILED)
    text = "\n".join(lines(run, run.scenarios[0].requirement))
    assert "\x1b" not in text
    assert "a⟨U+001B⟩[31m⟨U+202E⟩b" in text


def test_a_requirement_that_was_not_run_has_a_trace_too() -> None:
    run = make_run(2, only=["SVC-04"])
    text = "\n".join(lines(run, "OPS-01"))
    assert "Its scenario was not run" in text
    assert trace(run, "OPS-01").scenarios == []


def test_a_waiver_stands_beside_the_verdict() -> None:
    found = trace(make_run(2, only=["SVC-04"]), "OPS-01")
    waived = found.requirement.model_copy(update={"waived_until": date(2027, 3, 31)})
    text = list(render_trace(found.model_copy(update={"requirement": waived})))
    (verdict,) = [line for line in text if line.startswith("verdict   unknown")]
    assert verdict.endswith(", waived until 2027-03-31")


def test_nothing_is_to_be_done_where_it_passed() -> None:
    assert lines(make_run(2), "SVC-04")[-1] == "  Nothing."


@pytest.mark.parametrize(
    ("name", "hint"),
    [("IMP-2", "Did you mean IMP-02?"), ("imp02v1", "Did you mean IMP-02?"), ("qqqq", "It judged APP-0")],
)
def test_a_requirement_that_is_not_there_is_told_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="judged no requirement") as caught:
        trace(make_run(1), name)
    assert hint in str(caught.value)


# --- saved runs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = make_run(4, denied=addresses(4)[:1])
    with ObservationWriter(tmp_path / "observations.jsonl") as writer:
        for one in run.observations:
            writer.write(one)
    write_results(tmp_path / "results.json", run.results())
    return tmp_path


def problem(folder: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_trace(folder, "IMP-02")
    return str(caught.value.problems[0])


def test_a_saved_run_is_read(folder: Path) -> None:
    assert len(read_trace(folder, "IMP-02").scenarios[0].observations) == 4


def test_every_damage_is_named_with_its_place(folder: Path) -> None:
    observations, results = folder / "observations.jsonl", folder / "results.json"
    whole = observations.read_bytes()
    observations.write_bytes(whole[: len(whole) // 2])
    assert "observations.jsonl:" in problem(folder)
    kept = whole.splitlines(keepends=True)
    observations.write_bytes(b"".join(line for line in kept if b"ErrorImpersonateUserDenied" not in line))
    assert "lacks o-" in problem(folder)
    observations.unlink()
    assert "observations.jsonl: cannot be read" in problem(folder)
    text = results.read_text(encoding="utf-8")
    results.write_text(text[: len(text) // 2], encoding="utf-8")
    assert problem(folder) == f"{results}: is not JSON."
    results.write_text(text.replace('"headline"', '"headlines"'), encoding="utf-8")
    assert "answer.headline" in problem(folder)


def test_an_observation_that_was_edited_is_noticed(folder: Path) -> None:
    path = folder / "results.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["evidence"].append({"role": "observations", "name": "observations.jsonl", "sha256": "0" * 64, "bytes": 1})
    path.write_text(json.dumps(data), encoding="utf-8")
    assert not read_trace(folder, "IMP-02").intact
