"""A whole run with waivers and attestations: its folder, its results, and a clock that moves on."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect import embedded
from calconnect.foundation.clock import MovableClock, system_clock
from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.audit_run import AuditRun
from calconnect.reporting.model import Results
from calconnect.reporting.rejudging import judge_saved
from calconnect.reporting.saved_run import SavedRun
from tests.overlay.test_overlay_tenants import FEW

OWN = """\
Feature: Before go-live

  @IMP-01v1 @manual
  Scenario: The change of the role is approved
    Then somebody has approved the change
"""
CONTENT = b"canary-3c change 4711, approved"


def run_once(config: Path, run_id: str, clock: MovableClock) -> tuple[Results, Path]:
    with AuditRun.open(config=config, run_id=run_id, clock=clock) as run:
        results = run.run()
        run.write()
        return results, run.folder


def states(results: Results) -> list[str]:
    return [*(one.state for one in results.waivers), *(one.state for one in results.attestations)]


def test_the_same_files_come_to_another_answer_when_a_waiver_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALCONNECT_STATE", str(tmp_path / "state"))
    clock = MovableClock(system_clock(), running=False)
    last = clock().date() + timedelta(days=14)
    tenant_file = tmp_path / "few.toml"
    tenant_file.write_text(f'title = "Few"\n{FEW}', encoding="utf-8")
    with embedded.start(tenant_file) as tenant:
        beside = tenant.settings_file.parent
        (beside / "change.pdf").write_bytes(CONTENT)
        (beside / "ours").mkdir()
        (beside / "ours" / "council.feature").write_text(OWN, encoding="utf-8")
        with tenant.settings_file.open("a", encoding="utf-8") as file:
            file.write('\n[run]\nsuite = "ours"\n')
        (beside / "waivers.toml").write_text(
            f'[[waiver]]\nrequirement = "IMP-01"\nreason = "r"\napproved_by = "Ines"\nexpires = {last}\nrisk = "r"\n',
            encoding="utf-8",
        )
        digest = hashlib.sha256(CONTENT).hexdigest()
        (beside / "attestations.toml").write_text(
            '[[attestation]]\nrequirement = "NET-05"\nstatement = "s"\nattested_by = "Tomas"\n'
            f'attested_on = 2024-01-31\nvalid_until = {last}\nevidence = "change.pdf"\nsha256 = "{digest}"\n',
            encoding="utf-8",
        )
        results, folder = run_once(tenant.settings_file, "first", clock)
        again = judge_saved(SavedRun.open(str(folder), folder.parent), clock=clock)
        clock.advance(timedelta(days=15))
        later, _ = run_once(tenant.settings_file, "second", clock)
        (beside / "change.pdf").write_bytes(b"something else")
        with pytest.raises(InvalidInput, match="is not the file that was attested"):
            AuditRun.open(config=tenant.settings_file, clock=clock)
    assert again.verified, [*again.damages, *again.broken]
    assert again.results is not None
    assert again.results.answer == results.answer
    assert again.results.waivers == results.waivers
    verdicts = {one.id: one for one in results.requirements}
    assert verdicts["IMP-01"].verdict == "failed"
    assert verdicts["IMP-01"].waived_until == last
    assert [one.verdict for one in verdicts["IMP-01"].scenarios] == ["failed", "unknown"]
    assert verdicts["NET-05"].verdict == "passed"
    assert states(results) == ["ending", "ending"]
    assert "IMP-01v1" not in {one.requirement for one in results.answer.reasons}
    roles = {one.role for one in results.evidence}
    assert {"waivers", "attestations"} <= roles
    assert not any(CONTENT in file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert (later.answer.state, later.answer.exit_code) == ("not-ready", 1)
    assert states(later) == ["expired", "expired"]
    assert {one.id: one.verdict for one in later.requirements}["NET-05"] == "unknown"
    assert "expired on" in later.answer.headline
