"""The engine for whoever does not live in an event loop: the audit asks its list of mailboxes through it."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import Clock
from calconnect.sweep.engine import run
from calconnect.sweep.model import Ending, Progress, Settled, SweptMailbox
from calconnect.sweep.paths import Paths
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.interface import Probe, Side, ThinPath

Told = Callable[[int, int], None]
"""Hears how many of how many are through."""

_LOOK = 0.2
"""Seconds after which the waiting thread looks up, so that Ctrl-C reaches it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking many."""

    observations: Mapping[str, Observation]
    """By mailbox, of those that are through."""
    ending: Ending
    interrupted: bool = False
    """Whether somebody pressed Ctrl-C; what was seen until then is there."""


class Sweeper:
    """Puts one probe to many mailboxes at once. The sides must have been signed in to."""

    def __init__(self, paths: Paths) -> None:
        """Ask along ``paths``."""
        self._paths = paths

    def ask(self, probe: Probe, side: Side, mailboxes: Sequence[str], window: Window, told: Told) -> Asked:
        """Ask every mailbox, and return when all are through or nothing more is worth asking.

        Args:
            probe: what is asked: one that answers with one observation.
            side: where.
            mailboxes: who, each once.
            window: the span of time for ``read`` and ``free-busy``.
            told: is called in this thread.

        Raises:
            NoPath, NoAnswer, OSError: see :meth:`~calconnect.sweep.paths.Paths.open`.
        """
        path = self._paths.open(probe, side, window)
        work = _Work(path, mailboxes, self._paths.clock)
        interrupted = False
        work.start()
        while True:
            try:
                progress = work.news.get(timeout=_LOOK)
            except queue.Empty:
                continue
            except KeyboardInterrupt:
                interrupted = True
                work.stop()
                continue
            if progress is None:
                break
            told(progress.done, progress.total)
        return Asked(work.seen, work.result(), interrupted)


class _Work(threading.Thread):
    """The engine in a thread and an event loop of its own: where this is called, a loop may be running already."""

    def __init__(self, path: ThinPath, mailboxes: Sequence[str], clock: Clock) -> None:
        super().__init__(name="calconnect-sweep", daemon=True)
        self._path = path
        self._clock = clock
        self._todo = [SweptMailbox(number, address) for number, address in enumerate(mailboxes, 1)]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._halt: asyncio.Event | None = None
        self._halted = threading.Event()
        self._error: BaseException | None = None
        self._ending: Ending | None = None
        self.seen: dict[str, Observation] = {}
        self.news: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        """Progress as it is made; None at the end."""

    def run(self) -> None:
        """Ask."""
        try:
            asyncio.run(self._ask())
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            self._error = error
        finally:
            self.news.put(None)

    def stop(self) -> None:
        """Send nothing more."""
        self._halted.set()
        if self._loop is not None and self._halt is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._halt.set)

    def result(self) -> Ending:
        """Return how it ended, once it has; raise what it raised."""
        self.join()
        if self._error is not None:
            raise self._error
        assert self._ending is not None
        return self._ending

    async def _ask(self) -> None:
        self._halt = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if self._halted.is_set():
            self._halt.set()
        try:
            self._ending = await run(
                self._path,
                self._todo,
                settle=self._settle,
                sample=lambda _: None,
                progress=self.news.put,
                stop=self._halt,
                seconds=None,
                clock=self._clock,
            )
        finally:
            await self._path.close()

    def _settle(self, settled: Settled) -> None:
        self.seen[settled.shot.mailbox] = settled.shot.last
