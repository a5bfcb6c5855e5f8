"""The engine of a sweep: asks every mailbox of a list through one thin path, as fast as the server allows.

    ending = await run(path, todo, settle=store.settle, sample=store.sample, progress=line.show, stop=asyncio.Event(),
                       seconds=600, clock=system_clock)

It knows no protocol. What goes next is decided by :mod:`waiting`, when by :mod:`pace` (of which :mod:`window` says how
many at once, :mod:`rate` how many a second), whether once more by :mod:`retries`, and when to stop by :mod:`breakers`
and :mod:`wishes`; here attempts are made, and what comes back is handed to these.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calconnect.foundation.clock import Clock
from calconnect.sweep import breakers
from calconnect.sweep.answers import said, with_attempts
from calconnect.sweep.back import Back
from calconnect.sweep.gauges import Gauges
from calconnect.sweep.model import EndedBy, Ending, Progress, Sample, Settled, SweptMailbox
from calconnect.sweep.pace import Pace, Sent
from calconnect.sweep.retries import Retry
from calconnect.sweep.waiting import Queue, Waiting
from calconnect.sweep.wishes import Meant, Wishes
from calconnect.tenants.thin.interface import Shot, ThinPath

GRACE = 3.0
"""Seconds that what is in flight has to come back when the sweep is stopped or its time is up."""
SAMPLE_EVERY = 1.0
PROGRESS_EVERY = 0.25
_EARLY = 2 * time.get_clock_info("monotonic").resolution
"""Seconds by which event loops are early: they take what is due within the resolution of their clock."""
_SMALLER = 5
"""A request in which one mailbox may be the cause of a fault is taken apart into so many."""
_WITH_GRACE = frozenset({EndedBy.TIME_UP, EndedBy.INTERRUPTED, EndedBy.THROTTLED})
"""Ends at which what is in flight may still come back."""
_TIME_UP = Ending(
    EndedBy.TIME_UP, "The time that was given is over. Resume the sweep to ask the mailboxes that are left."
)


async def run(
    path: ThinPath,
    todo: Sequence[SweptMailbox],
    *,
    settle: Callable[[Settled], None],
    sample: Callable[[Sample], None],
    progress: Callable[[Progress], None],
    stop: asyncio.Event,
    seconds: float | None,
    clock: Clock,
    rng: random.Random | None = None,
) -> Ending:
    """Ask every mailbox of ``todo`` and return how it ended. The path is not closed.

    Each mailbox is settled exactly once, or not at all where the sweep ended before it was through: those are to be
    asked when it is resumed. After :attr:`EndedBy.DONE` none is left.

    Args:
        path: what is asked, and where.
        todo: the mailboxes; cheap to index. They are not asked in this order: neighbours come far apart.
        settle: keeps a mailbox's result, at once: what it took is not asked again. If it raises OSError, the sweep
            ends with :attr:`EndedBy.STORE_FULL`.
        sample: keeps how the last second went; OSError as above.
        progress: shows where the sweep stands, a few times a second, and once at the end.
        stop: once it is set, nothing more is sent, and what is in flight has :data:`GRACE` seconds.
        seconds: for how long it may go on; None: as long as it takes.
        clock: for the samples' times. Waiting goes by the event loop's own clock.
        rng: spreads pauses of calconnect's own choice.

    Raises:
        Exception: what the path or a callback raised against its contract. What was settled until then is settled.
        asyncio.CancelledError: the task was cancelled; everything that was under way is over.
    """
    sweep = _Run(path, todo, _Told(settle, sample, progress), clock=clock, rng=rng or random.Random())  # noqa: S311
    return await sweep.go(stop, seconds)


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told what."""

    settle: Callable[[Settled], None]
    sample: Callable[[Sample], None]
    progress: Callable[[Progress], None]


class _Run:
    """One sweep on its way."""

    def __init__(
        self, path: ThinPath, todo: Sequence[SweptMailbox], told: _Told, *, clock: Clock, rng: random.Random
    ) -> None:
        self._path = path
        self._told = told
        self._rng = rng
        self._now = asyncio.get_running_loop().time
        self._deadline = math.inf
        self._size = max(1, path.mailboxes_per_request)
        self._left = len(todo)
        self._queue = Queue(todo)
        self._pace = Pace(path.concurrency, rng)
        self._silence = breakers.Silence()
        self._overload = breakers.Overload()
        self._gauges = Gauges(path, len(todo), self._pace, clock, self._now())
        self._under_way: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._ending: Ending | None = None
        self._wishes = Wishes()

    async def go(self, stop: asyncio.Event, seconds: float | None) -> Ending:
        """Make attempts until there is an end."""
        timer = None
        if seconds is not None:
            self._deadline = self._now() + seconds
            timer = asyncio.get_running_loop().call_at(self._deadline, self._wake.set)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(self._show()), group.create_task(self._heed(stop))]
                try:
                    while self._ending is None:
                        await self._sleep_until(self._send_what_may_go(group))
                    if self._ending.by in _WITH_GRACE and self._under_way:
                        await asyncio.wait(self._under_way, timeout=GRACE)
                finally:
                    for task in (*self._under_way, *helpers):
                        task.cancel()
        except BaseExceptionGroup as broken:
            raise broken.exceptions[0] from None
        finally:
            if timer is not None:
                timer.cancel()
        self._keep_sample()
        self._told.progress(self._gauges.progress(self._now()))
        return self._ending if self._left or self._ending.by not in _WITH_GRACE else Ending(EndedBy.DONE)

    def _send_what_may_go(self, group: asyncio.TaskGroup) -> float:
        """Send, and return when there may be more to send; infinity: when something comes back."""
        while not isinstance(following := self._next(), float):
            task = group.create_task(self._attempts(*following))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return following

    def _next(self) -> tuple[list[Waiting], Sent] | float:
        """Return an attempt that is to be sent now, or when there may be one; infinity: when something comes back."""
        while self._left and self._ending is None:
            now = self._now()
            if now >= self._deadline:
                self._end(_TIME_UP)
                break
            at = max(self._pace.ready_at(), self._silence.next_at)
            if self._pace.in_flight and (self._wishes.pending or self._silence.quiet):
                return math.inf  # one at a time
            if at <= now:
                batch = self._queue.take(now, self._size, fresh_first=self._silence.wants_fresh)
                if batch:
                    return batch, self._pace.send(now, len(batch))
                at = self._queue.due()
                if self._wishes.pending and at == math.inf:
                    self._give_up_wishes()  # there is nobody else to ask
                    continue
            if at >= self._deadline and not self._pace.in_flight:
                self._end(_TIME_UP)  # whatever is left may only be asked later
            return at
        if not self._left:
            self._end(Ending(EndedBy.DONE))
        return -math.inf

    async def _sleep_until(self, at: float) -> None:
        """Wait until then, or until something came back."""
        if self._ending is not None:
            return
        timer = asyncio.get_running_loop().call_at(at + _EARLY, self._wake.set) if at < math.inf else None
        try:
            await self._wake.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._wake.clear()

    async def _attempts(self, batch: list[Waiting], sent: Sent) -> None:
        """Make an attempt, and then the next ones, for as long as there is one that may be sent at once."""
        try:
            while True:
                try:
                    shots = await self._path.ask([mailbox.address for mailbox in batch])
                finally:
                    self._pace.over()
                self._take(batch, shots, sent)
                await asyncio.sleep(0)  # whatever came back in the same moment is taken before anything is sent
                following = self._next()
                if isinstance(following, float):
                    return
                batch, sent = following
                if self._pace.has_room:
                    self._wake.set()
        finally:
            self._wake.set()

    def _take(self, batch: list[Waiting], shots: Sequence[Shot], sent: Sent) -> None:
        """Take what an attempt came to."""
        if self._ending is not None and self._ending.by not in _WITH_GRACE:
            return
        back = Back(sent, self._now(), shots)
        if back.refused is not None:
            self._end(breakers.refused(back.refused))
            return
        self._note(back, batch)
        meant = self._wishes.weigh(back)
        if meant is Meant.FOR_ALL:
            self._end(breakers.too_long_a_wish(self._wishes.longest, back.last, self._deadline - back.now))
        elif meant is Meant.FOR_THESE:
            self._give_up_wishes()
        for mailbox, shot, retry in zip(batch, shots, back.retries, strict=True):
            mailbox.tries += 1
            if mailbox.tries == 1 and retry is not None:
                mailbox.first = said(shot.last)
                mailbox.first_step = (shot.last.probe, shot.last.operation)
            due = None if retry is None else self._again_at(mailbox, shot, retry, back)
            if due is None:
                self._keep(mailbox, shot)
            elif due < math.inf:
                self._queue.again(mailbox, due)
            else:
                self._wishes.add(back, mailbox, shot)
        if self._wishes.pending and self._pace.in_flight == 0:
            self._pace.closed_until = max(self._pace.closed_until, self._wishes.attempt_at)

    def _note(self, back: Back, batch: Sequence[Waiting]) -> None:
        """Let everybody know who has to: pace, breakers, gauges."""
        now, sent = back.now, back.sent
        self._gauges.answered(now - sent.at, throttled=back.load is not None)
        if back.silent:
            self._silence.unheard([mailbox.number for mailbox in batch], sent.at, now, back.last)
            self._end(self._silence.ending(now, all_asked=self._queue.nothing_fresh))
        elif self._silence.heard():
            self._pace.window.begin_again()
        if back.load is not None:
            self._pace.turned_away(now, sent, back.turned_away, back.load)
        if back.whole:
            self._overload.turned_away(sent.at, now)
            self._end(self._overload.ending(now, back.last))
            self._heed_wish(back)
        else:
            self._overload.heard()
        if back.served:
            self._pace.served(now, sent, back.served)
        elif back.load is None and not back.silent:
            self._pace.window.failed(now)

    def _heed_wish(self, back: Back) -> None:
        """Leave the account alone for as long as an attempt that was turned away as a whole asks for."""
        if not back.for_account or (back.wish is not None and back.wish > breakers.LONGEST_WISH):
            return
        if back.wish is not None and back.now + back.wish >= self._deadline:
            self._end(breakers.too_long_a_wish(back.wish, back.last, self._deadline - back.now))
        self._pace.close(back.now, back.sent, back.wish)

    def _again_at(self, mailbox: Waiting, shot: Shot, retry: Retry, back: Back) -> float | None:
        """Return when a mailbox is to be asked again; None: not; infinity: the server's wish is to be weighed."""
        if not (shot.repeatable or retry.nothing):
            return None
        wish = shot.retry_after or 0.0
        if wish > breakers.LONGEST_WISH:
            return math.inf if back.whole and back.for_account else None
        company = len(back.shots)
        if retry.smaller and company > 1:
            # A fault of the whole request says nothing of any one mailbox, so it does not count against each.
            mailbox.company = math.ceil(company / _SMALLER)
            mailbox.counted += not all(said(other.last) == said(shot.last) for other in back.shots)
        elif not (back.silent and self._silence.quiet and not self._silence.hangs):
            mailbox.counted += 1
        if mailbox.counted > retry.more:
            return None
        own = retry.pause_after(max(1, mailbox.counted)) * self._rng.uniform(1.0, 1.5)
        return back.now + (wish if wish > 0 and mailbox.counted < 2 else max(wish, own))

    def _give_up_wishes(self) -> None:
        for mailbox, shot in self._wishes.take():
            self._keep(mailbox, shot)

    def _keep(self, mailbox: Waiting, shot: Shot) -> None:
        """Settle a mailbox."""
        kept = with_attempts(shot, mailbox.tries, mailbox.first, mailbox.first_step)
        if self._ending is not None and self._ending.by is EndedBy.STORE_FULL:
            return
        try:
            self._told.settle(Settled(mailbox.number, self._path.probe, self._path.side, kept))
        except OSError as error:
            self._store_full(error)
            return
        self._queue.through(mailbox)
        self._left -= 1
        self._gauges.settled(kept.last)

    def _keep_sample(self) -> None:
        try:
            self._told.sample(self._gauges.sample())
        except OSError as error:
            self._store_full(error)

    def _store_full(self, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._end(
            Ending(EndedBy.STORE_FULL, f"Results could not be written: {reason}. Make room, then resume the sweep.")
        )

    def _end(self, ending: Ending | None) -> None:
        """End, for the first reason there is; that the account was refused goes before all others."""
        if ending is not None and (self._ending is None or ending.by is EndedBy.CREDENTIALS_REFUSED):
            self._ending = ending
            self._wake.set()

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end(Ending(EndedBy.INTERRUPTED, "It was stopped. Resume the sweep to ask the rest."))

    async def _show(self) -> None:
        """Give samples and progress at their times."""
        began, ticks = self._now(), 0
        per_sample = round(SAMPLE_EVERY / PROGRESS_EVERY)
        while True:
            ticks = max(ticks, int((self._now() - began) / PROGRESS_EVERY)) + 1
            await asyncio.sleep(began + ticks * PROGRESS_EVERY - self._now())
            self._told.progress(self._gauges.progress(self._now()))
            if ticks % per_sample == 0:
                self._keep_sample()
