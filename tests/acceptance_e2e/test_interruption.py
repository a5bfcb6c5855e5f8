"""An audit that is stopped while its test event stands in the trial's calendar: nothing stays, nothing lies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from calconnect import embedded
from calconnect.embedded.tenant import EmbeddedTenant
from calconnect.mock_tenant.state.ids import IdKind
from calconnect.mock_tenant.state.mailbox import Change, ChangeKind, Folder, Mailbox

RESULTS = ("results.json", "report.html", "junit.xml", "observations.jsonl", "allure-results", "acceptance_audit.ipynb")
SECONDS = 120


@pytest.fixture(scope="module")
def tenant() -> Iterator[EmbeddedTenant]:
    with embedded.start("healthy") as running:
        yield running


def calendar_of_trial(tenant: EmbeddedTenant) -> tuple[Mailbox, Folder]:
    organization = tenant.server.organization
    with organization.lock:
        recipient = organization.directory.by_address(tenant.ready["email_to_impersonate"])
        assert recipient is not None
        mailbox = organization.mailbox(recipient)
        return mailbox, mailbox.distinguished("calendar")


def audit(tenant: EmbeddedTenant, home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "CALCONNECT_STATE": str(home / "state")}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "calconnect",
            "audit",
            "--config",
            str(tenant.settings_file),
            "--out",
            str(home / "out"),
        ],
        env=environment,
        cwd=home,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def stop_when_event_is_made(tenant: EmbeddedTenant, home: Path, stop: Callable[[int], None]) -> tuple[int, str]:
    """Run an audit and call ``stop`` with its process id at the moment in which its test event is there."""
    mailbox, calendar = calendar_of_trial(tenant)
    process = audit(tenant, home)
    seen: list[Change] = []

    def listen(change: Change) -> None:
        if change.kind is ChangeKind.CREATED and change.thing.kind is IdKind.ITEM and change.folder == calendar.number:
            seen.append(change)
            stop(process.pid)

    with tenant.server.organization.lock:
        mailbox.listeners.append(listen)
    try:
        _, told = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        with tenant.server.organization.lock:
            mailbox.listeners.remove(listen)
    assert len(seen) == 1, told
    return process.returncode, told


def kill_all(pid: int) -> None:
    process = psutil.Process(pid)
    for one in [process, *process.children(recursive=True)]:
        one.kill()


def results_in(out: Path) -> list[str]:
    return [file.name for folder in out.iterdir() for file in folder.iterdir() if file.name in RESULTS]


def test_killed_the_next_start_removes_the_event_and_no_file_reads_as_a_result(
    tenant: EmbeddedTenant, tmp_path: Path
) -> None:
    _, calendar = calendar_of_trial(tenant)
    before = set(calendar.items)
    stop_when_event_is_made(tenant, tmp_path, kill_all)
    assert len(set(calendar.items) - before) == 1, "the kill came while the event was there"
    assert results_in(tmp_path / "out") == []

    process = audit(tenant, tmp_path)
    _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, told
    assert set(calendar.items) == before
    assert sorted(results_in(tmp_path / "out")) == sorted(RESULTS)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process; tests/cli ends one by Ctrl-Break")
def test_ctrl_c_removes_the_event_at_once(tenant: EmbeddedTenant, tmp_path: Path) -> None:
    _, calendar = calendar_of_trial(tenant)
    before = set(calendar.items)
    code, told = stop_when_event_is_made(tenant, tmp_path, lambda pid: os.kill(pid, signal.SIGINT))
    assert code == 130, told
    assert "Traceback" not in told
    assert set(calendar.items) == before
    assert results_in(tmp_path / "out") == []
