"""Runs the suite against the fake tenant, and keeps what it tells."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.events import Event, ScenarioFinished
from calconnect.evidence.bundle.model import Bundle
from calconnect.requirements.catalogue import Catalogue, load_catalogue
from calconnect.settings.model import Settings
from tests.acceptance.fake_tenant import Answering, FakeTenant, clock, make_settings


@functools.cache
def catalogue() -> Catalogue:
    return load_catalogue()


def not_asked(topology: str = "exchange-server") -> tuple[str, ...]:
    """Return the versioned ids of the requirements that are not asked of a topology."""
    return tuple(one.versioned_id for one in catalogue().values() if topology not in one.topologies)


class Heard:
    """Keeps the events that it is told."""

    def __init__(self, react: Callable[[Event], None] = lambda event: None) -> None:
        self.events: list[Event] = []
        self.closed = 0
        self._react = react

    def handle(self, event: Event) -> None:
        self.events.append(event)
        self._react(event)

    def close(self) -> None:
        self.closed += 1

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def scenarios_shipped() -> int:
    """Return how many scenarios calconnect ships: one a requirement."""
    return len(catalogue())


def run(
    settings: Settings,
    tenant: FakeTenant | None = None,
    heard: Heard | None = None,
    *,
    select: Sequence[str] = (),
    **files: Any,
) -> RunOutcome:
    """Run the suite, with a clock that stands still."""
    return run_suite(
        settings,
        tenant or (FakeTenant() if settings.topology.has_server else None),
        [heard or Heard()],
        run_id="test",
        clock=clock(),
        catalogue=catalogue(),
        select=select,
        **files,
    )


def scenario(
    folder: Path, requirement: str, script: Mapping[str, Answering] | None = None, **changes: Any
) -> ScenarioFinished:
    """Run the one scenario of a requirement and return how it ended; ``bundle`` makes its configuration evidence."""
    make_bundle: Callable[[Path], Bundle] | None = changes.pop("bundle", None)
    bundle = make_bundle(folder) if make_bundle is not None else None
    settings = make_settings(folder, **changes)
    outcome = run(settings, FakeTenant(script, settings.access), select=[requirement], bundle=bundle)
    (ended,) = outcome.scenarios
    return ended
