"""The journal of test events: what is noted before an event is created, so that it is found again whatever happens.

An entry is written whole or not at all, and removed once the deletion is confirmed. What is left over belongs to a run
that was interrupted, or to one that is still at work: the process id and its start time tell which.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from calconnect.foundation.clock import Clock
from calconnect.foundation.files import write_json
from calconnect.tenants.common.mark import Mark

_FOLDER = "test-events"
_SAME_START = 30.0
"""Seconds that two readings of a process's start time may differ by: it is reckoned from the time of the machine's
start, which moves when the clock is set. Better to keep an event for too long than to delete one that is in use."""
_LONGEST_ROUND_TRIP = timedelta(minutes=15)
"""After this an entry of an earlier run in this same process is left over: no round trip takes as long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One test event that may still be at the tenant."""

    endpoint: str
    """The EWS URL."""
    mailbox: str
    mark: Mark
    pid: int
    process_started: float
    """Seconds since 1970, as the operating system tells."""
    path: Path


class Journal:
    """The entries in ``<state folder>/test-events``."""

    def __init__(self, state_folder: Path, run: str, clock: Clock) -> None:
        self._folder = state_folder / _FOLDER
        self._run = run
        self._clock = clock

    def begin(self, endpoint: str, mailbox: str) -> Entry:
        """Note that an event is about to be created.

        Raises:
            OSError: the note cannot be written; then no event may be created.
        """
        mark = Mark.new(self._run, self._clock())
        started = psutil.Process().create_time()
        entry = Entry(endpoint, mailbox, mark, os.getpid(), started, self._folder / f"{mark.number}.json")
        write_json(
            entry.path,
            {
                "endpoint": entry.endpoint,
                "mailbox": entry.mailbox,
                "mark": str(entry.mark),
                "pid": entry.pid,
                "process_started": entry.process_started,
                "written_at": self._clock().astimezone(UTC).isoformat(),
            },
        )
        return entry

    def end(self, entry: Entry) -> None:
        """Take the entry out: its event is gone. If that fails the next start looks for the event, and finds none."""
        with contextlib.suppress(OSError):
            entry.path.unlink(missing_ok=True)

    def entries(self, endpoint: str) -> tuple[list[Entry], list[Path]]:
        """Return the entries for an endpoint, and the files that cannot be read."""
        found, unreadable = [], []
        for path in sorted(self._folder.glob("*.json")):
            entry = _read(path)
            if entry is None:
                if path.exists():  # and has not just been taken out by another run
                    unreadable.append(path)
            elif _same_endpoint(entry.endpoint, endpoint):
                found.append(entry)
        return found, unreadable

    def is_left_over(self, entry: Entry) -> bool:
        """Say whether the run that made the entry is no longer at work."""
        if entry.pid == os.getpid() and _is_running(entry):
            old = self._clock() - entry.mark.made > _LONGEST_ROUND_TRIP
            return old and entry.mark.run != self._run
        return not _is_running(entry)


def _is_running(entry: Entry) -> bool:
    try:
        process = psutil.Process(entry.pid)
        return bool(
            abs(process.create_time() - entry.process_started) <= _SAME_START
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _read(path: Path) -> Entry | None:
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
        mark = Mark.parse(str(record["mark"]))
        if mark is None:
            return None
        return Entry(
            str(record["endpoint"]),
            str(record["mailbox"]),
            mark,
            int(record["pid"]),
            float(record["process_started"]),
            path,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _same_endpoint(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.hostname, first.port or 443, first.path.lower()) == (
        second.hostname,
        second.port or 443,
        second.path.lower(),
    )


def is_old(mark: Mark, now: datetime) -> bool:
    """Say whether a marked event is so old that no run can still be at work on it: more than an hour."""
    return now - mark.made > timedelta(hours=1)
