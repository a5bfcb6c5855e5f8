"""Sweeps and audits on a real Dask cluster: workers are lost, and nothing else is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calconnect.cli import main
from calconnect.cli.session import Session
from calconnect.cli.sweep_begin import begin
from calconnect.cli.sweep_end import ask
from calconnect.fleet import cluster as connecting
from calconnect.fleet import sweeping
from calconnect.sweep.model import EndedBy
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.thin.interface import Probe, Side
from tests.fleet.clusters import Local, local_cluster
from tests.sweep.killed import Served, served

MAILBOXES = 700


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with local_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as local:
        yield local


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("tenant"), MAILBOXES) as tenant:
        yield tenant


def test_a_tenant_that_cannot_be_begun_is_told_with_the_others(
    cluster: Local, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.toml").write_text('title = "Nothing is wrong"\nbase = "small"\n', encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[connection]\n", encoding="utf-8")
    code = main(
        [
            "fleet",
            "audit",
            str(tmp_path / "*.toml"),
            "--dask",
            cluster.address,
            "--out",
            str(tmp_path / "out"),
            "--json",
        ]
    )
    told = json.loads(capsys.readouterr().out)
    by_name = {one["tenant"]: one for one in told["tenants"]}
    assert code == told["exit_code"] == 2
    assert by_name["good"]["state"] == "ready"
    assert by_name["broken"]["exit_code"] == 2
    assert "service_account_email" in by_name["broken"]["sentence"]
    run = Path(told["folder"]) / by_name["good"]["folder"]
    assert (run / "report.html").is_file() and (run / "results.json").is_file()
    assert (Path(told["folder"]) / "fleet.csv").read_text(encoding="utf-8-sig").count("\n") == 3


def test_a_worker_that_is_killed_loses_no_mailbox_and_the_budget_holds(
    cluster: Local, tenant: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SHARD", 100)
    monkeypatch.setenv("CALCONNECT_STATE", str(tmp_path / "state"))
    begun = begin(Session(), config=tenant.settings, tenant=None, listed=None, probes=[], out=tmp_path)

    def kill_one() -> None:
        while begun_asking() < MAILBOXES // 4:
            time.sleep(0.02)
        cluster.workers[0].kill()

    def begun_asking() -> int:
        found = tenant.figures()["operations"].get("GetFolder", {"questions": 0})
        return int(found["questions"])

    killer = threading.Thread(target=kill_one)
    killer.start()
    with begun:
        ending = ask(begun, None, cluster.address, quiet=True)
        killer.join()
        assert ending.by is EndedBy.DONE
        assert begun.store.settled_count(Probe.REACH, Side.SERVER) == MAILBOXES
        assert all(one.results[0].observations[-1].ok for one in begun.store.results())
    assert cluster.workers[0].wait() != 0
    (account,) = tenant.figures()["accounts"].values()
    assert account["most_in_flight"] <= limits().connections_since_2013


def test_no_cluster_no_sweep(
    tenant: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)
    sweep = ["sweep", "--config", str(tenant.settings), "--out", str(tmp_path / "out")]
    assert main([*sweep, "--dask", "tcp://127.0.0.1:1"]) == 2
    assert main([*sweep, "--dask", "somewhere"]) == 2
    assert main([*sweep, "--dask", "tcp://127.0.0.1:1", "--probe", "write"]) == 2
    said = capsys.readouterr().err
    assert "There is no Dask scheduler at tcp://127.0.0.1:1: nobody answers." in said
    assert "'somewhere' is no address of a Dask scheduler." in said
    assert "--dask and --probe write exclude each other" in said
    assert not (tmp_path / "out").exists()
