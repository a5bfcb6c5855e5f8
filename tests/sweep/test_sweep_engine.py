"""What the engine does with what comes back, whatever that is: each mailbox once, in peace, and within limits."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.evidence.codes import Kind, code_table
from calconnect.evidence.observation import Outcome
from calconnect.sweep.breakers import LONGEST_WISH
from calconnect.sweep.model import EndedBy, SweptMailbox
from calconnect.sweep.retries import retry_for, retry_table
from calconnect.tenants.thin.interface import Concurrency, Probe, Shot
from tests.sweep.simulated import BUSY, OK, SILENT, Heard, Says, SimulatedPath, mailboxes, sweep

DENIED = Says("ErrorAccessDenied", 500)
_LOAD = frozenset({"ErrorServerBusy", "ErrorExceededConnectionCount"})

answers = st.sampled_from(
    [
        *(OK, OK, OK, OK, DENIED, SILENT),
        *(Says("ErrorServerBusy", 500, wish) for wish in (None, 0.0, 0.3, 2.0, 3_600.0)),
        *(Says("", 503, wish) for wish in (None, 1.0)),
        *(Says("", 429, wish) for wish in (None, 1.5)),
        *(Says("ErrorExceededConnectionCount", 500), Says("ApplicationThrottled", 429, 0.7)),
        *(Says("connection-reset", None), Says("timed-out", None), Says("malformed-answer", 500)),
        *(Says("connection-reset", None, repeatable=False), Says("ErrorServerBusy", 500, 0.2, repeatable=False)),
        *(Says("ErrorMailboxMoveInProgress", 500), Says("ErrorInternalServerError", 500), Says("", 500)),
    ]
)


@dataclass(frozen=True)
class Case:
    """A server's answers, mailbox by mailbox, and how it is swept."""

    scripts: list[list[Says]]
    size: int
    start: int
    most: int
    seconds: float | None
    stop_after: float | None


cases = st.builds(
    Case,
    scripts=st.lists(st.lists(answers, max_size=4), min_size=1, max_size=40),
    size=st.sampled_from([1, 1, 3, 20]),
    start=st.integers(1, 6),
    most=st.integers(1, 9),
    seconds=st.sampled_from([None, None, 3.0]),
    stop_after=st.sampled_from([None, None, 0.35]),
)


@settings(max_examples=60)
@given(case=cases)
def test_each_mailbox_is_settled_once_or_left_and_nobody_is_asked_too_soon(case: Case) -> None:
    scripts, most = case.scripts, case.most
    todo = mailboxes(len(scripts))
    said = {
        one.address: itertools.chain(script, itertools.repeat(OK)) for one, script in zip(todo, scripts, strict=True)
    }
    path = SimulatedPath(
        lambda mailbox, _: next(said[mailbox]),
        concurrency=Concurrency(min(case.start, most), most),
        mailboxes_per_request=case.size,
    )
    swept = sweep(path, todo, seconds=case.seconds, stop_after=case.stop_after)

    numbers = Counter(one.number for one in swept.settled)
    assert set(numbers.values()) <= {1}
    assert (len(numbers) == len(todo)) == (swept.ending.by is EndedBy.DONE)
    assert bool(swept.ending.sentence) == (swept.ending.by is not EndedBy.DONE)
    assert swept.tasks_left == 0
    assert path.in_flight == 0
    assert path.most_in_flight <= most
    assert all(len(batch) <= case.size for _, batch in path.asked)
    assert swept.progress[-1].done == len(numbers)
    for heard in path.heard:
        _nobody_is_asked_too_soon(heard, path.asked)
    for one in swept.settled:
        assert one.shot.last.attempts == path.attempts[one.shot.mailbox]
        assert ("retried_after" in one.shot.last.details) == (one.shot.last.attempts > 1)


def _nobody_is_asked_too_soon(heard: Heard, asked: Sequence[tuple[float, tuple[str, ...]]]) -> None:
    wishes = {mailbox: says.wish for mailbox, says in heard.said.items() if says.wish}
    for mailbox, wish in wishes.items():
        assert not any(mailbox in batch and heard.back < at < heard.back + wish for at, batch in asked)
    whole = all(says.code in _LOAD or says.status in (429, 503) for says in heard.said.values())
    meant = any(says.code != "ApplicationThrottled" for says in heard.said.values())
    reasonable = [wish for wish in wishes.values() if wish <= LONGEST_WISH]
    if whole and meant and reasonable and len(reasonable) == len(wishes):
        assert not any(heard.back < at < heard.back + max(reasonable) for at, _ in asked)


def test_a_mailbox_that_hangs_does_not_hold_up_the_rest() -> None:
    path = SimulatedPath(lambda mailbox, _: Says("timed-out", None) if mailbox.startswith("user7@") else OK)
    path.latency = lambda batch: 30.0 if "user7@example.com" in batch else 0.1
    swept = sweep(path, mailboxes(2000))
    late = [one for one in swept.settled if not one.shot.last.ok]
    assert [one.number for one in late] == [7]
    assert late[0] is swept.settled[-1]
    assert next(one for one in swept.samples if one.done == 1999).at.second < 10
    assert late[0].shot.last.attempts == 2


def test_mailboxes_that_hang_in_numbers_are_given_up_and_the_others_asked() -> None:
    def hangs(mailbox: str) -> bool:
        return int(mailbox.removeprefix("user").partition("@")[0]) <= 60

    path = SimulatedPath(lambda mailbox, _: Says("timed-out", None) if hangs(mailbox) else OK)
    path.latency = lambda batch: 30.0 if hangs(batch[0]) else 0.1
    swept = sweep(path, mailboxes(600))
    assert swept.ending.by is EndedBy.DONE
    assert sum(one.shot.last.ok for one in swept.settled) == 540


def test_one_mailbox_that_breaks_a_request_for_many_is_found() -> None:
    path = SimulatedPath(lambda _, __: OK, mailboxes_per_request=100)
    path.latency = lambda batch: 30.0 if "user150@example.com" in batch else 0.1
    path.behave = lambda _, __: Says("timed-out", None) if "user150@example.com" in path.asked[-1][1] else OK
    path.concurrency = Concurrency(1, 1)
    swept = sweep(path, mailboxes(300))
    assert [one.number for one in swept.settled if not one.shot.last.ok] == [150]
    assert len(path.asked) < 20


def test_requests_are_filled_also_by_those_that_are_asked_again() -> None:
    count = Counter[str]()

    def every_tenth_once(mailbox: str, _: float) -> Says:
        count[mailbox] += 1
        turned = count[mailbox] == 1 and int(mailbox.removeprefix("user").partition("@")[0]) % 10 == 0
        return Says("", 429, 2.0) if turned else OK

    path = SimulatedPath(every_tenth_once, mailboxes_per_request=20, concurrency=Concurrency(4, 4))
    swept = sweep(path, mailboxes(2000))
    assert all(one.shot.last.ok for one in swept.settled)
    assert len(path.asked) <= 2200 / 20 * 1.1
    assert swept.seconds < 10


def test_what_it_says_of_the_attempts_stands_where_the_first_one_ended() -> None:
    class Writing(SimulatedPath):
        async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
            [shot] = await super().ask(mailboxes)
            created = replace(shot.last, probe="create-event", outcome=Outcome.OK, code="NoError")
            if shot.last.ok:
                return [replace(shot, observations=(created, replace(created, probe="delete-event")))]
            return [replace(shot, observations=(replace(shot.last, probe="create-event"),))]

    script = iter([BUSY, Says("", 503), OK])
    path = Writing(lambda _, __: next(script), probe=Probe.WRITE)
    [settled] = sweep(path, mailboxes(1)).settled
    created, deleted = settled.shot.observations
    assert (created.attempts, created.details) == (3, {"retried_after": "ErrorServerBusy"})
    assert (deleted.attempts, deleted.details) == (1, {})


def test_a_second_row_of_an_address_waits_for_the_first() -> None:
    todo = [SweptMailbox(number, "Ada@example.com" if number % 2 else "ada@example.com") for number in range(1, 9)]
    path = SimulatedPath(lambda _, __: OK)
    swept = sweep(path, todo)
    assert sorted(one.number for one in swept.settled) == list(range(1, 9))
    assert path.most_in_flight == 1


def test_what_is_not_in_the_table_is_not_asked_again() -> None:
    worth = {Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.REFUSAL_OF_IDENTITY}
    for code, meaning in code_table().by_code.items():
        observation = OK.shot("ada@example.com").last
        observation = replace(observation, outcome=Outcome.REFUSED, code=code, http_status=500)
        assert retry_for(observation) is None or meaning.kind in worth, code
    assert all(code in code_table().by_code for code in retry_table().by_code if not code.startswith("HTTP "))


@pytest.mark.parametrize(
    "says", [Says("connection-reset", None, repeatable=False), Says("ErrorTimeoutExpired", 500, repeatable=False)]
)
def test_what_may_have_been_done_is_not_done_again(says: Says) -> None:
    path = SimulatedPath(lambda _, __: says, probe=Probe.WRITE)
    [settled] = sweep(path, mailboxes(1)).settled
    assert settled.shot.last.attempts == 1
    assert len(path.asked) == 1


def test_progress_tells_findings_and_the_time_left() -> None:
    path = SimulatedPath(lambda mailbox, _: DENIED if "1" in mailbox else OK)
    swept = sweep(path, mailboxes(1000))
    midway = next(one for one in swept.progress if one.done > 500)
    assert midway.total == 1000
    assert midway.seconds_left == pytest.approx((1000 - midway.done) / 270, rel=0.35)
    last = swept.progress[-1]
    assert (last.done, last.in_flight, last.throttled) == (1000, 0, 0)
    assert last.findings == {"ErrorAccessDenied": sum("1" in str(number) for number in range(1, 1001))}
    assert sum(one.answers for one in swept.samples) == 1000
    assert {round(one.latency_ms) for one in swept.samples if one.answers} == {100}


def test_of_a_probe_that_must_be_refused_the_refusal_is_no_finding() -> None:
    path = SimulatedPath(lambda mailbox, _: OK if mailbox.startswith("user3@") else DENIED, probe=Probe.REFUSED)
    assert sweep(path, mailboxes(9)).progress[-1].findings == {"NoError": 1}


def test_an_empty_list_is_done() -> None:
    swept = sweep(SimulatedPath(lambda _, __: OK), [])
    assert (swept.ending.by, swept.seconds) == (EndedBy.DONE, 0.0)


def test_memory_does_not_grow_with_the_list() -> None:
    class Endless(Sequence[SweptMailbox]):
        """A list that holds nothing, and sees how many of its mailboxes are alive at once."""

        def __len__(self) -> int:
            return 3000

        def __getitem__(self, place: object) -> SweptMailbox:  # type: ignore[override]
            assert isinstance(place, int)
            handed_out.append(place)
            return SweptMailbox(place + 1, f"user{place}@example.com")

    handed_out: list[int] = []
    path = SimulatedPath(lambda _, __: OK, concurrency=Concurrency(5, 5))
    ahead = []
    sweep(path, Endless(), settle=lambda _: ahead.append(len(handed_out) - len(ahead)))
    assert max(ahead) <= 10
