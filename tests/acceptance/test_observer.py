"""The observer asks each question once, behind gates, and hands answers back in the order of the question."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.events import Event, ObservationMade, Progress
from calconnect.acceptance.fanout import AHEAD, fan_out
from calconnect.acceptance.gates import SILENCE
from calconnect.acceptance.observer import FREE_BUSY_BATCH, Observer
from calconnect.acceptance.recorder import MOST_PROGRESS, Recorder
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Mode, Observation, Outcome
from tests.acceptance.fake_tenant import (
    START,
    USERS,
    Answering,
    FakeTenant,
    Says,
    clock,
    make_settings,
    refuses,
    silent,
)

MANY = [f"user{number}@example.com" for number in range(250)]


class Watched:
    """An observer, its tenant and what it told."""

    def __init__(self, folder: Path, script: dict[str, Answering] | None = None) -> None:
        self.told: list[Event] = []
        self.tenant = FakeTenant(script)
        self.observer = Observer(self.tenant, make_settings(folder), Recorder(self.told.append), clock())


def test_a_question_is_put_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    first = watched.observer.open_calendars(USERS[:3])
    again = watched.observer.open_calendars(USERS)
    watched.observer.sign_in()
    assert all(again[user] is first[user] for user in USERS[:3])
    assert set(Counter(watched.tenant.asked).values()) == {1}


def test_answers_are_numbered_in_the_order_of_the_question(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.tenant.before = lambda probe, target: time.sleep(0.02 if target == USERS[0] else 0)
    answers = watched.observer.open_calendars(USERS)
    numbers = [answer.id for answer in answers.values() if isinstance(answer, Observation)]
    assert list(answers) == list(USERS)
    assert numbers == sorted(numbers)


def test_a_few_are_asked_at_once_and_no_more(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    lock, now, most = threading.Lock(), 0, 0

    def count(probe: str, target: str) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    watched.tenant.before = count
    watched.observer.open_calendars(MANY[:40])
    assert 2 <= most <= 4


@pytest.mark.parametrize(
    ("script", "reason", "by"),
    [
        ({"locate": silent("timed-out")}, UnknownReason.TIMED_OUT, ""),
        ({"locate": refuses(None, 404)}, UnknownReason.BLOCKED, "NET-02"),
        ({"tls": silent("certificate-expired")}, UnknownReason.BLOCKED, "NET-03"),
        ({"tls": silent("connection-refused")}, UnknownReason.UNREACHABLE, ""),
        ({"offered-authentication": refuses(None, 401, details={"schemes": []})}, UnknownReason.BLOCKED, "SVC-05"),
        ({"sign-in": refuses(None, 401)}, UnknownReason.BLOCKED, "SVC-04"),
        ({"sign-in": refuses("ErrorServerBusy")}, UnknownReason.THROTTLED, ""),
    ],
)
def test_a_closed_gate_keeps_mailboxes_from_being_asked(
    tmp_path: Path, script: dict[str, Answering], reason: UnknownReason, by: str
) -> None:
    watched = Watched(tmp_path, script)
    observer = watched.observer
    answers = [
        *observer.open_calendars(USERS).values(),
        *observer.free_busy(USERS).values(),
        *observer.resolve(USERS).values(),
        observer.open_own_calendar(),
        observer.expand_group("group@example.com"),
        observer.room_lists(),
        observer.event_round_trip(USERS[0]),
    ]
    for answer in answers:
        assert isinstance(answer, NotAsked)
        assert (answer.reason, answer.by) == (reason, by)
        assert answer.observations
        assert answer.sentence.startswith("It was not asked for, because ")
    asked = {probe for probe, _ in watched.tenant.asked}
    assert asked <= {"locate", "tls", "offered-authentication", "sign-in"}
    assert watched.tenant.strays_removed == 0


def test_a_sweep_stops_when_the_credentials_are_suddenly_refused(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"open-calendar": lambda user: refuses(None, 401) if user >= "user1" else Says()})
    answers = watched.observer.open_calendars(MANY)
    sent = watched.tenant.count("open-calendar")
    assert sent <= AHEAD
    held = [answer for answer in answers.values() if isinstance(answer, NotAsked)]
    assert len(held) == len(MANY) - sent
    assert {answer.by for answer in held} == {"SVC-04"}
    assert isinstance(watched.observer.list_events(USERS)[USERS[0]], NotAsked)


def test_a_sweep_stops_after_a_long_silence(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"open-calendar": silent("timed-out")})
    answers = watched.observer.open_calendars(MANY)
    assert SILENCE <= watched.tenant.count("open-calendar") <= SILENCE + 4
    held = [answer for answer in answers.values() if isinstance(answer, NotAsked)]
    assert {answer.reason for answer in held} == {UnknownReason.TIMED_OUT}


def test_single_silences_stop_nothing(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"open-calendar": lambda user: silent("timed-out") if "7" in user else Says()})
    watched.observer.open_calendars(MANY[:60])
    assert watched.tenant.count("open-calendar") == 60


def test_a_firewall_that_holds_connections_back_stops_nothing(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"reach-from": silent("timed-out")})
    sources = [f"203.0.113.{number}" for number in range(30)]
    watched.observer.reach_from(sources)
    assert watched.tenant.count("reach-from") == 30
    assert isinstance(watched.observer.open_own_calendar(), Observation)


def test_busy_times_are_asked_for_in_batches_and_matched_by_address(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    answers = watched.observer.free_busy([address.upper() for address in MANY])
    assert list(answers) == [address.upper() for address in MANY]
    assert all(isinstance(answer, Observation) and answer.target == mailbox for mailbox, answer in answers.items())
    done = [event.done for event in watched.told if isinstance(event, Progress)]
    assert done == [FREE_BUSY_BATCH, 2 * FREE_BUSY_BATCH, len(MANY)]


def test_a_mailbox_that_an_answer_leaves_out_is_not_taken_for_read(tmp_path: Path) -> None:
    class Forgetful(FakeTenant):
        def free_busy(self, mailboxes: object, window: object) -> tuple[Observation, ...]:
            return super().free_busy(list(USERS[:2]), window)  # type: ignore[arg-type]

    watched = Watched(tmp_path)
    watched.observer._server = Forgetful()
    answers = watched.observer.free_busy(USERS)
    assert [isinstance(answer, NotAsked) for answer in answers.values()] == [False, False, True, True, True, True]


def test_progress_of_very_many_is_told_now_and_then() -> None:
    told: list[Event] = []
    recorder = Recorder(told.append)
    for done in range(1, 100_001):
        recorder.progress("asking", done, 100_000)
    assert len(told) <= MOST_PROGRESS + 1
    assert told[-1] == Progress("asking", 100_000, 100_000)


def test_an_observation_of_a_saved_run_keeps_its_id() -> None:
    told: list[Event] = []
    saved = Observation("o-0042", START, "sign-in", "ConvertId", Mode.SERVICE_ACCOUNT, "a", Outcome.OK)
    assert Recorder(told.append).record(saved) is saved
    assert told == [ObservationMade(saved)]


def test_the_window_is_counted_from_the_clock(tmp_path: Path) -> None:
    window = Watched(tmp_path).observer.window
    assert window.start == START
    assert (window.end - window.start).days == 14


def test_a_fact_from_a_file_is_noted_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    path = tmp_path / "mailboxes.csv"
    first = watched.observer.note("read the list", path.name, {"addresses": 6}, [path])
    assert watched.observer.note("read the list", path.name, {"addresses": 6}, [path]) is first
    assert first.mode is Mode.CONFIGURATION
    assert len(str(first.details[f"sha256 of {path.name}"])) == 64
    assert [type(event).__name__ for event in watched.told] == ["ObservationMade"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(), unique=True, max_size=60), st.integers(1, 5))
def test_a_fan_out_answers_for_all_in_their_order(targets: list[int], workers: int) -> None:
    assert list(fan_out(lambda target: target * 2, targets, workers)) == [(target, target * 2) for target in targets]


def test_a_fan_out_that_is_left_asks_no_more() -> None:
    asked: list[int] = []

    def ask(target: int) -> None:
        asked.append(target)
        time.sleep(0.002)

    for target, _ in fan_out(ask, range(1000)):
        if target == 3:
            break
    time.sleep(0.05)
    assert len(asked) <= AHEAD + 8


def test_an_exception_of_a_question_reaches_who_asked() -> None:
    def ask(target: int) -> int:
        return 1 // target

    with pytest.raises(ZeroDivisionError):
        list(fan_out(ask, [1, 2, 0, 3]))
