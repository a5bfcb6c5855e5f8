"""``[overlay]`` of the settings: which files of waivers and attestations a run takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.load import load_settings
from tests.settings.loading import MINIMAL, clock, load, only


def test_without_files_there_is_nothing_to_lay_over(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    assert (settings.waivers, settings.attestations) == (None, None)


def test_files_beside_the_settings_are_taken_by_their_names(tmp_path: Path) -> None:
    for name in ("waivers", "attestations"):
        (tmp_path / f"{name}.toml").write_text("", encoding="utf-8")
    settings = load(tmp_path, MINIMAL)
    assert (settings.waivers, settings.attestations) == (tmp_path / "waivers.toml", tmp_path / "attestations.toml")


def test_others_may_be_named_and_then_count_alone(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text("", encoding="utf-8")
    (tmp_path / "ours.toml").write_text("", encoding="utf-8")
    assert load(tmp_path, MINIMAL + "[overlay]\nwaivers = 'ours.toml'\n").waivers == tmp_path / "ours.toml"


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    problem = only(tmp_path, MINIMAL + "[overlay]\nattestations = 'ours.toml'\n")
    assert problem.key == "overlay.attestations"
    assert "There is no file" in problem.message


@pytest.mark.parametrize("named", [True, False])
def test_their_mistakes_are_told_with_the_others(tmp_path: Path, named: bool) -> None:
    seen = []

    def check(path: Path, name: str) -> None:
        seen.append((path, name))
        raise InvalidInput([Problem(name, 3, "waiver[0].risk", "is missing.")])

    file = tmp_path / "calconnect.toml"
    overlay = "[overlay]\nwaivers = 'waivers.toml'\n" if named else ""
    file.write_text(MINIMAL.replace("terms_agreed = true", "terms_agreed = 1") + overlay, encoding="utf-8")
    (tmp_path / "waivers.toml").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_settings(file, clock=clock, file_checks={"waivers": check})
    assert [problem.key for problem in caught.value.problems] == ["connection.terms_agreed", "waiver[0].risk"]
    assert seen == [(tmp_path / "waivers.toml", str(tmp_path / "waivers.toml"))]
