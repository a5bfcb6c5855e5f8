"""docs/evidence.md names every export, its command and its properties, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from calconnect.evidence.bundle.kinds import EXPORTS

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (`(?:Get|\w+)-.*?) \| (.*) \|$", TEXT, re.M)


def test_every_export_is_explained_as_it_is_read() -> None:
    assert [name for name, _, _ in ROWS] == [export.name for export in EXPORTS]
    for export, (_, command, properties) in zip(EXPORTS, ROWS, strict=True):
        assert command.replace("`", "") == export.command
        marks = {name: mark for mark, name in re.findall(r"(\*?)`(\w+)`", properties)}
        assert marks == {one.name: "" if one.required else "*" for one in export.properties}, export.name
