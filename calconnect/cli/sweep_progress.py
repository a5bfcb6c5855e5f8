"""Progress of a sweep: a live line on a terminal, a plain one every few seconds on a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from calconnect.cli.console import printable, say
from calconnect.sweep.model import Progress

LINE_SECONDS = 5.0
"""On a pipe, a line comes as often."""
_MOST_CODES = 4
"""So many kinds of findings are named in a line; the others are counted together."""


class SweepView(Protocol):
    """Shows how a sweep goes on."""

    def show(self, progress: Progress) -> None:
        """Show where it stands."""

    def close(self) -> None:
        """Show no more."""


def sweep_view(*, quiet: bool) -> SweepView:
    """Return the view that fits where stderr goes."""
    if quiet:
        return SilentSweepView()
    # A process may be started without stderr (``2>&-``, pythonw).
    return LiveSweepView() if sys.stderr is not None and sys.stderr.isatty() else LineSweepView()


class SilentSweepView:
    """Nothing at all."""

    def show(self, progress: Progress) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing is held."""


class LineSweepView:
    """A line every few seconds, and one at the end of each probe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin; ``monotonic`` tells seconds."""
        self._monotonic = monotonic
        self._said_at = monotonic()
        self._said: Progress | None = None
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Say where it stands, if it is time to."""
        last, self._last = self._last, progress
        if last is not None and (last.probe, last.side) != (progress.probe, progress.side):
            self._say(last)
        if self._monotonic() - self._said_at >= LINE_SECONDS:
            self._say(progress)

    def close(self) -> None:
        """Say where it stands for the last time."""
        if self._last is not None:
            self._say(self._last)

    def _say(self, progress: Progress) -> None:
        self._said_at = self._monotonic()
        if progress != self._said:
            self._said = progress
            say(progress_line(progress))


class LiveSweepView:
    """A line that changes in its place, with a bar."""

    def __init__(self) -> None:
        """Take over the bottom of the terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[state]}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bars.add_task("signing in", total=None, state="")
        self._bars.start()
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Show where it stands."""
        last, self._last = self._last, progress
        if last is not None and (last.probe, last.side) != (progress.probe, progress.side):
            self._bars.console.print(progress_line(last), markup=False, highlight=False, soft_wrap=True)
        self._bars.update(
            self._task,
            description=_what(progress),
            completed=progress.done,
            total=progress.total,
            state=f"{_state(progress)}{_findings(progress)}",
        )

    def close(self) -> None:
        """Give the terminal back."""
        self._bars.stop()
        if self._last is not None:
            say(progress_line(self._last))


def progress_line(progress: Progress) -> str:
    """Return where a sweep stands, in one line."""
    return f"{_what(progress)}: {_state(progress)}{_findings(progress)}"


def time_left(seconds: float) -> str:
    """Return a span of time in the two largest units that it fills: ``1 h 05 min``, ``2 min 09 s``, ``40 s``."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {whole % 60:02} s" if minutes else f"{whole} s"


def _what(progress: Progress) -> str:
    return f"{progress.probe} ({progress.side})"


def _state(progress: Progress) -> str:
    parts = [f"{progress.done:,} of {progress.total:,}", f"{progress.per_second:,.0f}/s"]
    going_on = progress.in_flight > 0 and progress.done < progress.total
    if going_on:
        parts.append(f"{progress.in_flight} in flight")
    if progress.throttled:
        parts.append(f"{progress.throttled:,} throttled")
    if going_on and progress.seconds_left is not None:
        parts.append(f"{time_left(progress.seconds_left)} left")
    return ", ".join(parts)


def _findings(progress: Progress) -> str:
    if not progress.findings:
        return ""
    most = sorted(progress.findings.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{printable(code) or 'no code'} {count:,}" for code, count in most[:_MOST_CODES]]
    if rest := sum(count for _, count in most[_MOST_CODES:]):
        parts.append(f"others {rest:,}")
    return f"; {', '.join(parts)}"
