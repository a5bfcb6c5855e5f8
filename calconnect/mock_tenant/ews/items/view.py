"""An item as somebody sees it: stored values, an exception's own ones, and those that the server computes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calconnect.mock_tenant.ews.items.codecs import Wire
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.property import Kind
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, t
from calconnect.mock_tenant.state.access import Access
from calconnect.mock_tenant.state.calendar import Appointment, Occurrence
from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Item, Mailbox


@dataclass(slots=True)
class ItemView:
    """One item, or one occurrence of a series, in a mailbox."""

    mailbox: Mailbox
    item: Item
    access: Access
    wire: Wire
    occurrence: Occurrence | None = None
    """The occurrence of a series that is meant; None: the item itself."""
    html: bool | None = None
    """How bodies are wanted: True HTML, False text, None as they are."""
    embedded: bool = False
    """Whether the item is an attachment, which has no id, folder or rights of its own."""
    neighbours: tuple[list[Occurrence], list[Occurrence]] | None = None
    """Events at the same time, and events that touch this one; None: not looked for yet."""

    @property
    def kind(self) -> Kind:
        """What the schema knows of this type of item."""
        return KINDS[self.item.kind]

    @property
    def appointment(self) -> Appointment | None:
        """The calendar facts, if it is a calendar item."""
        return self.item.calendar if isinstance(self.item.calendar, Appointment) else None

    @property
    def index(self) -> int:
        """The index of the occurrence in its series; 0: it is none."""
        return 0 if self.occurrence is None else self.occurrence.index

    def thing(self, index: int | None = None) -> ThingId:
        """Return the id, or that of another occurrence of the series (0: the series itself)."""
        index = self.index if index is None else index
        if index:
            return ThingId(IdKind.OCCURRENCE, self.mailbox.guid, self.item.number, index)
        return self.mailbox.item_id(self.item)

    def id_element(self, name: str = "ItemId", index: int | None = None) -> Element:
        """Return the id with its change key as an element."""
        return t(name, Id=str(self.thing(index)), ChangeKey=self.mailbox.key_of(self.item))

    def stored(self, name: str, default: Any = None) -> Any:
        """Return a stored value by element name."""
        if self.occurrence is not None:
            return self.occurrence.value(name, default)
        value = self.item.properties.get(name)
        return default if value is None else value

    @property
    def created(self) -> datetime:
        """When the item was made."""
        return self.item.created or self.mailbox.clock()

    @property
    def modified(self) -> datetime:
        """When the item was last changed."""
        return self.item.modified or self.created


def wire_of(request: Request) -> Wire:
    """Return how a request wants moments to be written and read: from Exchange 2010 on, in its own time zone."""
    zone = None if request.version.startswith("Exchange2007") else request.time_zone
    return Wire(request.organization.now(), zone)


def view_of(
    request: Request, mailbox: Mailbox, item: Item, occurrence: Occurrence | None = None, html: bool | None = None
) -> ItemView:
    """Return an item as the request's user sees it."""
    return ItemView(mailbox, item, request.access, wire_of(request), occurrence, html)
