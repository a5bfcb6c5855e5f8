"""Audits one mock tenant: serves it, and judges it over HTTPS by nothing but the settings that were written for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from calconnect import embedded
from calconnect.acceptance.engine import run_suite
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.mock_tenant.description import Description
from calconnect.requirements.catalogue import Catalogue, load_catalogue
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings
from calconnect.sweep.paths import Paths
from calconnect.sweep.sweeper import Sweeper
from calconnect.tenants.opening import open_tenants


class SettingsRefused(InvalidInput):
    """The settings that were written for a tenant are not valid, so nothing was sent."""

    def __init__(self, description: Description, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.description = description
        """The tenant."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit of a mock tenant came to."""

    description: Description
    settings: Settings
    """As they were read for the run."""
    scenarios: dict[str, ScenarioFinished]
    """By id of the requirement, without its version."""
    observations: tuple[Observation, ...]
    started: datetime
    """The moment by which everything was judged that hangs on the time."""

    def verdicts(self, verdict: Verdict) -> set[str]:
        """Return the ids of the requirements with this verdict."""
        return {requirement for requirement, one in self.scenarios.items() if one.verdict is verdict}

    def codes(self, requirement: str) -> set[str]:
        """Return the codes that a scenario's findings quote for its verdict."""
        scenario = self.scenarios[requirement]
        return {finding.code for finding in scenario.findings if finding.verdict is scenario.verdict and finding.code}

    def explain(self) -> str:
        """Return what each scenario that did not pass says, for the message of a failing test."""
        told = [
            f"{requirement} {one.verdict}: {one.sentence} {sorted(self.codes(requirement))}"
            for requirement, one in self.scenarios.items()
            if one.verdict is not Verdict.PASSED
        ]
        return "\n".join(told)


@contextlib.contextmanager
def observing(
    source: str | Path, *, state_folder: Path, clock: Clock | None = None, catalogue: Catalogue | None = None
) -> Iterator[Audited]:
    """Serve a tenant, audit it, and keep the files that its settings name until the block ends.

    With them, what was observed can be judged again.

    Args:
        source: a tenant of the catalogue by name, or a tenant file.
        state_folder: where the sync core keeps what belongs to no run.
        clock: tells the time; None: the tenant's own clock if its file says when it is now, else the machine's.
        catalogue: the requirements; None: those of this calconnect.

    Raises:
        InvalidInput: the tenant file is not valid.
        SettingsRefused: the settings that were written for the tenant are not valid.
        OSError: no port or no temporary folder is to be had.
        RunError: calconnect itself failed.
        KeyboardInterrupt: somebody stopped it.
    """
    requirements = catalogue if catalogue is not None else load_catalogue()
    with embedded.start(source) as tenant:
        description = tenant.server.description
        clock = clock or tenant.clock
        try:
            settings = load_settings(tenant.settings_file, clock=clock)
        except InvalidInput as error:
            raise SettingsRefused(description, error.problems) from None
        server, online = open_tenants(settings, clock=clock, run_id="detection", state_folder=state_folder)
        outcome = run_suite(
            settings,
            server,
            [],
            run_id="detection",
            clock=clock,
            catalogue=requirements,
            online=online,
            sweeper=Sweeper(Paths(settings, server, online, clock, "detection", state_folder)),
        )
        if outcome.interrupted:
            raise KeyboardInterrupt
        scenarios = {one.requirement.partition("v")[0]: one for one in outcome.scenarios}
        assert len(scenarios) == len(outcome.scenarios), "each requirement has one scenario"
        yield Audited(description, settings, scenarios, outcome.observations, outcome.started)


def observe(
    source: str | Path, *, state_folder: Path, clock: Clock | None = None, catalogue: Catalogue | None = None
) -> Audited:
    """Serve a tenant and audit it; what comes of it is kept, and nothing else. See :func:`observing`."""
    with observing(source, state_folder=state_folder, clock=clock, catalogue=catalogue) as audited:
        return audited
