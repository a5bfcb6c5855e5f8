"""The time that a whole answer may take, watched with one timer for all requests that are under way.

It is the same for each, so what began first is due first. aiohttp's own limit would set a timer for every request and
cancel nearly all of them; that of each part of an answer stays with it.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Patience:
    """Cancels what a task waits for once its time is up. Used from one event loop, once at a time by each task."""

    def __init__(self, seconds: float) -> None:
        """Give every request ``seconds``."""
        self._seconds = seconds
        self._due: dict[asyncio.Task[Any], float] = {}
        self._late: dict[asyncio.Task[Any], int] = {}
        """How often others had cancelled the task until then: what it still does may be to clean up."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, task: asyncio.Task[Any]) -> None:
        """Take note that a task, the present one, begins a request."""
        loop = asyncio.get_running_loop()
        self._due[task] = due = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(due, self._look, loop)

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Take note that its request is over. Returns whether it was cancelled here, and by nobody else."""
        self._due.pop(task, None)
        before = self._late.pop(task, None)
        return before is not None and task.uncancel() <= before

    def stop(self) -> None:
        """Watch nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for task, due in list(self._due.items()):
            if due > now:
                self._timer = loop.call_at(due, self._look, loop)
                return
            del self._due[task]
            self._late[task] = task.cancelling()
            task.cancel()
