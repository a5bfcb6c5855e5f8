"""The test event: a calendar item that calconnect can find again by its mark, and that disturbs nobody.

The mark is a named property in a property set of calconnect's own, so no subject or text is ever searched for. Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/properties-and-extended-properties-in-ews-in-exchange
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from exchangelib.extended_properties import ExtendedProperty
from exchangelib.items import CalendarItem
from exchangelib.util import create_element
from lxml import etree

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


class MarkProperty(ExtendedProperty):  # type: ignore[misc]
    """The mark as a named property."""

    property_set_id = MARK_SET
    property_name = MARK_NAME
    property_type = "String"


class MarkedEvent(CalendarItem):  # type: ignore[misc]
    """exchangelib's calendar item with the mark among its fields."""

    FIELDS = CalendarItem.FIELDS.copy()
    """A list of our own: without it, registering would change exchangelib's class for the whole process."""


MarkedEvent.register("mark", MarkProperty)


class MarkRestriction:
    """A search for one mark, or for any: what exchangelib's FindItem takes as a restriction."""

    def __init__(self, mark: str | None) -> None:
        self._mark = mark

    def to_xml(self, version: Any) -> Any:  # noqa: ARG002 - the same in every schema version
        """Return the ``Restriction`` element."""
        restriction = create_element("m:Restriction")
        if self._mark is None:
            exists = create_element("t:Exists")
            exists.append(_mark_uri())
            restriction.append(exists)
            return restriction
        equal = create_element("t:IsEqualTo")
        equal.append(_mark_uri())
        constant = create_element("t:FieldURIOrConstant")
        constant.append(create_element("t:Constant", attrs={"Value": self._mark}))
        equal.append(constant)
        restriction.append(equal)
        return restriction


def event_time(now: datetime) -> tuple[datetime, datetime]:
    """Return when the test event is: half an hour in the night after tomorrow's, where it disturbs nobody."""
    day = now.astimezone(UTC) + timedelta(days=2)
    start = day.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return start, start + timedelta(minutes=30)


def marks_in(item: etree._Element) -> list[str]:
    """Return the values of the mark that an item in an answer carries: one, or none."""
    namespace = "{http://schemas.microsoft.com/exchange/services/2006/types}"
    found = []
    for stored in item.iter(f"{namespace}ExtendedProperty"):
        uri, value = stored.find(f"{namespace}ExtendedFieldURI"), stored.find(f"{namespace}Value")
        if uri is None or value is None or uri.get("PropertyName") != MARK_NAME:
            continue
        if uri.get("PropertySetId", "").strip("{}").lower() == MARK_SET:
            found.append((value.text or "").strip())
    return found


def _mark_uri() -> Any:
    return create_element(
        "t:ExtendedFieldURI",
        attrs={"PropertySetId": MARK_SET, "PropertyName": MARK_NAME, "PropertyType": "String"},
    )
