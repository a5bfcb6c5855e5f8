from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from calconnect.acceptance.events import Event, ObservationMade, RunFinished, RunStarted
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.reporting.audit_run import AuditRun, RunInterrupted
from calconnect.reporting.handlers import EventTail
from calconnect.reporting.results import read_results
from calconnect.reporting.schema import results_schema
from calconnect.reporting.words import when

PASSWORD = "mock-tenant-password"


class Collected:
    """A handler that keeps what it gets."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = 0

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a run against the mock tenant."""
    with AuditRun.open(tenant="healthy", out=tmp_path_factory.mktemp("reports"), run_id="run-1") as run:
        handler = Collected()
        run.run([handler])
        assert handler.closed == 1
        assert isinstance(handler.events[0], RunStarted)
        assert isinstance(handler.events[-1], RunFinished)
        assert not (run.folder / "results.json").exists(), "nothing is a result before it is written"
        assert not (run.folder / "junit.xml").exists()
        run.write()
        yield run.folder


def test_the_folder_holds_everything_and_nothing_partial(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "action-plan.csv",
        "action-plan.md",
        "allure-results",
        "events.jsonl",
        "inputs",
        "junit.xml",
        "observations.jsonl",
        "report.html",
        "results.json",
        "verdicts.json",
    ]


def test_the_results_come_last(folder: Path) -> None:
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert max(written, key=lambda name: written[name]) == "results.json"


def test_the_healthy_tenant_is_ready(folder: Path) -> None:
    results = read_results(folder / "results.json")
    assert (results.answer.state, results.answer.exit_code) == ("ready", 0)
    assert results.counts.mailboxes.passed == results.counts.mailboxes.listed == 50
    assert results.tenant.mock == "healthy"
    assert results.run.command.startswith("calconnect audit --tenant healthy --out ")
    assert all(requirement.scenarios for requirement in results.requirements)


def test_every_export_is_listed_with_its_hash_and_its_date_and_is_kept(folder: Path) -> None:
    results = read_results(folder / "results.json")
    exports = {one.name: one for one in results.evidence if one.role == "configuration-evidence"}
    assert {"role_assignments.json", "servers.json", "users.json", "manifest.json"} <= set(exports)
    report = (folder / "report.html").read_text(encoding="utf-8")
    for one in exports.values():
        assert one.path is not None
        assert hashlib.sha256((folder / one.path).read_bytes()).hexdigest() == one.sha256
        assert one.sha256 in report
        assert (one.exported is None) is (one.name in ("manifest.json", "bundle.json"))
    servers = exports["servers.json"].exported
    assert servers is not None
    assert servers <= results.run.started
    assert f"exported {when(servers)}" in report


def test_the_results_fit_the_published_schema(folder: Path) -> None:
    data = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(results_schema()).iter_errors(data)] == []


def test_the_hash_of_the_observations_is_theirs(folder: Path) -> None:
    results = read_results(folder / "results.json")
    (evidence,) = [file for file in results.evidence if file.role == "observations"]
    data = (folder / "observations.jsonl").read_bytes()
    assert (evidence.sha256, evidence.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert {file.role for file in results.evidence} >= {"settings", "mailbox-list", "ca-file", "firewall-export"}


def test_every_observation_that_is_referred_to_is_there(folder: Path) -> None:
    results = read_results(folder / "results.json")
    lines = (folder / "observations.jsonl").read_text(encoding="utf-8").splitlines()
    known = {json.loads(line)["id"] for line in lines}
    scenarios = [scenario for requirement in results.requirements for scenario in requirement.scenarios]
    named = {id_ for scenario in scenarios for finding in scenario.findings for id_ in finding.observations}
    named |= {id_ for scenario in scenarios for id_ in scenario.observations}
    assert named
    assert named <= known
    assert len(known) == results.counts.observations.total


def test_the_events_tell_the_whole_run(folder: Path) -> None:
    with EventTail(folder / "events.jsonl") as tail:
        events = list(tail.poll())
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    made = sum(isinstance(event, ObservationMade) for event in events)
    assert made == read_results(folder / "results.json").counts.observations.total


def test_neither_the_password_nor_the_home_folder_is_in_any_file(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert PASSWORD not in text, path
            assert str(Path.home()) + "/" not in text, path


def test_a_result_is_never_written_over(folder: Path) -> None:
    with pytest.raises(UsageError, match="has a result already"):
        AuditRun.open(tenant="healthy", out=folder.parent, run_id="run-1")


@pytest.mark.parametrize("run_id", ["../up", "a/b", "a\\b", ".hidden", "x" * 101, "a b", "a\n"])
def test_a_run_id_that_could_leave_its_folder_is_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(UsageError):
        AuditRun.open(tenant="healthy", out=tmp_path, run_id=run_id)


def test_settings_and_a_mock_tenant_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        AuditRun.open(config="calconnect.toml", tenant="healthy", out=tmp_path)


def test_wrong_settings_are_told_before_anything_is_made(tmp_path: Path) -> None:
    file = tmp_path / "calconnect.toml"
    file.write_text("[connection]\nservice_account_email = 3\nunheard_of = 1\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        AuditRun.open(config=file, out=tmp_path / "reports")
    keys = {problem.key for problem in caught.value.problems}
    assert {"connection.service_account_email", "connection.unheard_of"} <= keys
    assert not (tmp_path / "reports").exists()


class Interrupting(Collected):
    """A handler during which Ctrl-C is pressed, when the test event has just been created."""

    def handle(self, event: Event) -> None:
        super().handle(event)
        if isinstance(event, ObservationMade) and event.observation.probe == "event-round-trip":
            raise KeyboardInterrupt


def test_an_interrupted_run_leaves_no_result(tmp_path: Path) -> None:
    with AuditRun.open(tenant="healthy", out=tmp_path, run_id="run-2") as run:
        with pytest.raises(RunInterrupted):
            run.run([Interrupting()])
        with pytest.raises(UsageError, match="has not been run"):
            run.write()
    names = {path.name for path in (tmp_path / "run-2").iterdir()}
    assert "observations.jsonl.partial" in names
    assert not names & {
        "results.json",
        "verdicts.json",
        "report.html",
        "observations.jsonl",
        "junit.xml",
        "allure-results",
    }


def test_what_cannot_be_written_whole_is_not_left_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with AuditRun.open(tenant="healthy", out=folder.parent, run_id="run-3") as run:
        run.run()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("calconnect.reporting.audit_run.write_results", full)
        with pytest.raises(OSError, match="No space"):
            run.write()
        assert not (run.folder / "report.html").exists()
        assert not list(run.folder.glob("action-plan.*"))
        assert not (run.folder / "results.json").exists()
