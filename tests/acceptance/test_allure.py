"""Allure's results: what they say of each scenario, what users' own steps add, and what must not be in them."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import allure_commons
import pytest

from calconnect.acceptance.verdicts import Verdict
from tests.acceptance.fake_tenant import USERS, Answering, FakeTenant, make_settings, refuses
from tests.acceptance.suite_run import run, scenarios_shipped
from tests.acceptance.test_own_suite import own, with_step

Result = dict[str, Any]


def results(folder: Path) -> dict[str, Result]:
    """Return the results by the id of their requirement, or else by name."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*-result.json")]
    return {next((tag for tag in labels(one, "tag") if "-" in tag), one["name"]): one for one in found}


def labels(result: Result, name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("allure")
    script: dict[str, Answering] = {
        "list-events": lambda target: refuses("ErrorServerBusy" if target == USERS[0] else "ErrorAccessDenied", 200),
        "free-busy": refuses("ErrorServerBusy", 500),
        "room-lists": refuses("ErrorNameResolutionNoMailbox", 200),
    }
    run(make_settings(folder), FakeTenant(script), allure_dir=folder / "allure-results")
    return folder / "allure-results"


def test_there_is_one_result_a_scenario_and_nothing_stray(folder: Path) -> None:
    kinds = {path.name.rpartition("-")[2] for path in folder.iterdir()}
    assert kinds == {"result.json", "attachment.txt", "categories.json"}
    assert len(list(folder.glob("*-result.json"))) == scenarios_shipped()
    assert not folder.with_name("allure-results.partial").exists()


def test_no_machine_and_no_path_is_named(folder: Path) -> None:
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert '"host"' not in text
        assert '"thread"' not in text
        assert str(folder.parent) not in text
        assert "Traceback" not in text
        host = socket.gethostname()
        assert len(host) < 4 or host not in text


def test_a_result_names_feature_rule_severity_and_requirement(folder: Path) -> None:
    result = results(folder)["IMP-02v1"]
    assert result["name"] == "Every listed calendar opens by impersonation"
    assert labels(result, "epic") == ["Bulk calendar connection"]
    assert labels(result, "feature") == ["Impersonation"]
    assert labels(result, "story") == ["IMP-02 Impersonation covers every user to be integrated"]
    assert labels(result, "severity") == ["critical"]
    assert set(labels(result, "tag")) == {"IMP-02v1", "must"}
    assert "One success says nothing about the others." in result["description"]
    kinds = [link["type"] for link in result["links"]]
    assert kinds[0] == "requirement"
    assert set(kinds[1:]) == {"remediation"}
    assert result["links"][0]["name"].startswith("IMP-02v1 ")


def test_gherkin_steps_are_its_steps_with_their_findings(folder: Path) -> None:
    result = results(folder)["OPS-06v1"]
    assert [(step["name"].split()[0], step["status"]) for step in result["steps"]] == [
        ("Given", "passed"),
        ("And", "passed"),
        ("When", "passed"),
        ("Then", "failed"),
        ("And", "broken"),
    ]
    (attached,) = result["steps"][3]["attachments"]
    told = (folder / attached["source"]).read_text(encoding="utf-8")
    assert f"{USERS[1]} | failed | ErrorAccessDenied | Its events could not be listed." in told
    assert "o-0" in told
    assert result["steps"][4]["statusDetails"]["message"].startswith("unknown: ")


@pytest.mark.parametrize(
    ("requirement", "status", "message"),
    [
        ("SVC-01v1", "passed", ""),
        ("OPS-06v1", "failed", "0 of 6 calendars"),
        ("OPS-04v1", "broken", "unknown: rooms: "),
        ("NET-01v1", "skipped", "The Exchange Server URL is left out"),
    ],
)
def test_the_status_says_the_verdict(folder: Path, requirement: str, status: str, message: str) -> None:
    result = results(folder)[requirement]
    assert result["status"] == status
    assert result["statusDetails"]["message"].startswith(message)
    verdicts = {"passed": "passed", "failed": "failed", "broken": "unknown", "skipped": "not-applicable"}
    assert labels(result, "verdict") == [verdicts[status]]


def test_history_is_kept_by_requirement(folder: Path, tmp_path: Path) -> None:
    run(make_settings(tmp_path), select=["SVC-01", "IMP-02"], allure_dir=tmp_path / "again")
    first, again = results(folder), results(tmp_path / "again")
    for requirement in ("SVC-01v1", "IMP-02v1"):
        assert first[requirement]["historyId"] == again[requirement]["historyId"]
    assert len({one["historyId"] for one in first.values()}) == scenarios_shipped()
    assert again["SVC-01v1"]["fullName"] == "calconnect: SVC-01v1"


def test_categories_tell_the_verdicts_apart(folder: Path) -> None:
    names = [category["name"] for category in json.loads((folder / "categories.json").read_text())]
    assert names == ["The requirement is not met", "Not known", "calconnect's own fault"]


OWN = """
import threading

import allure
from pytest_bdd import then

@allure.step("look at {what}")
def look(what):
    allure.attach(f"seen: {what}", "what was seen", allure.attachment_type.TEXT)

@then("something is so")
def so(tmp_path):
    allure.dynamic.title("Another title")
    allure.dynamic.label("owner", "HR")
    allure.dynamic.link("https://example.com/ticket/1", name="ticket")
    look("the calendar")
    file = tmp_path / "x.txt"
    file.write_text("from a file")
    allure.attach.file(str(file), "the file", allure.attachment_type.TEXT)
    thread = threading.Thread(target=lambda: allure.attach("from a thread", "thread", allure.attachment_type.TEXT))
    thread.start()
    thread.join()
    with allure.step("outer"), allure.step("inner"):
        raise RuntimeError("boom")
"""


def test_steps_of_ones_own_may_use_allure(tmp_path: Path) -> None:
    suite = own(tmp_path, with_step("")[0], OWN)
    outcome = run(make_settings(tmp_path, suite=suite), select=["own"], allure_dir=tmp_path / "allure")
    assert outcome.scenarios[0].verdict is Verdict.ERROR
    (result,) = results(tmp_path / "allure").values()
    assert result["name"] == "Another title"
    assert labels(result, "owner") == ["HR"]
    assert result["links"] == [{"type": "link", "url": "https://example.com/ticket/1", "name": "ticket"}]
    (step,) = result["steps"]
    assert [attached["name"] for attached in step["attachments"]] == ["the file", "thread"]
    look, outer = step["steps"]
    assert (look["name"], look["status"]) == ("look at 'the calendar'", "passed")
    seen = tmp_path / "allure" / look["attachments"][0]["source"]
    assert seen.read_text() == "seen: the calendar"
    assert (outer["status"], outer["steps"][0]["status"]) == ("broken", "broken")
    assert result["status"] == "broken"
    assert "boom" in result["statusDetails"]["message"]


def test_allures_functions_do_nothing_where_no_results_are_wanted(tmp_path: Path) -> None:
    steps = (
        "import allure\nfrom pytest_bdd import then\n@then('something is so')\ndef so():\n    allure.attach('x', 'y')\n"
    )
    outcome = run(make_settings(tmp_path, suite=own(tmp_path, with_step("")[0], steps)), select=["own"])
    assert outcome.scenarios[0].verdict is Verdict.PASSED


def test_allure_does_not_remember_the_run(tmp_path: Path) -> None:
    before = list(allure_commons.plugin_manager.get_plugins())
    run(make_settings(tmp_path), select=["SVC-01"], allure_dir=tmp_path / "allure")
    assert set(allure_commons.plugin_manager.get_plugins()) == set(before)


def test_results_of_an_earlier_attempt_are_replaced(tmp_path: Path) -> None:
    for name in ("allure", "allure.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old-result.json").write_text("{}")
    run(make_settings(tmp_path), select=["SVC-01"], allure_dir=tmp_path / "allure")
    assert not (tmp_path / "allure" / "old-result.json").exists()
    assert not (tmp_path / "allure.partial").exists()


def test_markup_and_odd_characters_stay_text(tmp_path: Path) -> None:
    odd = "o'<b>&\u202e=1+1@example.com"
    outcome = run(make_settings(tmp_path, users=(odd,)), select=["IMP-02"], allure_dir=tmp_path / "allure")
    assert outcome.scenarios[0].verdict is Verdict.PASSED
    (result,) = results(tmp_path / "allure").values()
    attached = [one for step in result["steps"] for one in step.get("attachments", [])]
    assert odd in (tmp_path / "allure" / attached[0]["source"]).read_text(encoding="utf-8")
