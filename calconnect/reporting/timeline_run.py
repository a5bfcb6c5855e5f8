"""The timeline of a saved run, or of settings alone, as of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import UsageError
from calconnect.reporting.audit_run import DEFAULT_CONFIG
from calconnect.reporting.model_timeline import TimelineResult
from calconnect.reporting.run_lookup import runs_folder
from calconnect.reporting.saved_run import SavedRun
from calconnect.reporting.timeline import run_timeline
from calconnect.reporting.words import day, plural
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings


@dataclass(frozen=True, slots=True)
class FoundTimeline:
    """A timeline, and of whom it is."""

    timeline: TimelineResult
    topology: str
    mailboxes: int
    """How many are listed."""
    run: str | None
    """Id of the saved run; None: it comes from settings alone."""
    about: str
    """Of whom it is, as sentences."""
    intact: bool = True
    """Whether the saved run is as it was left."""

    def record(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        head = {"run": self.run, "topology": self.topology, "mailboxes": self.mailboxes, "intact": self.intact}
        return head | self.timeline.model_dump(mode="json")


def timeline_of_run(
    name: str, *, clock: Clock, on: date | None = None, out: Path | None = None, config: Path | None = None
) -> FoundTimeline:
    """Return the timeline of a saved run, whose observations decide whom a date concerns.

    Args:
        name: what people call the run: its id, its folder, ``last``, a day.
        clock: tells today.
        on: the day from which days are counted; None: today, or the run's own day where a mock tenant was audited,
            which may have a clock of its own.
        out: the folder of all runs, if it was named.
        config: the settings file that names that folder, if it was named.

    Raises:
        InvalidInput: there is no such run, or it is damaged.
    """
    saved = SavedRun.open(name, runs_folder(out, config))
    settings, _ = saved.inputs()
    results = saved.results
    now = results.run.started if results.tenant.mock else clock()
    timeline = run_timeline(
        settings,
        saved.observations(),
        _start_of(on) if on is not None else now,
        waivers=results.waivers,
        attestations=results.attestations,
        evidence=results.evidence,
    )
    seen = f"As run {results.run.id} of {day(results.run.started.date())} observed it."
    mock = f" Of the mock tenant {results.tenant.mock}: it says nothing about your organisation."
    about = f"{_about(settings)} {seen}{mock if results.tenant.mock else ''}"
    return FoundTimeline(
        timeline, settings.topology, len(settings.mailboxes), results.run.id, about, not saved.damages()
    )


def timeline_of_settings(config: Path | None, *, clock: Clock, on: date | None = None) -> FoundTimeline:
    """Return the timeline that settings alone come to.

    Args:
        config: the settings file; None: ``calconnect.toml`` in the current folder.
        clock: tells today.
        on: the day from which days are counted; None: today.

    Raises:
        InvalidInput: the settings are wrong.
        UsageError: none were named, and there are none in the current folder.
    """
    file = config if config is not None else Path(DEFAULT_CONFIG)
    if config is None and not file.exists():
        raise UsageError(
            f'There is no {DEFAULT_CONFIG} in this folder. Name settings with --config, or a saved run, such as "last".'
        )
    settings = load_settings(file.expanduser(), clock=clock)
    about = f"{_about(settings)} From the settings alone: nothing was observed."
    found = run_timeline(settings, (), _start_of(on) if on is not None else clock())
    return FoundTimeline(found, settings.topology, len(settings.mailboxes), None, about)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _about(settings: Settings) -> str:
    return f"Topology {settings.topology}, {plural(len(settings.mailboxes), 'mailbox', 'mailboxes')}."
