from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.evidence.bundle.belonging import refuse_strangers
from calconnect.evidence.bundle.kinds import EXPORTS
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.read import examine, read_bundle
from calconnect.evidence.bundle.shape import Export
from calconnect.foundation.problems import InvalidInput
from tests.evidence.bundle.bundles import ACCOUNT

LATER = datetime(2100, 1, 1, tzinfo=UTC).replace
"""A clock that no file's modification time is ahead of."""
NAMES = [f"{export.name}.{ending}" for export in EXPORTS for ending in ("json", "csv")] + [
    "bundle.json",
    "manifest.json",
    "other.json",
]
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["True", "27", "a@b.test", "Unlimited", "System.Object[]", "/Date(0)/", "CN=a,DC=b", "Version 15.2 (Build 1.2)"]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def outcome(files: dict[str, bytes]) -> Bundle | InvalidInput:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "exports"
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        try:
            examined = examine(folder, clock=LATER)
            refuse_strangers(examined, ACCOUNT)
            examined.bundle()
            return read_bundle(folder, clock=LATER)
        except InvalidInput as error:
            assert error.problems
            str(error).encode()
            return error


@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=60), max_size=3))
@settings(max_examples=40, deadline=None)
def test_any_bytes_end_in_a_bundle_or_in_problems(files: dict[str, bytes]) -> None:
    assert isinstance(outcome(files), Bundle | InvalidInput)


@st.composite
def rows(draw: st.DrawFn) -> tuple[Export, Any]:
    """Draw rows that have an export's own properties, with any values."""
    export = draw(st.sampled_from(EXPORTS))
    row = st.fixed_dictionaries({one.name: VALUES for one in export.properties})
    return export, draw(row | st.lists(row, max_size=3) | VALUES)


@given(rows())
@settings(max_examples=80, deadline=None)
def test_any_values_end_in_a_bundle_or_in_problems(drawn: tuple[Export, Any]) -> None:
    export, value = drawn
    text = json.dumps(value)
    assert isinstance(outcome({f"{export.name}.json": text.encode()}), Bundle | InvalidInput)


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=4), st.sampled_from(EXPORTS), st.sampled_from([",", ";", "\t"]))
@settings(max_examples=40, deadline=None)
def test_any_csv_ends_in_a_bundle_or_in_problems(cells: list[list[str]], export: Export, separator: str) -> None:
    lines = [separator.join(f'"{one.name}"' for one in export.properties)]
    lines += [separator.join(row) for row in cells]
    content = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogatepass")
    assert isinstance(outcome({f"{export.name}.csv": content}), Bundle | InvalidInput)


@given(VALUES, st.sampled_from(["bundle.json", "manifest.json"]))
@settings(max_examples=40, deadline=None)
def test_any_list_ends_in_a_bundle_or_in_problems(value: Any, name: str) -> None:
    schema = {"bundle.json": "calconnect-exports/1", "manifest.json": "calconnect-evidence/1"}[name]
    listed = json.dumps({"schema": schema, "service_account": ACCOUNT, "files": value}).encode()
    servers = b'{"Name": "EX1", "AdminDisplayVersion": "15.2.1.1", "ServerRole": "Mailbox"}'
    assert isinstance(outcome({name: listed, "servers.json": servers}), Bundle | InvalidInput)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calconnect.evidence.bundle.read.MOST_BYTES", 10)
    (tmp_path / "servers.json").write_text(" " * 11)
    with pytest.raises(InvalidInput, match="too large"):
        read_bundle(tmp_path, clock=LATER)
