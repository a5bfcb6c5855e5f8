"""Holds docs/settings.md to what the loader reads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from calconnect.settings.load import KEYS, MOST_OUTSIDERS_DRAWN, MOST_WINDOW_DAYS, load_settings
from calconnect.settings.mailboxes import COLUMNS
from calconnect.settings.model import (
    DEFAULT_OUTSIDERS_DRAWN,
    DEFAULT_TIMEOUT_SECONDS,
    DEFAULT_WINDOW_DAYS,
    AccessLevel,
)
from tests.settings.loading import clock

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    parts = re.split(r"^## `\[(\w+)\]`", TEXT, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_table_and_every_key_is_described_where_it_belongs() -> None:
    found = sections()
    assert list(found) == list(KEYS)
    for table, keys in KEYS.items():
        assert tuple(re.findall(r"^\| `(\w+)` \|", found[table], re.M)) == keys


def test_defaults_and_bounds_are_those_of_the_code() -> None:
    assert f"| `window_days` | optional, {DEFAULT_WINDOW_DAYS} |" in TEXT
    assert f"1 to {MOST_WINDOW_DAYS}" in TEXT
    assert f"| `outsiders_drawn` | optional, {DEFAULT_OUTSIDERS_DRAWN} |" in TEXT
    assert f"1 to {MOST_OUTSIDERS_DRAWN}" in TEXT
    for level in AccessLevel:
        assert f"- `{level}`: " in TEXT
    assert f"| `timeout_seconds` | optional, {DEFAULT_TIMEOUT_SECONDS:g} |" in TEXT


def test_the_columns_are_named_in_the_order_in_which_they_are_looked_for() -> None:
    listed = re.search(r"found by its name: (.*?);", TEXT, re.S)
    assert listed is not None
    assert tuple(name.lower() for name in re.findall(r"`(\w+)`", listed.group(1))) == COLUMNS


def test_the_small_file_loads(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", TEXT, re.S)
    assert example is not None
    tomllib.loads(example.group(1))
    (tmp_path / "calconnect.toml").write_text(example.group(1), encoding="utf-8")
    (tmp_path / "mailboxes.csv").write_text("PrimarySmtpAddress\nann@example.com\n", encoding="utf-8")
    assert len(load_settings(tmp_path / "calconnect.toml", clock=clock).mailboxes) == 1
