from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.reporting.paths import portable, system_refusal, without_home


@pytest.fixture(autouse=True)
def _home_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, work = tmp_path / "home" / "ada", tmp_path / "work"
    home.mkdir(parents=True)
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(work)


def test_a_path_in_this_folder_becomes_relative() -> None:
    assert portable(Path.cwd() / "a" / "calconnect.toml") == str(Path("a/calconnect.toml"))


def test_a_path_in_the_home_folder_begins_with_a_tilde() -> None:
    assert portable(Path.home() / "x" / "calconnect.toml") == str(Path("~/x/calconnect.toml"))
    assert Path(portable(Path.home() / "x")).expanduser() == Path.home() / "x"


@pytest.mark.parametrize("text", ["", "calconnect.toml", "../other/calconnect.toml", "healthy"])
def test_what_is_relative_stays(text: str) -> None:
    assert portable(text) == text


def test_any_other_path_stays(tmp_path: Path) -> None:
    assert portable(tmp_path / "else") == str(tmp_path / "else")


def test_the_home_folder_is_taken_out_of_text() -> None:
    home = str(Path.home())
    assert without_home(f'File "{home}/x.py", line 2, in {home}') == 'File "~/x.py", line 2, in ~'
    assert without_home(f"https://example.org{home}/x") == f"https://example.org{home}/x"
    assert without_home(f"{home}lace/x") == f"{home}lace/x"


def test_a_folder_whose_own_name_begins_with_a_tilde_is_not_taken_for_a_home() -> None:
    folder = Path.cwd() / "~x" / "calconnect.toml"
    assert portable(folder) == str(folder)
    assert portable("~nobody-of-this-name/x") == "~nobody-of-this-name/x"


def test_what_this_machine_refuses_is_told_with_the_place() -> None:
    error = OSError(28, "No space left on device", str(Path.home() / "reports"))
    assert system_refusal(error) == (
        f"The run cannot go on: {Path('~/reports')}: No space left on device. It leaves no result."
    )
    assert system_refusal(TimeoutError()) == "The run cannot go on: TimeoutError. It leaves no result."
