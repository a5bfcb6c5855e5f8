"""NTLM on the thin path: one connection for each request in flight, signed in once, bound to the TLS channel."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from calconnect.evidence.observation import Outcome
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.server import ExtendedProtection
from calconnect.settings.model import ConnectionSettings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.thin.interface import Probe, ThinPath
from tests.mock_tenant.tenants import NOW, SERVICE, SERVICE_AUTH, describe, organization
from tests.tenants.thin_paths import ask, open_path

PEOPLE = [f"{name}@contoso.test" for name in ("alice", "bob", "carol")]


@pytest.fixture(scope="module")
def mock() -> Iterator[MockTenant]:
    made = organization()
    made.policies.basic = False
    made.policies.ntlm = True
    made.server.extended_protection = ExtendedProtection.REQUIRE
    with MockTenant(describe(made)) as server:
        yield server


@pytest.fixture
def path(mock: MockTenant, tmp_path: Path) -> ThinPath:
    (tmp_path / "ca.pem").write_bytes(mock.ca_pem)
    (tmp_path / "password").write_text(SERVICE_AUTH[1])
    network = NetworkSettings(
        ca_file=tmp_path / "ca.pem", connect_to={"mail.contoso.test:443": f"127.0.0.1:{mock.port}"}
    )
    password = SecretReference("file", "password", tmp_path)
    connection = ConnectionSettings(SERVICE, password, PEOPLE[0], True, "https://mail.contoso.test/EWS/Exchange.asmx")
    tenant = ExchangeServerTenant(connection, network, clock=lambda: NOW, run_id="run", state_folder=tmp_path)
    try:
        opened = open_path(tenant, Probe.REACH, network, tmp_path)
    finally:
        tenant.close()
    mock.recorder.clear()
    return opened


def statuses(mock: MockTenant) -> Counter[int]:
    return Counter(seen.status for seen in mock.recorder.requests() if seen.path.lower().endswith("exchange.asmx"))


def test_a_connection_is_signed_in_once(mock: MockTenant, path: ThinPath) -> None:
    async def sweep() -> None:
        for _ in range(4):
            shots = await asyncio.gather(*(path.ask([mailbox]) for mailbox in PEOPLE))
            assert [shot.last.outcome for (shot,) in shots] == [Outcome.OK] * 3
        await path.close()

    asyncio.run(sweep())
    assert statuses(mock) == {401: 2 * 3, 200: 4 * 3}, "three connections, each with a refusal and a challenge"


def test_closed_connections_are_made_anew(mock: MockTenant, path: ThinPath) -> None:
    for _ in range(2):
        assert ask(path, PEOPLE[:1])[0].last.ok
    assert statuses(mock) == {401: 4, 200: 2}


def test_a_password_that_is_wrong_is_tried_once(mock: MockTenant, path: ThinPath, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    (shot,) = ask(path, PEOPLE[:1])
    assert (shot.last.outcome, shot.last.http_status, shot.last.code) == (Outcome.REFUSED, 401, None)
    assert statuses(mock) == {401: 3}
