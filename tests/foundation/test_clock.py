"""The clock that can be set, moved and stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from calconnect.foundation.clock import MovableClock

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_it_stands_where_it_was_put() -> None:
    clock = MovableClock(START, running=False)
    assert clock() == clock() == START
    clock.advance(timedelta(hours=30))
    assert clock() == START + timedelta(hours=30)


def test_it_runs_on_from_where_it_was_put() -> None:
    clock = MovableClock(START)
    first, second = clock(), clock()
    assert START <= first <= second < START + timedelta(minutes=5)


def test_it_answers_in_utc_and_takes_aware_times_only() -> None:
    clock = MovableClock(START, running=False)
    clock.set(datetime(2027, 4, 1, 2, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock() == datetime(2027, 4, 1, tzinfo=UTC)
    assert clock().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        MovableClock(START.replace(tzinfo=None))
