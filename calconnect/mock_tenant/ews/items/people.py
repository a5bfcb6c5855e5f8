"""People that clients name in items: found in the directory, and their answers kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calconnect.mock_tenant.state.directory import Directory, RecipientKind
from calconnect.mock_tenant.state.values import Address, Attendee

_TYPES = {
    RecipientKind.GROUP: "PublicDL",
    RecipientKind.SECURITY_GROUP: "PublicDL",
    RecipientKind.ROOM_LIST: "PublicDL",
    RecipientKind.CONTACT: "Contact",
}


def resolve_people(directory: Directory, values: dict[str, Any], old: Mapping[str, Any]) -> None:
    """Complete the addresses among new values from the directory, in place.

    The answers of attendees are the server's to keep: those of attendees that were there before stay, others have not
    answered, whatever the client says.

    Args:
        directory: the organisation's.
        values: new values by element name.
        old: the item's values so far.
    """
    for name, value in values.items():
        if isinstance(value, Address):
            values[name] = resolve(directory, value)
        elif isinstance(value, list) and value and isinstance(value[0], Address):
            values[name] = [resolve(directory, one) for one in value]
        elif isinstance(value, list) and value and isinstance(value[0], Attendee):
            known = {one.address.email.lower(): one for one in old.get(name) or ()}
            values[name] = [_attendee(directory, one, known) for one in value]


def _attendee(directory: Directory, attendee: Attendee, known: Mapping[str, Attendee]) -> Attendee:
    before = known.get(attendee.address.email.lower(), Attendee(attendee.address))
    return replace(before, address=resolve(directory, attendee.address))


def resolve(directory: Directory, address: Address) -> Address:
    """Return an address as the directory knows it; one that it does not know is a one-off, named by itself."""
    recipient = directory.by_address(address.email) if "@" in address.email else None
    if recipient is None:
        kind = "OneOff" if address.mailbox_type == "Mailbox" else address.mailbox_type
        return replace(address, name=address.name or address.email, mailbox_type=kind)
    kind = _TYPES.get(recipient.kind, "Mailbox")
    return Address(recipient.email, recipient.name, "SMTP", kind)
