"""The example of docs/own-features.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

from calconnect.acceptance.verdicts import Verdict
from tests.acceptance.fake_tenant import USERS, FakeTenant, Says, make_settings
from tests.acceptance.suite_run import run

PAGE = Path(__file__).parents[2] / "docs" / "own-features.md"


def write_example(folder: Path) -> Path:
    page = PAGE.read_text(encoding="utf-8")
    for name, language in (("interviews.feature", "gherkin"), ("steps/interviews.py", "python")):
        found = re.search(rf"`our-suite/{name}`:\n\n```{language}\n(.*?)```", page, re.S)
        assert found is not None, name
        file = folder / "our-suite" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found.group(1), encoding="utf-8")
    return folder / "our-suite"


def test_the_example_runs_beside_calconnects_own_and_shows_in_allure(tmp_path: Path) -> None:
    allure = tmp_path / "allure-results"
    outcome = run(make_settings(tmp_path, suite=write_example(tmp_path)), allure_dir=allure)
    own = outcome.scenarios[-1]
    assert (own.scenario, own.verdict) == ("No interviewer is booked out", Verdict.PASSED)
    assert {finding.target for finding in own.findings} == set(USERS)
    assert len(outcome.scenarios) > 20
    assert any("\n".join(USERS) == file.read_text(encoding="utf-8") for file in allure.glob("*-attachment*"))


def test_the_example_fails_where_an_interviewer_is_booked_out(tmp_path: Path) -> None:
    tenant = FakeTenant({"list-events": Says(details={"events": 41})})
    outcome = run(make_settings(tmp_path, suite=write_example(tmp_path)), tenant)
    assert outcome.scenarios[-1].verdict is Verdict.FAILED
