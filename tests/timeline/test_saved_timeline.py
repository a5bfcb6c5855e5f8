"""The timeline of a saved run and of settings, and where the report, the results and the command line show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.cli import main
from calconnect.foundation.problems import UsageError
from calconnect.reporting.saved_run import SavedRun
from calconnect.reporting.timeline_run import timeline_of_run, timeline_of_settings
from calconnect.reporting.timeline_text import render_timeline
from tests.reporting.saved_runs import save_run


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    return save_run(tmp_path_factory.mktemp("timeline"))


def day(text: str) -> Callable[[], datetime]:
    return lambda: datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def test_days_are_counted_from_today_and_from_the_run_in_its_report(saved: SavedRun) -> None:
    there = saved.results.timeline
    assert there is not None
    assert there.as_of == saved.results.run.started.date()
    page = (saved.folder / "report.html").read_text(encoding="utf-8")
    assert "What ends when" in page
    assert "EWS in Exchange Online ends for good" in page
    later = timeline_of_run(
        "last", clock=lambda: saved.results.run.started + timedelta(days=3), out=saved.folder.parent
    )
    assert later.intact
    assert later.timeline.as_of == there.as_of + timedelta(days=3)
    assert {one.id for one in later.timeline.spared} == {one.id for one in there.spared}


def test_another_day_can_be_named_and_a_mock_tenants_is_that_of_its_run(
    saved: SavedRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["timeline", "last", "--out", str(saved.folder.parent), "--on", "2027-03-31", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["as_of"] == "2027-03-31"
    assert all((one["days_left"] is None) == (one["status"] in ("past", "undated")) for one in record["entries"])
    tenant = saved.results.tenant.model_copy(update={"mock": "healthy"})
    of_a_mock = saved.results.model_copy(update={"tenant": tenant})
    mock_run = replace(saved, results=of_a_mock)
    monkeypatch.setattr(SavedRun, "open", lambda *_: mock_run)
    found = timeline_of_run("last", clock=day("2030-01-01"), out=saved.folder.parent)
    assert found.timeline.as_of == saved.results.run.started.date()


def test_a_run_that_was_changed_is_told(saved: SavedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / saved.folder.name
    copy.mkdir()
    for file in saved.folder.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(saved.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    with (copy / "observations.jsonl").open("ab") as opened:
        opened.write(b"\n")
    assert main(["timeline", copy.name, "--out", str(tmp_path), "--json"]) == 4
    record = json.loads(capsys.readouterr().out)
    assert (record["run"], record["topology"], record["intact"]) == ("run-1", "exchange-server", False)
    assert {"as_of", "entries", "spared"} <= record.keys()


def test_settings_alone_say_what_hangs_on_what_was_not_observed(tmp_path: Path) -> None:
    file = tmp_path / "calconnect.toml"
    file.write_text(
        """
[connection]
service_account_email = "svc@contoso.test"
service_account_password = "env:SECRET"
email_to_impersonate = "ann@contoso.test"
terms_agreed = true
[mailboxes]
addresses = ["ann@contoso.test"]
""",
        encoding="utf-8",
    )
    found = timeline_of_settings(file, clock=day("2026-11-22"))
    entry = next(one for one in found.timeline.entries if one.id == "exchange-2016-2019-support")
    assert (entry.status, entry.unknown, entry.all_mailboxes) == ("past", ["the server's build"], True)
    text = "\n".join(render_timeline(found.timeline, found.about))
    assert "14 October 2025: Support for Exchange Server 2016 and 2019 ends" in text
    assert "For whom: the one mailbox" in text
    assert "checked on 2026-11-22" in text


def test_without_settings_and_without_a_run_it_says_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="Name settings with --config, or a saved run"):
        timeline_of_settings(None, clock=day("2026-11-22"))
