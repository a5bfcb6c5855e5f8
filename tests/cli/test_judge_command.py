"""``calconnect judge``: what it says, what it writes for programs, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from calconnect.reporting.saved_run import SavedRun
from tests.acceptance.fake_tenant import USERS, refuses
from tests.cli.conftest import Call
from tests.reporting.saved_runs import save_run


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    return save_run(tmp_path_factory.mktemp("judged"), {"sign-in": refuses(None, 401)})


@pytest.fixture
def reports(pristine: SavedRun, tmp_path: Path) -> Path:
    """A folder of runs with one in it, ``run-1``."""
    shutil.copytree(pristine.folder.parent, tmp_path / "reports")
    return tmp_path / "reports"


def edit(folder: Path) -> None:
    path = folder / "observations.jsonl"
    text = path.read_text(encoding="utf-8")
    assert '"http_status":401,"code":null' in text
    path.write_text(text.replace('"http_status":401,"code":null', '"http_status":503,"code":null'), encoding="utf-8")


@pytest.mark.parametrize("name", ["run-1", "last", "2026-11-23"])
def test_a_run_is_judged_by_whatever_name_and_ends_as_the_audit_did(call: Call, reports: Path, name: str) -> None:
    ended = call("judge", name, "--out", str(reports))
    assert (ended.code, ended.out) == (1, "")
    lines = ended.err.splitlines()
    assert any(line.startswith("failed          SVC-04v1") for line in lines)
    assert any(line.startswith("Not ready: ") for line in lines)
    assert lines[-1] == "The run is as it was left, and all verdicts are as it wrote them down."


def test_a_folder_will_do_and_nothing_in_it_is_changed(call: Call, reports: Path) -> None:
    folder = reports / "run-1"
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}
    assert call("judge", str(folder)).code == 1
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")} == before


def test_the_settings_say_where_the_runs_are(call: Call, reports: Path) -> None:
    settings = reports.parent / "mine.toml"
    settings.write_text('[run]\nreports = "reports"\n', encoding="utf-8")
    assert call("judge", "last", "--config", str(settings)).code == 1
    missing = call("judge", "last", "--config", str(reports / "none.toml"))
    assert missing.code == 2
    assert "none.toml: cannot be read" in missing.err


def test_json_twice_is_the_same_and_says_what_the_audit_said(call: Call, reports: Path) -> None:
    first, second = (call("judge", "run-1", "--out", str(reports), "--json", "--quiet") for _ in range(2))
    assert first.out == second.out
    assert first.err == ""
    record = first.json
    results = json.loads((reports / "run-1" / "results.json").read_text(encoding="utf-8"))
    assert [(one["id"], one["verdict"], one["sentence"]) for one in record["requirements"]] == [
        (one["versioned_id"], one["verdict"], one["sentence"]) for one in results["requirements"]
    ]
    assert (record["run"], record["exit_code"], record["answer"]) == ("run-1", 1, "not-ready")
    assert (record["verified"], record["requirements_of"]) == (True, "run")
    assert record["damages"] == record["broken"] == record["differences"] == record["not_judged_again"] == []


def test_an_edited_observation_ends_with_4_and_is_told_even_quietly(call: Call, reports: Path) -> None:
    edit(reports / "run-1")
    ended = call("judge", "run-1", "--out", str(reports), "--quiet", "--json")
    assert ended.code == 4
    assert "fails verification:" in ended.err
    assert "is not as events.jsonl tells of it: http_status." in ended.err
    assert "SVC-04v1: was failed, and comes to unknown." in ended.err
    record = ended.json
    assert (record["verified"], record["exit_code"]) == (False, 4)
    assert {"file", "line", "message"} == set(record["damages"][0])
    assert "SVC-04v1" in {one["requirement"] for one in record["broken"]}


def test_a_run_of_which_nothing_is_left_to_judge_ends_with_4(call: Call, reports: Path) -> None:
    (reports / "run-1" / "observations.jsonl").write_text("{", encoding="utf-8")
    ended = call("judge", "run-1", "--out", str(reports), "--json")
    assert ended.code == 4
    assert "Nothing can be judged from what is left of it." in ended.err
    assert ended.json["answer"] is None


def test_todays_requirements_are_the_same_today(call: Call, reports: Path) -> None:
    ended = call("judge", "run-1", "--out", str(reports), "--requirements", "today", "--json")
    assert ended.json["requirements_of"] == "today"
    assert ended.json["verified"] is True
    assert {one["verdict"] for one in ended.json["requirements"]} & {"failed"}
    assert "today's requirements" in ended.err


def test_what_is_no_run_ends_with_2(call: Call, reports: Path) -> None:
    (reports / "empty").mkdir()
    (reports / "old").mkdir()
    (reports / "old" / "results.json").write_text('{"schema_version": "1.0"}', encoding="utf-8")
    for name, said in [("empty", "no results.json"), ("old", "cannot be judged again"), ("nothing", "has no run")]:
        ended = call("judge", name, "--out", str(reports), "--json")
        assert ended.code == 2, name
        assert said in ended.err
        assert ended.json["problems"], name
    assert call("judge").code == 2
    assert call("judge", "").code == 2


def test_own_scenarios_are_judged_on_demand_alone(call: Call, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "steps").mkdir(parents=True)
    (own / "mine.feature").write_text(
        "Feature: Mine\n\n  Scenario: The list is long\n    Then it has six lines\n", encoding="utf-8"
    )
    (own / "steps" / "mine.py").write_text(
        "from pytest_bdd import then\n\n\n@then('it has six lines')\ndef six(settings):\n"
        f"    assert len(settings.mailboxes) == {len(USERS)}\n",
        encoding="utf-8",
    )
    save_run(tmp_path, suite=own)
    kept = call("judge", "last", "--out", str(tmp_path / "reports"))
    assert "1 scenario of your own keeps its verdict and was not judged again: --own-steps does." in kept.err
    run = call("judge", "last", "--out", str(tmp_path / "reports"), "--own-steps", "--json")
    assert "keeps its verdict" not in run.err
    assert (run.json["verified"], run.json["not_judged_again"]) == (True, [])
