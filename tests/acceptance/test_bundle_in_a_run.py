"""The configuration evidence in a run: read once, before anything is sent, and handed to steps as ``bundle``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.bundle.importing import import_bundle
from calconnect.foundation.problems import InvalidInput
from calconnect.settings.model import EvidenceSettings, Settings
from tests.acceptance.fake_tenant import ACCOUNT, FakeTenant, clock, make_settings
from tests.acceptance.suite_run import run

FEATURE = """\
@own
Feature: Exports

  Rule: Servers

    Scenario: The export names the servers
      Then the servers are {expected}
"""
STEPS = """\
from pytest_bdd import parsers, then


@then(parsers.parse("the servers are {names}"))
def servers(bundle, names):
    found = "none" if bundle is None else " ".join(server.name for server in bundle.servers)
    assert found == names, found
"""
SERVERS = '{"Name": "EX07", "AdminDisplayVersion": "15.2.2562.17", "ServerRole": "Mailbox"}'


def settings(folder: Path, expected: str, evidence: Path | None = None) -> Settings:
    suite = folder / "ours"
    (suite / "steps").mkdir(parents=True)
    (suite / "exports.feature").write_text(FEATURE.format(expected=expected), encoding="utf-8")
    (suite / "steps" / "exports.py").write_text(STEPS, encoding="utf-8")
    return make_settings(folder, suite=suite, evidence=EvidenceSettings(evidence))


def imported(folder: Path, account: str = ACCOUNT) -> Path:
    source = folder / "exports"
    source.mkdir()
    (source / "servers.json").write_text(SERVERS, encoding="utf-8")
    later = datetime.fromtimestamp((source / "servers.json").stat().st_mtime, clock()().tzinfo)
    import_bundle(source, folder / "evidence", clock=lambda: later, service_account=account)
    manifest = folder / "evidence" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    dated = text.replace(later.isoformat(), clock()().isoformat())
    manifest.write_text(dated, encoding="utf-8")
    return folder / "evidence"


def test_steps_are_given_the_bundle(tmp_path: Path) -> None:
    (one,) = run(settings(tmp_path, "EX07", imported(tmp_path)), select=["own"]).scenarios
    assert one.verdict is Verdict.PASSED, one.sentence


def test_without_evidence_steps_are_given_none(tmp_path: Path) -> None:
    (one,) = run(settings(tmp_path, "none"), select=["own"]).scenarios
    assert one.verdict is Verdict.PASSED, one.sentence


def test_evidence_that_is_wrong_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    (folder / "servers.json").write_text("{}", encoding="utf-8")
    tenant = FakeTenant()
    with pytest.raises(InvalidInput, match=r"servers\.json"):
        run(settings(tmp_path, "EX07", folder), tenant)
    assert not tenant.asked


def test_evidence_about_another_account_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    folder = imported(tmp_path, "somebody.else@example.com")
    tenant = FakeTenant()
    with pytest.raises(InvalidInput, match="is about the service account"):
        run(settings(tmp_path, "EX07", folder), tenant)
    assert not tenant.asked


def test_a_bundle_that_is_given_goes_before_the_folder(tmp_path: Path) -> None:
    from calconnect.evidence.bundle.read import read_evidence

    folder = imported(tmp_path)
    bundle = read_evidence(folder, clock=clock())
    given = settings(tmp_path, "EX07", tmp_path / "gone")
    (one,) = run(replace(given), select=["own"], bundle=bundle).scenarios
    assert one.verdict is Verdict.PASSED, one.sentence
