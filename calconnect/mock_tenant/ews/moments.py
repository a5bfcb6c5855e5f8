"""Moments in requests whose time zone stands elsewhere in the request, or nowhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from calconnect.mock_tenant.ews.grammar import schema_error
from calconnect.mock_tenant.ews.xml import Element, text_of

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def read_moment(parent: Element | None, name: str, zone: tzinfo) -> datetime | None:
    """Read an ``xs:dateTime`` child as UTC; without an offset it is taken for the zone's wall time.

    Returns:
        None if there is no such child.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    text = text_of(parent, name)
    if text is None:
        return None
    if _MOMENT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise schema_error(1, f"The '{name}' element is invalid - The value '{text}' is invalid.")


def read_span(parent: Element | None, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """Read a ``Duration`` (``StartTime``, ``EndTime``); None if there is none.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    start, end = read_moment(parent, "StartTime", zone), read_moment(parent, "EndTime", zone)
    return None if start is None or end is None else (start, end)


def wall_time(moment: datetime, zone: tzinfo) -> str:
    """Write a moment as the zone's wall time, without an offset."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
