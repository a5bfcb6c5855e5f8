"""Finds a saved run, or a sweep, by what people call it: id, folder, ``last``, or the day on which it started."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import read_toml

RESULTS_FILE = "results.json"
LAST = "last"

_SETTINGS_FILE = "calconnect.toml"
_RUNS = "reports"
_STARTED = re.compile(rb'"started":\s*"([^"]{10,40})"')
_RUN_ID = re.compile(r"(\d{8}T\d{6})Z-")
_HEAD = 16_384
"""The run's own data stand at the beginning of ``results.json``, whatever its size is."""


@dataclass(frozen=True, slots=True)
class RunKind:
    """A kind of run: by which file its folder is known, and what is said where there is none."""

    file: str
    missing: str
    """The rest of a sentence that begins with the folder."""
    nothing: str
    make: str


AUDIT = RunKind(
    RESULTS_FILE,
    "is not the record of a finished run: it has no results.json.",
    "holds no finished run.",
    'Make one with "calconnect audit", or name its folder.',
)
SWEEP = RunKind(
    "sweep.sqlite",
    "holds no sweep: it has no sweep.sqlite.",
    "holds no sweep.",
    'Begin one with "calconnect sweep", or name its folder.',
)


def runs_folder(out: Path | None = None, config: Path | None = None) -> Path:
    """Return the folder of all runs: ``out``; else that of the settings, else ``reports`` in the current folder.

    Args:
        out: the folder itself, if it was named.
        config: the settings file, if it was named; None: that in the current folder, which is passed over if it cannot
            be read: to look back at a run needs none.

    Raises:
        InvalidInput: the settings file that was named cannot be read.
    """
    if out is not None:
        return out.expanduser()
    settings = config or Path(_SETTINGS_FILE)
    try:
        run = read_toml(settings).data.get("run")
    except InvalidInput:
        if config is not None:
            raise
        return Path(_RUNS)
    named = run.get("reports") if isinstance(run, dict) else None
    if not isinstance(named, str) or not named:
        return Path(_RUNS)
    try:
        return settings.parent / Path(named).expanduser()
    except RuntimeError:  # ~NAME, where nobody of that name has a home
        return settings.parent / named


def find_run(name: str, reports: Path, kind: RunKind = AUDIT) -> Path:
    """Return the folder of a run that left a result; of a sweep, finished or not.

    Args:
        name: the run's id; the path of its folder, or of a file in it; ``last``: the newest run in ``reports``; or the
            day on which it started (``2026-11-22``, UTC), which means the last run of that day.
        reports: the folder of all runs.
        kind: what is looked for.

    Raises:
        InvalidInput: there is no such run, or it left no result.
    """
    text = name.strip()
    if text and text != LAST and (folder := _named(text, reports)) is not None:
        try:
            finished = (folder / kind.file).is_file()
        except OSError as error:
            raise _problem(folder, f"cannot be read: {error.strerror or type(error).__name__}.") from None
        if finished:
            return folder
        raise _problem(folder, kind.missing)
    day = _day(text)
    if text != LAST and day is None:
        known = sorted(folder.name for folder in _runs(reports, kind))
        close = difflib.get_close_matches(text, known, 1)
        hint = f"Did you mean {close[0]}?" if close else "Name its id, its folder, a day such as 2026-11-22, or last."
        raise _problem(reports, f"has no run named {text!r}.", hint)
    runs = [(_started(folder, kind), folder.name, folder) for folder in _runs(reports, kind)]
    of_day = [run for run in runs if day is None or run[0].date() == day]
    if of_day:
        return max(of_day)[2]
    if day is not None and runs:
        raise _problem(reports, f"has no run of {day.isoformat()}.", f"The last one is {max(runs)[1]}.")
    raise _problem(reports, kind.nothing, kind.make)


def _named(text: str, reports: Path) -> Path | None:
    """Return the folder that is called so, as a run's id first and as a path then."""
    for base in (reports, Path()):
        try:
            place = base / Path(text).expanduser()
            if place.is_dir():
                return place
            if place.is_file():
                return place.parent
        except (OSError, ValueError, RuntimeError):  # no name for a file: too long, or with a character none may have
            continue
    return None


def _runs(reports: Path, kind: RunKind) -> Iterator[Path]:
    try:
        for folder in reports.iterdir():
            finished = False
            with contextlib.suppress(OSError):  # a folder that is locked is no run that could be found
                finished = (folder / kind.file).is_file()
            if finished:
                yield folder
    except (OSError, ValueError):  # also where the settings name a folder by a character that no name may have
        return


def _started(folder: Path, kind: RunKind) -> datetime:
    """Return when the run started, as its results say, or its id; if neither does, when they were written."""
    path = folder / kind.file
    with contextlib.suppress(OSError, ValueError, OverflowError), path.open("rb") as file:
        found = _STARTED.search(file.read(_HEAD))
        moment = datetime.fromisoformat(found.group(1).decode("ascii")) if found is not None else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    if kind is SWEEP and (named := _RUN_ID.match(folder.name)) is not None:
        with contextlib.suppress(ValueError):
            return datetime.strptime(named.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _problem(place: Path, message: str, hint: str = "") -> InvalidInput:
    return InvalidInput([Problem(str(place), None, "", message, hint)])
