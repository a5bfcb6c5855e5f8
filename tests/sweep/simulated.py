"""Servers that exist only in virtual time, as thin paths: hours of a sweep pass in a moment."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.sweep.engine import run
from calconnect.sweep.model import Ending, Progress, Sample, Settled, SweptMailbox
from calconnect.tenants.thin.interface import Concurrency, Probe, Shot, Side

T = TypeVar("T")
START = datetime(2026, 11, 23, tzinfo=UTC)


class _Selector(selectors.SelectSelector):
    """Waits for nothing: the time that would pass has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for something that will never happen"
        self.passed += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to whatever is due next."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


@dataclass(frozen=True)
class Says:
    """One answer: about one mailbox."""

    code: str = "NoError"
    status: int | None = 200
    wish: float | None = None
    repeatable: bool = True

    def shot(self, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> Shot:
        outcome = Outcome.OK if self.code == "NoError" else Outcome.REFUSED if self.status else Outcome.NO_ANSWER
        observation = Observation(
            "", START, "open-calendar", "GetFolder", mode, mailbox, outcome, self.status, self.code or None
        )
        return Shot(mailbox, (observation,), self.wish, self.repeatable)


OK = Says()
BUSY = Says("ErrorServerBusy", 500)
SILENT = Says("connection-refused", None)
Behaviour = Callable[[str, float], Says]
"""Answers about a mailbox at a moment."""


@dataclass(frozen=True)
class Heard:
    """An attempt that came back: when it was sent, when it was back, what was said about whom."""

    sent: float
    back: float
    said: dict[str, Says]


@dataclass
class SimulatedPath:
    """A thin path to a simulated server."""

    behave: Behaviour
    latency: Callable[[Sequence[str]], float] = lambda _: 0.1
    concurrency: Concurrency = field(default_factory=lambda: Concurrency(10, 27))
    mailboxes_per_request: int = 1
    probe: Probe = Probe.REACH
    side: Side = Side.SERVER
    asked: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    at_once: Counter[str] = field(default_factory=Counter)
    closed: bool = False

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        now = asyncio.get_running_loop().time
        sent = now()
        self.asked.append((sent, tuple(mailboxes)))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.at_once.update(mailboxes)
        assert all(self.at_once[one] == 1 for one in mailboxes), "two attempts to one mailbox at once"
        self.attempts.update(mailboxes)
        try:
            wait = self.latency(mailboxes)
            on_the_way = min(0.02, wait / 2)  # a server says at once whether it will work on it, and then does
            await asyncio.sleep(on_the_way)
            said = [self.behave(mailbox, now()) for mailbox in mailboxes]
            await asyncio.sleep(wait - on_the_way)
        finally:
            self.in_flight -= 1
            self.at_once.subtract(mailboxes)
        self.heard.append(Heard(sent, now(), dict(zip(mailboxes, said, strict=True))))
        return [says.shot(one) for one, says in zip(mailboxes, said, strict=True)]

    async def close(self) -> None:
        self.closed = True

    def refused_share(self, since: float) -> float:
        """Return the share of mailboxes that were turned away, of those asked from a time on."""
        later = [says.code for one in self.heard if one.sent >= since for says in one.said.values()]
        return sum(code != "NoError" for code in later) / max(1, len(later))

    def served_rate(self, since: float) -> float:
        """Return how many mailboxes a second were served from a time on, until the last was asked."""
        last = max(one.sent for one in self.heard)
        return sum(s.code == "NoError" for h in self.heard if h.sent >= since for s in h.said.values()) / (last - since)


@dataclass
class Bucket:
    """A budget of so many requests a second, which can be saved up to a size."""

    rate: float
    size: float
    wish: float | None
    refusal: Says = BUSY
    level: float = -1.0
    since: float = 0.0

    def __call__(self, mailbox: str, now: float) -> Says:
        level = self.size if self.level < 0 else min(self.size, self.level + (now - self.since) * self.rate)
        self.since = now
        self.level = level - 1 if level >= 1 else level
        refusal = self.refusal
        return OK if level >= 1 else Says(refusal.code, refusal.status, self.wish, refusal.repeatable)


@dataclass
class Swept:
    """What a sweep told while it went on."""

    ending: Ending
    settled: list[Settled]
    samples: list[Sample]
    progress: list[Progress]
    seconds: float
    tasks_left: int


def mailboxes(count: int) -> list[SweptMailbox]:
    return [SweptMailbox(number, f"user{number}@example.com") for number in range(1, count + 1)]


def sweep(
    path: SimulatedPath,
    todo: Sequence[SweptMailbox],
    *,
    seconds: float | None = None,
    stop_after: float | None = None,
    settle: Callable[[Settled], None] | None = None,
) -> Swept:
    """Sweep a list in virtual time."""

    async def go() -> Swept:
        loop = asyncio.get_running_loop()
        began = loop.time()
        stop = asyncio.Event()
        timer = None if stop_after is None else loop.call_later(stop_after, stop.set)
        settled: list[Settled] = []
        samples: list[Sample] = []
        progress: list[Progress] = []

        def keep(one: Settled) -> None:
            if settle is not None:
                settle(one)
            settled.append(one)

        ending = await run(
            path,
            todo,
            settle=keep,
            sample=samples.append,
            progress=progress.append,
            stop=stop,
            seconds=seconds,
            clock=lambda: START + timedelta(seconds=loop.time()),
            rng=random.Random(1),
        )
        if timer is not None:
            timer.cancel()
        left = len(asyncio.all_tasks()) - 1
        return Swept(ending, settled, samples, progress, loop.time() - began, left)

    return in_virtual_time(go())
