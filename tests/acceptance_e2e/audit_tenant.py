"""Audits a mock tenant without a notebook: settings from its folder, the engine in this process."""

from __future__ import annotations

from pathlib import Path

from calconnect.detection.run import Audited, observe

__all__ = ["Audited", "audit"]


def audit(source: str | Path, state_folder: Path) -> Audited:
    """Serve a tenant and audit it over HTTPS, by nothing but the settings file that was written for it."""
    return observe(source, state_folder=state_folder)
