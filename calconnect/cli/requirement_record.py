"""A requirement as plain JSON values, as ``requirements list`` and ``requirements show`` write it."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calconnect.requirements.model import Requirement


def requirement_record(requirement: Requirement) -> dict[str, Any]:
    """Return all fields of a requirement, with its versioned id first; days as ISO 8601."""
    record: dict[str, Any] = {"versioned_id": requirement.versioned_id, **dataclasses.asdict(requirement)}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in record.items()}
