"""The values that item properties have, free of any protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody that a message or meeting names."""

    email: str
    name: str = ""
    routing_type: str = "SMTP"
    mailbox_type: str = "Mailbox"
    """``Mailbox``, ``OneOff``, ``PublicDL``, ``Contact`` …"""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited to a meeting."""

    address: Address
    response: str = "Unknown"
    """``Unknown``, ``Organizer``, ``Tentative``, ``Accept``, ``Decline``, ``NoResponseReceived``."""
    last_response: datetime | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an item."""

    text: str
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """Structured content that is kept as it was written, because nothing here depends on it."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class ExtendedName:
    """How an extended property is named: by tag, or by a property set and a name or a number.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedfielduri
    """

    property_set: str = ""
    """Lower-case GUID; empty for a tag."""
    name: str = ""
    number: int = -1
    """The dispatch id in the property set, or the property tag's number; -1: none."""
    type: str = "String"
    """``String``, ``Integer``, ``BinaryArray`` …"""


ExtendedValue = str | tuple[str, ...]
"""Values as XML Schema text in canonical form (lower-case booleans, base64 …)."""
