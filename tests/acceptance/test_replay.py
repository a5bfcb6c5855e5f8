"""A run that is judged again from its observations comes to the same verdicts, word for word, and asks nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.asker import NOT_LOOKED
from calconnect.acceptance.engine import RunOutcome
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.gates import SILENCE
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.replay import judge_again
from calconnect.acceptance.settings_facts import FILE, MODE
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Observation
from calconnect.evidence.store import dump_observation, load_observation
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.model import AccessLevel, LimitSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.recorded import RecordedTenant
from tests.acceptance.fake_tenant import (
    GROUP,
    TRIAL,
    URL,
    USERS,
    Answering,
    FakeTenant,
    Says,
    clock,
    make_settings,
    refuses,
    silent,
)
from tests.acceptance.suite_run import catalogue, run

MANY = tuple(f"user{number:02}@example.com" for number in range(40))


@dataclass(frozen=True)
class Shape:
    """An organisation, and what is said of it."""

    script: Mapping[str, Answering] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    access: AccessLevel = AccessLevel.FULL


def refused_from(number: int) -> Callable[[str], Says]:
    """Refuse the credentials in the middle of a sweep."""
    return lambda user: refuses(None, 401) if user in MANY[number:] else Says()


SHAPES = {
    "in order": Shape(),
    "wrong password": Shape({"sign-in": refuses(None, 401)}),
    "untrusted certificate": Shape({"tls": silent("certificate-untrusted")}),
    "unreachable": Shape({"locate": silent("timed-out"), "tls": silent("not-located")}),
    "throttled": Shape({"open-calendar": refuses("ErrorServerBusy")}),
    "URL given": Shape(changes={"exchange_server_url": URL}),
    "credentials refused in the middle": Shape({"open-calendar": refused_from(9)}, {"users": MANY}),
    "silence in the middle": Shape(
        {"open-calendar": lambda user: silent("timed-out") if user in MANY[5:] else Says()}, {"users": MANY}
    ),
    "nested group": Shape({f"expand-group {GROUP}": Says(details={"members": list(USERS[1:]), "groups": []})}),
    "no outsiders named": Shape(changes={"limit": LimitSettings(GROUP)}),
    "no password": Shape(changes={"service_account_password": SecretReference("env", "CALCONNECT_NOT_SET")}),
    "calendar only": Shape(changes={"access": AccessLevel.CALENDAR_ONLY}, access=AccessLevel.CALENDAR_ONLY),
    "free/busy only": Shape(changes={"access": AccessLevel.FREE_BUSY}, access=AccessLevel.FREE_BUSY),
}


def said(outcome: RunOutcome) -> list[ScenarioFinished]:
    """Return the scenarios without what hangs on the machine's speed."""
    return [replace(one, steps=(), duration_ms=0.0, at="") for one in outcome.scenarios]


def written(observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Return observations as they come out of a file."""
    return tuple(load_observation(dump_observation(one)) for one in observations)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_the_same_observations_come_to_the_same_verdicts(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    settings = make_settings(tmp_path, **shape.changes)
    first = run(settings, FakeTenant(shape.script, shape.access))
    (tmp_path / "password.txt").unlink()  # what is gone by then, and must not be missed
    again = judge_again(settings, written(first.observations), catalogue=catalogue(), started=first.started)
    assert said(again) == said(first)
    assert [one.id for one in again.observations] == [one.id for one in first.observations]
    assert again.overlay == first.overlay


def test_silence_that_was_not_recorded_in_a_row_stops_the_replay_too(tmp_path: Path) -> None:
    """The answers come in in another order than they are recorded in: the brake is pulled, the breaker sees no row."""
    settings = make_settings(tmp_path, users=MANY)
    tenant, silences = FakeTenant(), 0
    lock, enough = threading.Lock(), threading.Event()

    def answer(user: str) -> Says:
        nonlocal silences
        if user == TRIAL or user == MANY[5]:
            if user == MANY[5]:
                enough.wait(10)
            return Says()
        with lock:
            silences += 1
            if silences >= SILENCE:
                enough.set()
        return silent("timed-out")

    tenant.script["open-calendar"] = answer
    first = run(settings, tenant)
    opened = [one for one in first.observations if one.probe == "open-calendar" and one.target in MANY]
    row = longest = 0
    for one in opened:
        row = 0 if one.ok else row + 1
        longest = max(longest, row)
    assert longest < SILENCE <= len(opened) < len(MANY)
    again = judge_again(settings, written(first.observations), catalogue=catalogue(), started=first.started)
    assert said(again) == said(first)
    finding = next(one for one in said(again) if one.requirement == "IMP-02v1").findings[-1]
    assert (finding.target, finding.reason) == (MANY[-1], UnknownReason.TIMED_OUT)


@pytest.mark.parametrize(("mode", "verdict"), [("0600", Verdict.PASSED), ("0644", Verdict.FAILED)])
def test_who_can_read_the_password_file_is_judged_from_what_was_seen(
    tmp_path: Path, mode: str, verdict: Verdict
) -> None:
    settings = make_settings(tmp_path)
    first = run(settings, select=["SEC-01"])
    seen = [
        replace(one, details={**one.details, MODE: mode}) if FILE in one.details else one for one in first.observations
    ]
    again = judge_again(settings, seen, catalogue=catalogue(), started=first.started, select=["SEC-01"])
    assert [one.verdict for one in again.scenarios] == [verdict]


def test_what_the_run_did_not_look_at_is_unknown(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    first = run(settings, select=["IMP-01"])
    again = judge_again(settings, first.observations, catalogue=catalogue(), started=first.started)
    verdicts = {one.requirement: one for one in again.scenarios}
    assert verdicts["IMP-01v1"].verdict is Verdict.PASSED
    assert verdicts["SVC-03v1"].verdict is Verdict.PASSED, "it rests on the settings alone"
    for requirement in ("IMP-02v1", "OPS-01v1", "OPS-06v1", "SVC-01v1", "OPS-04v1"):
        ended = verdicts[requirement]
        assert (ended.verdict, ended.reason) == (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE), requirement
        assert NOT_LOOKED.sentence in {finding.sentence for finding in ended.findings}
    ids = [one.id for one in again.observations]
    assert len(set(ids)) == len(ids), "what is read only now has an id of its own"


def test_a_password_that_was_not_looked_for_is_not_looked_for_now(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    again = judge_again(settings, (), catalogue=catalogue(), started=clock()(), select=["APP-02", "SEC-01"])
    assert {one.requirement: one.verdict for one in again.scenarios} == {
        "APP-02v1": Verdict.UNKNOWN,
        "SEC-01v1": Verdict.UNKNOWN,
    }


def test_requirements_that_the_runs_catalogue_does_not_have_are_left_out(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    first = run(settings)
    fewer = Catalogue([one for one in catalogue().values() if one.id != "OPS-06"])
    again = judge_again(settings, first.observations, catalogue=fewer, started=first.started)
    assert said(again) == [one for one in said(first) if one.requirement != "OPS-06v1"]


def test_a_requirement_holds_on_the_day_of_the_run_however_long_that_takes(tmp_path: Path) -> None:
    first = run(make_settings(tmp_path), select=["APP-06"])
    assert first.started == clock()()
    (ended,) = first.scenarios
    day = first.started.date()
    over = Catalogue([replace(catalogue()["APP-06"], valid_until=day)])
    again = judge_again(make_settings(tmp_path), first.observations, catalogue=over, started=first.started)
    assert [one.verdict for one in again.scenarios] == [ended.verdict]


def test_an_answer_that_was_not_recorded_is_no_observation(tmp_path: Path) -> None:
    told: list[object] = []
    settings = make_settings(tmp_path)
    observer = Observer(RecordedTenant(()), settings, Recorder(told.append), clock())
    assert isinstance(observer.locate(), NotAsked) or observer.locate() == ()
    assert isinstance(observer.open_own_calendar(), NotAsked)
    assert all(isinstance(answer, NotAsked) for answer in observer.free_busy(USERS).values())
    assert not [one for one in observer.observations if one.probe != "configuration"]
