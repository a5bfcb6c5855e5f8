"""A saved run is found by its id, its folder, ``last`` or a day."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.results import write_results
from calconnect.reporting.run_lookup import find_run, runs_folder
from tests.reporting.synthetic import START, make_run

PLAIN = make_run(1).results()


def saved(reports: Path, name: str, started: datetime) -> Path:
    folder = reports / name
    folder.mkdir(parents=True)
    run = PLAIN.run.model_copy(update={"id": name, "started": started})
    write_results(folder / "results.json", PLAIN.model_copy(update={"run": run}))
    return folder


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Three runs whose names do not sort by time, and one that left no result."""
    reports = tmp_path / "reports"
    saved(reports, "b-first", START)
    saved(reports, "c-noon", START + timedelta(hours=3))
    saved(reports, "a-last", START + timedelta(days=2))
    (reports / "d-stopped").mkdir()
    return reports


def refusal(name: str, reports: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        find_run(name, reports)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("b-first", "b-first"),
        (" c-noon ", "c-noon"),
        ("last", "a-last"),
        ("2026-03-09", "c-noon"),
        ("20260311", "a-last"),
    ],
)
def test_a_run_is_found_by_what_people_call_it(reports: Path, name: str, found: str) -> None:
    assert find_run(name, reports) == reports / found


def test_a_run_is_found_by_its_folder_and_by_a_file_in_it(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = saved(tmp_path / "elsewhere", "z", START)
    monkeypatch.chdir(tmp_path)
    assert find_run(str(elsewhere), reports) == elsewhere
    assert find_run(str(Path("elsewhere") / "z"), reports).resolve() == elsewhere
    assert find_run(str(elsewhere / "results.json"), reports) == elsewhere


def test_an_id_goes_before_a_day_and_a_folder_of_the_same_name(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = saved(reports, "2026-03-09", START)
    (tmp_path / "2026-03-09").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_run("2026-03-09", reports) == named


def test_what_is_not_there_is_told_with_the_nearest(reports: Path, tmp_path: Path) -> None:
    assert "Did you mean c-noon?" in refusal("c-non", reports)
    assert "a day such as 2026-11-22" in refusal("nothing-like-it", reports)
    assert "has no run named ''" in refusal("", reports)
    assert "has no run of 2026-01-01. The last one is a-last." in refusal("2026-01-01", reports)
    assert "holds no finished run" in refusal("last", tmp_path / "empty")
    assert "has no results.json" in refusal("d-stopped", reports)
    assert "has no run named" in refusal("x\0y", reports)
    assert "has no run named" in refusal("~nobody-of-that-name/x", reports)
    assert "has no run named" in refusal("x" * 5000, reports)


def test_damaged_results_are_placed_by_when_they_were_written(reports: Path) -> None:
    path = reports / "b-first" / "results.json"
    path.write_bytes(path.read_bytes()[:40])
    later = (START + timedelta(days=9)).timestamp()
    os.utime(path, (later, later))
    assert find_run("last", reports) == path.parent
    assert find_run(datetime.fromtimestamp(later, UTC).date().isoformat(), reports) == path.parent


def test_a_start_that_no_clock_in_utc_can_show_is_passed_over(reports: Path) -> None:
    path = reports / "b-first" / "results.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"started": "[^"]*"', '"started": "0001-01-01T00:00:00+14:00"', text), encoding="utf-8")
    earlier = (START - timedelta(days=9)).timestamp()
    os.utime(path, (earlier, earlier))
    assert find_run("last", reports) == reports / "a-last"
    assert find_run(datetime.fromtimestamp(earlier, UTC).date().isoformat(), reports) == path.parent


def test_a_folder_of_runs_that_no_disk_can_have_holds_none(tmp_path: Path) -> None:
    assert "holds no finished run" in refusal("last", tmp_path / "a\0b")


def test_a_locked_folder_hides_no_other_run(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.is_file

    def locked(path: Path) -> bool:
        if path.parent.name == "b-first":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "is_file", locked)
    assert find_run("last", reports) == reports / "a-last"
    assert "b-first: cannot be read: Permission denied." in refusal("b-first", reports)


def test_the_folder_of_runs_is_the_settings_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs_folder() == Path("reports")
    assert runs_folder(Path("x")) == Path("x")
    settings = tmp_path / "calconnect.toml"
    for text, folder in (
        ('[run]\nreports = "audits"\n', "audits"),
        ("[run]\nreports = 3\n", "reports"),
        ('run = "x"\n', "reports"),
        ("[run\n", "reports"),
        ('[run]\nreports = "~nobody-of-that-name/x"\n', str(Path("~nobody-of-that-name/x"))),
    ):
        settings.write_text(text, encoding="utf-8")
        assert runs_folder() == Path(folder)
