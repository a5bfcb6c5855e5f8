"""Whatever somebody wrote into the folder of a saved run, it ends in a sentence that says what and where."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.rejudging import JudgedAgain, judge_saved
from calconnect.reporting.saved_run import SavedRun
from tests.acceptance.fake_tenant import clock
from tests.reporting.saved_runs import save_run


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    return save_run(tmp_path_factory.mktemp("damaged"))


@pytest.fixture
def saved(pristine: SavedRun, tmp_path: Path) -> SavedRun:
    """A copy of a run, for changes."""
    shutil.copytree(pristine.folder, tmp_path / "run")
    return SavedRun.open(str(tmp_path / "run"), tmp_path)


def judged(run: SavedRun) -> JudgedAgain:
    return judge_saved(run, clock=clock())


def texts(again: JudgedAgain) -> list[str]:
    return [str(damage) for damage in again.damages]


def change_counts(data: dict[str, Any]) -> str:
    data["counts"]["must"]["passed"] += 1
    return "results.json: does not say what its observations come to."


def change_account(data: dict[str, Any]) -> str:
    data["settings"]["service_account_email"] = "svc@other.example"
    return "results.json: does not say what its observations come to."


def change_tenant(data: dict[str, Any]) -> str:
    assert data["tenant"]["mock"] is None
    data["tenant"]["mock"] = "healthy"
    return "results.json: names another tenant than verdicts.json."


def change_id(data: dict[str, Any]) -> str:
    data["run"]["id"] = "run-2"
    return "results.json: names another run than events.jsonl."


@pytest.mark.parametrize(
    "change", [change_counts, change_account, change_tenant, change_id], ids=lambda change: change.__name__
)
def test_what_else_was_edited_in_the_results_is_noticed(
    saved: SavedRun, change: Callable[[dict[str, Any]], str]
) -> None:
    file = saved.folder / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    said = change(data)
    file.write_text(json.dumps(data), encoding="utf-8")
    assert texts(judged(SavedRun.open(str(saved.folder), saved.folder))) == [said]


@pytest.mark.parametrize("name", ["a\0b", "half-a-\ud800-character"])
def test_a_name_that_no_file_can_have_is_told(saved: SavedRun, name: str) -> None:
    file = saved.folder / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["evidence"][0]["path"] = name
    file.write_text(json.dumps(data), encoding="utf-8")
    again = judged(SavedRun.open(str(saved.folder), saved.folder))
    assert f"results.json: names a file that cannot be there: {name!r}." in texts(again)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("window_days", 10**12, "window_days: is not between 1 and 42."),
        ("mailboxes_file", "a\0b", "mailboxes_file: leads out of the run's folder."),
    ],
)
def test_settings_that_nobody_can_have_given_are_told(saved: SavedRun, key: str, value: object, said: str) -> None:
    path = saved.folder / "inputs" / "settings.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data[key] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    again = judged(saved)
    assert again.results is None
    assert f"inputs/settings.json: {said}" in texts(again)


@pytest.mark.parametrize("started", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_a_start_from_which_no_days_can_be_counted_is_told(saved: SavedRun, started: str) -> None:
    file = saved.folder / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["run"]["started"] = started
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"run\.started: is no time at which a run can have started"):
        SavedRun.open(str(saved.folder), saved.folder)


def test_of_many_lines_that_cannot_be_read_the_first_are_named(saved: SavedRun) -> None:
    path = saved.folder / "observations.jsonl"
    path.write_text("no JSON\n" * 2_000, encoding="utf-8")
    said = texts(judged(saved))
    assert "observations.jsonl:1: is not JSON: Expecting value." in said
    assert "observations.jsonl: 1,980 more places cannot be read." in said


def test_of_a_file_of_observations_that_is_gone_that_alone_is_told(
    saved: SavedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved.folder / "observations.jsonl"
    path.unlink()
    monkeypatch.chdir(saved.folder.parent)
    said = texts(judged(SavedRun.open("run", saved.folder.parent)))
    assert said == [
        "observations.jsonl: is missing.",
        "observations.jsonl: cannot be read: No such file or directory.",
    ]
    path.mkdir()
    for text in texts(judged(SavedRun.open(str(Path("run")), saved.folder / "none"))):  # by a relative path
        assert text.startswith("observations.jsonl: cannot be read: ")
