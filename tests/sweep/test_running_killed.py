from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest

from calconnect.cli.session import Session
from calconnect.cli.sweep_begin import begin, go_on
from calconnect.cli.sweep_end import ask
from calconnect.sweep.model import EndedBy
from calconnect.sweep.observations_file import write_observations
from calconnect.sweep.store_reading import SweepReader
from calconnect.tenants.thin.interface import Probe, Side
from tests.sweep.killed import PASSWORD, Served, go_on_and_kill, served

COUNT = 5000
WRITTEN = 60
KILLS = 20
MOST_IN_FLIGHT = 27


def begun(tenant: Served, out: Path, *probes: str, listed: Path | None = None) -> Path:
    with begin(
        Session(),
        config=tenant.settings,
        tenant=None,
        listed=str(listed) if listed else None,
        probes=probes,
        out=out,
    ) as new:
        return new.folder


def finish(folder: Path) -> None:
    with go_on(Session(), str(folder), config=None, out=None) as last:
        assert ask(last, None, quiet=True).by is EndedBy.DONE
        write_observations(last.store)


def _more_than(tenant: Served, asked: int) -> bool:
    return tenant.questions("GetFolder") > asked


def test_a_sweep_that_is_killed_twenty_times_asks_every_mailbox_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("CALCONNECT_STATE", str(state))
    moments = random.Random(20261123)
    with served(tmp_path, COUNT) as tenant:
        reached = begun(tenant, tmp_path / "runs")
        at_work = 0
        for number in range(KILLS):
            if number % 2:  # wherever it is by then: maybe not yet at the first mailbox
                at_work += go_on_and_kill(reached, state, moments.uniform(0.0, 0.6))
            else:  # among the mailboxes, on the slowest machine, too
                asked = tenant.questions("GetFolder")
                begun_again = partial(_more_than, tenant, asked)
                at_work += go_on_and_kill(reached, state, moments.uniform(0.0, 0.2), begun_again)
        some = tmp_path / "some.txt"
        some.write_text("".join(f"user{n:04}@contoso.test\n" for n in range(1, WRITTEN + 1)), encoding="utf-8")
        lived = begun(tenant, tmp_path / "runs", "write", listed=some)
        events = [go_on_and_kill(lived, state, moments.uniform(0.2, 0.7)) for _ in range(4)]
        assert at_work >= KILLS - 2, "so many of the moments came before the end"
        assert any(events)
        with SweepReader.read(reached) as store:
            assert store.settled_count(Probe.REACH, Side.SERVER) > 0, "it was killed in the middle, too"
        finish(reached)
        finish(lived)

        asked = tenant.figures()["operations"]["GetFolder"]
        assert asked["mailboxes"] == COUNT
        assert asked["questions"] <= COUNT + KILLS * MOST_IN_FLIGHT, "none twice but what was in flight"
        assert tenant.events_left() == 0
    assert not list((state / "test-events").glob("*.json"))
    with SweepReader.read(reached) as store:
        assert store.settled_count(Probe.REACH, Side.SERVER) == COUNT
        assert all(one.results[0].observations[-1].ok for one in store.results())
        assert len(store.sessions()) > KILLS // 2
    with SweepReader.read(lived) as store:
        assert store.settled_count(Probe.WRITE, Side.SERVER) == WRITTEN
    for file in (tmp_path / "runs").rglob("*.*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
