"""The mark of a test event: what calconnect finds its own events by, and the time and subject that disturb nobody.

The mark is a named property in a property set of calconnect's own, so no subject or text is ever searched for. Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/properties-and-extended-properties-in-ews-in-exchange
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MARK_SET = "8c2ed4f0-5a0b-4d3e-9a57-6b1f0f3ad7c1"
"""The property set of the mark."""
MARK_NAME = "calconnect-test-event"
SUBJECT = "calconnect test event"
SUBJECT_CHANGED = "calconnect test event, changed"

_FORM = "calconnect/1"
_NIGHT_HOUR = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """What a test event is marked with: whose it is, since when, and which one."""

    run: str
    made: datetime
    """Aware, UTC, by the clock of the machine that made it."""
    number: str

    @classmethod
    def new(cls, run: str, now: datetime) -> Mark:
        """Return a mark that no other event has."""
        return cls(run, now.astimezone(UTC).replace(microsecond=0), uuid.uuid4().hex)

    def __str__(self) -> str:
        return f"{_FORM} {self.run} {self.made:%Y-%m-%dT%H:%M:%SZ} {self.number}"

    @classmethod
    def parse(cls, text: str) -> Mark | None:
        """Read a mark; None if the text is none."""
        parts = text.split(" ")
        if len(parts) < 4 or parts[0] != _FORM:
            return None
        try:
            made = datetime.strptime(parts[-2], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(" ".join(parts[1:-2]), made, parts[-1])


def event_time(now: datetime) -> tuple[datetime, datetime]:
    """Return when the test event is: half an hour in the night after tomorrow's, where it disturbs nobody."""
    day = now.astimezone(UTC) + timedelta(days=2)
    start = day.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return start, start + timedelta(minutes=30)
