"""A sweep whose mailboxes are shared out among the workers of a cluster; its store and its list stay here."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from calconnect.fleet.cluster import Cluster, Done, connected
from calconnect.fleet.shards import Shard, ShardResult, sweep_shard
from calconnect.sweep.answers import said
from calconnect.sweep.asking import AskSide, Hooks
from calconnect.sweep.model import EndedBy, Ending, Progress, SweptMailbox
from calconnect.sweep.plan import SweepPlan
from calconnect.tenants.thin.interface import Concurrency, Probe, Side

SHARD = 400
"""Mailboxes that a worker takes at a time: what is lost with it is asked again."""
_LOST = "Workers were lost, and with them what they were asking. Resume the sweep to ask the mailboxes that are left."


def check_cluster(address: str) -> None:
    """Make sure that there is a cluster whose workers can sweep.

    Raises:
        UsageError: there is none; the message names the cause.
    """

    async def look() -> None:
        async with connected(address):
            pass

    asyncio.run(look())


@contextlib.asynccontextmanager
async def asking_on(address: str, plan: SweepPlan, settings_file: Path) -> AsyncIterator[AskSide]:
    """Connect to the cluster at ``address``, and hold the tenant there, so that two sweeps do not share its limits.

    Args:
        address: of the scheduler.
        plan: what the sweep was begun with.
        settings_file: where the workers find the settings.

    Raises:
        UsageError: there is no cluster, or a sweep of the same tenant is under way on it.
    """
    async with connected(address) as cluster:
        name = hashlib.sha256(plan.organization.encode()).hexdigest()[:32]
        async with cluster.alone(f"tenant {name}", "Another sweep of this tenant"):
            yield ClusterAsking(cluster, str(settings_file), plan.run, plan.started)


@dataclass(frozen=True, slots=True)
class ClusterAsking:
    """Puts a probe to mailboxes on the workers of a cluster: implements :data:`~calconnect.sweep.asking.AskSide`."""

    cluster: Cluster
    settings_file: str
    run_id: str
    started: datetime

    async def __call__(
        self, probe: Probe, side: Side, todo: Sequence[SweptMailbox], concurrency: Concurrency, hooks: Hooks
    ) -> Ending:
        """Ask them all, with no more requests in flight in all than ``concurrency`` allows."""
        at_once = max(1, min(await self.cluster.workers(), concurrency.most, -(-len(todo) // SHARD)))
        share = max(1, concurrency.most // at_once)
        shards = self._shards(probe, side, todo, share, hooks)
        tally = _Tally(probe, side, len(todo), at_once * share)
        ending: Ending | None = None
        asking = self.cluster.run(sweep_shard, shards, at_once)
        waiting = asyncio.create_task(hooks.stop.wait())
        try:
            while True:
                coming = asyncio.create_task(anext(asking, None))
                await asyncio.wait({coming, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
                    return Ending(
                        EndedBy.INTERRUPTED, "It was stopped. Resume the sweep to ask the mailboxes that are left."
                    )
                done = coming.result()
                if done is None:
                    return ending or Ending(EndedBy.DONE)
                result = _result(done)
                for settled in result.settled:
                    hooks.settle(settled)
                    tally.settled(said(settled.shot.last), ok=settled.shot.last.ok)
                for sample in result.samples:
                    hooks.sample(sample)
                    tally.throttled += sample.throttled
                hooks.progress(tally.progress())
                if result.ending.by is not EndedBy.DONE:
                    if done.result is not None:
                        return result.ending
                    ending = result.ending  # one shard was lost: the others go on
        finally:
            waiting.cancel()
            await asking.aclose()

    def _shards(
        self, probe: Probe, side: Side, todo: Sequence[SweptMailbox], share: int, hooks: Hooks
    ) -> Iterator[Shard]:
        ends = None if hooks.seconds is None else time.monotonic() + hooks.seconds
        for first in range(0, len(todo), SHARD):
            left = None if ends is None else ends - time.monotonic()
            if left is not None and left <= 0:
                left = 0.001  # it is told that the time is up, and asks nobody
            part = tuple(todo[first : first + SHARD])
            yield Shard(self.settings_file, self.run_id, self.started, probe, side, part, share, left)


def _result(done: Done[Shard, ShardResult]) -> ShardResult:
    if done.result is not None:
        return done.result
    return ShardResult((), (), Ending(EndedBy.INTERRUPTED, f"{_LOST} {done.trouble}"))


class _Tally:
    """Counts what came of the shards, for the progress line."""

    def __init__(self, probe: Probe, side: Side, total: int, in_flight: int) -> None:
        self._began = time.monotonic()
        self._state = Progress(probe, side, 0, total, 0.0, in_flight, 0, None, {})
        self._findings: Counter[str] = Counter()
        self._done = 0
        self.throttled = 0

    def settled(self, code: str, *, ok: bool) -> None:
        self._done += 1
        if not ok:
            self._findings[code] += 1

    def progress(self) -> Progress:
        rate = self._done / max(0.001, time.monotonic() - self._began)
        left = (self._state.total - self._done) / rate if rate else None
        return replace(
            self._state,
            done=self._done,
            per_second=rate,
            throttled=self.throttled,
            seconds_left=left,
            findings=dict(self._findings),
        )
