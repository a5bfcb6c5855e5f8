"""Tenants of the sync core for mock tenants with an Exchange Online half, by nothing but settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.settings.model import ApplicationCredential, Microsoft365Settings, NetworkSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from tests.tenants.cloud_script import HOSTS


def half_of(server: MockTenant) -> OnlineHalf:
    """Return the Exchange Online half of a tenant."""
    half = server.organization.online
    assert half is not None
    return half


def connect(
    server: MockTenant,
    folder: Path,
    pause: Callable[[float], None],
    credential: ApplicationCredential | None = None,
    **changes: Any,
) -> ExchangeOnlineTenant:
    """Return a tenant for a mock. Its secret and the mock's CA are written to ``folder``.

    ``changes``: of the settings; ``connect_to``, ``clock`` and ``state_folder`` beside them.
    """
    (folder / "ca.pem").write_bytes(server.ca_pem)
    half = half_of(server)
    own = next(one for one in half.applications.values() if one.own)
    if own.client_secrets:
        (folder / "secret").write_text(own.client_secrets[0], encoding="utf-8")
    places = {f"{host}:443": f"127.0.0.1:{server.port}" for host in HOSTS}
    network = NetworkSettings(ca_file=folder / "ca.pem", connect_to={**places, **changes.pop("connect_to", {})})
    clock, state_folder = changes.pop("clock", server.organization.clock), changes.pop("state_folder", None)
    usual = ApplicationCredential(client_secret=SecretReference("file", "secret", folder))
    settings = {"tenant": half.tenant_id, "application": own.app_id, "credential": credential or usual, **changes}
    return ExchangeOnlineTenant(
        Microsoft365Settings(**settings),
        network,
        clock=clock,
        run_id="run-1",
        state_folder=state_folder,
        pause=pause,
    )
