"""How people stand in EWS's XML: recipients, attendees, and the dictionaries of a contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import MOMENT, Codec, Wire
from calconnect.mock_tenant.ews.xml import Child, Element, elements, find, t, text_of
from calconnect.mock_tenant.state.values import Address, Attendee

MAILBOX_TYPES = frozenset(
    {"Mailbox", "PublicDL", "PrivateDL", "Contact", "PublicFolder", "Unknown"}
    | {"OneOff", "GroupMailbox", "ImplicitContact"}
)
RESPONSES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")


def mailbox_node(*, many: bool = False, required: bool = False) -> Node:
    """Describe a ``t:Mailbox``."""
    return Node(
        "Mailbox",
        (
            Node("Name", required=False),
            Node("EmailAddress", required=False),
            Node("RoutingType", required=False),
            Node("MailboxType", required=False, values=MAILBOX_TYPES),
            Node("ItemId", required=False, attributes=("Id",)),
            Node("OriginalDisplayName", required=False),
            Node("ExternalObjectId", required=False),
            Node("PrimaryEmailAddress", required=False),
        ),
        required=required,
        many=many,
    )


def read_address(mailbox: Element) -> Address:
    """Read a ``t:Mailbox``."""
    return Address(
        text_of(mailbox, "EmailAddress") or "",
        text_of(mailbox, "Name") or "",
        text_of(mailbox, "RoutingType") or "SMTP",
        text_of(mailbox, "MailboxType") or "Mailbox",
    )


def write_address(address: Address) -> Element:
    """Write a ``t:Mailbox``; what it lacks is left out."""
    return t(
        "Mailbox",
        t("Name", text=address.name or address.email),
        t("EmailAddress", text=address.email) if address.email else None,
        t("RoutingType", text=address.routing_type) if address.email else None,
        t("MailboxType", text=address.mailbox_type),
    )


def _address_key(address: Address) -> str:
    return (address.name or address.email).casefold()


class Person(Codec):
    """One recipient (``t:From/t:Mailbox``)."""

    def node(self, name: str) -> Node:
        """Describe the recipient."""
        return Node(name, (mailbox_node(required=True),), required=False)

    def read(self, element: Element, _wire: Wire) -> Address:
        """Read the recipient."""
        mailbox = find(element, "Mailbox")
        return Address("") if mailbox is None else read_address(mailbox)

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the recipient."""
        return t(name, write_address(value))

    def key(self, value: Any) -> str:
        """Recipients compare by their display name, as the store does."""
        return _address_key(value)


class People(Codec):
    """Several recipients."""

    def node(self, name: str) -> Node:
        """Describe the recipients."""
        return Node(name, (mailbox_node(many=True),), required=False)

    def read(self, element: Element, _wire: Wire) -> list[Address]:
        """Read the recipients in order."""
        return [read_address(child) for child in elements(element)]

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the recipients in order."""
        return t(name, *(write_address(one) for one in value))

    def key(self, value: Any) -> tuple[str, ...]:
        """Each recipient compares by itself."""
        return tuple(_address_key(one) for one in value)


class Attendees(Codec):
    """The attendees of a meeting."""

    def node(self, name: str) -> Node:
        """Describe the attendees."""
        moments = (Node("LastResponseTime", required=False), Node("ProposedStart", required=False))
        children = (
            mailbox_node(required=True),
            Node("ResponseType", required=False, values=frozenset(RESPONSES)),
            *moments,
            Node("ProposedEnd", required=False),
        )
        return Node(name, (Node("Attendee", children, many=True),), required=False)

    def read(self, element: Element, wire: Wire) -> list[Attendee]:
        """Read the attendees in order."""
        return [self._read_one(child, wire) for child in elements(element)]

    @staticmethod
    def _read_one(attendee: Element, wire: Wire) -> Attendee:
        mailbox = find(attendee, "Mailbox")
        moment = find(attendee, "LastResponseTime")
        last: datetime | None = None if moment is None else MOMENT.read(moment, wire)
        address = Address("") if mailbox is None else read_address(mailbox)
        return Attendee(address, text_of(attendee, "ResponseType") or "Unknown", last)

    def write(self, name: str, value: Any, wire: Wire) -> Element:
        """Write the attendees in order."""
        return t(name, *(self._write_one(one, wire) for one in value))

    @staticmethod
    def _write_one(attendee: Attendee, wire: Wire) -> Element:
        last: Child = None
        if attendee.last_response is not None:
            last = t("LastResponseTime", text=wire.moment(attendee.last_response))
        return t("Attendee", write_address(attendee.address), t("ResponseType", text=attendee.response), last)

    def key(self, value: Any) -> tuple[str, ...]:
        """Each attendee compares by name."""
        return tuple(_address_key(one.address) for one in value)


class Entries(Codec):
    """A dictionary of texts (``t:Entry Key="…"``): e-mail addresses, telephone numbers."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def node(self, name: str) -> Node:
        """Describe the dictionary."""
        entry = Node("Entry", (), many=True, attributes=("Key",), attribute_values=(("Key", frozenset(self.keys)),))
        return Node(name, (entry,), required=False)

    def read(self, element: Element, _wire: Wire) -> dict[str, str]:
        """Read the entries that have a text."""
        return {child.get("Key", ""): child.text for child in elements(element) if child.text}

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the entries in the order of their keys."""
        return t(name, *(t("Entry", text=value[key], Key=key) for key in self.keys if key in value))

    def key(self, value: Any) -> tuple[str, ...]:
        """Each entry compares by its text."""
        return tuple(one.casefold() for one in value.values())


class EmailEntries(Entries):
    """The e-mail addresses of a contact, with what a client wants to know about each."""

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the entries with name and routing type."""
        return t(
            name,
            *(
                t("Entry", text=value[key], Key=key, Name=value[key], RoutingType="SMTP", MailboxType="Contact")
                for key in self.keys
                if key in value
            ),
        )


_PARTS = ("Street", "City", "State", "CountryOrRegion", "PostalCode")


class PostalAddresses(Codec):
    """The postal addresses of a contact; each value is key → part → text."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def node(self, name: str) -> Node:
        """Describe the dictionary of addresses."""
        parts = tuple(Node(part, required=False) for part in _PARTS)
        entry = Node("Entry", parts, many=True, attributes=("Key",), attribute_values=(("Key", frozenset(self.keys)),))
        return Node(name, (entry,), required=False)

    def read(self, element: Element, _wire: Wire) -> dict[str, dict[str, str]]:
        """Read the addresses."""
        found = {}
        for entry in elements(element):
            parts = {part: text for part in _PARTS if (text := text_of(entry, part))}
            if parts:
                found[entry.get("Key", "")] = parts
        return found

    def write(self, name: str, value: Any, _wire: Wire) -> Element:
        """Write the addresses in the order of their keys."""
        entries = []
        for key in self.keys:
            if key in value:
                parts = (t(part, text=value[key][part]) for part in _PARTS if part in value[key])
                entries.append(t("Entry", *parts, Key=key))
        return t(name, *entries)

    def key(self, value: Any) -> tuple[str, ...]:
        """Each address compares by its parts in a row."""
        return tuple(" ".join(parts.values()).casefold() for parts in value.values())
