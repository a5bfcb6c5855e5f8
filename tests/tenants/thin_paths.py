"""Thin paths for tests: opened from what a reference tenant has found, and asked without an event loop at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from calconnect.evidence.observation import Observation
from calconnect.settings.model import AccessLevel, ConnectionSettings, NetworkSettings, Settings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews import open_ews_path
from calconnect.tenants.thin.interface import Probe, Shot, ThinPath
from tests.tenants.scripted import NOW

WINDOW = Window(NOW, NOW + timedelta(days=14))


def open_path(
    tenant: ExchangeServerTenant, probe: Probe, network: NetworkSettings, state_folder: Path, **changes: Any
) -> ThinPath:
    """Open a path from what ``tenant`` finds by signing in."""
    assert tenant.sign_in().ok
    signed_in = tenant.signed_in
    assert signed_in is not None
    connection = ConnectionSettings(
        "svc@contoso.test", SecretReference("file", "password", state_folder), "alice@contoso.test", True
    )
    access = changes.pop("access", AccessLevel.FULL)
    settings = Settings(Path("calconnect.toml"), connection, (), network=network, access=access)
    named = {"window": WINDOW, "clock": lambda: NOW, "run_id": "thin", "state_folder": state_folder, **changes}
    return open_ews_path(probe, settings, signed_in, **named)


def ask(path: ThinPath, mailboxes: Sequence[str]) -> list[Shot]:
    """Ask once, in an event loop of its own, and close the path."""

    async def once() -> list[Shot]:
        try:
            return await path.ask(mailboxes)
        finally:
            await path.close()

    return asyncio.run(once())


def comparable(observation: Observation) -> dict[str, Any]:
    """Return an observation without what differs from attempt to attempt."""
    details = {name: fact for name, fact in observation.details.items() if name != "retried_after"}
    return asdict(replace(observation, duration_ms=0.0, attempts=1, request_id="", at=NOW, details=details))
