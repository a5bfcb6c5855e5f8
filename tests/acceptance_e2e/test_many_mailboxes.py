"""A long list is asked by the engine of the sweep: faster, and to the same verdicts, observations and judgement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from calconnect import embedded
from calconnect.acceptance.asker import MANY
from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.verdicts import Verdict
from calconnect.embedded import EmbeddedTenant
from calconnect.evidence.observation import Observation
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings
from calconnect.sweep.model import EndedBy, Ending
from calconnect.sweep.paths import Paths
from calconnect.sweep.sweeper import Asked, Sweeper, Told
from calconnect.tenants.interface import Window
from calconnect.tenants.opening import open_tenants
from calconnect.tenants.recorded import RecordedTenant
from calconnect.tenants.thin.interface import Probe, Side

TENANT = """
title = "A few more mailboxes"
base = "healthy"

[[generate]]
email = "more{n:05}@contoso.test"
count = 40
"""
ASKED = ["IMP-02", "OPS-03", "OPS-06"]
SWEPT = {"open-calendar", "list-events", "free-busy"}


@dataclass(frozen=True, slots=True)
class Served:
    tenant: EmbeddedTenant
    settings: Settings
    folder: Path

    def run(self, sweeper: type[Sweeper] | None) -> RunOutcome:
        """Audit the tenant, with the engine of the sweep or without."""
        server, online = open_tenants(self.settings, clock=self.tenant.clock, run_id="many", state_folder=self.folder)
        paths = Paths(self.settings, server, online, self.tenant.clock, "many", self.folder)
        return run_suite(
            self.settings,
            server,
            [],
            run_id="many",
            clock=self.tenant.clock,
            catalogue=load_catalogue(),
            select=ASKED,
            sweeper=sweeper(paths) if sweeper is not None else None,
        )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    file = tmp_path / "many.toml"
    file.write_text(TENANT, encoding="utf-8")
    with embedded.start(file) as tenant:
        settings = load_settings(tenant.settings_file, clock=tenant.clock)
        assert len(settings.mailboxes) > MANY
        yield Served(tenant, settings, tmp_path)


def told(outcome: RunOutcome) -> list[tuple[str, Verdict, str]]:
    return [(one.requirement, one.verdict, one.sentence) for one in outcome.scenarios]


def bare(outcome: RunOutcome) -> list[Observation]:
    """Return what many were asked, without what differs from one asking to the next, by mailbox."""
    seen = [
        replace(one, id="", at=one.at.min, request_id="", duration_ms=0.0)
        for one in outcome.observations
        if one.probe in SWEPT
    ]
    return sorted(seen, key=lambda one: (one.probe, one.target, one.mode))


def test_the_engine_comes_to_the_same(served: Served) -> None:
    one_by_one, swept = served.run(None), served.run(Sweeper)
    assert told(swept) == told(one_by_one)
    assert bare(swept) == bare(one_by_one)
    ids = [one.id for one in swept.observations]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)


class StoppedEarly(Sweeper):
    """Comes to a few mailboxes, and is turned away then."""

    def ask(self, probe: Probe, side: Side, mailboxes: Sequence[str], window: Window, told: Told) -> Asked:
        some = super().ask(probe, side, mailboxes[:3], window, told)
        return Asked(some.observations, Ending(EndedBy.THROTTLED, "The server turned away everything for 61 seconds."))


def test_what_was_not_asked_is_told_as_it_is_and_judged_again(served: Served) -> None:
    outcome = served.run(StoppedEarly)
    (imp_02,) = (one for one in outcome.scenarios if one.requirement.startswith("IMP-02"))
    assert imp_02.verdict is Verdict.UNKNOWN
    not_asked = [one for one in imp_02.findings if one.verdict is Verdict.UNKNOWN]
    assert MANY < len(not_asked) <= len(served.settings.mailboxes) - 3
    assert all("61 seconds" in one.sentence for one in not_asked)
    again = run_suite(
        served.settings,
        RecordedTenant(outcome.observations),
        [],
        run_id="many",
        clock=served.tenant.clock,
        catalogue=load_catalogue(),
        select=ASKED,
        started=outcome.started,
    )
    assert told(again) == told(outcome)
