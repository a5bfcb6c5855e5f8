"""What decides about verdicts looks at observations and settings alone, so that a saved run can be judged again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from calconnect.acceptance import judging

FILES = sorted(Path(judging.__file__).parent.glob("*.py"))
LOOKING = {
    "os",
    "io",
    "socket",
    "ssl",
    "time",
    "random",
    "subprocess",
    "tempfile",
    "shutil",
    "platform",
    "urllib.request",
}
"""Modules by which one looks at the machine, the network or the clock."""
ACTING = {"open", "read_text", "read_bytes", "write_text", "exists", "is_file", "resolve", "now", "today", "utcnow"}
"""Calls that do."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_judging_looks_at_nothing_else(file: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            wrong += [f"{node.lineno}: {alias.name}" for alias in node.names if alias.name in LOOKING]
        elif isinstance(node, ast.ImportFrom):
            named = {alias.name for alias in node.names}
            if node.module in LOOKING or (node.module == "pathlib" and "Path" in named):
                wrong.append(f"{node.lineno}: {node.module}")
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ACTING:
                wrong.append(f"{node.lineno}: {called}()")
    assert not wrong, f"{file.name}: {wrong}"
