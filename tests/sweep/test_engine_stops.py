"""When a sweep stops before it is through, what it says, and what it leaves for later."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from calconnect.evidence.observation import Mode
from calconnect.sweep.engine import GRACE, run
from calconnect.sweep.model import EndedBy, Settled
from calconnect.tenants.thin.interface import Concurrency, Shot
from tests.sweep.simulated import BUSY, OK, SILENT, START, Says, SimulatedPath, in_virtual_time, mailboxes, sweep

REFUSED = Says("", 401)


def test_refused_credentials_end_it_at_once_and_what_is_in_flight_is_left() -> None:
    path = SimulatedPath(lambda _, now: REFUSED if now > 1.0 else OK)
    swept = sweep(path, mailboxes(2000))
    first = next(one.back for one in path.heard if REFUSED in one.said.values())
    assert swept.ending.by is EndedBy.CREDENTIALS_REFUSED
    assert swept.ending.seen is not None
    assert swept.ending.seen.http_status == 401
    assert max(at for at, _ in path.asked) <= first
    assert len(swept.settled) == sum(OK in one.said.values() for one in path.heard)
    assert (path.in_flight, swept.tasks_left) == (0, 0)


@pytest.mark.parametrize(
    ("says", "mode", "ends"),
    [
        (Says("", 401), Mode.DELEGATE, True),
        (Says("", 456), Mode.IMPERSONATED, True),
        (Says("no-token", None), Mode.APPLICATION, True),
        (Says("credentials-refused", 401), Mode.APPLICATION, True),
        (Says("InvalidAuthenticationToken", 401), Mode.APPLICATION, False),
        (Says("ErrorAccessDenied", 403), Mode.IMPERSONATED, False),
    ],
)
def test_what_counts_as_refused_credentials(says: Says, mode: Mode, ends: bool) -> None:
    class As(SimulatedPath):
        async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
            await asyncio.sleep(0.1)
            return [says.shot(one, mode) for one in mailboxes]

    swept = sweep(As(lambda _, __: OK), mailboxes(3))
    assert swept.ending.by is (EndedBy.CREDENTIALS_REFUSED if ends else EndedBy.DONE)
    assert len(swept.settled) == (0 if ends else 3)


def test_a_silence_ends_it_and_those_not_heard_of_are_left() -> None:
    path = SimulatedPath(lambda _, now: SILENT if now > 2.0 else OK)
    swept = sweep(path, mailboxes(3000))
    assert swept.ending.by is EndedBy.SILENCE
    assert "connection-refused" in swept.ending.sentence
    assert all(one.shot.last.ok for one in swept.settled)
    assert sum(SILENT in one.said.values() for one in path.heard) < 60
    assert 30 < swept.seconds < 60


def test_a_silence_that_ends_costs_nobody_an_answer() -> None:
    path = SimulatedPath(lambda _, now: SILENT if 2.0 < now < 20.0 else OK)
    swept = sweep(path, mailboxes(2000))
    assert swept.ending.by is EndedBy.DONE
    assert all(one.shot.last.ok for one in swept.settled)


def test_a_server_that_turns_everything_away_is_left_alone() -> None:
    path = SimulatedPath(lambda _, __: Says("ErrorServerBusy", 500, 1.0))
    swept = sweep(path, mailboxes(500))
    assert swept.ending.by is EndedBy.THROTTLED
    assert "ErrorServerBusy" in swept.ending.sentence
    assert (swept.settled, swept.seconds < 20) == ([], True)


def test_a_wish_of_an_hour_ends_it_where_nobody_is_served() -> None:
    path = SimulatedPath(lambda _, now: Says("ErrorServerBusy", 500, 3600.0) if now > 1.0 else OK)
    swept = sweep(path, mailboxes(1000))
    assert swept.ending.by is EndedBy.THROTTLED
    assert "3600 seconds" in swept.ending.sentence
    assert all(one.shot.last.ok for one in swept.settled)
    told = max(one.back for one in path.heard if one.sent < 2)
    assert sum(at > told for at, _ in path.asked) == 1


def test_a_wish_of_an_hour_for_one_mailbox_gives_up_that_mailbox() -> None:
    path = SimulatedPath(lambda mailbox, _: Says("ErrorServerBusy", 500, 3600.0) if "user9@" in mailbox else OK)
    swept = sweep(path, mailboxes(300))
    assert swept.ending.by is EndedBy.DONE
    assert [one.number for one in swept.settled if not one.shot.last.ok] == [9]
    assert path.attempts["user9@example.com"] == 1


def test_a_wish_beyond_the_time_that_is_left_ends_it() -> None:
    path = SimulatedPath(lambda _, now: Says("ErrorServerBusy", 500, 60.0) if now > 1.0 else OK)
    swept = sweep(path, mailboxes(1000), seconds=30.0)
    assert swept.ending.by is EndedBy.TIME_UP
    assert "60 seconds" in swept.ending.sentence
    assert swept.seconds < 2.0 + GRACE


def test_time_that_is_up_lets_those_in_flight_come_back_but_not_for_long() -> None:
    path = SimulatedPath(lambda _, __: OK, latency=lambda batch: 60.0 if "user1@example.com" in batch else 0.8)
    swept = sweep(path, mailboxes(500), seconds=5.0)
    assert swept.ending.by is EndedBy.TIME_UP
    assert swept.seconds == pytest.approx(5.0 + GRACE)
    assert len(swept.settled) == len(path.asked) - 1
    assert max(at for at, _ in path.asked) <= 5.0


def test_it_does_not_wait_for_what_can_only_be_asked_when_time_is_up() -> None:
    path = SimulatedPath(lambda _, __: Says("ApplicationThrottled", 429, 100.0))
    swept = sweep(path, mailboxes(1), seconds=50.0)
    assert (swept.ending.by, swept.settled) == (EndedBy.TIME_UP, [])
    assert swept.seconds < 1.0


def test_being_stopped_leaves_the_rest() -> None:
    path = SimulatedPath(lambda _, __: OK)
    swept = sweep(path, mailboxes(500), stop_after=0.55)
    assert swept.ending.by is EndedBy.INTERRUPTED
    assert swept.ending.resumable
    assert len(swept.settled) == len(path.asked) < 500
    assert swept.seconds < 0.8


def test_a_store_that_is_full_ends_it_and_nothing_more_is_settled() -> None:
    kept: list[Settled] = []

    def settle(one: Settled) -> None:
        if len(kept) == 40:
            raise OSError(28, "No space left on device")
        kept.append(one)

    path = SimulatedPath(lambda _, __: OK)
    swept = sweep(path, mailboxes(500), settle=settle)
    assert swept.ending.by is EndedBy.STORE_FULL
    assert "No space left on device" in swept.ending.sentence
    assert swept.settled == kept
    assert (path.in_flight, swept.tasks_left) == (0, 0)


def test_a_path_that_breaks_its_word_breaks_the_sweep_and_leaves_nothing_behind() -> None:
    class Broken(SimulatedPath):
        async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
            if len(self.asked) == 30:
                raise LookupError("broken")
            return await super().ask(mailboxes)

    path = Broken(lambda _, __: OK)
    with pytest.raises(LookupError, match="broken"):
        sweep(path, mailboxes(100))
    assert path.in_flight == 0


def test_being_cancelled_leaves_no_task() -> None:
    path = SimulatedPath(lambda _, __: BUSY, concurrency=Concurrency(9, 9))

    async def go() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.07):
                await run(
                    path,
                    mailboxes(50),
                    settle=lambda _: None,
                    sample=lambda _: None,
                    progress=lambda _: None,
                    stop=asyncio.Event(),
                    seconds=None,
                    clock=lambda: START,
                    rng=random.Random(1),
                )
        return len(asyncio.all_tasks())

    assert in_virtual_time(go()) == 1
    assert (len(path.asked), path.in_flight) == (9, 0)
