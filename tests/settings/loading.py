"""Settings files for tests: a small complete one, and what loading it brings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARY = "canary-Tr0ub4dor&3"

MINIMAL = """\
[connection]
service_account_email = "svc@example.com"
service_account_password = "env:SVC_PASSWORD"
email_to_impersonate = "ann@example.com"
terms_agreed = true

[mailboxes]
addresses = ["ann@example.com", "bob@example.com"]
"""


def clock() -> datetime:
    return NOW


def load(folder: Path, text: str) -> Settings:
    file = folder / "calconnect.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, clock=clock)


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as caught:
        load(folder, text)
    return caught.value.problems


def only(folder: Path, text: str) -> Problem:
    found = problems(folder, text)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def replace(old: str, new: str) -> str:
    assert old in MINIMAL
    return MINIMAL.replace(old, new)
