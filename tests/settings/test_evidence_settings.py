from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.evidence import DEFAULT_FOLDER, MOST_DAYS_OLD
from calconnect.settings.load import load_settings
from calconnect.settings.model import DEFAULT_MOST_DAYS_OLD, Settings
from tests.settings.loading import clock

MINIMAL = """\
[connection]
service_account_email = "svc@example.com"
service_account_password = "env:NOWHERE"
email_to_impersonate = "ann@example.com"
terms_agreed = true
[mailboxes]
addresses = ["ann@example.com"]
"""


def load(folder: Path, more: str = "", seen: list[tuple[Path, str]] | None = None) -> Settings:
    file = folder / "calconnect.toml"
    file.write_text(MINIMAL + more, encoding="utf-8")

    def check(path: Path, name: str) -> None:
        assert seen is not None
        seen.append((path, name))
        if not path.is_dir():
            raise InvalidInput([Problem(name, None, "", "There is no such folder.")])

    return load_settings(file, clock=clock, file_checks={} if seen is None else {"evidence": check})


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "terms-signed.pdf").write_text("x")
    seen: list[tuple[Path, str]] = []
    assert load(tmp_path, seen=seen).evidence.folder is None
    assert load(tmp_path).evidence.most_days_old == 7
    assert not seen


@pytest.mark.parametrize("mark", ["manifest.json", "bundle.json"])
def test_the_folder_beside_the_settings_is_taken_and_checked(tmp_path: Path, mark: str) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / mark).write_text("{}")
    seen: list[tuple[Path, str]] = []
    assert load(tmp_path, seen=seen).evidence.folder == tmp_path / "evidence"
    assert seen == [(tmp_path / "evidence", str(tmp_path / "evidence"))]


def test_a_folder_that_is_named_need_be_there_only_if_it_is_checked(tmp_path: Path) -> None:
    more = '[evidence]\nfolder = "exports"\nmost_days_old = 30\n'
    found = load(tmp_path, more).evidence
    assert (found.folder, found.most_days_old) == (tmp_path / "exports", 30)
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, more, [])
    (problem,) = caught.value.problems
    assert problem.key == "evidence.folder"
    assert problem.line is not None
    assert str(tmp_path / "exports") in problem.message


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("most_days_old = 0", "evidence.most_days_old"),
        ("most_days_old = 366", "evidence.most_days_old"),
        ("most_days_old = 1.5", "evidence.most_days_old"),
        ('folder = ""', "evidence.folder"),
        ('folder = "calconnect.toml"', "evidence.folder"),
        ("folders = 1", "evidence.folders"),
    ],
)
def test_mistakes(tmp_path: Path, more: str, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, f"[evidence]\n{more}\n")
    assert [(problem.key, problem.line) for problem in caught.value.problems] == [(key, 9)]


def test_the_docs_tell_the_default_and_the_bounds() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    assert f"| `folder` | optional, `{DEFAULT_FOLDER}` |" in text
    assert (
        f"| `most_days_old` | optional, {DEFAULT_MOST_DAYS_OLD} | How old an export may be: 1 to {MOST_DAYS_OLD} "
        in text
    )
