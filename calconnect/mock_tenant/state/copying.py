"""Copies of items: into another folder, another mailbox, or a message about them."""

from __future__ import annotations

import copy
from dataclasses import replace

from calconnect.mock_tenant.state.attachments import Attachment
from calconnect.mock_tenant.state.bookkeeping import NOTES
from calconnect.mock_tenant.state.calendar import Appointment, SeriesException
from calconnect.mock_tenant.state.mailbox import Item, Mailbox


def copy_of(item: Item, mailbox: Mailbox, kind: str | None = None) -> Item:
    """Return a copy of an item with new numbers of a mailbox, not yet in any folder.

    Args:
        item: what is copied; nothing of it is shared with the copy.
        mailbox: where the copy will be.
        kind: the copy's kind; None: the same.
    """
    twin = Item(mailbox.next_number(), 0, kind or item.kind)
    twin.properties = {name: copy.deepcopy(value) for name, value in item.properties.items() if name not in NOTES}
    twin.extended = dict(item.extended)
    for attachment in item.attachments.values():
        other = copy_attachment(attachment, mailbox)
        twin.attachments[other.number] = other
    if isinstance(item.calendar, Appointment):
        twin.calendar = copy_appointment(item.calendar)
    return twin


def copy_attachment(attachment: Attachment, mailbox: Mailbox) -> Attachment:
    """Return a copy of an attachment with new numbers of a mailbox."""
    item = None if attachment.item is None else copy_of(attachment.item, mailbox)
    return replace(attachment, number=mailbox.next_number(), item=item)


def copy_appointment(appointment: Appointment) -> Appointment:
    """Return a copy of calendar facts that shares nothing with them."""
    exceptions = {index: _copy_exception(one) for index, one in appointment.exceptions.items()}
    return replace(appointment, exceptions=exceptions, deleted=set(appointment.deleted))


def _copy_exception(one: SeriesException) -> SeriesException:
    return replace(one, properties=copy.deepcopy(one.properties), extended=dict(one.extended))
