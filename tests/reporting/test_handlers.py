from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from calconnect.acceptance.events import (
    Event,
    ObservationMade,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioStarted,
)
from calconnect.evidence.store import read_observations
from calconnect.reporting.handlers import EventLog, EventTail, ObservationLog
from calconnect.reporting.records import event_line, read_event
from tests.reporting.synthetic import addresses, make_run


def events_of_a_run() -> list[Event]:
    run = make_run(4, denied=addresses(1))
    return [
        RunStarted("r-1", len(run.scenarios), 4, "2026-03-09T08:30:00+00:00"),
        *(ObservationMade(observation) for observation in run.observations),
        Progress("opening calendars", 2, 4),
        ScenarioStarted("SVC-01v1", "Der Dienst hat ein Postfach: <ä>"),
        *(step for scenario in run.scenarios for step in scenario.steps),
        *run.scenarios,
        RunFinished("r-1", "2026-03-09T08:31:00+00:00", False),
    ]


def test_every_event_comes_back_as_it_was(tmp_path: Path) -> None:
    events = events_of_a_run()
    log = EventLog(tmp_path / "run" / "events.jsonl")
    for event in events:
        log.handle(event)
    log.close()
    with EventTail(tmp_path / "run" / "events.jsonl") as tail:
        assert list(tail.poll()) == events
        assert list(tail.poll()) == []


def test_each_event_is_one_line_that_names_its_kind(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for event in events_of_a_run():
        log.handle(event)
    log.close()
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == [type(event).__name__ for event in events_of_a_run()]


def test_an_event_can_be_read_as_soon_as_it_has_happened(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventTail(path) as tail:
        assert list(tail.poll()) == []
        log = EventLog(path)
        for event in events_of_a_run():
            log.handle(event)
            assert list(tail.poll()) == [event]
        log.close()


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    event = Progress("opening calendars – ä", 1, 2)
    line = event_line(event).encode() + b"\n"
    with EventTail(path) as tail, path.open("wb") as file:
        for number in range(len(line)):
            assert list(tail.poll()) == []
            file.write(line[number : number + 1])
            file.flush()
        assert list(tail.poll()) == [event]


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"event": "Unheard"}', '{"event": 1}', '{"event": "Progress"}'])
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        read_event(line)


def test_half_a_character_does_not_stop_the_log(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.handle(Progress("half \ud83d", 0, 1))
    log.close()
    with EventTail(tmp_path / "events.jsonl") as tail:
        assert list(tail.poll()) == [Progress("half \ufffd", 0, 1)]


def test_half_a_character_does_not_stop_the_observations(tmp_path: Path) -> None:
    log = ObservationLog(tmp_path / "observations.jsonl")
    seen = replace(make_run(1).observations[0], reason="half \ud83d")
    log.handle(ObservationMade(seen))
    assert read_observations(log.publish()) == (seen,)


def test_observations_have_their_name_only_once_they_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    log = ObservationLog(path)
    for event in events_of_a_run():
        log.handle(event)
    log.close()
    assert not path.exists()
    assert log.publish() == path
    assert list(tmp_path.iterdir()) == [path]
    made = [event.observation for event in events_of_a_run() if isinstance(event, ObservationMade)]
    assert list(read_observations(path)) == made


def test_a_run_that_was_stopped_leaves_its_observations_under_a_partial_name(tmp_path: Path) -> None:
    log = ObservationLog(tmp_path / "observations.jsonl")
    for event in events_of_a_run()[:5]:
        log.handle(event)
    log.abandon()
    assert [file.name for file in tmp_path.iterdir()] == ["observations.jsonl.partial"]
    assert len(read_observations(tmp_path / "observations.jsonl.partial")) == 4
