"""Working hours: https://learn.microsoft.com/graph/api/resources/workinghours"""

from __future__ import annotations

from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.availability import WorkingHours
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.timezones import iana_to_windows


def working_hours_json(recipient: Recipient) -> Json:
    """Return when a mailbox's owner works, on the mailbox's own clock."""
    hours = WorkingHours()
    return {
        "daysOfWeek": [day.lower() for day in hours.days],
        "startTime": _time(hours.start_minutes),
        "endTime": _time(hours.end_minutes),
        "timeZone": {"name": iana_to_windows(recipient.time_zone)},
    }


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00.0000000"
