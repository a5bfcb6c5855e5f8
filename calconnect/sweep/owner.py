"""Which process is at work on a sweep: its id and its start, so that a process that later has the same id is none."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

_SAME_START = 30.0
"""Seconds that two readings of a process's start may differ by: it moves when the machine's clock is set."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process."""

    pid: int
    started: float
    """Seconds since 1970, as the operating system tells."""

    @classmethod
    def this(cls) -> Owner:
        """Return this process."""
        return cls(os.getpid(), psutil.Process().create_time())

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """Read what :meth:`text` wrote; None if it is nothing of the kind."""
        pid, _, started = text.partition(" ")
        try:
            return cls(int(pid), float(started))
        except ValueError:
            return None

    def text(self) -> str:
        """Return it in one line."""
        return f"{self.pid} {self.started}"

    @property
    def is_at_work(self) -> bool:
        """Whether that process is still running."""
        try:
            process = psutil.Process(self.pid)
            return bool(
                abs(process.create_time() - self.started) <= _SAME_START and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True
