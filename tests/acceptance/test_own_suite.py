"""A user's own features and steps: what they may do, and how their mistakes are told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.engine import RunOutcome
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.suite import Suite, check_suite
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.foundation.problems import InvalidInput
from tests.acceptance.fake_tenant import USERS, FakeTenant, Says, make_settings
from tests.acceptance.suite_run import catalogue, run, scenarios_shipped

FEATURE = """\
@own
Feature: Our own rules

  Rule: Interviewers

    Scenario: Interviewers have free time
      Given the service account can sign in
      When I look at the calendars
      Then nobody has more than 5 events
"""
STEPS = """\
from pytest_bdd import parsers, then, when


@when("I look at the calendars", target_fixture="found")
def look(observer, settings):
    return observer.list_events([mailbox.address for mailbox in settings.mailboxes])


@then(parsers.parse("nobody has more than {most:d} events"))
def not_more(found, most):
    for address, seen in found.items():
        assert seen.details["events"] <= most, f"{address} has {seen.details['events']}"
"""


def own(folder: Path, feature: str = FEATURE, steps: str | None = STEPS, name: str = "interviews") -> Path:
    suite = folder / "ours"
    (suite / "steps").mkdir(parents=True, exist_ok=True)
    (suite / f"{name}.feature").write_text(feature, encoding="utf-8")
    if steps is not None:
        (suite / "steps" / f"{name}.py").write_text(steps, encoding="utf-8")
    return suite


def ran(folder: Path, suite: Path, tenant: FakeTenant | None = None, **files: Any) -> RunOutcome:
    return run(make_settings(folder, suite=suite), tenant, select=["own"], **files)


def ended(folder: Path, suite: Path, tenant: FakeTenant | None = None) -> ScenarioFinished:
    (one,) = ran(folder, suite, tenant).scenarios
    return one


def problems(suite: Path) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InvalidInput) as caught:
        check_suite(catalogue(), suite)
    return [(Path(one.file).name, one.line, one.message) for one in caught.value.problems]


def with_step(body: str, text: str = "something is so") -> tuple[str, str]:
    feature = f"@own\nFeature: F\n  Scenario: S\n    Then {text}\n"
    steps = f'import pytest\nfrom pytest_bdd import then\n\n@then("{text}")\ndef so(observer, judgement):\n    {body}\n'
    return feature, steps


def test_a_scenario_of_ones_own_runs_beside_calconnects(tmp_path: Path) -> None:
    outcome = run(make_settings(tmp_path, suite=own(tmp_path)))
    assert len(outcome.scenarios) == scenarios_shipped() + 1
    one = outcome.scenarios[-1]
    assert (one.requirement, one.rule, one.feature_file) == ("", "Interviewers", "ours/interviews.feature")
    assert one.verdict is Verdict.PASSED
    assert len(one.steps) == 3


def test_an_assertion_of_ones_own_that_does_not_hold_is_a_failure(tmp_path: Path) -> None:
    tenant = FakeTenant({"list-events": Says(details={"events": 9})})
    one = ended(tmp_path, own(tmp_path), tenant)
    assert one.verdict is Verdict.FAILED
    assert one.sentence.startswith(f"{USERS[0]} has 9 (ours/steps/interviews.py:12: assert seen.details")
    assert [step.verdict for step in one.steps] == [Verdict.PASSED, Verdict.PASSED, Verdict.FAILED]


@pytest.mark.parametrize(
    ("body", "verdict", "sentence"),
    [
        ("pytest.skip('no rooms here')", Verdict.NOT_APPLICABLE, "no rooms here"),
        ("pytest.fail('it is not')", Verdict.FAILED, "it is not (ours/steps/interviews.py:6)"),
        ("assert 1 == 2", Verdict.FAILED, "What was asserted is not so (ours/steps/interviews.py:6: assert 1 == 2)"),
        ("1 / 0", Verdict.ERROR, "ZeroDivisionError in ours/steps/interviews.py:6: division by zero"),
        ("raise SystemExit(3)", Verdict.ERROR, "SystemExit in ours/steps/interviews.py:6: 3"),
        (
            "raise RuntimeError('correct horse')",
            Verdict.ERROR,
            "RuntimeError in ours/steps/interviews.py:6: [redacted]",
        ),
        ("pass", Verdict.PASSED, "All its steps passed."),
    ],
)
def test_how_a_step_of_ones_own_ends(tmp_path: Path, body: str, verdict: Verdict, sentence: str) -> None:
    one = ended(tmp_path, own(tmp_path, *with_step(body)))
    assert (one.verdict, one.sentence) == (verdict, sentence)


def test_findings_of_ones_own_decide_like_calconnects(tmp_path: Path) -> None:
    body = (
        "from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict\n    "
        "judgement.record([Finding('x', Verdict.UNKNOWN, 'Not seen.', reason=UnknownReason.STALE)])"
    )
    one = ended(tmp_path, own(tmp_path, *with_step(body)))
    assert (one.verdict, one.reason, one.sentence) == (Verdict.UNKNOWN, UnknownReason.STALE, "x: Not seen.")
    assert one.steps[0].verdict is Verdict.UNKNOWN


def test_a_scenario_that_names_a_requirement_must_observe_something(tmp_path: Path) -> None:
    feature, steps = with_step("pass")
    one = ended(tmp_path, own(tmp_path, feature.replace("@own", "@own @SVC-01v1"), steps))
    assert (one.requirement, one.verdict, one.reason) == ("SVC-01v1", Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE)


def test_outlines_languages_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    feature = (
        "\ufeff# language: de\n@own\nFunktionalität: F\n  Szenariogrundriss: S\n    Dann <was> is so\n"
        "    @erste\n    Beispiele:\n      | was |\n      | a |\n      | b |\n"
    )
    steps = (
        "from pytest_bdd import parsers, then\n"
        '@then(parsers.parse("{what} is so"))\ndef so(what):\n    assert what == "a"\n'
    )
    outcome = ran(tmp_path, own(tmp_path, feature, steps))
    assert [(one.scenario, one.verdict.value) for one in outcome.scenarios] == [
        ("S (a)", "passed"),
        ("S (b)", "failed"),
    ]


def test_modules_of_ones_own_are_read_anew_and_may_import_each_other(tmp_path: Path) -> None:
    suite = own(tmp_path, *with_step("import helper_of_ours\n    assert helper_of_ours.SO"))
    helper = suite / "steps" / "helper_of_ours.py"
    helper.write_text("SO = True\n")
    assert ended(tmp_path, suite).verdict is Verdict.PASSED
    helper.write_text("SO = False  # and longer\n")
    assert ended(tmp_path, suite).verdict is Verdict.FAILED
    assert "helper_of_ours" not in sys.modules
    assert not list(suite.rglob("*.pyc"))


def test_a_dataclass_in_a_module_of_ones_own_is_no_problem(tmp_path: Path) -> None:
    feature, steps = with_step("assert Pair(1, 2).a == 1")
    head = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    head += "@dataclass\nclass Pair:\n    a: int\n    b: int\n"
    assert ended(tmp_path, own(tmp_path, feature, head + steps)).verdict is Verdict.PASSED


def test_a_step_of_ones_own_may_use_pytests_tmp_path(tmp_path: Path) -> None:
    feature, steps = with_step("(tmp_path / 'x').write_text('y')")
    steps = steps.replace("observer, judgement", "tmp_path")
    assert ended(tmp_path, own(tmp_path, feature, steps)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("feature", "line", "message"),
    [
        ("Feature: F\n  Scenario: S\n    Given x\n  Nonsense\n", 4, "is not valid Gherkin"),
        ("Scenario: S\n  Given x\n", 1, "is not valid Gherkin"),
        ("# nothing\n", None, "holds no feature"),
        ("Feature: F\n", 1, "holds no scenario"),
        ("Feature: F\n  Scenario: S\n", 2, "has no step"),
        ("Feature: F\n  Scenario:\n    Then something is so\n", 2, "has no name"),
        ("Feature: F\n  Scenario: S\n    Then something is not so\n", 3, "no step definition fits it"),
        (
            "Feature: F\n  @SVC-99v1\n  Scenario: S\n    Then something is so\n",
            3,
            "SVC-99v1, which is not in the catalogue",
        ),
        ("@SVC-01v1\nFeature: F\n  @SVC-03v1\n  Scenario: S\n    Then something is so\n", 4, "several requirements"),
        (
            "Feature: F\n  Scenario Outline: S\n    Then something is so\n    Examples:\n      | a |\n",
            2,
            "has no examples",
        ),
    ],
)
def test_mistakes_in_a_feature_are_told_with_their_line(
    tmp_path: Path, feature: str, line: int | None, message: str
) -> None:
    suite = own(tmp_path, feature, with_step("pass")[1])
    ((file, found, told),) = problems(suite)
    assert (file, found) == ("interviews.feature", line)
    assert message in told


def test_scenarios_of_the_same_name_are_told(tmp_path: Path) -> None:
    twice = (
        "Feature: F\n  Scenario: S\n    Then something is so\n  Rule: R\n    Scenario: S\n      Then something is so\n"
    )
    assert problems(own(tmp_path, twice, with_step("pass")[1])) == [
        ("interviews.feature", 5, "another scenario has this name, on line 2.")
    ]


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    suite = own(tmp_path, *with_step("pass"))
    (suite / "latin.feature").write_bytes("Feature: Prüfung\n".encode("latin-1"))
    assert ("latin.feature", None, "is not UTF-8 text.") in problems(suite)


@pytest.mark.parametrize(
    ("steps", "line", "message"),
    [
        ("def x(:\n", 1, "is not valid Python"),
        ("\n\nimport no_such_module\n", 3, "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1\nraise SystemExit('bye')\n", 2, "cannot be imported: SystemExit: bye"),
        ("def f():\n    1 / 0\nf()\n", 2, "cannot be imported: ZeroDivisionError"),
    ],
)
def test_mistakes_in_a_module_are_told_with_their_line(tmp_path: Path, steps: str, line: int, message: str) -> None:
    suite = own(tmp_path, "Feature: F\n  Scenario: S\n    Given rooms are wanted\n", steps)
    ((file, found, told),) = problems(suite)
    assert (file, found) == ("interviews.py", line)
    assert message in told


def test_a_step_may_not_stand_twice_nor_take_the_place_of_calconnects(tmp_path: Path) -> None:
    feature, steps = with_step("pass")
    again = steps.replace("def so", "def so_too").partition("\n\n")[2]
    told = problems(own(tmp_path, feature, f"{steps}\n{again}"))
    assert ("interviews.py", 8, "this step is defined already, in interviews.py:4.") in told
    feature, steps = with_step("pass", "every calendar opens")
    told = problems(own(tmp_path, feature, steps))
    assert any("this step is defined already, in impersonation.py:" in message for _, _, message in told)


def test_a_step_that_two_patterns_fit_is_told(tmp_path: Path) -> None:
    feature, steps = with_step("pass")
    wide = '\nfrom pytest_bdd import parsers\n@then(parsers.parse("{what} is so"))\ndef wide(what): pass\n'
    told = problems(own(tmp_path, feature, steps + wide))
    assert [(file, line) for file, line, _ in told] == [("interviews.feature", 4)]
    assert "several step definitions fit it" in told[0][2]


def test_fixtures_that_calconnect_gives_cannot_be_replaced(tmp_path: Path) -> None:
    feature, steps = with_step("pass")
    for fixture in ("@pytest.fixture\ndef observer(): ...\n", "@pytest.fixture(name='judgement')\ndef mine(): ...\n"):
        told = problems(own(tmp_path, feature, steps + fixture))
        assert [message for _, _, message in told] == ["this name is taken: it is what calconnect gives to steps."]


def test_a_folder_without_features_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path / "none") == [("none", None, "is no folder.")]
    (tmp_path / "empty").mkdir()
    assert problems(tmp_path / "empty") == [("empty", None, "holds no *.feature file.")]


def test_a_file_whose_name_is_no_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = own(tmp_path)
    real = Path.glob
    strange = suite / "half-a-\udcff-character.feature"  # few file systems take such a name

    def found(path: Path, pattern: str) -> list[Path]:
        return [*real(path, pattern), *([strange] if path == suite else [])]

    monkeypatch.setattr(Path, "glob", found)
    assert problems(suite) == [(strange.name, None, "has a name that is no text.")]


def test_all_mistakes_are_told_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    suite = own(tmp_path, "Feature: F\n  Scenario: S\n    Then x\n", "def x(:\n")
    own(tmp_path, "Nonsense\n", "import nothing_at_all\n", "other")
    tenant = FakeTenant()
    with pytest.raises(InvalidInput) as caught:
        run(make_settings(tmp_path, suite=suite), tenant)
    assert len(caught.value.problems) == 4
    assert tenant.asked == []
    with Suite(catalogue()):
        pass  # and a suite without them is read as before
