"""The engine along a real path, at a mock tenant: over its limits, and with its faults on."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from calconnect import embedded
from calconnect.embedded import EmbeddedTenant
from calconnect.foundation.clock import system_clock
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.state.policies import Policies
from calconnect.settings.load import load_settings
from calconnect.sweep.doors import TenantDoors
from calconnect.sweep.engine import run
from calconnect.sweep.model import EndedBy, Ending, Settled, SweptMailbox
from calconnect.tenants.thin.interface import Probe, Side
from tests.sweep.killed import PASSWORD, TENANT

COUNT = 300
TIMEOUT = 1.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTenant]:
    file = tmp_path_factory.mktemp("tenant") / "tenant.toml"
    file.write_text(TENANT.format(count=COUNT, rest="", password=PASSWORD), encoding="utf-8")
    with embedded.start(file) as tenant:
        yield tenant


@pytest.fixture
def tenant(served: EmbeddedTenant) -> Iterator[EmbeddedTenant]:
    organization = served.server.organization
    yield served
    organization.policies, organization.faults = Policies(ntlm=False, negotiate=False), Faults()


def swept(tenant: EmbeddedTenant, folder: Path, count: int = COUNT) -> tuple[Ending, list[Settled]]:
    settings = load_settings(tenant.settings_file, clock=system_clock)
    settings = dataclasses.replace(settings, network=dataclasses.replace(settings.network, timeout_seconds=TIMEOUT))
    doors = TenantDoors(settings, started=system_clock(), clock=system_clock, run_id="run", state_folder=folder)
    assert doors.server is not None
    assert doors.server.sign_in().ok
    settled: list[Settled] = []

    async def go() -> Ending:
        path = doors.open_path(Probe.REACH, Side.SERVER)
        try:
            return await run(
                path,
                [SweptMailbox(number, f"user{number:04}@contoso.test") for number in range(1, count + 1)],
                settle=settled.append,
                sample=lambda _: None,
                progress=lambda _: None,
                stop=asyncio.Event(),
                seconds=None,
                clock=system_clock,
            )
        finally:
            await path.close()

    try:
        return asyncio.run(go()), settled
    finally:
        doors.close()


def test_over_the_accounts_limit_nobody_is_lost(tenant: EmbeddedTenant, tmp_path: Path) -> None:
    policies = tenant.server.organization.policies
    policies.account_requests_per_second, policies.back_off_milliseconds = 10.0, 50  # slower than any machine asks
    ending, settled = swept(tenant, tmp_path, 40)
    assert ending.by is EndedBy.DONE
    assert len(settled) == 40
    assert all(one.shot.last.ok for one in settled)
    assert 40 < sum(one.shot.last.attempts for one in settled) < 80


def test_with_all_faults_on_everybody_ends_with_the_right_outcome(tenant: EmbeddedTenant, tmp_path: Path) -> None:
    tenant.server.organization.faults = Faults(
        percent={
            FaultKind.RESET: 5,
            FaultKind.UNAVAILABLE: 5,
            FaultKind.SERVER_BUSY: 2,
            FaultKind.TRUNCATED: 1,
            FaultKind.CUT_OFF: 1,
        },
        seed=3,
        back_off=("0", "", "soon", "100"),
        hanging=frozenset({"user0123@contoso.test"}),
    )
    tenant.server.organization.policies.back_off_milliseconds = 50
    ending, settled = swept(tenant, tmp_path)
    assert ending.by is EndedBy.DONE
    assert len(settled) == COUNT
    [lost] = [one for one in settled if not one.shot.last.ok]
    assert (lost.number, lost.shot.last.code, lost.shot.last.attempts) == (123, "timed-out", 2)
    assert any(one.shot.last.details.get("retried_after") == "HTTP 503" for one in settled)
