"""The matrix as it is published in ``docs/``, for tests to hold against what they find."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from calconnect.detection.document import PAGE, RECORD, read_record
from calconnect.detection.model import Matrix, Row

ROOT = Path(__file__).resolve().parents[2]
UPDATE = "docs/ is not up to date: run python -m calconnect.detection.document"


@cache
def published() -> Matrix:
    """Return the matrix of ``docs/detection-matrix.json``."""
    return read_record(ROOT / RECORD)


@cache
def published_rows() -> dict[str, Row]:
    """Return its rows by tenant."""
    return {row.tenant: row for row in published().rows}


def page() -> str:
    """Return the text of ``docs/detection-matrix.md``."""
    return (ROOT / PAGE).read_text(encoding="utf-8")
