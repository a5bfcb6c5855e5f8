"""The window of a calendar view: https://learn.microsoft.com/graph/api/user-list-calendarview"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.outlook.moments import read_text
from calconnect.mock_tenant.graph.outlook.problems import invalid_parameter
from calconnect.mock_tenant.graph.outlook.things import Event
from calconnect.mock_tenant.graph.request import GraphRequest
from calconnect.mock_tenant.state.calendar import item_occurrences, occurrences
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_LONGEST = timedelta(days=1825)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time. Both moments are in UTC."""

    start: datetime
    end: datetime


def read_window(request: GraphRequest) -> Window:
    """Read ``startDateTime`` and ``endDateTime``: in UTC where they name no offset, whatever the preferred zone.

    Raises:
        GraphError: 400: ``ErrorInvalidParameter``, ``ErrorCalendarViewRangeTooBig``.
    """
    given = {name.lower(): text for name, text in request.query.items()}
    texts = given.get("startdatetime"), given.get("enddatetime")
    if not texts[0] or not texts[1]:
        raise invalid_parameter(
            "This request requires a time window specified by the query string parameters StartDateTime and "
            "EndDateTime."
        )
    # an offset's plus sign that was not escaped has become a space
    start, end = (read_text((text or "").strip().replace(" ", "+"), _UTC) for text in texts)
    if start is None or end is None:
        raise invalid_parameter("StartDateTime or EndDateTime is not a date and time.")
    if end < start:
        raise invalid_parameter("EndDateTime is before StartDateTime.")
    if end - start > _LONGEST:
        message = f"The requested window is longer than {_LONGEST.days} days."
        raise GraphError(400, "ErrorCalendarViewRangeTooBig", message)
    return Window(start, end)


def events_in(mailbox: Mailbox, folder: Folder, window: Window) -> Iterator[Event]:
    """Return the events of a calendar in a window, series expanded, by start."""
    for one in occurrences(mailbox, folder, window.start, window.end):
        yield Event(mailbox, one.item, one if one.index else None)


def instances_in(event: Event, window: Window) -> list[Event]:
    """Return the occurrences of a series in a window, by start."""
    found = item_occurrences(event.item, window.start, window.end)
    return [Event(event.mailbox, event.item, one) for one in sorted(found, key=lambda one: one.start) if one.index]
