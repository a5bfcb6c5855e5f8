"""Fixtures for tests of the Graph client: tenants that talk to a scripted Microsoft 365 over real HTTPS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calconnect.foundation.clock import MovableClock
from calconnect.settings.model import ApplicationCredential, Microsoft365Settings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from tests.tenants.cloud_script import APPLICATION, HOSTS, SECRET, TENANT, FakeCloud
from tests.tenants.scripted import ScriptedServer

MakeTenant = Callable[..., ExchangeOnlineTenant]


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def cloud_server(serve: Callable[..., ScriptedServer], cloud: FakeCloud) -> ScriptedServer:
    return serve(cloud, *HOSTS)


@pytest.fixture
def online(
    cloud_server: ScriptedServer, ca_file: Path, clock: MovableClock, tmp_path: Path, pauses: list[float]
) -> Iterator[MakeTenant]:
    """Return a function that makes a tenant: ``online()``, with changes to the settings. They are closed in the end."""
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    with contextlib.ExitStack() as stack:

        def make(credential: ApplicationCredential | None = None, **changes: Any) -> ExchangeOnlineTenant:
            places = {f"{host}:443": f"127.0.0.1:{cloud_server.port}" for host in HOSTS}
            network = NetworkSettings(
                ca_file=ca_file, connect_to={**places, **changes.pop("connect_to", {})}, timeout_seconds=5.0
            )
            usual = ApplicationCredential(client_secret=SecretReference("file", "secret", tmp_path))
            tenant = ExchangeOnlineTenant(
                Microsoft365Settings(
                    changes.pop("tenant", TENANT), APPLICATION, credential or usual, **changes.pop("settings", {})
                ),
                network,
                clock=clock,
                run_id="run-1",
                pause=pauses.append,
                **changes,
            )
            stack.callback(tenant.close)
            return tenant

        yield make
