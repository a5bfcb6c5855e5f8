from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest

from calconnect import embedded
from calconnect.cli import sweep_end
from calconnect.cli.session import Session
from calconnect.cli.sweep_begin import begin
from calconnect.embedded import EmbeddedTenant
from calconnect.evidence.store import read_observations
from calconnect.mock_tenant.control_state import items_with
from calconnect.sweep.model import Progress
from calconnect.sweep.owner import Owner
from calconnect.sweep.store import SweepStore
from calconnect.sweep.store_reading import SweepReader
from calconnect.tenants.common.mark import MARK_NAME
from tests.cli.conftest import Call, Ended

PASSWORD = "Canary-Pa55word-7"
COUNT = 40
TENANT = f"""
title = "A tenant to sweep"
[organization]
name = "Contoso"
domains = ["contoso.test"]
[policies]
ntlm = false
negotiate = false
[[service_accounts]]
email = "svc@contoso.test"
password = "{PASSWORD}"
[[role_assignments]]
name = "Calendars"
assignee = "svc@contoso.test"
[exports]
supplied = false
[[groups]]
name = "some"
email = "some@contoso.test"
members = ["user01@contoso.test", "more@contoso.test"]
[[groups]]
name = "more"
email = "more@contoso.test"
members = ["user02@contoso.test", "user01@contoso.test", "some@contoso.test"]
[[groups]]
name = "empty"
email = "empty@contoso.test"
[[mailboxes]]
email = "ann@contoso.test"
name = "Ann Other"
aliases = ["ann.other@contoso.test"]
[[generate]]
email = "user{{n:02}}@contoso.test"
count = {COUNT}
events_per_week = 0
"""


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTenant]:
    file = tmp_path_factory.mktemp("tenant") / "tenant.toml"
    file.write_text(TENANT, encoding="utf-8")
    with embedded.start(file) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    # It takes seconds, and tells no more than what it is executed over.
    monkeypatch.setattr("calconnect.reporting.sweep_run._execute", lambda _: None)


def asked(tenant: EmbeddedTenant, operation: str = "GetFolder") -> Any:
    return tenant.server.live.meters.mailboxes.get(operation, {})


def sweep(call: Call, tenant: EmbeddedTenant, *arguments: str) -> Ended:
    tenant.server.live.meters.clear()
    return call("sweep", "--config", str(tenant.settings_file), "--out", "runs", *arguments)


def resumed(call: Call, said: str) -> Ended:
    (line,) = re.findall(r"calconnect (sweep --resume .*)", said)
    return call(*shlex.split(line))


def only_run() -> Path:
    (folder,) = Path("runs").iterdir()
    return folder


def test_a_workbook_with_rows_of_no_use_is_swept_and_told_of_by_department(call: Call, tenant: EmbeddedTenant) -> None:
    book = openpyxl.Workbook()
    rows = [["Mail", "Department", "Password"]]
    rows += [[f"user{n:02}@contoso.test", "Sales" if n % 2 else "Legal", PASSWORD] for n in range(1, 31)]
    rows += [["user01", "Sales", ""], ["USER03@contoso.test", "Sales", ""], ["ann.other@contoso.test", "", ""]]
    for row in rows:
        book.worksheets[0].append(row)
    book.save("people.xlsx")
    ended = sweep(call, tenant, "--list", "people.xlsx", "--json")
    assert ended.code == 1, ended.err
    results = ended.json["results"]
    assert results["listed"] == results["listed"] | {
        "source": "people.xlsx",
        "unusable": 1,
        "repeated": 1,
        "aliases": 1,
    }
    assert results["unusable"][0]["line"] == 32
    assert [one["address"] for one in results["worst"]] == ["ann.other@contoso.test"]
    department = next(table for table in results["groups"] if table["column"] == "department")
    assert {one["value"]: one["passed"] for one in department["groups"]} == {"Sales": 15, "Legal": 15, "": 1}
    assert dict(asked(tenant))["ann@contoso.test"] == 1, "the primary address was asked once"
    folder = Path(ended.json["folder"])
    observations = read_observations(folder / "observations.jsonl")
    assert [one.probe for one in observations if one.probe != "open-calendar"][-1] == "sign-in"
    assert sum(one.probe == "open-calendar" for one in observations) == 32
    assert {"sweep.json", "sweep.sqlite", "mailboxes.csv", "inputs"} < {file.name for file in folder.iterdir()}
    for file in folder.rglob("*"):
        assert file.is_dir() or PASSWORD.encode() not in file.read_bytes(), file


def test_a_group_is_expanded_and_written_to_and_nothing_is_left_behind(call: Call, tenant: EmbeddedTenant) -> None:
    ended = sweep(call, tenant, "--list", "group:some@contoso.test", "--probe", "write", "--probe", "read", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["results"]["counts"]["passed"] == 2
    assert [one["probe"] for one in ended.json["results"]["by_probe"]] == ["write", "read"]
    assert items_with(tenant.server.organization, MARK_NAME) == []
    assert "write (server): 2 of 2" in ended.err


class _Stops:
    """A view during which somebody presses Ctrl-C, once, when something was seen."""

    pressed = False

    def show(self, progress: Progress) -> None:
        if progress.done and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)

    def close(self) -> None:
        """Nothing is held."""


def test_ctrl_c_ends_with_130_and_the_line_that_goes_on_asks_nobody_twice(
    call: Call, tenant: EmbeddedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.server.organization.policies.latency_milliseconds = 300
    with monkeypatch.context() as stopping:
        stopping.setattr(sweep_end, "sweep_view", lambda **_: _Stops())
        ended = sweep(call, tenant, "--json")
    tenant.server.organization.policies.latency_milliseconds = 0
    assert ended.code == 130
    assert ended.json["results"] is None
    assert ended.json["ended_by"] == "interrupted"
    folder = only_run()
    assert not (folder / "sweep.json").exists()
    with SweepReader.read(folder) as store:
        assert 0 < len(list(store.settled())) < store.mailbox_count
    ended = resumed(call, ended.err)
    assert ended.code == 0, ended.err
    assert (folder / "sweep.json").exists()
    assert set(asked(tenant).values()) == {1}
    assert len(asked(tenant)) == COUNT + 1
    again = call("sweep", "--resume", "last", "--out", "runs", "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert set(asked(tenant).values()) == {1}


def test_time_that_runs_out_ends_with_3_and_the_line_that_goes_on(
    call: Call, tenant: EmbeddedTenant, capsys: pytest.CaptureFixture[str]
) -> None:
    with begin(Session(), config=tenant.settings_file, tenant=None, listed=None, probes=(), out=Path("runs")) as begun:
        assert sweep_end.carry_out(begun, seconds=0.001, as_json=False, quiet=True) == 3
    said = capsys.readouterr().err
    assert "The time that was given ran out." in said
    assert resumed(call, said).code == 0


def test_a_full_disk_stops_the_sweep_which_goes_on_once_there_is_room(
    call: Call, tenant: EmbeddedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_session = SweepStore.begin_session

    def on_a_small_disk(store: SweepStore, at: datetime) -> None:
        begin_session(store, at)
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages + 3}")  # SQLite says of it what it says of a full disk

    with monkeypatch.context() as small:
        small.setattr(SweepStore, "begin_session", on_a_small_disk)
        ended = sweep(call, tenant)
    assert ended.code == 3
    assert "Results could not be written: the disk is full. Make room, then resume the sweep." in ended.err
    ended = resumed(call, ended.err)
    assert ended.code == 0, ended.err
    with SweepReader.read(only_run()) as store:
        assert len(list(store.settled())) == COUNT + 1


def test_a_wrong_password_is_tried_once_and_no_mailbox_is_asked(
    call: Call, tenant: EmbeddedTenant, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("Wrong-Canary-1", encoding="utf-8")
    own = tenant.settings_file.with_name("wrong.toml")
    text = tenant.settings_file.read_text(encoding="utf-8")
    own.write_text(text.replace("file:service-account-password.txt", f"file:{wrong.as_posix()}"), encoding="utf-8")
    tenant.server.live.meters.clear()
    ended = call("sweep", "--config", str(own), "--out", "runs", "--json")
    assert ended.code == 3
    assert (
        "No mailbox was asked, because SVC-04 stands in the way: the service account did not sign in (HTTP 401)."
        in (ended.err)
    )
    assert ended.json["ended_by"] == "credentials-refused"
    assert sum(tenant.server.live.meters.refused_sign_ins.values()) == 1
    assert not asked(tenant)
    for file in only_run().rglob("*"):
        assert file.is_dir() or b"Wrong-Canary-1" not in file.read_bytes(), file
    wrong.write_text(PASSWORD, encoding="utf-8")
    assert resumed(call, ended.err).code == 0, "the password was put right; the same settings go on"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--list", "group:empty@contoso.test"], "The group empty@contoso.test has no member who could be asked."),
        (["--list", "group:nobody@contoso.test"], "The group nobody@contoso.test cannot be expanded."),
        (["--list", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["--probe", "refused"], "the settings' own list names mailboxes that must be reached"),
        (["--for", "soon"], "'soon' is no span of time"),
        (["--for", "0m"], "'0m' is no span of time"),
        (["--probe", "anything"], "'anything' is not one of"),
        (["--resume", "last", "--list", "x.csv"], "--resume and --list exclude each other"),
        (["--resume", "last", "--probe", "read"], "--resume and --probe exclude each other"),
        (["--resume", "last"], "holds no sweep"),
    ],
)
def test_what_cannot_be_begun_ends_with_2_and_the_cause(
    call: Call, tenant: EmbeddedTenant, arguments: list[str], message: str
) -> None:
    ended = sweep(call, tenant, *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert not list(Path("runs").glob("*")), "no folder is left of a sweep that has not begun"
    assert not asked(tenant)


def test_a_sweep_goes_on_only_where_it_stopped(call: Call, tenant: EmbeddedTenant, tmp_path: Path) -> None:
    with begin(Session(), config=tenant.settings_file, tenant=None, listed=None, probes=(), out=Path("runs")) as begun:
        folder = begun.folder
        other = psutil.Process().parent()
        assert other is not None
        begun.store.set_fact("owner", Owner(other.pid, other.create_time()).text())
        ended = call("sweep", "--resume", str(folder))
        assert (ended.code, f"process {other.pid} is at work on it" in ended.err) == (2, True)
    text = tenant.settings_file.read_text(encoding="utf-8")
    changed = tenant.settings_file.with_name("changed.toml")
    changed.write_text(f'{text}\n[access]\nlevel = "calendar-only"\n', encoding="utf-8")
    ended = call("sweep", "--resume", str(folder), "--config", str(changed))
    assert (ended.code, "changed since the sweep began: access.level." in ended.err) == (2, True)
    (folder / "sweep.sqlite").write_bytes(b"nothing")
    ended = call("sweep", "--resume", str(folder), "--json")
    assert (ended.code, "is damaged" in ended.err) == (2, True)
    assert json.loads(ended.out)["exit_code"] == 2
