"""Each tenant of the catalogue, audited for real: what its file says is expected is what is found, and nothing else;
and what is found is what ``docs/`` publishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calconnect.detection.comparison import this_machine
from calconnect.detection.model import Row, row_record
from calconnect.detection.workers import row_of
from calconnect.mock_tenant.description import CatalogueEntry, catalogue
from tests.detection.published import UPDATE, published_rows

_MACHINE = this_machine()


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_an_audit_finds_what_the_tenant_file_says(entry: CatalogueEntry, tmp_path: Path) -> None:
    row = row_of(entry.file, tmp_path)
    assert not row.error, row.error
    assert (row.missed, row.turned) == ((), ()), row.why
    assert row.caught is not False
    if _MACHINE.file_modes and _MACHINE.other_loopback:  # elsewhere the machine shows less, and other codes are quoted
        assert row_record(as_published(row)) == row_record(published_rows()[entry.name]), UPDATE


def as_published(row: Row) -> Row:
    """Return the row without what is not published of it."""
    return replace(row, seconds=0.0)
