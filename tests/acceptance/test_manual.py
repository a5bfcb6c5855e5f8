"""Scenarios that no program can run: attestations decide them, and their steps are never run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from calconnect.acceptance.engine import RunOutcome
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.judging.attested import ATTESTED
from calconnect.acceptance.suite import check_suite
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Mode
from calconnect.foundation.problems import InvalidInput
from calconnect.overlay.model import OverlayState
from tests.acceptance.fake_tenant import START, USERS, FakeTenant, Says, make_settings, refuses
from tests.acceptance.suite_run import catalogue, run
from tests.acceptance.test_own_suite import own

MANUAL = """\
@own
Feature: Before go-live

  @manual
  Scenario: The council has agreed
    Given the list of people
    Then the works council has agreed to it
"""


def attested(requirement: str = "NET-05", *, left: int = 60, **more: str) -> str:
    today = START.date()
    keys: Mapping[str, object] = {
        **({} if "scenario" in more else {"requirement": requirement}),
        "statement": "It is let out",
        "attested_by": "Tomas",
        **more,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    lines += [f"attested_on = {today - timedelta(days=200)}", f"valid_until = {today + timedelta(days=left)}"]
    return "\n".join(["[[attestation]]", *lines, ""])


def outcome(folder: Path, attestations: str = "", waivers: str = "", **options: Any) -> RunOutcome:
    tenant = FakeTenant(options.pop("script", None))
    select = options.pop("select", ["NET-05"])
    files = {name: options.pop(name) for name in ("allure_dir", "junit_file") if name in options}
    settings = make_settings(folder, **options)
    if attestations:
        settings = replace(settings, attestations=folder / "attestations.toml")
        (folder / "attestations.toml").write_text(attestations, encoding="utf-8")
    if waivers:
        settings = replace(settings, waivers=folder / "waivers.toml")
        (folder / "waivers.toml").write_text(waivers, encoding="utf-8")
    return run(settings, tenant, select=select, **files)


def ended(folder: Path, attestations: str = "", **options: Any) -> ScenarioFinished:
    (one,) = outcome(folder, attestations, **options).scenarios
    return one


@pytest.mark.parametrize("requirement", ["APP-01", "APP-05", "NET-05"])
def test_an_attestation_in_force_makes_it_pass(tmp_path: Path, requirement: str) -> None:
    one = ended(tmp_path, attested(requirement), select=[requirement])
    assert (one.verdict, one.manual) == (Verdict.PASSED, True)
    assert one.findings[0].code == "attested"
    assert {step.verdict for step in one.steps} == {Verdict.PASSED}
    assert "Tomas vouched for it on" in one.sentence
    assert "It is let out." in one.sentence


def test_it_is_observed_with_who_until_when_and_the_hash_of_the_evidence(tmp_path: Path) -> None:
    content = b"canary-77 signed"
    (tmp_path / "change.pdf").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    result = outcome(tmp_path, attested(evidence="change.pdf", sha256=digest))
    (seen,) = result.observations
    assert (seen.mode, seen.target) == (Mode.CONFIGURATION, "attestations.toml, line 1")
    assert seen.details[ATTESTED.by] == "Tomas"
    assert seen.details[ATTESTED.until] == (START.date() + timedelta(days=60)).isoformat()
    assert seen.details["sha256 of change.pdf"] == digest
    assert result.scenarios[0].observations == (seen.id,)
    assert "canary" not in repr(result)


@pytest.mark.parametrize(
    ("attestations", "reason", "code"),
    [
        ("", UnknownReason.NO_EVIDENCE, "not-attested"),
        (attested("APP-05"), UnknownReason.NO_EVIDENCE, "not-attested"),
        (attested(left=-1), UnknownReason.STALE, "attestation-ended"),
    ],
)
def test_without_one_in_force_it_is_unknown(
    tmp_path: Path, attestations: str, reason: UnknownReason, code: str
) -> None:
    one = ended(tmp_path, attestations)
    assert (one.verdict, one.reason, one.findings[0].code) == (Verdict.UNKNOWN, reason, code)
    assert {step.verdict for step in one.steps} == {Verdict.UNKNOWN}
    assert one.observations, "that there is none was looked for"


def test_the_last_day_still_holds_and_a_new_one_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    assert ended(tmp_path, attested(left=0)).verdict is Verdict.PASSED
    one = ended(tmp_path, attested(left=-1) + attested("NET-05v1", left=90))
    assert one.verdict is Verdict.PASSED
    assert [finding.code for finding in one.findings] == ["attested"]


def test_steps_of_ones_own_manual_scenario_need_no_definitions(tmp_path: Path) -> None:
    suite = own(tmp_path, MANUAL, None)
    check_suite(catalogue(), suite)
    found = ended(tmp_path, attested(scenario="The council has agreed"), suite=suite, select=["own"])
    assert (found.verdict, found.requirement) == (Verdict.PASSED, "")
    assert [step.text for step in found.steps] == ["the list of people", "the works council has agreed to it"]
    missing = ended(tmp_path, attested(scenario="The council"), suite=suite, select=["own"])
    assert missing.verdict is Verdict.UNKNOWN
    assert "'The council has agreed'" in missing.sentence


def test_steps_of_a_manual_scenario_are_not_run_even_where_they_are_defined(tmp_path: Path) -> None:
    steps = (
        "from pytest_bdd import given\n\n@given('the list of people')\ndef people():\n    raise RuntimeError('ran')\n"
    )
    suite = own(tmp_path, MANUAL, steps)
    assert ended(tmp_path, suite=suite, select=["own"]).verdict is Verdict.UNKNOWN


def test_each_example_of_a_manual_outline_is_attested_by_its_name(tmp_path: Path) -> None:
    outline = MANUAL.replace("Scenario:", "Scenario Outline:").replace("the list of people", "the list of <site>")
    outline += "\n    Examples:\n      | site  |\n      | Paris |\n      | Oslo  |\n"
    suite = own(tmp_path, outline, None)
    result = outcome(tmp_path, attested(scenario="The council has agreed"), suite=suite, select=["own"])
    assert [one.verdict for one in result.scenarios] == [Verdict.PASSED, Verdict.PASSED]
    assert result.scenarios[1].steps[0].text == "the list of Oslo"
    assert result.overlay.attestations[0].state is OverlayState.IN_FORCE


def test_an_attestation_never_replaces_what_a_program_sees(tmp_path: Path) -> None:
    result = outcome(tmp_path, attested("APP-06"), terms_agreed=False, select=["APP-06"])
    assert result.scenarios[0].verdict is Verdict.FAILED
    assert result.overlay.attestations[0].decides is False


def test_a_requirement_may_be_attested_beside_its_scenario_by_one_of_ones_own(tmp_path: Path) -> None:
    suite = own(tmp_path, MANUAL.replace("@manual", "@APP-06v1 @manual"), None)
    result = outcome(tmp_path, suite=suite, select=["APP-06"])
    assert [one.verdict for one in result.scenarios] == [Verdict.PASSED, Verdict.UNKNOWN]


def test_waivers_leave_the_verdict_and_are_marked_in_the_results_for_programs(tmp_path: Path) -> None:
    last = START.date() + timedelta(days=30)
    waiver = (
        f'[[waiver]]\nrequirement = "IMP-02"\nmailboxes = ["*@{USERS[0].partition("@")[2]}"]\nreason = "r"\n'
        f'approved_by = "Ines"\nexpires = {last}\nrisk = "r"\n'
    )
    junit, allure = tmp_path / "junit.xml", tmp_path / "allure"
    script = {"open-calendar": lambda target: refuses("ErrorNonExistentMailbox") if target == USERS[3] else Says()}
    result = outcome(tmp_path, waivers=waiver, script=script, select=["IMP-02"], junit_file=junit, allure_dir=allure)
    assert result.scenarios[0].verdict is Verdict.FAILED
    assert result.overlay.waived == {"IMP-02v1"}
    assert result.overlay.waivers[0].covered == (USERS[3],)
    properties = {one.get("name"): one.get("value") for one in ET.parse(junit).getroot().iter("property")}
    assert (properties["verdict"], properties["waived_until"]) == ("failed", str(last))
    (file,) = allure.glob("*-result.json")
    written = json.loads(file.read_text(encoding="utf-8"))
    labels = {(one["name"], one["value"]) for one in written["labels"]}
    assert written["status"] == "failed"
    assert {("waived_until", str(last)), ("tag", "waived")} <= labels


def test_mistakes_of_both_files_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    tenant = FakeTenant()
    files = [tmp_path / "waivers.toml", tmp_path / "attestations.toml"]
    for file in files:
        file.write_text("[[nothing]]\n", encoding="utf-8")
    settings = replace(make_settings(tmp_path), waivers=files[0], attestations=files[1])
    with pytest.raises(InvalidInput) as caught:
        run(settings, tenant)
    assert [Path(one.file).name for one in caught.value.problems] == ["waivers.toml", "attestations.toml"]
    assert tenant.asked == []
