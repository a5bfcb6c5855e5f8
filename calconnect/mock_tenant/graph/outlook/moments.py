"""Moments as ``dateTimeTimeZone``, and the time zones that clients name.

https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.problems import invalid_value, unknown_property
from calconnect.mock_tenant.graph.request import GraphRequest, Json
from calconnect.mock_tenant.state.timezones import find_windows_id, iana_to_windows, zone_named

_UTC = ZoneInfo("UTC")
_YEARS = range(1602, 4500)
"""The years of Exchange's calendar: [MS-OXOCAL], PidLidClipStart and PidLidClipEnd."""
NO_TIME = "0001-01-01T00:00:00Z"
"""What stands where there is no moment, as with an attendee who has not answered."""


@dataclass(frozen=True, slots=True)
class ShownZone:
    """The time zone of an answer: UTC, or what ``Prefer: outlook.timezone`` asks for."""

    name: str = "UTC"
    """As the client wrote it: answers name it so."""
    zone: ZoneInfo = _UTC

    def json(self, moment: datetime) -> Json:
        """Return a moment on this zone's clock."""
        return _json(moment.astimezone(self.zone).replace(tzinfo=None), self.name)

    def date_json(self, moment: datetime, own: ZoneInfo) -> Json:
        """Return a midnight of an all-day event: its date is the same on every clock."""
        return _json(datetime.combine(moment.astimezone(own).date(), time()), self.name)


@dataclass(frozen=True, slots=True)
class ZonedMoment:
    """A moment that a client gave."""

    moment: datetime
    """Aware."""
    windows_id: str
    zone: ZoneInfo

    @property
    def is_midnight(self) -> bool:
        """Whether a day begins with it in its zone."""
        return self.moment.astimezone(self.zone).time() == time()


def _json(wall: datetime, zone_name: str) -> Json:
    return {"dateTime": f"{wall.isoformat(timespec='microseconds')}0", "timeZone": zone_name}


def shown_zone(request: GraphRequest) -> ShownZone:
    """Return the zone that the request wants moments in.

    Raises:
        GraphError: 400 ``TimeZoneNotSupportedException``.
    """
    name = request.preferences.get("outlook.timezone")
    return ShownZone() if name is None else ShownZone(name, find_zone(name))


def find_zone(name: str) -> ZoneInfo:
    """Return the zone with this Windows or IANA name.

    Raises:
        GraphError: 400 ``TimeZoneNotSupportedException``.
    """
    zone = zone_named(name) if name else None
    if zone is None:
        message = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        raise GraphError(400, "TimeZoneNotSupportedException", message)
    return zone


def read_moment(value: Any, what: str) -> ZonedMoment:
    """Read a ``dateTimeTimeZone``; without a zone it is in UTC.

    Args:
        value: the JSON value.
        what: the property, for the message.

    Raises:
        GraphError: 400: ``TimeZoneNotSupportedException``, ``ErrorPropertyValidationFailure``, ``RequestBodyRead``.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("dateTime"), str):
        raise invalid_value(what)
    for name in value:
        if name not in ("dateTime", "timeZone") and not name.startswith("@"):
            raise unknown_property(name, "Microsoft.OutlookServices.DateTimeTimeZone")
    zone_name = value.get("timeZone") or "UTC"
    zone = find_zone(str(zone_name))
    moment = read_text(value["dateTime"], zone)
    if moment is None:
        raise invalid_value(what)
    return ZonedMoment(moment, find_windows_id(str(zone_name)) or iana_to_windows(zone.key), zone)


def read_text(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment, in UTC, that an ISO 8601 text means (on a zone's clock if it has no offset); None: none."""
    try:
        found = datetime.fromisoformat(text.strip())
        moment = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


def read_date(value: Any) -> date | None:
    """Return the date that a JSON value (``2026-11-22``) means; None: none."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.year in _YEARS else None


def instant(moment: datetime | None) -> str:
    """Return a moment as ``2026-11-22T10:00:00Z``; None: as no time."""
    return NO_TIME if moment is None else f"{_wall_in_utc(moment).isoformat(timespec='seconds')}Z"


def precise_instant(moment: datetime) -> str:
    """Return a moment with the seven digits that Graph shows of when something was made or changed."""
    return f"{_wall_in_utc(moment).isoformat(timespec='microseconds')}0Z"


def _wall_in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
