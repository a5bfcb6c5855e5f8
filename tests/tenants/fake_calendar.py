"""A calendar in memory behind the scripted server: just enough of Exchange for a test event's life."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from lxml import etree

from calconnect.tenants.common.mark import MARK_NAME, MARK_SET
from tests.tenants.scripted import Canned, FakeExchange, Script, Seen, message

T = "{http://schemas.microsoft.com/exchange/services/2006/types}"


@dataclass
class StoredEvent:
    """One event."""

    mark: str
    subject: str = "calconnect test event"
    change: int = 1


@dataclass
class FakeCalendar:
    """The events of one mailbox, and what is done to them."""

    events: dict[str, StoredEvent] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    keeps_marks: bool = True
    keeps_changes: bool = True
    really_deletes: bool = True

    def install(self, exchange: FakeExchange) -> FakeExchange:
        """Let the script answer for this calendar."""
        handlers: dict[str, Script] = {
            "CreateItem": self.create,
            "GetItem": self.get,
            "UpdateItem": self.update,
            "DeleteItem": self.delete,
            "FindItem": self.find,
        }
        exchange.answers.update(handlers)
        return exchange

    def add(self, mark: str) -> str:
        """Put an event there, and return its id."""
        item = f"id-{next(self.numbers)}"
        self.events[item] = StoredEvent(mark)
        return item

    def create(self, seen: Seen) -> Canned:
        """Answer CreateItem."""
        self.requests.append(seen.body)
        value = etree.fromstring(seen.body).findtext(f".//{T}ExtendedProperty/{T}Value")
        item = self.add(value if value and self.keeps_marks else "")
        return message("CreateItem", f"<m:Items>{self._item(item, full=False)}</m:Items>")

    def get(self, seen: Seen) -> Canned:
        """Answer GetItem."""
        item = self._asked(seen)
        if item not in self.events:
            return message("GetItem", "<m:Items/>", code="ErrorItemNotFound")
        return message("GetItem", f"<m:Items>{self._item(item)}</m:Items>")

    def update(self, seen: Seen) -> Canned:
        """Answer UpdateItem."""
        item = self._asked(seen)
        subject = etree.fromstring(seen.body).findtext(f".//{T}Subject") or ""
        if self.keeps_changes:
            self.events[item].subject = subject
        self.events[item].change += 1
        return message("UpdateItem", f"<m:Items>{self._item(item, full=False)}</m:Items>")

    def delete(self, seen: Seen) -> Canned:
        """Answer DeleteItem, of one item or several."""
        assert b'DeleteType="HardDelete"' in seen.body
        for asked in etree.fromstring(seen.body).iter(f"{T}ItemId"):
            if asked.get("Id") not in self.events:
                return message("DeleteItem", code="ErrorItemNotFound")
            if self.really_deletes:
                del self.events[asked.get("Id", "")]
        return message("DeleteItem")

    def find(self, seen: Seen) -> Canned:
        """Answer FindItem with a restriction on the mark."""
        constant = etree.fromstring(seen.body).find(f".//{T}Constant")
        wanted = None if constant is None else constant.get("Value")
        found = [item for item, event in self.events.items() if event.mark and wanted in (None, event.mark)]
        items = "".join(self._item(item) for item in found)
        return message(
            "FindItem",
            f'<m:RootFolder TotalItemsInView="{len(found)}" IncludesLastItemInRange="true">'
            f"<t:Items>{items}</t:Items></m:RootFolder>",
        )

    @staticmethod
    def _asked(seen: Seen) -> str:
        item = etree.fromstring(seen.body).find(f".//{T}ItemId")
        assert item is not None
        return item.get("Id", "")

    def _item(self, item: str, *, full: bool = True) -> str:
        event = self.events[item]
        mark = (
            f'<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="{MARK_SET.upper()}" PropertyName="{MARK_NAME}" '
            f'PropertyType="String"/><t:Value>{event.mark}</t:Value></t:ExtendedProperty>'
        )
        inside = f"<t:Subject>{event.subject}</t:Subject>{mark if event.mark else ''}" if full else ""
        key = f"ck-{event.change}"
        return f'<t:CalendarItem><t:ItemId Id="{item}" ChangeKey="{key}"/>{inside}</t:CalendarItem>'
