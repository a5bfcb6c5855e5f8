"""Opens the thin path for a probe on a side, from what the sweep's gate has found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calconnect.foundation.clock import Clock
from calconnect.settings.model import Settings
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.exchange_server import ExchangeServerTenant
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews.opening import open_ews_path
from calconnect.tenants.thin.interface import Probe, Side, ThinPath
from calconnect.tenants.thin.online import open_online_path


class NoPath(ValueError):
    """No probe can be put on that side; the message says why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The sides of an organisation, signed in to, and how probes are put there."""

    settings: Settings
    server: ExchangeServerTenant | None
    online: ExchangeOnlineTenant | None
    clock: Clock
    run_id: str
    """The run that test events belong to."""
    state_folder: Path
    """Where the journal of test events is kept between runs."""

    def open(self, probe: Probe, side: Side, window: Window) -> ThinPath:
        """Return the path. Nothing is sent yet.

        Raises:
            NoPath: the organisation does not have the side, or it has not been signed in to.
            ValueError: the topology does not know the probe.
            NoAnswer: the server's URL is none that could be asked.
            OSError: the CA file cannot be read.
        """
        if side is Side.ONLINE:
            if self.online is None:
                raise NoPath("There is no Exchange Online.")
            topology = self.settings.topology
            return open_online_path(probe, topology, self.online, window=window, clock=self.clock)
        signed_in = self.server.signed_in if self.server is not None else None
        if signed_in is None:
            raise NoPath("The service account is not signed in.")
        return open_ews_path(
            probe,
            self.settings,
            signed_in,
            window=window,
            clock=self.clock,
            run_id=self.run_id,
            state_folder=self.state_folder,
        )
