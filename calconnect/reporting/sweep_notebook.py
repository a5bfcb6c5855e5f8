"""A sweep inside a notebook: short calls that show what it left in its folder. Used by ``notebooks/sweep.ipynb``."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from calconnect.foundation.problems import CalconnectError
from calconnect.reporting.shown import Shown
from calconnect.reporting.sweep_html import SweepView, render_sweep_part, sweep_view
from calconnect.reporting.sweep_run import read_sweep
from calconnect.reporting.sweep_text import render_sweep_text
from calconnect.reporting.words import visible


class SweepStopped(CalconnectError):
    """There is nothing to show, for a reason that the user can do something about; shown without traceback."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()


class SweepShow:
    """One sweep, to be looked at part by part."""

    def __init__(self, view: SweepView) -> None:
        """Take what is to be shown."""
        self._view = view

    def answer(self) -> Shown:
        """Show what the sweep says as a whole, and how it ended."""
        return self._shown("answer")

    def steps(self) -> Shown:
        """Show what to do, by cause."""
        return self._shown("steps")

    def outcomes(self) -> Shown:
        """Show the mailboxes by outcome and code."""
        return self._shown("outcomes")

    def groups(self) -> Shown:
        """Show the mailboxes by domain and by what else tells them apart."""
        return self._shown("groups")

    def course(self) -> Shown:
        """Show rate, throttling and latency over time."""
        return self._shown("course")

    def worst(self) -> Shown:
        """Show the mailboxes that fall shortest."""
        return self._shown("worst")

    def listed(self) -> Shown:
        """Show the list and its unusable rows."""
        return self._shown("list")

    def _shown(self, part: str) -> Shown:
        return Shown(render_sweep_part(part, self._view), render_sweep_text(part, self._view.results))


def open_sweep(folder: str) -> SweepShow:
    """Open what a sweep left in its folder.

    Raises:
        SweepStopped: the folder holds no sweep, or one of another version.
    """
    try:
        return SweepShow(sweep_view(read_sweep(Path(folder).expanduser())))
    except ValidationError:
        raise SweepStopped(visible(f"The results in {folder} were written by another version of calconnect.")) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise SweepStopped(visible(f"There is no sweep in {folder or 'this folder'}: {why}")) from None
