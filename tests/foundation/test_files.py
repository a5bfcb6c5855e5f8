"""Files that are either whole or not there."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from calconnect.foundation.files import is_there, write_atomic, write_json


def test_content_arrives_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "file.txt"
    write_atomic(target, "line\nüñí\n")
    write_atomic(target, b"second")
    assert target.read_bytes() == b"second"
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file.txt"
    write_atomic(target, "old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_json_is_readable_by_people_and_programs(tmp_path: Path) -> None:
    target = tmp_path / "value.json"
    write_json(target, {"name": "Zoë", "list": [1]})
    assert "Zoë" in target.read_text(encoding="utf-8")
    assert json.loads(target.read_text(encoding="utf-8")) == {"name": "Zoë", "list": [1]}


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_umask_decides_who_may_read(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_atomic(tmp_path / "file", "x")
    finally:
        os.umask(before)
    mode = stat.S_IMODE((tmp_path / "file").stat().st_mode)
    assert os.name != "posix" or mode == 0o666 & ~mask


def test_what_can_lie_nowhere_is_not_there(tmp_path: Path) -> None:
    assert is_there(tmp_path)
    assert not is_there(tmp_path / "none")
    assert not is_there(tmp_path / ("x" * 5000))
    assert not is_there(tmp_path / "a\0b")
