"""Reading the values of a control call, with messages that name what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class BadRequest(ValueError):
    """A call that cannot be understood; its text goes back to the caller."""


def table(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object.

    Raises:
        BadRequest: it is something else.
    """
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object.")
    return value


def text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return a text value.

    Raises:
        BadRequest: it is missing (and there is no default), or something else.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a text.")
    return value


def number(body: Mapping[str, Any], name: str) -> float:
    """Return a number.

    Raises:
        BadRequest: it is missing, or something else.
    """
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(f"{name} must be a number.")
    return float(value)


def moment(body: Mapping[str, Any], name: str) -> datetime:
    """Return a moment with its offset from UTC, in UTC.

    Raises:
        BadRequest: it is missing, not in ISO 8601, or without an offset.
    """
    try:
        value = datetime.fromisoformat(text(body, name))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise BadRequest(f"{name} must be a date and time with its offset, like 2026-11-23T09:00:00+00:00.")
    return value.astimezone(UTC)
