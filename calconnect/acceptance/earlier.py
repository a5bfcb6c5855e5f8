"""What an earlier sweep observed, which serves an audit so that nobody is asked twice within the hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from calconnect.evidence.observation import Observation
from calconnect.tenants.thin.interface import Probe, Side

Find = Callable[[str, Probe, Side], Observation | None]
"""Returns what a probe came to for an address on a side; None: it was not asked."""


@dataclass(slots=True)
class Earlier:
    """One earlier sweep, and what of it was used."""

    run: str
    """Its id."""
    find: Find
    used: int = 0
    """Observations that served this run."""
    first: datetime | None = None
    """When the oldest of these was made."""
    last: datetime | None = None
    """When the newest was."""

    def took(self, seen: Observation) -> None:
        """Take note of what was used."""
        self.used += 1
        self.first = seen.at if self.first is None else min(self.first, seen.at)
        self.last = seen.at if self.last is None else max(self.last, seen.at)
