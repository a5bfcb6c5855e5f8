"""Folders of exports for tests: those of the mock tenant, and single files written by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from calconnect.evidence.bundle.read import examine
from calconnect.foundation.problems import Problem
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.exports import write_bundle

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ACCOUNT = "svc-calendar@contoso.test"
GROUP = "calendar-sync@contoso.test"


def clock() -> datetime:
    return NOW


@cache
def healthy() -> Description:
    return load("healthy", clock)


def write_exports(folder: Path, tenant: Description | None = None, **how: Any) -> Path:
    """Write the exports of a mock tenant into a folder that is made for them."""
    folder.mkdir(parents=True, exist_ok=True)
    described = tenant or healthy()
    given = {"service_account": ACCOUNT, "group": GROUP, "users": described.listed, "clock": clock, **how}
    write_bundle(described.organization, folder, **given)
    return folder


def problems_of(folder: Path) -> dict[str, list[Problem]]:
    """Return what is wrong with a folder, by file."""
    found: dict[str, list[Problem]] = {}
    for problem in examine(folder, clock=clock).problems:
        found.setdefault(Path(problem.file).name, []).append(problem)
    return found


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by hand, an hour before NOW."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(folder / name, (NOW.timestamp() - 3600,) * 2)
    return folder
