"""Each tenant of the catalogue, audited for real: what its file says is expected is what is found, and nothing else;
and what is found is what ``docs/`` publishes."""

from __future__ import annotations

import pytest

from calconnect.detection.comparison import this_machine
from calconnect.detection.model import row_record
from calconnect.detection.workers import Auditor
from calconnect.mock_tenant.description import CatalogueEntry, catalogue
from tests.detection.published import UPDATE, published_rows

_MACHINE = this_machine()


@pytest.fixture(scope="session")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    return Auditor(tmp_path_factory.mktemp("state"))


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_an_audit_finds_what_the_tenant_file_says(entry: CatalogueEntry, auditor: Auditor) -> None:
    row = auditor.row_of(entry.file)
    assert not row.error, row.error
    assert (row.missed, row.turned) == ((), ()), row.why
    assert row.caught is not False
    if _MACHINE.file_modes and _MACHINE.other_loopback:  # elsewhere the machine shows less, and other codes are quoted
        assert row_record(row) == row_record(published_rows()[entry.name]), UPDATE
