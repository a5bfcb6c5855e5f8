"""A requirement as plain JSON values, as ``requirements list`` and ``requirements show`` write it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calconnect.mock_tenant.description.model import CatalogueEntry
    from calconnect.requirements.model import Requirement


def requirement_record(requirement: Requirement) -> dict[str, Any]:
    """Return all fields of a requirement, with its versioned id first; days as ISO 8601."""
    record: dict[str, Any] = {"versioned_id": requirement.versioned_id, **dataclasses.asdict(requirement)}
    record["remediation_from"] = {first.isoformat(): remedy for first, remedy in record["remediation_from"].items()}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in record.items()}


def full_record(requirement: Requirement, tenants: Sequence[CatalogueEntry]) -> dict[str, Any]:
    """Return all fields of a requirement, what its signs mean, and the tenants of the catalogue that break it."""
    return {
        **requirement_record(requirement),
        "meanings": dict(signs(requirement)),
        "tenants": [
            {"name": one.name, "title": one.title, "command": f"calconnect tenant serve {one.name}"} for one in tenants
        ],
    }


def signs(requirement: Requirement) -> list[tuple[str, str]]:
    """Return every sign of success and failure, each once, with what it means; empty if no table knows it."""
    from calconnect.evidence.words import sign_meaning

    return [(sign, sign_meaning(sign)) for sign in dict.fromkeys((*requirement.success, *requirement.failure))]


def tenants_that_break(requirement: Requirement) -> list[CatalogueEntry]:
    """Return the tenants of the catalogue in which the requirement is expected to fail, by name."""
    from calconnect.mock_tenant.description.catalogue import catalogue

    names = {requirement.id, requirement.versioned_id}
    return [entry for entry in catalogue() if names.intersection(entry.breaks)]
