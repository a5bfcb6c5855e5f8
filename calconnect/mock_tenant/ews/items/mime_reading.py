"""Items made from MIME content: messages from RFC 5322, calendar items from iCalendar."""

from __future__ import annotations

import base64
import binascii
import email
from datetime import UTC
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from calconnect.mock_tenant.ews.items.ical_reading import failed, read_event
from calconnect.mock_tenant.ews.items.reading import ItemContent
from calconnect.mock_tenant.state.attachments import Attachment
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.values import Address, Body, Tree


def take_mime(content: ItemContent, mailbox: Mailbox) -> list[Attachment]:
    """Fill in what an item's MIME content says and the request does not say itself; return the files in it.

    Raises:
        EwsError: ``ErrorContentConversionFailed``: it cannot be read as what the item is.
    """
    tree = content.values.pop("MimeContent", None)
    if not isinstance(tree, Tree):
        return []
    try:
        raw = base64.b64decode("".join(tree.text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise failed() from None
    if content.kind.name == "CalendarItem":
        found = read_event(raw)
        files: list[Attachment] = []
    elif content.kind.name in ("Message", "Item", "PostItem"):
        message = email.message_from_bytes(raw, policy=default)
        found = _message(message)
        files = _files(message, mailbox)
    else:
        raise failed()
    for name, value in found.items():
        if name in content.kind.by_name:
            content.values.setdefault(name, value)
    return files


def _message(message: EmailMessage) -> dict[str, Any]:
    found: dict[str, Any] = {"Subject": str(message.get("Subject", ""))}
    for header, name in (("To", "ToRecipients"), ("Cc", "CcRecipients"), ("Bcc", "BccRecipients")):
        people = _people(message, header)
        if people:
            found[name] = people
    sender = _people(message, "From")
    if sender:
        found["From"] = sender[0]
    if message.get("Message-ID"):
        found["InternetMessageId"] = str(message["Message-ID"])
    body = message.get_body(("html", "plain"))
    if body is not None:
        found["Body"] = Body(str(body.get_content()), body.get_content_subtype() == "html")
    found["InternetMessageHeaders"] = [(name, str(value)) for name, value in message.items()]
    try:
        found["DateTimeSent"] = parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    except (TypeError, ValueError):
        found.pop("DateTimeSent", None)
    return found


def _people(message: EmailMessage, header: str) -> list[Address]:
    values = [str(value) for value in message.get_all(header, [])]
    return [Address(address, name) for name, address in getaddresses(values) if address]


def _files(message: EmailMessage, mailbox: Mailbox) -> list[Attachment]:
    found = []
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        found.append(
            Attachment(
                mailbox.next_number(),
                part.get_filename() or "attachment",
                part.get_content_type(),
                content=payload if isinstance(payload, bytes) else b"",
                modified=mailbox.clock(),
            )
        )
    return found
