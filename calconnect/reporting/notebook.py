"""The audit inside a notebook: short calls that run it and show it. Used by ``notebooks/acceptance_audit.ipynb``.

What is wrong with the settings is shown as text: the notebook stops there without a traceback.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from calconnect.acceptance.events import Event, ObservationMade, Progress, RunStarted, ScenarioFinished, ScenarioStarted
from calconnect.evidence.store import read_observations
from calconnect.foundation.problems import CalconnectError
from calconnect.reporting.audit_run import AuditRun
from calconnect.reporting.html import render_fragment
from calconnect.reporting.paths import portable, system_refusal
from calconnect.reporting.shown import Shown
from calconnect.reporting.text import render_text
from calconnect.reporting.view import ReportView, report_view
from calconnect.reporting.words import visible

_REFRESH_SECONDS = 0.4
_Result = TypeVar("_Result")


class AuditStopped(CalconnectError):
    """The audit cannot go on, for a reason that the user can do something about; shown as it is, without traceback."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()


@dataclass(frozen=True, slots=True)
class _Opened:
    id: str
    mock: str | None
    settings: str
    mailboxes: int


@dataclass(frozen=True, slots=True)
class _Progress:
    done: int
    total: int
    observations: int
    now: str


@dataclass(frozen=True, slots=True)
class _Written:
    results: str
    report: str


class _LiveProgress:
    """Shows how far the run is, in one output that is updated in place."""

    def __init__(self) -> None:
        self._done = self._total = self._observations = 0
        self._now = ""
        self._due = 0.0
        self._handle: Any = None

    def handle(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._total = event.scenarios
        elif isinstance(event, ObservationMade):
            self._observations += 1
        elif isinstance(event, ScenarioStarted):
            self._now = event.scenario
        elif isinstance(event, Progress):
            self._now = f"{event.what} ({event.done} of {event.total})"
        elif isinstance(event, ScenarioFinished):
            self._done += 1
        if time.monotonic() >= self._due:
            self._show()

    def close(self) -> None:
        self._now = ""
        self._show()

    def _show(self) -> None:
        from IPython.display import display

        self._due = time.monotonic() + _REFRESH_SECONDS
        state = _Progress(self._done, self._total, self._observations, self._now)
        text = f"{state.done} of {state.total} scenarios, {state.observations} observations. {state.now}".rstrip()
        shown = Shown(render_fragment("progress", state), visible(text))
        if self._handle is None:
            self._handle = display(shown, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(shown)


class Audit:
    """One audit in a notebook. Call ``run`` once, then look at it, then ``write_report``."""

    def __init__(self, run: AuditRun) -> None:
        """Take over an opened run; its mock tenant, if it started one, is stopped when this goes."""
        self._run = run
        self._view: ReportView | None = None
        self._closing = weakref.finalize(self, run.close)

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        return self._opened()._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return repr(self._opened())

    def run(self) -> None:
        """Run the suite and show the progress.

        Raises:
            AuditStopped: it was interrupted, or has been run already.
        """
        _or_stop(lambda: self._run.run([_LiveProgress()]))

    def answer(self) -> Shown:
        """Show whether the organisation is ready, and why."""
        return self._shown("answer")

    def next_steps(self) -> Shown:
        """Show what to do, in order, with the commands."""
        return self._shown("next_steps")

    def charts(self) -> Shown:
        """Show the verdicts by area, the coverage of the mailboxes and the durations."""
        return self._shown("charts")

    def trace(self) -> Shown:
        """Show the trace from requirement to verdict."""
        return self._shown("trace")

    def mailboxes(self) -> Shown:
        """Show the mailboxes."""
        return self._shown("mailboxes")

    def overlay(self) -> Shown:
        """Show the waivers and attestations."""
        return self._shown("overlay")

    def timeline(self) -> Shown:
        """Show what ends when."""
        return self._shown("timeline")

    def write_report(self) -> Shown:
        """Write ``report.html`` and ``results.json`` into the run's folder, and stop the mock tenant, if any."""
        results = _or_stop(self._run.write)
        self._closing()
        report = results.with_name("report.html")
        written = _Written(portable(results), portable(report))
        return Shown(render_fragment("written", written), f"Written: {written.results}, {written.report}")

    def _opened(self) -> Shown:
        run = self._run
        opened = _Opened(run.id, run.mock, run.settings.file.name, len(run.settings.mailboxes))
        whom = f"the mock tenant {opened.mock}" if opened.mock is not None else f"the tenant of {opened.settings}"
        text = f"Acceptance audit {opened.id} of {whom}: {opened.mailboxes} listed mailboxes."
        return Shown(render_fragment("opened", opened), visible(text))

    def _shown(self, part: str) -> Shown:
        if self._view is None:
            results = _or_stop(lambda: self._run.results)
            self._view = report_view(results, read_observations(self._run.folder / "observations.jsonl"))
        return Shown(render_fragment(part, self._view), render_text(part, self._view))


def open_audit(config: str = "", tenant: str = "", out: str = "", run_id: str = "", *, reuse: str = "") -> Audit:
    """Open an audit. With no ``config`` and no ``tenant``, and no ``calconnect.toml`` here, it is of a mock tenant.

    Args:
        config: path of the settings file.
        tenant: a mock tenant, by name or file.
        out: folder of all runs.
        run_id: the run's id; empty: made from the time.
        reuse: a sweep whose observations serve the audit: its id or its folder; empty: everything is asked.

    Raises:
        AuditStopped: the settings are wrong; every problem is named.
    """
    return Audit(_or_stop(lambda: AuditRun.open(config=config, tenant=tenant, out=out, run_id=run_id, reuse=reuse)))


def _or_stop(act: Callable[[], _Result]) -> _Result:
    try:
        return act()
    except CalconnectError as error:
        raise AuditStopped(visible(str(error))) from None
    except OSError as error:  # of this machine: what the network does is observed, never raised
        raise AuditStopped(visible(system_refusal(error))) from None
