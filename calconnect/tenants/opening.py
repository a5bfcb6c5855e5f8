"""Opens the tenants that a topology has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from calconnect.foundation.clock import Clock
from calconnect.settings.model import Settings

if TYPE_CHECKING:
    from calconnect.tenants.exchange_online import ExchangeOnlineTenant
    from calconnect.tenants.exchange_server import ExchangeServerTenant


def open_tenants(
    settings: Settings, *, clock: Clock, run_id: str, state_folder: Path
) -> tuple[ExchangeServerTenant | None, ExchangeOnlineTenant | None]:
    """Return the server and Exchange Online, each None where the topology does not have it. Nothing is sent yet.

    Args:
        settings: how they are reached.
        clock: dates the observations and the test event.
        run_id: the run that the test event belongs to.
        state_folder: where the journal of test events is kept between runs.
    """
    server: ExchangeServerTenant | None = None
    online: ExchangeOnlineTenant | None = None
    if settings.topology.has_server:
        from calconnect.tenants.exchange_server import ExchangeServerTenant

        server = ExchangeServerTenant(
            settings.connection, settings.network, clock=clock, run_id=run_id, state_folder=state_folder
        )
    if settings.microsoft365 is not None and settings.topology.has_online:
        from calconnect.tenants.exchange_online import ExchangeOnlineTenant

        online = ExchangeOnlineTenant(
            settings.microsoft365, settings.network, clock=clock, run_id=run_id, state_folder=state_folder
        )
    return server, online
