"""A saved run is judged again to the same bytes, and whatever was changed in its folder is noticed and named."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.inputs import keep_inputs, read_inputs
from calconnect.foundation.clock import MovableClock
from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.audit_run import AuditRun
from calconnect.reporting.rejudging import JudgedAgain, judge_saved
from calconnect.reporting.saved_run import SavedRun
from calconnect.reporting.verdict_text import verdicts_text
from calconnect.settings.model import ListedMailbox
from calconnect.settings.secrets import SecretReference
from tests.acceptance.fake_tenant import START, USERS, Says, clock, make_settings, refuses, silent
from tests.acceptance.suite_run import catalogue
from tests.reporting.saved_runs import save_run

MANY = tuple(f"user{number:02}@example.com" for number in range(40))
SCRIPTS: dict[str, dict[str, Any]] = {
    "in-order": {},
    "wrong-password": {"script": {"sign-in": refuses(None, 401)}},
    "untrusted-certificate": {"script": {"tls": silent("certificate-untrusted")}},
    "unreachable": {"script": {"locate": silent("timed-out"), "tls": silent("not-located")}},
    "throttled": {"script": {"open-calendar": refuses("ErrorServerBusy")}},
    "stopped-in-the-middle": {
        "script": {"open-calendar": lambda user: silent("timed-out") if user in MANY[9:] else Says()},
        "users": MANY,
    },
    "no-password": {"service_account_password": SecretReference("env", "CALCONNECT_NOT_SET")},
    "half-a-character": {"script": {"sign-in": refuses("Error\udc80", 500)}},
}


def judged(run: SavedRun, **how: Any) -> JudgedAgain:
    return judge_saved(run, clock=clock(), **how)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_the_same_verdicts_to_the_byte(tmp_path: Path, name: str) -> None:
    run = save_run(tmp_path, **SCRIPTS[name])
    for file in tmp_path.iterdir():  # all that is left is the run
        if file.is_file():
            file.unlink()
    again = judged(run)
    assert (again.verified, again.damages, again.broken, again.differences) == (True, (), (), ())
    assert again.results is not None
    saved = (run.folder / "verdicts.json").read_bytes()
    assert verdicts_text(again.results).encode() == saved == verdicts_text(run.results).encode()
    (evidence,) = [file for file in run.results.evidence if file.role == "verdicts"]
    assert (evidence.sha256, evidence.path) == (hashlib.sha256(saved).hexdigest(), "verdicts.json")


@pytest.mark.parametrize("name", ["wrong-password", "net-03-untrusted"])
def test_the_same_verdicts_to_the_byte_of_a_mock_tenant(tmp_path: Path, name: str) -> None:
    with AuditRun.open(tenant=name, out=tmp_path, run_id=name) as audit:
        audit.run()
        audit.write()
    run = SavedRun.open(name, tmp_path)
    again = judged(run)
    assert again.verified, (again.damages, again.broken)
    assert again.results is not None
    assert verdicts_text(again.results).encode() == (run.folder / "verdicts.json").read_bytes()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    folder = tmp_path_factory.mktemp("saved")
    own = folder / "own"
    (own / "steps").mkdir(parents=True)
    (own / "mine.feature").write_text(
        "Feature: Mine\n\n  Scenario: It signs in\n    Then it signed in\n", encoding="utf-8"
    )
    (own / "steps" / "mine.py").write_text(
        "from pytest_bdd import then\n\n\n@then('it signed in')\ndef signed_in(observer):\n"
        "    assert observer.sign_in().ok\n",
        encoding="utf-8",
    )
    return save_run(folder, suite=own)


@pytest.fixture
def saved(pristine: SavedRun, tmp_path: Path) -> SavedRun:
    """A copy of a run, for changes."""
    shutil.copytree(pristine.folder, tmp_path / "run")
    return SavedRun.open(str(tmp_path / "run"), tmp_path)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rewrite(path: Path, records: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")


def renamed_hash(run: SavedRun, role: str, path: Path) -> SavedRun:
    """Let the results name the hash that a file has now."""
    file = run.folder / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    (entry,) = [one for one in data["evidence"] if one["role"] == role]
    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    file.write_text(json.dumps(data), encoding="utf-8")
    return SavedRun.open(str(run.folder), run.folder.parent)


def admit_the_outsider(run: SavedRun) -> Path:
    path = run.folder / "observations.jsonl"
    records = lines(path)
    (record,) = [one for one in records if one["target"] == "director@example.com"]
    record.update(outcome="ok", code="NoError", http_status=200)
    rewrite(path, records)
    return path


def test_an_edited_observation_is_named_with_what_it_changes(saved: SavedRun) -> None:
    path = admit_the_outsider(saved)
    number = next(number for number, one in enumerate(lines(path), 1) if one["target"] == "director@example.com")
    again = judged(saved)
    assert not again.verified
    assert "observations.jsonl: was changed: its SHA-256 is not the one that results.json names." in texts(again)
    (line,) = [one for one in again.damages if one.line is not None]
    assert line.line == number
    assert line.message.endswith("is not as events.jsonl tells of it: outcome, http_status, code.")
    (broken,) = again.broken
    assert (broken.requirement, broken.before, broken.after) == ("IMP-03v1", "passed", "failed")


def test_an_edited_observation_whose_hash_was_edited_too_is_noticed(saved: SavedRun) -> None:
    run = renamed_hash(saved, "observations", admit_the_outsider(saved))
    again = judged(run)
    assert [one.line is not None for one in again.damages] == [True]
    assert [one.requirement for one in again.broken] == ["IMP-03v1"]


def test_an_edit_that_changes_no_verdict_is_noticed(saved: SavedRun) -> None:
    path = saved.folder / "observations.jsonl"
    records = lines(path)
    records[2]["duration_ms"] = 7.0
    rewrite(path, records)
    again = judged(saved)
    assert not again.verified
    assert again.broken == ()
    assert any(one.line == 3 and "duration_ms" in one.message for one in again.damages)


def test_an_observation_that_was_taken_out_or_put_in_is_named(saved: SavedRun) -> None:
    path = saved.folder / "observations.jsonl"
    records = lines(path)
    gone = records.pop(4)
    records.append({**records[0], "id": "o-9999"})
    rewrite(path, records)
    said = texts(judged(saved))
    assert f"observations.jsonl: {gone['id']} is missing, which events.jsonl tells of." in said
    assert f"observations.jsonl:{len(records)}: o-9999 is not in events.jsonl." in said


def test_a_file_of_observations_that_is_cut_short_cannot_be_judged(saved: SavedRun) -> None:
    path = saved.folder / "observations.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    again = judged(saved)
    assert again.results is None
    assert not again.verified
    assert any(one.file == "observations.jsonl" and "is not JSON" in one.message for one in again.damages)


def change_list(run: SavedRun) -> str:
    path = run.folder / "inputs" / "settings.json"
    path.write_text(path.read_text(encoding="utf-8").replace(USERS[5], "user6@other.example"), encoding="utf-8")
    return "inputs/settings.json: was changed"


def change_firewall(run: SavedRun) -> str:
    path = run.folder / "inputs" / "firewall-export" / "firewall.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("allow", "deny"), encoding="utf-8")
    return "inputs/firewall-export/firewall.csv: was changed"


def change_level(run: SavedRun) -> str:
    path = run.folder / "inputs" / "requirements.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"must"', '"should"'), encoding="utf-8")
    return "inputs/requirements.json: was changed"


def remove_vendor_list(run: SavedRun) -> str:
    (run.folder / "inputs" / "vendor-addresses" / "vendor.txt").unlink()
    return "inputs/vendor-addresses/vendor.txt: is missing."


def add_a_step(run: SavedRun) -> str:
    (run.folder / "inputs" / "own-scenario" / "own" / "steps" / "more.py").write_text("", encoding="utf-8")
    return "inputs/own-scenario/own/steps/more.py: is not named by results.json."


def change_events(run: SavedRun) -> str:
    path = run.folder / "events.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("passed", "failed"), encoding="utf-8")
    return "events.jsonl: was changed"


def change_verdicts(run: SavedRun) -> str:
    path = run.folder / "verdicts.json"
    path.write_text(path.read_text(encoding="utf-8").replace("passed", "failed"), encoding="utf-8")
    return "verdicts.json: was changed"


@pytest.mark.parametrize(
    "change",
    [change_list, change_firewall, change_level, remove_vendor_list, add_a_step, change_events, change_verdicts],
    ids=lambda change: change.__name__,
)
def test_every_file_that_was_changed_is_named(saved: SavedRun, change: Callable[[SavedRun], str]) -> None:
    said = change(saved)
    again = judged(saved)
    assert not again.verified
    assert any(text.startswith(said) for text in texts(again)), texts(again)


def test_a_verdict_that_was_edited_in_the_results_is_named(saved: SavedRun) -> None:
    file = saved.folder / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    (requirement,) = [one for one in data["requirements"] if one["id"] == "SVC-03"]
    requirement["verdict"] = "failed"
    file.write_text(json.dumps(data), encoding="utf-8")
    again = judged(SavedRun.open(str(saved.folder), saved.folder))
    assert not again.verified
    assert [(one.requirement, one.before, one.after) for one in again.broken] == [("SVC-03v1", "failed", "passed")]


def test_an_answer_that_was_edited_in_the_results_is_noticed(saved: SavedRun) -> None:
    file = saved.folder / "results.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r'"headline": "[^"]*"', '"headline": "Ready."', text), encoding="utf-8")
    again = judged(SavedRun.open(str(saved.folder), saved.folder))
    assert texts(again) == ["results.json: does not say what its observations come to."]


def test_a_path_that_leads_out_of_the_folder_is_not_followed(saved: SavedRun) -> None:
    file = saved.folder / "results.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"path": "inputs/settings.json"', '"path": "../outside.json"'), encoding="utf-8")
    again = judged(SavedRun.open(str(saved.folder), saved.folder))
    assert "results.json: names a file that is not in the run's folder: '../outside.json'." in texts(again)


def test_settings_that_lead_out_of_the_folder_are_not_followed(saved: SavedRun) -> None:
    path = saved.folder / "inputs" / "settings.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace("firewall-export/firewall.csv", "../../../secret.csv"),
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match=r"network\.firewall_export: leads out of the run's folder"):
        saved.inputs()
    again = judged(saved)
    assert again.results is None
    assert any(one.file == str(Path("inputs") / "settings.json") for one in again.damages)


def test_own_scenarios_keep_their_verdicts_unless_their_steps_are_to_be_run(saved: SavedRun) -> None:
    steps = saved.folder / "inputs" / "own-scenario" / "own" / "steps" / "mine.py"
    mark = saved.folder.parent / "was-run"
    again = judged(saved)
    assert again.left_out == ("It signs in",)
    assert again.verified
    assert again.results is not None
    assert [(one.name, one.verdict) for one in again.results.own_scenarios] == [("It signs in", "passed")]
    text = steps.read_text(encoding="utf-8")
    steps.write_text(f"{text}\nopen({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    assert not judged(saved).verified
    assert not mark.exists(), "code that lies in a run's folder is not run unless that is asked for"
    steps.write_text(text, encoding="utf-8")
    whole = judged(saved, own_steps=True)
    assert (whole.verified, whole.left_out) == (True, ())


def test_todays_requirements_and_day(saved: SavedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved.folder / "inputs" / "requirements.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([one for one in known if one["id"] not in ("SVC-03", "OPS-06")]), encoding="utf-8")
    before = json.loads((saved.folder / "results.json").read_text(encoding="utf-8"))
    before["requirements"] = [one for one in before["requirements"] if one["id"] not in ("SVC-03", "OPS-06")]
    (saved.folder / "results.json").write_text(json.dumps(before), encoding="utf-8")
    run = SavedRun.open(str(saved.folder), saved.folder)
    again = judge_saved(run, clock=MovableClock(START + timedelta(days=1), running=False), by="today")
    assert {(one.requirement, one.before, one.after) for one in again.differences} >= {
        ("SVC-03v1", "", "passed"),
        ("OPS-06v1", "", "passed"),
    }


def test_what_is_no_saved_run_is_told_with_its_place(tmp_path: Path, pristine: SavedRun) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "results.json").write_text('{\n  "schema_version": "1.0",\n  "run": {}}', encoding="utf-8")
    with pytest.raises(InvalidInput, match="kept no copies of what its verdicts rest on"):
        SavedRun.open(str(old), tmp_path)
    (old / "results.json").write_text('{"schema_version": "7.3"}', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"schema version '7\.3'"):
        SavedRun.open(str(old), tmp_path)
    for text, said in (("no JSON", "is not JSON"), ("[" * 200_000, "is not JSON"), ("[]", "is not a JSON object")):
        (old / "results.json").write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match=said):
            SavedRun.open(str(old), tmp_path)
    data = json.loads((pristine.folder / "results.json").read_text(encoding="utf-8"))
    data["evidence"] = []
    (old / "results.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InvalidInput, match="evidence: is of a run that kept no copies"):
        SavedRun.open(str(old), tmp_path)
    with pytest.raises(InvalidInput, match=r"has no results\.json"):
        SavedRun.open(str(tmp_path), tmp_path)


def test_the_snapshot_names_no_secret_and_no_folder(pristine: SavedRun) -> None:
    text = (pristine.folder / "inputs" / "settings.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert data["connection"]["service_account_password"] == {"kind": "file"}
    assert "correct horse" not in text
    assert "password.txt" not in text
    assert str(pristine.folder.parent.parent) not in text
    assert (data["file"], data["mailboxes_file"]) == ("calconnect.toml", "mailboxes.csv")
    assert data["network"]["vendor_addresses"] == "vendor-addresses/vendor.txt"
    assert data["suite"] == "own-scenario/own"


def test_every_kept_file_is_named_with_its_hash(pristine: SavedRun) -> None:
    kept = {file.path: file for file in pristine.results.evidence if file.path}
    there = {
        path.relative_to(pristine.folder).as_posix()
        for path in (pristine.folder / "inputs").rglob("*")
        if path.is_file()
    }
    assert there | {"observations.jsonl", "events.jsonl", "verdicts.json"} == set(kept)
    for name, file in kept.items():
        data = (pristine.folder / str(name)).read_bytes()
        assert (file.sha256, file.bytes) == (hashlib.sha256(data).hexdigest(), len(data))


def test_settings_and_requirements_come_back_as_they_were(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    kept = keep_inputs(settings, catalogue(), tmp_path / "inputs")
    back, requirements = read_inputs(tmp_path / "inputs")
    assert list(requirements.values()) == list(catalogue().values())
    assert back.mailboxes == settings.mailboxes
    assert (back.limit, back.trial, back.evidence) == (settings.limit, settings.trial, settings.evidence)
    assert back.network == kept.settings.network
    assert back.connection.email_to_impersonate == settings.connection.email_to_impersonate
    assert [secret.kind for secret in back.secrets] == ["file"]


def test_a_list_of_100_000_is_kept_one_mailbox_a_line(tmp_path: Path) -> None:
    many = tuple(ListedMailbox(f"user{number}@example.com", number) for number in range(100_000))
    settings = make_settings(tmp_path, users=())
    keep_inputs(replace(settings, mailboxes=many), catalogue(), tmp_path / "inputs")
    path = tmp_path / "inputs" / "settings.json"
    assert path.stat().st_size < 8_000_000
    assert read_inputs(tmp_path / "inputs")[0].mailboxes == many


def texts(again: JudgedAgain) -> list[str]:
    return [str(damage) for damage in again.damages]


def test_more_than_is_kept_with_a_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calconnect.acceptance.inputs.MOST_BYTES", 10)
    with pytest.raises(InvalidInput, match="at most 10 are kept with a run"):
        keep_inputs(make_settings(tmp_path), catalogue(), tmp_path / "inputs")
    assert not (tmp_path / "inputs").exists()
