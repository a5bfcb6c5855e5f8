"""A whole sweep: the gate, the list, every probe on every side through the engine, aliases; begun, or gone on with.

The engine runs in the process of the command: it must survive being killed, and be resumed. What it has seen is in the
store from the moment on at which a mailbox is through.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from calconnect.foundation.clock import Clock
from calconnect.sweep import engine
from calconnect.sweep.aliases import SIGNS, found_online, said_in_answer
from calconnect.sweep.asking import AskSide, Elsewhere, Hooks
from calconnect.sweep.doors import Doors
from calconnect.sweep.gate import Obstacle, pass_gate
from calconnect.sweep.lists import ListRefused, ListSource, listing_from_tenant
from calconnect.sweep.model import EndedBy, Ending, Progress, SweptMailbox
from calconnect.sweep.store import StoreFull, SweepStore
from calconnect.tenants.thin.interface import Probe, Side, ThinPath

Stoppable = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Made with what asks the sweep to stop (from any thread): while it holds, being asked to end does that."""

_FULL = "Results could not be written: {}. Make room, then resume the sweep."
_TIME_UP = "The time that was given ran out. Resume the sweep to ask the others."


class Sweep:
    """One sweep, from where its store stands. Used from one thread."""

    def __init__(
        self,
        store: SweepStore,
        doors: Doors,
        *,
        probes: Sequence[Probe],
        sides: Sequence[Side],
        source: ListSource,
        obstacle: Obstacle,
        clock: Clock,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Prepare to go on.

        Args:
            store: open for writing; with the list, unless only the tenant knows it.
            doors: the tenants.
            probes: what is asked of every mailbox, one after the other.
            sides: where.
            source: where the list comes from.
            obstacle: judges what the gate has seen.
            clock: dates sessions and samples.
            elsewhere: connects to others who ask the mailboxes; None: the engine asks them in this process.
        """
        self._connect = elsewhere
        self._elsewhere: AskSide | None = None
        self._store = store
        self._doors = doors
        self._probes = tuple(probes)
        self._sides = tuple(sides)
        self._source = source
        self._obstacle = obstacle
        self._clock = clock
        self._found: dict[tuple[Probe, Side], Counter[str]] = {}
        """By probe and side, the findings by code of all times that this process asked."""

    @property
    def is_through(self) -> bool:
        """Whether there is nothing left to ask."""
        return self._store.is_listed and all(
            self._knows_aliases(probe, side) and not self._store.todo(probe, side)
            for probe in self._probes
            for side in self._sides
        )

    def go(self, *, seconds: float | None, show: Callable[[Progress], None], stoppable: Stoppable) -> Ending:
        """Ask whom there is to ask, and return how it ended. The doors and the store are not closed.

        Args:
            seconds: for how long it may go on, the gate included; None: as long as it takes.
            show: shows where it stands, a few times a second.
            stoppable: see :data:`Stoppable`. It holds while mailboxes are asked.

        Raises:
            ListRefused: the tenant names nobody who could be asked.
            KeyboardInterrupt: it was stopped before the first mailbox was asked, or a second time.
        """
        began = time.monotonic()
        try:
            self._store.begin_session(self._clock())
            ending = Ending(EndedBy.DONE) if self.is_through else self._before_asking()
            if ending is None:
                left = None if seconds is None else max(0.0, seconds - (time.monotonic() - began))
                ending = asyncio.run(self._ask(left, show, stoppable))
            self._store.end_session(self._clock(), ending)
        except StoreFull as error:
            ending = Ending(EndedBy.STORE_FULL, _FULL.format(error.strerror))
        return ending

    def _before_asking(self) -> Ending | None:
        """Go through the gate, clear up, and get the list; return why no mailbox is asked, if none is."""
        doors = self._doors
        passed = pass_gate(doors.server, doors.online, self._obstacle, over_ews=doors.online_over_ews)
        self._store.note(passed.observations)
        if passed.obstacle:
            by = EndedBy.CREDENTIALS_REFUSED if passed.account_refused else EndedBy.SILENCE
            return Ending(by, passed.obstacle)
        located = [str(one.details["ews_url"]) for one in passed.observations if "ews_url" in one.details]
        if located:
            self._store.set_fact("ews_url", located[-1])
        if Probe.WRITE in self._probes:
            self._store.note(doors.remove_strays())
        if not self._store.is_listed:
            try:
                listing, seen = listing_from_tenant(self._source, doors.server, doors.online)
            except ListRefused as error:
                self._store.note(error.observations)
                raise
            self._store.note(seen)
            self._store.list_mailboxes(listing)
        return None

    async def _ask(self, seconds: float | None, show: Callable[[Progress], None], stoppable: Stoppable) -> Ending:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        ends = None if seconds is None else loop.time() + seconds
        with stoppable(lambda: _ask_to_stop(loop, stop)):
            async with contextlib.AsyncExitStack() as stack:
                if self._connect is not None:
                    self._elsewhere = await stack.enter_async_context(self._connect())
                for probe in self._probes:
                    for side in self._sides:
                        ending = await self._ask_side(probe, side, ends, show, stop)
                        if ending.by is not EndedBy.DONE:
                            return ending
        return Ending(EndedBy.DONE)

    async def _ask_side(
        self, probe: Probe, side: Side, ends: float | None, show: Callable[[Progress], None], stop: asyncio.Event
    ) -> Ending:
        """Put a probe to everybody on one side, to the primary addresses of aliases as well."""
        path = self._doors.open_path(probe, side)
        try:
            while (todo := self._store.todo(probe, side)) or not self._knows_aliases(probe, side):
                left = None if ends is None else ends - asyncio.get_running_loop().time()
                if left is not None and left <= 0:
                    return Ending(EndedBy.TIME_UP, _TIME_UP)
                if todo:
                    ending = await self._run(path, todo, show, stop, left)
                    if ending.by is not EndedBy.DONE:
                        return ending
                await self._learn_aliases(probe, side)
        finally:
            await path.close()
        return Ending(EndedBy.DONE)

    async def _run(
        self,
        path: ThinPath,
        todo: Sequence[SweptMailbox],
        show: Callable[[Progress], None],
        stop: asyncio.Event,
        seconds: float | None,
    ) -> Ending:
        before = self._store.settled_count(path.probe, path.side)
        earlier = self._found.get((path.probe, path.side), Counter())

        def progress(seen: Progress) -> None:
            """Show where it stands, with what was settled before counted in."""
            found = self._found[path.probe, path.side] = earlier + Counter(seen.findings)
            show(replace(seen, done=seen.done + before, total=seen.total + before, findings=found))

        if self._elsewhere is not None:
            hooks = Hooks(self._store.settle, self._store.sample, progress, stop, seconds)
            return await self._elsewhere(path.probe, path.side, todo, path.concurrency, hooks)
        return await engine.run(
            path,
            todo,
            settle=self._store.settle,
            sample=self._store.sample,
            progress=progress,
            stop=stop,
            seconds=seconds,
            clock=self._clock,
        )

    def _knows_aliases(self, probe: Probe, side: Side) -> bool:
        """Say whether everything that was settled so far was looked through for aliases."""
        return self._store.fact(f"aliases_{probe}_{side}") == str(self._store.settled_count(probe, side))

    async def _learn_aliases(self, probe: Probe, side: Side) -> None:
        """Keep which addresses turned out to be aliases; their primary addresses are asked next."""
        count = self._store.settled_count(probe, side)
        results = list(self._store.settled_saying(probe, side, SIGNS))
        primaries = dict(said_in_answer(results))
        online = self._doors.online
        if side is Side.ONLINE and online is not None and not self._doors.online_over_ews:
            for number, primary, seen in await asyncio.to_thread(lambda: list(found_online(results, online))):
                primaries[number] = primary
                self._store.note([seen])
        self._store.add_aliases(primaries)
        self._store.set_fact(f"aliases_{probe}_{side}", str(count))


def _ask_to_stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)
