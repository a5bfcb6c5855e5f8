"""Runs of the audit in which a fake tenant answers, saved as every run is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from calconnect.reporting.audit_run import AuditRun
from calconnect.reporting.saved_run import SavedRun
from calconnect.settings.model import AccessLevel
from tests.acceptance.fake_tenant import Answering, FakeTenant, clock, make_settings


def save_run(
    folder: Path,
    script: Mapping[str, Answering] | None = None,
    access: AccessLevel = AccessLevel.FULL,
    **changes: Any,
) -> SavedRun:
    """Run the audit in ``folder`` and return what was saved, in ``folder/reports/run-1``."""
    settings = make_settings(folder, access=access, **changes)
    settings.file.write_text("# settings\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        tenants = FakeTenant(script, access), None
        patch.setattr("calconnect.reporting.audit_run.open_tenants", lambda *_, **__: tenants)
        with AuditRun(settings, out=folder / "reports", run_id="run-1", clock=clock()) as run:
            run.run()
            run.write()
    return SavedRun.open("run-1", folder / "reports")
