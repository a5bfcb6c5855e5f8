"""Judges a saved run again: from its observations and settings alone, with no tenant in reach.

The same scenarios are run by the same engine, and only who is asked is another: a tenant that answers from what was
observed. So the same observations come to the same verdicts, word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.events import EventHandler
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.observation import Observation
from calconnect.overlay.model import Given
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.model import Settings
from calconnect.tenants.recorded import RecordedTenant
from calconnect.tenants.recorded_online import RecordedOnlineTenant


def judge_again(
    settings: Settings,
    observations: Iterable[Observation],
    *,
    catalogue: Catalogue,
    started: datetime,
    select: Sequence[str] = (),
    handlers: Sequence[EventHandler] = (),
    bundle: Bundle | None = None,
    given: Given | None = None,
) -> RunOutcome:
    """Return what a run's observations come to. Nothing is sent, and no secret is read.

    What the run did not look at is ``unknown``. The observations of the outcome are those that verdicts asked for, with
    their ids; facts that are read only now, for a requirement that the run did not know, get new ones.

    Args:
        settings: those of the run; the files that they name must be there (``acceptance.inputs`` keeps copies).
        observations: everything that the run observed, in its order.
        catalogue: the requirements.
        started: the moment by which everything is judged that hangs on the time: for the same verdicts, the run's own
            (``RunOutcome.started``).
        select: ids, versioned ids or tags of the scenarios to judge; empty: all.
        handlers: who is told of the events.
        bundle: the configuration evidence; None: what lies in the folder that the settings name.
        given: the waivers and attestations; None: what the files that the settings name hold.

    Raises:
        InvalidInput: the user's own features or steps, or the files that the settings name, are wrong.
        UsageError: ``select`` names something that is not in the suite.
        RunError: calconnect or a handler failed.
    """
    seen = tuple(observations)
    return run_suite(
        settings,
        RecordedTenant(seen),
        handlers,
        online=RecordedOnlineTenant(seen) if settings.topology.has_online else None,
        run_id="judged-again",
        clock=lambda: started,
        catalogue=catalogue,
        select=select,
        started=started,
        bundle=bundle,
        given=given,
    )
