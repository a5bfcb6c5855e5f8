"""The engine tells of a run as it happens, ends it well whatever happens, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pytest_bdd.feature import features as parsed_features
from pytest_bdd.utils import CONFIG_STACK

from calconnect.acceptance.engine import RunError
from calconnect.acceptance.events import (
    Event,
    ObservationMade,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
)
from calconnect.acceptance.verdicts import Verdict
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.foundation.suite import suite_folder
from calconnect.requirements.model import Level
from tests.acceptance.fake_tenant import TRIAL, USERS, FakeTenant, Says, make_settings
from tests.acceptance.suite_run import Heard, catalogue, run, scenarios_shipped


def test_events_come_in_order(tmp_path: Path) -> None:
    heard = Heard()
    outcome = run(make_settings(tmp_path), heard=heard)
    names = heard.names()
    assert names[0] == "RunStarted"
    assert names[-1] == "RunFinished"
    assert heard.events[0] == RunStarted("test", scenarios_shipped(), len(USERS), "2026-11-23T09:00:00+00:00")
    assert heard.events[-1] == RunFinished("test", "2026-11-23T09:00:00+00:00", False)
    running = ""
    steps = 0
    for event in heard.events[1:-1]:
        if isinstance(event, ScenarioStarted):
            assert not running
            running, steps = event.scenario, 0
        elif isinstance(event, ScenarioFinished):
            assert running == event.scenario
            assert len(event.steps) == steps
            running = ""
        else:
            assert running, f"{event} outside of a scenario"
            steps += isinstance(event, StepFinished)
    finished = tuple(event for event in heard.events if isinstance(event, ScenarioFinished))
    assert finished == outcome.scenarios
    observed = tuple(event.observation for event in heard.events if isinstance(event, ObservationMade))
    assert observed == outcome.observations
    assert [observation.id for observation in observed] == [f"o-{number:04d}" for number in range(1, len(observed) + 1)]


def test_progress_is_told_while_many_mailboxes_are_asked(tmp_path: Path) -> None:
    heard = Heard()
    run(make_settings(tmp_path), heard=heard, select=["IMP-02"])
    told = [event for event in heard.events if isinstance(event, Progress)]
    assert [(event.done, event.total) for event in told] == [
        (number, len(USERS) - 1) for number in range(1, len(USERS))
    ]


def test_each_mailbox_is_asked_each_question_once(tmp_path: Path) -> None:
    tenant = FakeTenant()
    run(make_settings(tmp_path), tenant)
    assert max(Counter(tenant.asked).values()) == 1


def test_runs_repeat_exactly(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    def told() -> list[tuple[str, ...]]:
        outcome = run(settings)
        return [(one.requirement, one.sentence, *one.observations) for one in outcome.scenarios]

    first = told()
    assert all(told() == first for _ in range(3))


def test_tenant_and_handlers_are_closed(tmp_path: Path) -> None:
    tenant, heard = FakeTenant(), Heard()
    run(make_settings(tmp_path), tenant, heard)
    assert (tenant.closed, heard.closed) == (1, 1)


def test_leftovers_of_killed_runs_are_removed_before_mailboxes_are_asked(tmp_path: Path) -> None:
    tenant = FakeTenant()
    run(make_settings(tmp_path), tenant, select=["SVC-04"])
    assert tenant.strays_removed == 0
    run(make_settings(tmp_path), tenant, select=["IMP-01"])
    assert tenant.strays_removed == 1


@pytest.mark.parametrize(("probe", "removed"), [("open-calendar", 1), ("event-round-trip read", 2)])
def test_ctrl_c_ends_the_run_and_keeps_what_was_collected(tmp_path: Path, probe: str, removed: int) -> None:
    def interrupt(asked: str, target: str) -> None:
        if asked == probe and target == TRIAL:
            raise KeyboardInterrupt

    tenant, heard = FakeTenant(), Heard()
    tenant.before = interrupt
    outcome = run(make_settings(tmp_path), tenant, heard, allure_dir=tmp_path / "allure", junit_file=tmp_path / "j.xml")
    assert outcome.interrupted
    assert outcome.observations
    assert {ended.requirement for ended in outcome.scenarios} >= {"SVC-04v1", "NET-03v1"}
    assert "OPS-06v1" not in {ended.requirement for ended in outcome.scenarios}
    assert heard.events[-1] == RunFinished("test", "2026-11-23T09:00:00+00:00", True)
    assert (tenant.closed, heard.closed, tenant.strays_removed) == (1, 1, removed)
    assert len(list((tmp_path / "allure").glob("*-result.json"))) == len(outcome.scenarios)


def test_ctrl_c_in_a_handler_ends_the_run_too(tmp_path: Path) -> None:
    def react(event: Event) -> None:
        if isinstance(event, ScenarioFinished) and event.requirement == "NET-03v1":
            raise KeyboardInterrupt

    outcome = run(make_settings(tmp_path), heard=Heard(react))
    assert outcome.interrupted
    assert outcome.scenarios[-1].requirement == "NET-03v1"


@pytest.mark.parametrize(
    "kind", [RunStarted, ScenarioStarted, ObservationMade, StepFinished, ScenarioFinished, RunFinished]
)
def test_a_handler_that_fails_ends_the_run_with_calconnects_own_error(tmp_path: Path, kind: type[Event]) -> None:
    def react(event: Event) -> None:
        if isinstance(event, kind):
            raise OSError("no space left")

    tenant, heard = FakeTenant(), Heard(react)
    with pytest.raises(RunError, match="OSError") as caught:
        run(make_settings(tmp_path), tenant, heard, allure_dir=tmp_path / "allure")
    assert isinstance(caught.value.__cause__, OSError)
    assert isinstance(heard.events[-1], kind)
    assert (tenant.closed, heard.closed) == (1, 1)
    assert kind is RunFinished or not (tmp_path / "allure").exists()


def test_a_tenant_that_breaks_its_promise_is_calconnects_own_fault(tmp_path: Path) -> None:
    class Broken(FakeTenant):
        def sign_in(self) -> object:  # type: ignore[override]
            raise ValueError("the password correct horse is wrong")

    (ended,) = run(make_settings(tmp_path), Broken(), select=["SVC-04"]).scenarios
    assert ended.verdict is Verdict.ERROR
    assert ended.sentence.startswith("ValueError in steps/")
    assert "correct horse" not in ended.sentence
    assert "Traceback" not in ended.sentence


def test_scenarios_are_selected_by_id_versioned_id_and_tag(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    def selected(*names: str) -> set[str]:
        return {ended.requirement for ended in run(settings, select=names).scenarios}

    assert selected("SVC-01") == selected("SVC-01v1") == {"SVC-01v1"}
    advice = {one.versioned_id for one in catalogue().values() if one.level is Level.SHOULD}
    assert selected("should") == advice
    assert selected("APP-02", "OPS-04v1") == {"APP-02v1", "OPS-04v1"}


def test_what_is_not_in_the_suite_cannot_be_selected(tmp_path: Path) -> None:
    tenant = FakeTenant()
    with pytest.raises(UsageError, match="SVC-99"):
        run(make_settings(tmp_path), tenant, select=["SVC-01", "SVC-99"])
    assert (tenant.asked, tenant.closed) == ([], 1)


def test_files_about_the_firewall_are_checked_before_anything_is_sent(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    (tmp_path / "vendor.txt").write_text("nonsense\n")
    (tmp_path / "firewall.csv").write_text("order,action,source,destination,port,enabled\n1,maybe,any,any,443,yes\n")
    tenant = FakeTenant()
    with pytest.raises(InvalidInput) as caught:
        run(settings, tenant)
    assert [(Path(one.file).name, one.line) for one in caught.value.problems] == [
        ("vendor.txt", 1),
        ("firewall.csv", 2),
    ]
    assert tenant.asked == []


def test_a_requirement_of_another_topology_does_not_apply_and_its_reading_says_why(tmp_path: Path) -> None:
    tenant = FakeTenant()
    (ended,) = run(make_settings(tmp_path), tenant, select=["GR-01"]).scenarios
    assert ended.verdict is Verdict.NOT_APPLICABLE
    assert ended.sentence.endswith("is a role on the server. In its place: IMP-01.")
    assert tenant.asked == []


def test_the_folder_and_the_environment_around_do_not_reach_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "conftest.py").write_text("raise SystemExit('conftest was read')\n")
    (hostile / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    (hostile / "test_other.py").write_text("def test_other(): raise SystemExit\n")
    monkeypatch.chdir(hostile)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    outcome = run(make_settings(tmp_path))
    assert len(outcome.scenarios) == scenarios_shipped()
    assert os.environ["PYTEST_ADDOPTS"] == "--nonsense"
    assert os.environ["PYTEST_PLUGINS"] == "no_such_plugin"
    assert sorted(path.name for path in hostile.iterdir()) == ["conftest.py", "pytest.ini", "test_other.py"]


def test_many_runs_in_one_process_hold_no_memory(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    def held() -> int:
        for _ in range(3):
            run(settings, select=["APP-02"])
        gc.collect()
        return len(gc.get_objects())

    held()
    first = held()
    assert held() - first < 150


def test_nothing_is_left_in_the_process(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    run(settings)
    variables, modules = dict(os.environ), set(sys.modules)
    depth, path, written = len(CONFIG_STACK), list(sys.path), sys.dont_write_bytecode
    run(settings, FakeTenant({"sign-in": Says("ErrorPasswordExpired")}))
    assert dict(os.environ) == variables
    assert set(sys.modules) == modules
    assert (len(CONFIG_STACK), sys.path, sys.dont_write_bytecode) == (depth, path, written)
    assert not [name for name in parsed_features if name.startswith(str(suite_folder() / "features"))]
    assert not [name for name in sys.modules if name.startswith("calconnect_steps_")]


def test_a_run_prints_nothing_and_writes_nothing_beside_the_suite(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.acceptance.fake_tenant import FakeTenant, make_settings, refuses
from tests.acceptance.suite_run import run
run(make_settings(Path(sys.argv[1])), FakeTenant({"sign-in": refuses(None, 401)}))
"""
    home = suite_folder()
    before = sorted(str(path) for name in ("features", "steps") for path in (home / name).iterdir())
    work = tmp_path / "elsewhere"
    work.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=work,
        env={key: value for key, value in environment.items() if not key.startswith("PYTEST")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(str(path) for name in ("features", "steps") for path in (home / name).iterdir()) == before
    assert list(work.iterdir()) == []
