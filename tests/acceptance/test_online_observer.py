"""The observer of Exchange Online asks each question once, behind the sign-in, twenty at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.events import Event, Progress
from calconnect.acceptance.fanout import WORKERS
from calconnect.acceptance.gates import SILENCE
from calconnect.acceptance.noted import topology_found
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.replay import judge_again
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Observation, Outcome
from calconnect.settings.model import ApplicationCredential, Topology
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.online_interface import BATCH, OnlineTenant
from calconnect.tenants.recorded_online import RecordedOnlineTenant
from tests.acceptance.fake_online_tenant import LOST, FakeOnlineTenant, make_online_settings
from tests.acceptance.fake_tenant import USERS, Answering, FakeTenant, Says, clock, refuses, silent
from tests.acceptance.suite_run import Heard, catalogue, run

MANY = [f"user{number}@example.com" for number in range(250)]
EXPIRED = refuses("AADSTS7000222", 401)


class Watched:
    """An observer of Exchange Online, its tenant and what it told."""

    def __init__(self, folder: Path, script: dict[str, Answering] | None = None, **changes: Any) -> None:
        self.told: list[Event] = []
        self.fake = FakeOnlineTenant(script)
        self.settings = make_online_settings(folder, **changes)
        self.recorder = Recorder(self.told.append)
        self.observer = Observer(None, self.settings, self.recorder, clock())
        self.online = self.over(self.fake)

    def over(self, tenant: OnlineTenant) -> OnlineObserver:
        return OnlineObserver(tenant, self.settings, self.recorder, self.observer)


def reasons(answers: dict[str, Answer]) -> set[UnknownReason | None]:
    return {answer.reason if isinstance(answer, NotAsked) else None for answer in answers.values()}


def test_everybody_is_asked_for_once_and_twenty_at_a_time(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    first = watched.online.open_calendars(MANY[:30])
    again = watched.online.open_calendars(MANY)
    assert list(again) == MANY
    assert all(again[one] is first[one] for one in first)
    assert watched.fake.count("graph-calendar") == len(MANY)
    assert watched.fake.count("application-sign-in") == 1
    assert sorted(map(len, watched.fake.batches)) == [10, *[BATCH] * 12]
    assert [answer.target for answer in again.values() if isinstance(answer, Observation)] == MANY
    assert [event.done for event in watched.told if isinstance(event, Progress)][-1] == 220


@pytest.mark.parametrize("probe", ["open_calendars", "users", "list_events", "free_busy", "directory_roles"])
def test_nothing_is_asked_before_the_application_signed_in(tmp_path: Path, probe: str) -> None:
    watched = Watched(tmp_path, {"application-sign-in": EXPIRED})
    answers = getattr(watched.online, probe)(USERS)
    assert reasons(answers) == {UnknownReason.NOT_PERMITTED}
    assert "AADSTS7000222: The client secret or certificate has expired." in answers[USERS[0]].sentence
    assert [asked for asked, _ in watched.fake.asked] == ["application-sign-in"]
    assert answers[USERS[0]].observations


def test_a_sign_in_that_may_work_later_leaves_open_what_is_so(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"application-sign-in": silent("timed-out")})
    assert reasons(watched.online.users(USERS)) == {UnknownReason.TIMED_OUT}


def test_a_clock_that_is_wrong_is_named_as_that_and_by_how_much(tmp_path: Path) -> None:
    skewed = Says("clock-skew", 401, Outcome.REFUSED, {"clock_skew_seconds": -900})
    answer = Watched(tmp_path, {"application-sign-in": skewed}).online.users(USERS)[USERS[0]]
    assert isinstance(answer, NotAsked)
    assert answer.code == "clock-skew"
    assert answer.sentence.endswith("The server's clock is 900 seconds behind.")


def test_ews_has_a_sign_in_of_its_own(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"application-sign-in": EXPIRED})
    assert reasons(watched.online.open_ews_calendars(USERS)) == {None}
    watched = Watched(tmp_path, {"online-ews-sign-in": EXPIRED})
    assert reasons(watched.online.ews_free_busy(USERS)) == {UnknownReason.NOT_PERMITTED}
    assert watched.fake.count("online-ews-free-busy") == 0


def test_without_a_credential_nothing_is_sent(tmp_path: Path) -> None:
    gone = ApplicationCredential(client_secret=SecretReference("env", "CALCONNECT_NOT_SET"))
    watched = Watched(tmp_path, credential=gone)
    answer = watched.online.sign_in()
    assert isinstance(answer, NotAsked)
    assert "CALCONNECT_NOT_SET" in answer.sentence
    assert answer.code == "secret-not-found", "the step that mends it is the sign-in's"
    assert watched.fake.asked == []


def test_a_401_in_the_middle_is_an_answer_and_stops_nothing(tmp_path: Path) -> None:
    watched = Watched(
        tmp_path, {"graph-calendar": lambda one: refuses(None, 401) if one == MANY[7] else Says(None, 200)}
    )
    answers = watched.online.open_calendars(MANY)
    assert reasons(answers) == {None}
    assert [one for one, answer in answers.items() if isinstance(answer, Observation) and not answer.ok] == [MANY[7]]


def test_a_token_that_is_lost_stops_the_sweep_and_keeps_what_was_seen(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"graph-calendar": lambda one: LOST if one in MANY[100:] else Says(None, 200)})
    answers = watched.online.open_calendars(MANY)
    assert all(isinstance(answers[one], Observation) for one in MANY[:100])
    last = answers[MANY[-1]]
    assert isinstance(last, NotAsked)
    assert last.reason is UnknownReason.NOT_PERMITTED
    assert "AADSTS7000222" in last.sentence
    assert reasons(watched.online.list_events(MANY)) == {UnknownReason.NOT_PERMITTED}
    assert watched.fake.count("graph-events") == 0
    assert watched.online.open_calendars(MANY[:100]) == {one: answers[one] for one in MANY[:100]}


def test_silence_stops_the_sweep(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {"graph-calendar": silent("connection-reset")})
    answers = watched.online.open_calendars(MANY)
    assert watched.fake.count("graph-calendar") <= (WORKERS + 1) * BATCH
    assert sum(isinstance(answer, NotAsked) for answer in answers.values()) >= len(MANY) - (WORKERS + 1) * BATCH
    assert reasons(watched.online.users(USERS)) == {UnknownReason.UNREACHABLE}
    assert SILENCE < BATCH


def test_an_event_that_was_interrupted_is_removed(tmp_path: Path) -> None:
    watched = Watched(tmp_path)

    def stop(probe: str, target: str) -> None:
        if probe == "graph-event-round-trip update":
            raise KeyboardInterrupt

    watched.fake.before = stop
    with pytest.raises(KeyboardInterrupt):
        watched.online.event_round_trip(USERS[0])
    assert watched.fake.count("graph-remove-strays") == 1
    watched.online.clean_up()
    watched.online.clean_up()
    assert watched.fake.count("graph-remove-strays") == 2


def test_what_was_seen_answers_again(tmp_path: Path) -> None:
    first = Watched(tmp_path)
    asked = [first.online.users(USERS), first.online.open_calendars(USERS), first.online.rooms()]
    what_if = [first.online.what_if(USERS[0], source) for source in ("192.0.2.1", "192.0.2.2")]
    again = Watched(tmp_path).over(RecordedOnlineTenant(first.recorder.observations))
    assert [again.users(USERS), again.open_calendars(USERS), again.rooms()] == asked
    assert [again.what_if(USERS[0], source) for source in ("192.0.2.1", "192.0.2.2")] == what_if
    assert reasons(again.list_events(USERS)) == {UnknownReason.NO_EVIDENCE}


@pytest.mark.parametrize("named", [True, False])
def test_how_the_topology_was_found_is_noted(tmp_path: Path, named: bool) -> None:
    watched = Watched(tmp_path, topology_named=named)
    details = dict(topology_found(watched.observer, watched.online, watched.settings).details)
    by_tables = {"found_by": "tables", "trial_hosted": "online"}
    assert details == {"topology": "exchange-online-graph"} | ({"found_by": "settings"} if named else by_tables)
    assert watched.fake.count("online-autodiscover") == (0 if named else 1)


@pytest.mark.parametrize("topology", [one for one in Topology if one.has_online])
def test_a_run_on_each_topology_comes_to_the_same_again(tmp_path: Path, topology: Topology) -> None:
    settings = make_online_settings(tmp_path, topology, trial_mailbox=None)
    heard, online = Heard(), FakeOnlineTenant()
    outcome = run(settings, FakeTenant() if topology.has_server else None, heard, online=online)
    verdicts = {ended.requirement: (ended.verdict, ended.reason, ended.sentence) for ended in outcome.scenarios}
    assert online.closed == 1
    assert heard.events[0].topology == topology  # type: ignore[union-attr]
    assert not any(verdict is Verdict.ERROR for verdict, _, _ in verdicts.values())
    for ended in outcome.scenarios:
        not_of_it = str(topology) not in catalogue()[ended.requirement].topologies
        assert (not not_of_it) or ended.verdict is Verdict.NOT_APPLICABLE
    again = judge_again(settings, outcome.observations, catalogue=catalogue(), started=outcome.started)
    assert {one.requirement: (one.verdict, one.reason, one.sentence) for one in again.scenarios} == verdicts
    assert again.observations == outcome.observations
    assert any(one.outcome is Outcome.OK for one in again.observations)
