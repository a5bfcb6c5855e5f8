"""``calconnect explain``, and the action plan, end to end: an audit of a mock tenant, and what is left of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calconnect.foundation.clock import MovableClock
from calconnect.reporting.audit_run import AuditRun
from tests.cli.conftest import Call

OUTSIDE = "user00007@contoso.test"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("explain") / "reports"
    clock = MovableClock(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    with AuditRun.open(tenant="imp-02-user-outside-scope", out=folder, run_id="one", clock=clock) as run:
        run.run()
        run.write()
    yield folder


@pytest.mark.parametrize("name", ["one", "last", "2026-11-22"])
def test_a_run_is_named_in_every_way(call: Call, reports: Path, name: str) -> None:
    ended = call("explain", name, "IMP-02", "--out", str(reports))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("IMP-02v1  Impersonation covers every user to be integrated\n\nverdict   failed\n")
    assert f"{OUTSIDE} ErrorImpersonateUserDenied" in ended.out
    assert f"GetFolder, impersonated, {OUTSIDE}" in ended.out
    assert f"-Member '{OUTSIDE}'" in ended.out
    assert "\x1b" not in ended.out


def test_a_folder_names_a_run_and_json_holds_all(call: Call, reports: Path) -> None:
    record = call("explain", str(reports / "one"), "imp-02v1", "--json").json
    assert (record["run"], record["mock"], record["intact"]) == ("one", "imp-02-user-outside-scope", True)
    (scenario,) = record["scenarios"]
    first, *others = scenario["observations"]
    assert (first["verdict"], first["observation"]["target"]) == ("failed", OUTSIDE)
    assert len(others) > 5
    assert {one["verdict"] for one in others} == {"passed"}
    assert first["observation"]["request_id"]
    assert record["next_steps"][0]["step"]["requirements"][:2] == ["IMP-02v1", "IMP-03v1"]


def test_every_requirement_of_the_run_can_be_explained(call: Call, reports: Path) -> None:
    results = json.loads((reports / "one" / "results.json").read_text(encoding="utf-8"))
    assert len(results["requirements"]) > 20
    for requirement in results["requirements"]:
        ended = call("explain", "one", requirement["id"], "--out", str(reports))
        assert ended.code == 0, requirement["id"]
        wide = [line for line in ended.out.splitlines() if len(line) > 80 and " " in line.strip()]
        assert all(line.startswith("    ") for line in wide), wide


def test_what_is_not_there_ends_with_2_and_the_nearest_name(call: Call, reports: Path) -> None:
    ended = call("explain", "last", "IMP-2", "--out", str(reports))
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean IMP-02?" in ended.err
    ended = call("explain", "ones", "IMP-02", "--out", str(reports))
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean one?" in ended.err
    ended = call("explain", "last", "IMP-02")
    assert ended.code == 2
    assert "holds no finished run" in ended.err
    assert call("explain", "last", "IMP-02", "--json").json["problems"][0]["file"] == "reports"


def test_an_edited_observation_is_told_of_and_ends_with_4(call: Call, reports: Path, tmp_path: Path) -> None:
    folder = tmp_path / "edited"
    shutil.copytree(reports / "one", folder)
    path = folder / "observations.jsonl"
    text = path.read_text(encoding="utf-8").replace("ErrorImpersonateUserDenied", "NoError")
    path.write_text(text, encoding="utf-8", newline="\n")
    ended = call("explain", str(folder), "IMP-02")
    assert ended.code == 4
    assert "were changed after the run" in ended.err
    assert call("explain", str(folder), "IMP-02", "--json").json["intact"] is False


def test_the_action_plan_lies_in_the_run(reports: Path) -> None:
    data = (reports / "one" / "action-plan.csv").read_bytes()
    header, first, *_ = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header[0] == "order"
    assert first[1].startswith("IMP-02v1, IMP-03v1")
    assert OUTSIDE in first[7]
    text = (reports / "one" / "action-plan.md").read_text(encoding="utf-8")
    assert "- [ ] **1. Make this mailbox a direct member of calendar-sync@contoso.test**" in text
    report = (reports / "one" / "report.html").read_text(encoding="utf-8")
    assert "action-plan.md" in report
    assert "action-plan.csv" in report
