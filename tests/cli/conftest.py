from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calconnect.cli import main

if sys.platform == "win32":
    WAYS_TO_END = [signal.CTRL_BREAK_EVENT]
else:
    WAYS_TO_END = [signal.SIGINT, signal.SIGTERM]

OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows, so that Ctrl-Break reaches the process alone."""

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Ended:
    """How a call of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Ended]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Call the command line in this process, in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CALCONNECT_STATE", str(tmp_path / "state"))

    def run(*arguments: str) -> Ended:
        code = main(arguments)
        captured = capsys.readouterr()
        return Ended(int(code), captured.out, captured.err)

    return run


def command(*arguments: str) -> list[str]:
    """Return the command line as a new process runs it."""
    return [sys.executable, "-m", "calconnect", *arguments]


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Call the command line in a process of its own, in an empty folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=clean_environment() | environment,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return run


def clean_environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NO_COLOR", "FORCE_"))}
    return kept | {"PYTHONPATH": str(ROOT)}
