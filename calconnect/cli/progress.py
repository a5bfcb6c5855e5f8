"""Progress while a run goes on: its events as lines, or as a live display."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Protocol

import click

from calconnect.acceptance.events import Event, Progress, RunStarted, ScenarioFinished, ScenarioStarted
from calconnect.acceptance.verdicts import Verdict
from calconnect.cli.console import printable, say_styled

_COLOURS: Mapping[Verdict, str] = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.UNKNOWN: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.NOT_APPLICABLE: "bright_black",
}
_WIDTH = max(len(verdict.value) for verdict in Verdict)


class View(Protocol):
    """Shows the events of a run."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def close(self) -> None:
        """Show no more."""


def view_for(*, quiet: bool) -> View:
    """Return the view that fits where stderr goes."""
    if quiet:
        return SilentView()
    # A process may be started without stderr (``2>&-``, pythonw).
    return LiveView() if sys.stderr is not None and sys.stderr.isatty() else LineView()


class SilentView:
    """Nothing at all."""

    def show(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing is held."""


class LineView:
    """One line a scenario: for a pipe, a log, or a terminal that cannot do more."""

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, ScenarioFinished) and _asked(event):
            say_styled(scenario_line(event))

    def close(self) -> None:
        """Nothing is held."""


class LiveView:
    """Lines, and below them a bar of what is under way: for a terminal."""

    def __init__(self) -> None:
        """Take over the bottom of the terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self._console = Console(stderr=True)
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._run = self._bars.add_task("starting", total=None)
        self._step: int | None = None
        self._bars.start()

    def show(self, event: Event) -> None:
        """Show one event."""
        from rich.text import Text

        if isinstance(event, RunStarted):
            self._bars.update(self._run, description="requirements", total=event.scenarios)
        elif isinstance(event, ScenarioStarted):
            name = event.requirement or printable(event.scenario)
            self._bars.update(self._run, description=f"requirements ({name})")
        elif isinstance(event, Progress):
            self._show_step(event)
        elif isinstance(event, ScenarioFinished):
            self._bars.advance(self._run)
            self._end_step()
            if _asked(event):
                self._console.print(Text.from_ansi(scenario_line(event)), soft_wrap=True, highlight=False)

    def close(self) -> None:
        """Give the terminal back."""
        self._bars.stop()

    def _show_step(self, event: Progress) -> None:
        from rich.progress import TaskID

        what = printable(event.what)
        if self._step is None:
            self._step = self._bars.add_task(what, total=event.total)
        self._bars.update(TaskID(self._step), description=what, completed=event.done, total=event.total)

    def _end_step(self) -> None:
        from rich.progress import TaskID

        if self._step is not None:
            self._bars.remove_task(TaskID(self._step))
            self._step = None


def _asked(event: ScenarioFinished) -> bool:
    """Say whether anything was asked: where a requirement is not one of the topology or day, no step is taken."""
    return event.verdict is not Verdict.NOT_APPLICABLE or bool(event.steps)


def scenario_line(event: ScenarioFinished) -> str:
    """Return the line of a scenario that ended; below it, indented, why it did not pass."""
    return verdict_line(event.verdict, event.requirement, event.scenario, event.sentence)


def verdict_line(verdict: Verdict, requirement: str, name: str, sentence: str) -> str:
    """Return a line with a verdict and what it is about; below it, indented, why it is not passed."""
    word = click.style(verdict.value.ljust(_WIDTH), fg=_COLOURS[verdict])
    line = f"{word}  {printable(requirement)}  {printable(name)}".rstrip()
    if verdict in (Verdict.PASSED, Verdict.NOT_APPLICABLE) or not sentence:
        return line
    return f"{line}\n{' ' * _WIDTH}  {printable(sentence)}"
