"""How fast a sweep goes, against servers that exist in virtual time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from calconnect.tenants.thin.interface import Concurrency, Shot
from tests.sweep.simulated import BUSY, OK, Bucket, Says, SimulatedPath, mailboxes, sweep

RATE = 50
TOO_MANY = Says("", 429)


def test_all_of_the_rate_that_latency_and_concurrency_allow_is_used() -> None:
    path = SimulatedPath(lambda _, __: OK)
    swept = sweep(path, mailboxes(3000))
    assert sorted(one.number for one in swept.settled) == list(range(1, 3001))
    assert 3000 / swept.seconds >= 0.95 * 27 / 0.1
    assert path.most_in_flight == 27


@pytest.mark.parametrize(
    ("refusal", "wish"),
    [
        (BUSY, 0.1),
        (BUSY, 5.0),
        (BUSY, 0.0),
        (BUSY, None),
        (BUSY, 999_999.0),
        (TOO_MANY, 2.0),
    ],
)
def test_a_server_that_throttles_by_rate_is_used_and_spared(refusal: Says, wish: float | None) -> None:
    path = SimulatedPath(Bucket(RATE, RATE, wish, refusal), latency=jitter())
    count = 3000 if wish == 5.0 else 1200
    swept = sweep(path, mailboxes(count))
    assert len(swept.settled) == count
    assert path.refused_share(since=10) < 0.02
    assert path.served_rate(since=10) >= 0.9 * RATE
    lost = [one for one in swept.settled if not one.shot.last.ok]
    # A mailbox that is to be left alone for eleven days is given up; nobody else is lost.
    assert len(lost) <= (30 if wish == 999_999.0 else 0)


@pytest.mark.parametrize("size", [5, 500])
def test_a_budget_of_any_size_is_found_out(size: int) -> None:
    path = SimulatedPath(Bucket(RATE, size, 1.0))
    swept = sweep(path, mailboxes(1600))
    assert all(one.shot.last.ok for one in swept.settled)
    assert path.refused_share(since=10) < 0.02
    assert path.served_rate(since=10) >= 0.9 * RATE


def test_a_rate_that_is_raised_is_found_out() -> None:
    bucket = Bucket(RATE, RATE, 0.2)

    def raised(mailbox: str, now: float) -> Says:
        bucket.rate = RATE if now < 15 else 2 * RATE
        return bucket(mailbox, now)

    path = SimulatedPath(raised)
    sweep(path, mailboxes(3000))
    assert path.served_rate(since=30) >= 0.7 * 2 * RATE


def test_parts_that_are_throttled_within_a_request_slow_the_rest_down() -> None:
    path = SimulatedPath(
        Bucket(100, 100, 2.0, TOO_MANY), latency=jitter(), mailboxes_per_request=20, concurrency=Concurrency(4, 4)
    )
    swept = sweep(path, mailboxes(3000))
    assert all(one.shot.last.ok for one in swept.settled)
    assert path.refused_share(since=10) < 0.02
    assert path.served_rate(since=10) >= 90


def test_refusals_that_have_nothing_to_do_with_the_rate_do_not_slow_down() -> None:
    chance = random.Random(5)
    path = SimulatedPath(lambda _, __: Says("ErrorServerBusy", 500, 0.1) if chance.random() < 0.02 else OK)
    swept = sweep(path, mailboxes(2000))
    assert all(one.shot.last.ok for one in swept.settled)
    assert swept.seconds < 3 * 2000 / 270


def test_only_so_many_at_once_as_the_server_lets_in() -> None:
    path = _Crowded(lambda _, __: OK, latency=jitter())
    swept = sweep(path, mailboxes(1800))
    assert all(one.shot.last.ok for one in swept.settled)
    assert path.refused_share(since=10) < 0.02
    assert path.served_rate(since=10) >= 0.85 * _Crowded.room / 0.1
    assert swept.samples[-1].limit <= _Crowded.room + 1


def test_a_server_that_becomes_slow_is_asked_less() -> None:
    path = SimulatedPath(lambda _, __: OK)
    path.latency = lambda _: 0.1 if path.in_flight <= 12 else 3.0
    swept = sweep(path, mailboxes(1500))
    assert max(one.limit for one in swept.samples) > 12
    assert min(one.limit for one in swept.samples[-5:]) <= 12


class _Crowded(SimulatedPath):
    """Turns away who comes while so many are inside."""

    room = 10
    _inside = 0

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        crowded = self._inside >= self.room
        self.behave = (lambda _, __: Says("ErrorExceededConnectionCount", 500)) if crowded else (lambda _, __: OK)
        self._inside += not crowded
        try:
            return await super().ask(mailboxes)
        finally:
            self._inside -= not crowded


def jitter() -> Callable[[Sequence[str]], float]:
    chance = random.Random(3)
    return lambda _: 0.08 + 0.04 * chance.random()
