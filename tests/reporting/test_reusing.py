"""An audit that uses what a sweep has observed: nobody is asked twice, its age is told, and not any sweep will do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect import embedded
from calconnect.cli.session import Session
from calconnect.cli.sweep_begin import begin
from calconnect.cli.sweep_end import ask
from calconnect.embedded import EmbeddedTenant
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.reporting.audit_run import AuditRun
from calconnect.reporting.html import render_report
from calconnect.reporting.reusing import EarlierSweep
from calconnect.settings.load import load_settings
from calconnect.sweep.store_reading import SweepReader


@dataclass(frozen=True)
class Swept:
    """A tenant, and the folders of two sweeps of it."""

    tenant: EmbeddedTenant
    reports: Path
    reached: Path
    refused: Path


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swept]:
    reports = tmp_path_factory.mktemp("reports")
    outsiders = reports / "outsiders.txt"
    outsiders.write_text("board.chair@contoso.test\n", encoding="utf-8")
    with embedded.start("small") as tenant:
        folders = []
        for probes, listed in ((["reach", "free-busy"], None), (["refused"], str(outsiders))):
            begun = begin(
                Session(),
                config=tenant.settings_file,
                tenant=None,
                listed=listed,
                probes=probes,
                out=reports / probes[0],
            )
            with begun:
                ask(begun, None, quiet=True)
            folders.append(begun.folder)
        yield Swept(tenant, reports, *folders)


def test_what_a_sweep_saw_is_not_asked_again(swept: Swept, tmp_path: Path) -> None:
    meters = swept.tenant.server.live.meters
    meters.clear()
    with AuditRun.open(config=swept.tenant.settings_file, out=tmp_path, reuse=str(swept.reached)) as run:
        results = run.run()
    mailboxes = len(run.settings.mailboxes)
    reused = results.run.reused
    assert reused is not None and reused.run == swept.reached.name
    assert reused.observations >= mailboxes
    assert reused.oldest is not None and reused.oldest <= results.run.started
    opened = meters.mailboxes["GetFolder"]
    assert sum(opened[one.address] for one in run.settings.mailboxes) < mailboxes
    assert results.answer.state == "ready"
    assert "are of an earlier sweep" in render_report(results, ())
    assert f"--reuse {swept.reached}" in results.run.command.replace("'", "")


def test_a_sweep_that_is_old_or_of_others_or_asked_otherwise_does_not_serve(swept: Swept) -> None:
    clock = swept.tenant.clock
    settings = load_settings(swept.tenant.settings_file, clock=clock)
    with SweepReader.read(swept.reached) as store:
        began = store.sessions()[-1].started
    late = began + timedelta(hours=24, minutes=1)
    with pytest.raises(UsageError, match="too old to serve an audit"):
        EarlierSweep.open(str(swept.reached), swept.reports, settings, late)
    with pytest.raises(UsageError, match="asked for refused alone"):
        EarlierSweep.open(str(swept.refused), swept.reports, settings, clock())
    with embedded.start("online-healthy") as other:
        others = load_settings(other.settings_file, clock=other.clock)
        with pytest.raises(UsageError, match=r"other settings \(topology"):
            EarlierSweep.open(str(swept.reached), swept.reports, others, clock())
    with pytest.raises(InvalidInput, match="holds no sweep"):
        EarlierSweep.open("last", swept.reports / "reach" / "nothing", settings, clock())
