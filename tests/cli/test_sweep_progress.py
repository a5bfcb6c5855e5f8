from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from calconnect.cli.sweep_progress import (
    LineSweepView,
    LiveSweepView,
    SilentSweepView,
    progress_line,
    sweep_view,
    time_left,
)
from calconnect.sweep.model import Progress
from calconnect.tenants.thin.interface import Probe, Side

FINDINGS = {"ErrorImpersonateUserDenied": 12, "timed-out": 3, "\x1b[31m": 2, "": 1, "ErrorA": 1, "ErrorB": 1}
HALF = Progress(Probe.REACH, Side.SERVER, 1234, 5000, 268.4, 27, 5, 14.2, FINDINGS)
WHOLE = replace(HALF, done=5000, in_flight=0, seconds_left=0.0, throttled=0, findings={})


def test_a_line_says_where_it_stands_and_what_was_found_by_kind() -> None:
    assert progress_line(HALF) == (
        "reach (server): 1,234 of 5,000, 268/s, 27 in flight, 5 throttled, 14 s left; "
        "ErrorImpersonateUserDenied 12, timed-out 3, \ufffd[31m 2, no code 1, others 2"
    )
    assert progress_line(WHOLE) == "reach (server): 5,000 of 5,000, 268/s"


def test_time_left_is_told_in_units_that_people_use() -> None:
    told = [time_left(seconds) for seconds in (0.4, 59.6, 129, 3599, 3900)]
    assert told == ["0 s", "1 min 00 s", "2 min 09 s", "59 min 59 s", "1 h 05 min"]


def test_a_pipe_gets_a_line_every_five_seconds_and_one_at_the_end_of_each_probe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    view = LineSweepView(lambda: now)
    for second in range(13):
        now = float(second)
        view.show(replace(HALF, done=second))
    view.show(replace(WHOLE, probe=Probe.READ))
    view.close()
    told = [line.split(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert told == [
        "reach (server): 5 of 5",
        "reach (server): 10 of 5",
        "reach (server): 12 of 5",
        "read (server): 5",
    ]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    view = sweep_view(quiet=False)
    assert isinstance(view, LiveSweepView)
    view.show(HALF)
    view.show(replace(WHOLE, probe=Probe.READ))
    view.close()
    assert "1,234 of 5,000, 268/s, 27 in flight" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith("read (server): 5,000 of 5,000, 268/s")


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    view = sweep_view(quiet=True)
    assert isinstance(view, SilentSweepView)
    view.show(HALF)
    view.close()
    assert capsys.readouterr() == ("", "")
    assert isinstance(sweep_view(quiet=False), LineSweepView)
