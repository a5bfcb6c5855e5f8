"""Moments, as the two generations of PowerShell write them into JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_TICKS = re.compile(r"/Date\((-?\d{1,17})([+-]\d{4})?\)/")
"""Windows PowerShell 5.1: milliseconds since 1970 in UTC; an offset tells the writer's time zone and changes nothing.
https://learn.microsoft.com/dotnet/standard/datetime/system-text-json-support"""
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")
"""PowerShell 7. Fractions have up to seven digits, one more than Python knows."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_moment(raw: Any) -> datetime | None:
    """Return a moment in UTC; None if it is none, or if it does not say where on earth it holds.

    Takes ``/Date(…)/`` with and without an offset, ISO 8601 with one, and the object with ``value`` that Windows
    PowerShell 5.1 makes of a date that something was added to.
    """
    if isinstance(raw, dict):
        raw = raw.get("value")
    if not isinstance(raw, str):
        return None
    try:
        if found := _TICKS.fullmatch(raw):
            return _EPOCH + timedelta(milliseconds=int(found.group(1)))
        if (found := _ISO.fullmatch(raw)) and found.group(3):
            fraction = (found.group(2) or ".0")[:7].ljust(7, "0")
            offset = found.group(3).replace("Z", "+00:00")
            return datetime.fromisoformat(found.group(1) + fraction + offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None
