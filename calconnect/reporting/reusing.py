"""An audit that uses what a sweep has observed: which sweep serves which audit, and how old it may be."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from calconnect.acceptance.earlier import Earlier
from calconnect.evidence.observation import Observation
from calconnect.foundation.problems import UsageError
from calconnect.reporting.model_run import ReusedSweep
from calconnect.reporting.run_lookup import SWEEP, find_run
from calconnect.settings.model import Settings
from calconnect.sweep.plan import SweepPlan, differing
from calconnect.sweep.store_reading import SweepReader
from calconnect.tenants.thin.interface import Probe, Side

LONGEST = timedelta(hours=24)
"""What is older says too little about today."""
USEFUL = frozenset({Probe.REACH, Probe.READ, Probe.FREE_BUSY})
"""Probes whose observations are the audit's own."""


class EarlierSweep:
    """A sweep whose observations serve an audit. Close it when the audit is over."""

    def __init__(self, store: SweepReader, plan: SweepPlan, oldest: datetime) -> None:
        """Take over an open database; see :meth:`open`."""
        self._store = store
        self._oldest = oldest
        self.served = Earlier(plan.run, self._find)
        """What the observers ask."""

    @classmethod
    def open(cls, name: str, reports: Path, settings: Settings, now: datetime) -> EarlierSweep:
        """Open a sweep, finished or not, for an audit with ``settings`` that begins now.

        Raises:
            InvalidInput: there is no such sweep, or its database is damaged.
            UsageError: it was of another organisation, asked nothing that an audit asks, or is too old.
        """
        store = SweepReader.read(find_run(name, reports, SWEEP))
        try:
            plan = SweepPlan.of(store)
            if changed := differing(plan, settings):
                raise UsageError(
                    f"The sweep {plan.run} cannot serve this audit: it was made with other settings "
                    f"({', '.join(changed)}). Leave --reuse out, or sweep again."
                )
            if not USEFUL & set(plan.probes):
                raise UsageError(
                    f"The sweep {plan.run} cannot serve this audit: it asked for {', '.join(plan.probes)} alone. "
                    f"Sweep with one of {', '.join(sorted(USEFUL))}."
                )
            began = max((one.started for one in store.sessions()), default=plan.started)
            if now - began > LONGEST:
                hours = LONGEST // timedelta(hours=1)
                raise UsageError(
                    f"The sweep {plan.run} is too old to serve an audit: it was asked more than {hours} hours ago. "
                    "Leave --reuse out, or sweep again."
                )
            return cls(store, plan, now - LONGEST)
        except BaseException:
            store.close()
            raise

    def told(self) -> ReusedSweep:
        """Return what was used, for the results."""
        served = self.served
        return ReusedSweep(run=served.run, observations=served.used, oldest=served.first, newest=served.last)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def _find(self, address: str, probe: Probe, side: Side) -> Observation | None:
        seen = self._store.observations_of(address, probe, side)
        if not seen or seen[-1].at < self._oldest:
            return None
        # Of an alias the primary address was asked: that is no answer about the alias.
        return seen[-1] if seen[-1].target.casefold() == address.casefold() else None
