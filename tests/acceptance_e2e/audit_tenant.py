"""Audits a mock tenant without a notebook: settings from its folder, the engine in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calconnect import embedded
from calconnect.acceptance.engine import run_suite
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import system_clock
from calconnect.mock_tenant.description import Description
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import load_settings
from calconnect.tenants.exchange_server import ExchangeServerTenant


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit of a mock tenant came to."""

    description: Description
    scenarios: dict[str, ScenarioFinished]
    """By id of the requirement, without its version."""
    observations: tuple[Observation, ...]

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


def audit(source: str | Path, state_folder: Path) -> Audited:
    """Serve a tenant and audit it over HTTPS, by nothing but the settings file that was written for it."""
    with embedded.start(source) as tenant:
        settings = load_settings(tenant.settings_file, clock=system_clock)
        exchange = ExchangeServerTenant(
            settings.connection, settings.network, clock=system_clock, run_id="e2e", state_folder=state_folder
        )
        outcome = run_suite(settings, exchange, [], run_id="e2e", clock=system_clock, catalogue=load_catalogue())
        description = tenant.server.description
    scenarios = {one.requirement.partition("v")[0]: one for one in outcome.scenarios}
    assert len(scenarios) == len(outcome.scenarios)
    return Audited(description, scenarios, outcome.observations)
