"""The file of observations: what is written is read again, and what is damaged is named by its line."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.evidence.store import (
    ObservationWriter,
    dump_observation,
    from_record,
    load_observation,
    read_observations,
    to_record,
)
from calconnect.foundation.problems import InvalidInput

FULL = Observation(
    id="o-0001",
    at=datetime(2026, 11, 22, 12, 0, 1, 250_000, tzinfo=UTC),
    probe="open-calendar",
    operation="GetFolder",
    mode=Mode.IMPERSONATED,
    target="jürgen@contoso.test",
    outcome=Outcome.REFUSED,
    http_status=500,
    code="ErrorImpersonateUserDenied",
    fault=True,
    reason="The service account may not impersonate this mailbox.",
    url="https://mail.contoso.test/EWS/Exchange.asmx",
    request_id="abc",
    server_version="15.2.1748.10",
    duration_ms=12.5,
    attempts=2,
    headers={"X-FEServer": "EX01", "Server": "IIS"},
    details={"items": 3, "names": ["b", "a"], "ratio": 0.5, "complete": True, "nothing": None},
)
LEAST = Observation("", FULL.at, "tls", "TLS handshake", Mode.ANONYMOUS, "mail.contoso.test", Outcome.OK)


@pytest.mark.parametrize("observation", [FULL, LEAST])
def test_what_is_written_is_read_again(observation: Observation) -> None:
    assert load_observation(dump_observation(observation)) == observation


def test_keys_stand_in_one_order() -> None:
    record = to_record(FULL)
    assert list(record) == [field.name for field in dataclasses.fields(Observation)]
    assert list(record["details"]) == sorted(record["details"])
    assert dump_observation(FULL) == dump_observation(
        dataclasses.replace(FULL, details=dict(reversed(list(FULL.details.items()))))
    )
    assert "\n" not in dump_observation(dataclasses.replace(FULL, reason="a\nb"))


text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
facts = st.one_of(
    text, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.lists(text)
)


@given(
    st.builds(
        Observation,
        id=text,
        at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
        probe=text,
        operation=text,
        mode=st.sampled_from(Mode),
        target=text,
        outcome=st.sampled_from(Outcome),
        http_status=st.none() | st.integers(100, 599),
        code=st.none() | text,
        fault=st.booleans(),
        reason=text,
        url=text,
        request_id=text,
        server_version=text,
        duration_ms=st.integers(0, 10**9).map(lambda number: number / 1000),
        attempts=st.integers(0, 10),
        headers=st.dictionaries(text, text, max_size=3),
        details=st.dictionaries(text, facts, max_size=3),
    )
)
def test_whatever_is_written_is_read_again(observation: Observation) -> None:
    assert load_observation(dump_observation(observation)) == observation


def test_only_a_finished_file_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "run" / "observations.jsonl"
    writer = ObservationWriter(path)
    writer.write(FULL)
    assert not path.exists()
    assert read_observations(writer.partial) == (FULL,), "each is on the disk at once"
    writer.write(LEAST)
    assert writer.finish() == path
    assert writer.finish() == path
    assert read_observations(path) == (FULL, LEAST)
    assert not writer.partial.exists()


def test_a_block_that_fails_leaves_the_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    with pytest.raises(KeyboardInterrupt), ObservationWriter(path) as writer:
        writer.write(FULL)
        raise KeyboardInterrupt
    assert not path.exists()
    with ObservationWriter(path) as writer:
        writer.write(LEAST)
    assert read_observations(path) == (LEAST,)


def test_closing_is_not_finishing(tmp_path: Path) -> None:
    writer = ObservationWriter(tmp_path / "observations.jsonl")
    writer.close()
    assert not writer.path.exists()


def test_every_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    bad_mode = json.dumps({**to_record(FULL), "mode": "pretended"})
    lines = [dump_observation(FULL), '{"id": ', "", "[]", bad_mode, dump_observation(LEAST)[:-1]]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        read_observations(path)
    assert [problem.line for problem in raised.value.problems] == [2, 4, 5, 6]
    assert all(problem.file == str(path) for problem in raised.value.problems)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_observations(tmp_path / "gone.jsonl")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"http_status": "401"}, "http_status"),
        ({"http_status": True}, "http_status"),
        ({"fault": 1}, "fault"),
        ({"attempts": 1.5}, "attempts"),
        ({"at": "2026-11-22T12:00:00"}, "time zone"),
        ({"at": "yesterday"}, "isoformat"),
        ({"details": {"x": {"y": 1}}}, "details.x"),
        ({"details": {"x": [1]}}, "details.x"),
        ({"headers": []}, "headers"),
        ({"duration_ms": 10**400}, "duration_ms is too large"),
        ({"outcome": "fine"}, "fine"),
    ],
)
def test_what_is_no_observation(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_record({**to_record(FULL), **change})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "o-1"}'.encode("utf-16"), "is not UTF-8 text"),
        (b'{"details":' + b"[" * 200_000, "is nested too deeply"),
        (b"[1]", "is not a JSON object"),
    ],
)
def test_what_is_no_line_of_an_observation(line: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load_observation(line)


@pytest.mark.parametrize("key", ["id", "at", "probe", "operation", "mode", "target", "outcome"])
def test_what_must_be_there(key: str) -> None:
    record = to_record(FULL)
    del record[key]
    with pytest.raises(ValueError, match=f"lacks the key {key}"):
        from_record(record)
