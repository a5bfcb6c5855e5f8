"""Whole audits, as users start them: a process of its own, in an empty folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calconnect.embedded import EmbeddedTenant, start
from calconnect.foundation.clock import system_clock
from calconnect.reporting.rejudging import judge_saved
from calconnect.reporting.saved_run import SavedRun
from calconnect.reporting.verdict_text import verdicts_text
from tests.cli.conftest import OWN_GROUP, WAYS_TO_END, clean_environment, command

PASSWORD = "mock-tenant-password"
FILES = {"results.json", "observations.jsonl", "events.jsonl", "junit.xml", "allure-results", "report.html"} | {
    "action-plan.csv",
    "action-plan.md",
}


@dataclass(frozen=True)
class Audited:
    """A finished call of ``audit``."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        return json.loads(self.out)

    @property
    def verdicts(self) -> dict[str, str]:
        return {one["id"]: one["verdict"] for one in self.record["requirements"]}


def audit(folder: Path, *arguments: str) -> Audited:
    ended = subprocess.run(
        command("audit", "--json", *arguments),
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return Audited(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Audited]:
    folder = tmp_path_factory.mktemp("healthy")
    return folder, audit(folder)


@pytest.fixture(scope="module")
def served() -> Iterator[EmbeddedTenant]:
    """The healthy tenant, served by this process, so that the audit's own has to reach it by the settings alone."""
    with start("healthy") as tenant:
        yield tenant


def test_without_settings_it_audits_the_healthy_mock_tenant_and_all_is_green(healthy: tuple[Path, Audited]) -> None:
    folder, audited = healthy
    assert audited.code == 0, audited.err
    record = audited.record
    assert (record["answer"], record["exit_code"], record["mock_tenant"]) == ("ready", 0, "healthy")
    assert "it says nothing about your organisation" in audited.err
    assert set(audited.verdicts.values()) <= {"passed", "not-applicable"}
    assert "There is no calconnect.toml in this folder" in audited.err
    run = Path(record["folder"])
    assert run.parent == folder / "reports"
    assert run.name == record["run"]
    names = {file.name for file in run.iterdir()}
    assert names >= FILES
    assert any(name.endswith(".ipynb") for name in names)
    assert not any("partial" in name for name in names)


def test_a_pipe_gets_one_line_a_scenario_the_answer_and_where_the_report_is(healthy: tuple[Path, Audited]) -> None:
    _, audited = healthy
    lines = audited.err.splitlines()
    shown = [line.split()[1] for line in lines if line.startswith(("passed", "not-applicable"))]
    assert sorted(shown) == sorted(audited.verdicts)
    assert audited.record["headline"] in lines
    assert lines[-1].startswith("Report: ")
    assert lines[-1].endswith("report.html")
    assert "\x1b" not in audited.err


def judged_again(run: Path) -> bytes:
    """Return the verdicts of a saved run, judged again."""
    again = judge_saved(SavedRun.open(str(run), run.parent), clock=system_clock)
    assert again.verified, (again.damages, again.broken)
    assert again.results is not None
    return verdicts_text(again.results).encode()


def test_judged_again_it_comes_to_the_same_verdicts_to_the_byte(healthy: tuple[Path, Audited]) -> None:
    run = Path(healthy[1].record["folder"])
    assert judged_again(run) == (run / "verdicts.json").read_bytes()


def test_the_password_is_in_no_artefact(healthy: tuple[Path, Audited]) -> None:
    _, audited = healthy
    files = [file for file in Path(audited.record["folder"]).rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert PASSWORD.encode() not in file.read_bytes(), file
    assert PASSWORD not in audited.out + audited.err


def test_settings_that_lead_to_a_server_in_another_process_give_the_same_verdicts(
    healthy: tuple[Path, Audited], served: EmbeddedTenant, tmp_path: Path
) -> None:
    audited = audit(tmp_path, "--config", str(served.settings_file), "--out", "elsewhere", "--quiet")
    assert audited.code == 0, audited.err
    assert audited.err == ""
    assert audited.verdicts == healthy[1].verdicts
    assert audited.record["mock_tenant"] is None
    assert Path(audited.record["folder"]).parent == tmp_path / "elsewhere"


def settings_like(served: EmbeddedTenant, folder: Path, old: str, new: str) -> Path:
    """Copy the settings folder of a served tenant, with one thing changed in the settings."""
    shutil.copytree(served.settings_file.parent, folder, dirs_exist_ok=True)
    path = folder / served.settings_file.name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_server_that_cannot_be_reached_is_not_known_and_never_green(served: EmbeddedTenant, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings_like(served, tmp_path, f"127.0.0.1:{served.server.port}", f"127.0.0.1:{port}")
    audited = audit(tmp_path)
    assert audited.code == 3, audited.err
    assert audited.record["answer"] == "not-known"
    assert audited.verdicts["SVC-04v1"] == "unknown"
    assert "failed" not in audited.verdicts.values()
    assert "Traceback" not in audited.err
    assert "What to do next:" in audited.err
    run = Path(audited.record["folder"])
    assert judged_again(run) == (run / "verdicts.json").read_bytes()


def test_another_mock_tenant_is_named_by_file_and_its_fault_is_found(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    file = tmp_path / "tenants" / "mine.toml"
    file.write_text('base = "healthy"\ntitle = "Mine"\n[settings.connection]\nterms_agreed = false\n', encoding="utf-8")
    audited = audit(tmp_path, "--tenant", str(Path("tenants") / "mine.toml"))
    assert audited.code == 1, audited.err
    assert [name for name, verdict in audited.verdicts.items() if verdict == "failed"] == ["APP-06v1"]
    assert "APP-06v1" in audited.err.partition("What to do next:")[2]


@pytest.mark.parametrize("number", WAYS_TO_END)
def test_an_interrupted_audit_keeps_what_it_saw_and_leaves_no_result(tmp_path: Path, number: int) -> None:
    running = subprocess.Popen(
        command("audit", "--json"),
        cwd=tmp_path,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        creationflags=OWN_GROUP,
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("reports/*/events.jsonl")):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 130, err.decode()
    assert b"Traceback" not in err
    assert b"Interrupted" in err
    record = json.loads(out)
    assert (record["exit_code"], record["answer"]) == (130, None)
    assert not (Path(record["folder"]) / "results.json").exists()
    assert (Path(record["folder"]) / "events.jsonl").exists()
