"""Takes values of one form out of a row that was read, and what several exports have in common out of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from calconnect.evidence.bundle.checking import Values
from calconnect.evidence.bundle.enumerations import GROUP_TYPES

Tables = Mapping[str, Sequence[Values]]
"""By export, its rows."""


def text(row: Values | None, name: str) -> str:
    """Return a text; empty: it has no value, or there is no such row or property."""
    value = row.get(name) if row is not None else None
    return value if isinstance(value, str) else ""


def boolean(row: Values | None, name: str) -> bool | None:
    """Return True or False; None: it has no value, or there is no such row or property."""
    value = row.get(name) if row is not None else None
    return value if isinstance(value, bool) else None


def moment(row: Values, name: str) -> datetime | None:
    """Return a moment (aware); None: it has no value, or there is no such property."""
    value = text(row, name)
    return datetime.fromisoformat(value) if value else None


def whole(row: Values | None, name: str) -> int | None:
    """Return a whole number; None: it has no value, or there is no such row or property."""
    value = row.get(name) if row is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def texts(row: Values, name: str) -> tuple[str, ...] | None:
    """Return several texts; None: there is no such property."""
    if name not in row:
        return None
    value = row[name]
    return value if isinstance(value, tuple) else ()


def accepted_domains(rows: Sequence[Values]) -> tuple[str, ...]:
    """Return the domains of Get-AcceptedDomain, in lower case."""
    return tuple(text(row, "DomainName").lower() for row in rows)


def members_and_groups(rows: Sequence[Values]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, of Get-DistributionGroupMember, the addresses of members that are no groups, and of those that are."""
    people: list[str] = []
    groups: list[str] = []
    for row in rows:
        if address := text(row, "PrimarySmtpAddress"):
            (groups if row.get("RecipientTypeDetails") in GROUP_TYPES else people).append(address)
    return tuple(people), tuple(groups)
