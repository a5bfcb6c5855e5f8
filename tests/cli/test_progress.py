from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.events import Event, Progress, RunFinished, RunStarted, ScenarioFinished, ScenarioStarted
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.cli.outcome import outcome_record, read_results, say_outcome
from calconnect.cli.progress import LineView, LiveView, SilentView, view_for


def finished(name: str, verdict: Verdict, sentence: str = "") -> ScenarioFinished:
    return ScenarioFinished(
        requirement=name,
        feature="Service account",
        feature_file="service_account.feature",
        rule=name,
        scenario=f"What {name} demands \x1b[31m",
        steps=(),
        verdict=verdict,
        reason=UnknownReason.BLOCKED if verdict is Verdict.UNKNOWN else None,
        sentence=sentence,
        findings=(),
        observations=(),
        duration_ms=1.0,
        at="2026-11-22T12:00:00Z",
    )


def events() -> Iterator[Event]:
    yield RunStarted("r", 3, 50, "2026-11-22T12:00:00Z")
    yield ScenarioStarted("SVC-01v1", "What SVC-01v1 demands")
    yield Progress("opening calendars", 1, 50)
    yield Progress("opening calendars", 50, 50)
    yield finished("SVC-01v1", Verdict.PASSED, "All is well.")
    yield finished("IMP-02v1", Verdict.FAILED, "2 of 50 are refused: ErrorImpersonateUserDenied.")
    yield finished("OPS-01v1", Verdict.UNKNOWN, "It waits for IMP-02.")
    yield RunFinished("r", "2026-11-22T12:00:01Z", interrupted=False)


def test_a_pipe_gets_one_line_a_scenario_and_the_reason_below(capsys: pytest.CaptureFixture[str]) -> None:
    view = LineView()
    for event in events():
        view.show(event)
    view.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split()[0] for line in captured.err.splitlines()] == ["passed", "failed", "2", "unknown", "It"]
    assert "ErrorImpersonateUserDenied" in captured.err
    assert "All is well" not in captured.err
    assert "\x1b" not in captured.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_colour", [True, False])
def test_a_terminal_gets_the_same_lines_and_a_bar(monkeypatch: pytest.MonkeyPatch, *, no_colour: bool) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    view = view_for(quiet=False)
    assert isinstance(view, LiveView)
    for event in events():
        view.show(event)
    view.close()
    text = terminal.getvalue()
    for part in ("SVC-01v1", "IMP-02v1", "2 of 50 are refused", "OPS-01v1"):
        assert part in text
    assert "\x1b[31m\n" not in text
    assert ("\x1b[32m" in text) is not no_colour


def test_quiet_and_pipes_have_their_own_views(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(view_for(quiet=True), SilentView)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(view_for(quiet=False), LineView)


def results(state: str, exit_code: int, steps: int) -> dict[str, Any]:
    return {
        "answer": {"state": state, "exit_code": exit_code, "headline": f"The answer: {state}.\x1b"},
        "next_steps": [
            {
                "requirements": [f"SVC-{number:02}v1"],
                "level": "must",
                "severity": "high",
                "title": f"Step {number}",
                "why": "Because.",
                "text": "Do it.",
                "commands": [f"Do-It -Nr {command}" for command in range(number)],
            }
            for number in range(steps)
        ],
        "counts": {"must": {"passed": 1}, "waived": 0},
        "waivers": [],
        "attestations": [],
        "run": {"reused": None},
        "tenant": {"mock": None, "topology": "exchange-server"},
        "not_asked": [],
        "timeline": None,
        "requirements": [
            {
                "id": "SVC-01",
                "versioned_id": "SVC-01v1",
                "title": "T",
                "level": "must",
                "severity": "high",
                "verdict": "passed",
                "unknown_reason": None,
                "sentence": "S",
                "caveat": "",
                "waived_until": None,
            }
        ],
    }


def test_the_answer_leads_then_the_steps_then_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    say_outcome(results("not-ready", 1, 8), Path("reports") / "r")
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert captured.out == ""
    assert lines[0].startswith("The answer: not-ready.")
    assert lines[-1] == f"Report: {Path('reports') / 'r' / 'report.html'}"
    assert " 5. Step 4 (SVC-04v1; must, high)" in lines
    plan = Path("reports") / "r" / "action-plan.md"
    assert lines[-2] == f"Action plan: {plan} for a ticket, action-plan.csv for a spreadsheet"
    assert "    … and 3 more in the report" in lines
    assert "      … and 1 more in the report" in lines
    assert "    Do it." in lines
    assert "\x1b" not in captured.err


def test_the_answer_of_a_mock_tenant_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    say_outcome(results("ready", 0, 0) | {"tenant": {"mock": "healthy", "topology": "hybrid"}}, Path("r"))
    assert "That is the mock tenant 'healthy'" in capsys.readouterr().err.splitlines()[2]


def test_what_is_not_asked_what_is_not_shown_and_what_ends_next_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run = results("ready", 0, 0)
    run["not_asked"] = [{"id": "SVC-01"}]
    run["requirements"][0]["caveat"] = "It shows less."
    entry: dict[str, Any] = {"id": "e", "kind": "fact", "status": "coming", "days_left": 130}
    entry |= {"starts": "2027-04-01", "ends": None}
    entry |= {"title": "EWS ends", "stops": "EWS", "action": "Act", "to_the_month": False, "unknown": []}
    entry |= {"mailboxes": [], "mailboxes_total": 2, "mailboxes_unknown": 0, "all_mailboxes": True}
    entry |= {"source": "", "certainty": None, "last_checked": None, "disagreement": ""}
    run["timeline"] = {"as_of": "2026-11-22", "entries": [entry], "spared": []}
    say_outcome(run, Path("r"))
    said = capsys.readouterr().err
    assert "The topology is exchange-server; 1 requirement is not asked of it, and the report says why." in said
    assert "Mind, for SVC-01: It shows less." in said
    assert "What ends next: EWS ends (1 April 2027, in 130 days, all 2 mailboxes)." in said


def test_a_process_without_stderr_has_a_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert isinstance(view_for(quiet=False), LineView)


def test_a_ready_organisation_is_told_of_no_steps(capsys: pytest.CaptureFixture[str]) -> None:
    say_outcome(results("ready", 0, 0), Path("r"))
    assert "next" not in capsys.readouterr().err


def test_the_record_names_every_requirement_and_where_the_files_are(tmp_path: Path) -> None:
    record = outcome_record("r", tmp_path, 1, results("not-ready", 1, 1))
    assert record["answer"] == "not-ready"
    assert record["requirements"] == [
        {
            "id": "SVC-01v1",
            "title": "T",
            "level": "must",
            "severity": "high",
            "verdict": "passed",
            "waived_until": None,
            "reason": None,
            "sentence": "S",
            "caveat": "",
        }
    ]
    assert outcome_record("r", tmp_path, 130, None) == {
        "run": "r",
        "folder": str(tmp_path),
        "exit_code": 130,
        "answer": None,
    }


def test_a_run_without_results_has_none(tmp_path: Path) -> None:
    assert read_results(tmp_path) is None
    (tmp_path / "results.json").write_text("[]")
    with pytest.raises(ValueError, match="no object"):
        read_results(tmp_path)


def test_what_an_earlier_sweep_contributed_is_told_with_its_age(capsys: pytest.CaptureFixture[str]) -> None:
    reused = {"run": "sweep-1", "observations": 4_812, "oldest": "2026-11-22T12:57:00+00:00", "newest": None}
    run = {"started": "2026-11-22T14:00:00+00:00", "reused": reused}
    say_outcome(results("ready", 0, 0) | {"run": run}, Path("r"))
    assert "4,812 observations are of the sweep sweep-1, up to 63 minutes old." in capsys.readouterr().err
    nothing = reused | {"observations": 0, "oldest": None}
    say_outcome(results("ready", 0, 0) | {"run": run | {"reused": nothing}}, Path("r"))
    assert "The sweep sweep-1 had nothing that this audit could use." in capsys.readouterr().err
