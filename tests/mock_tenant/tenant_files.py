"""Small tenant files for the tests of the format."""

from __future__ import annotations

from pathlib import Path

from calconnect.foundation.clock import MovableClock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.mock_tenant.description import Description, load
from tests.mock_tenant.tenants import NOW

HEAD = """\
title = "A tenant"
[organization]
name = "Contoso"
domains = ["contoso.test"]
"""


def load_text(folder: Path, text: str, *, head: str = HEAD) -> Description:
    """Load a tenant file of this text, on Monday, 23 November 2026, 09:00 UTC."""
    file = folder / "tenant.toml"
    file.write_text(head + text, encoding="utf-8")
    return load(file, MovableClock(NOW, running=False))


def problems_of(folder: Path, text: str, *, head: str = HEAD) -> list[Problem]:
    """Return what is wrong with a tenant file of this text."""
    try:
        load_text(folder, text, head=head)
    except InvalidInput as error:
        return list(error.problems)
    return []
