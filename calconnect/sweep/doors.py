"""The tenants that a sweep asks, and the thin paths into them once they have been signed in to."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from calconnect.evidence.observation import Mode, Observation
from calconnect.foundation.clock import Clock
from calconnect.settings.model import AccessLevel, Settings, Topology
from calconnect.sweep.paths import Paths
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Tenant, Window
from calconnect.tenants.online_interface import OnlineTenant
from calconnect.tenants.thin.interface import Probe, Side, ThinPath


class Doors(Protocol):
    """What a sweep goes through."""

    @property
    def server(self) -> Tenant | None:
        """The Exchange Server; None: there is none."""

    @property
    def online(self) -> OnlineTenant | None:
        """Exchange Online; None: there is none."""

    @property
    def online_over_ews(self) -> bool:
        """Whether Exchange Online is asked over EWS."""

    def open_path(self, probe: Probe, side: Side) -> ThinPath:
        """Return the path that puts a probe to mailboxes of a side that was signed in to. Called in an event loop."""

    def remove_strays(self) -> tuple[Observation, ...]:
        """Delete the test events that sweeps and audits which were killed have left."""

    def close(self) -> None:
        """Close all connections."""


class TenantDoors:
    """The tenants of the settings: implements :class:`Doors`."""

    def __init__(self, settings: Settings, *, started: datetime, clock: Clock, run_id: str, state_folder: Path) -> None:
        """Prepare to ask. Nothing is sent and no secret read yet.

        Args:
            settings: who is asked, and how.
            started: when the sweep began: events and busy times are looked at from then on.
            clock: dates observations and test events.
            run_id: the run that test events belong to.
            state_folder: where the journal of test events is kept.
        """
        self._settings = settings
        self._clock = clock
        self._run_id = run_id
        self._state_folder = state_folder
        self._window = Window(started, started + timedelta(days=settings.window_days))
        self.server: ExchangeServerTenant | None = None
        self.online: ExchangeOnlineTenant | None = None
        self.online_over_ews = settings.topology is Topology.EXCHANGE_ONLINE_EWS
        if settings.topology.has_server:
            self.server = ExchangeServerTenant(
                settings.connection, settings.network, clock=clock, run_id=run_id, state_folder=state_folder
            )
        if settings.microsoft365 is not None and settings.topology.has_online:
            self.online = ExchangeOnlineTenant(
                settings.microsoft365, settings.network, clock=clock, run_id=run_id, state_folder=state_folder
            )

    def open_path(self, probe: Probe, side: Side) -> ThinPath:
        """Open a path: see :class:`Doors`.

        Raises:
            NoPath: the side was not signed in to.
        """
        paths = Paths(self._settings, self.server, self.online, self._clock, self._run_id, self._state_folder)
        return paths.open(probe, side, self._window)

    def remove_strays(self) -> tuple[Observation, ...]:
        """Delete stray test events: see :class:`Doors`."""
        seen: list[Observation] = []
        if self.server is not None:
            full = self._settings.access is AccessLevel.FULL
            seen += self.server.remove_stray_events(Mode.IMPERSONATED if full else Mode.DELEGATE)
        if self.online is not None and self._settings.microsoft365 is not None:
            trial = self._settings.microsoft365.trial_mailbox or self._settings.connection.email_to_impersonate
            seen += self.online.remove_stray_events(trial)
        return tuple(seen)

    def close(self) -> None:
        """Close all connections."""
        for tenant in (self.server, self.online):
            if tenant is not None:
                tenant.close()
