"""The MIME content of items: messages as RFC 5322, calendar items as iCalendar, contacts as vCard."""

from __future__ import annotations

import base64
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from calconnect.mock_tenant.ews.items.ical import calendar_text
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.state.values import Address, Body


def mime_content(view: ItemView) -> str:
    """Return an item's MIME content as base64: iCalendar for calendar items, a message for all others."""
    raw = calendar_text(view).encode() if view.item.kind == "CalendarItem" else bytes(_message(view))
    return base64.b64encode(raw).decode()


def _message(view: ItemView) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    sender = view.stored("From") or view.stored("Sender")
    if sender is not None:
        message["From"] = [_mail_address(sender)]
    for header, name in (("To", "ToRecipients"), ("Cc", "CcRecipients")):
        people = view.stored(name)
        if people:
            message[header] = [_mail_address(one) for one in people]
    message["Subject"] = " ".join(str(view.stored("Subject", "")).split())
    message["Date"] = format_datetime(view.stored("DateTimeSent", view.created))
    message["Message-ID"] = view.stored("InternetMessageId") or f"<{view.item.number}@{view.mailbox.recipient.domain}>"
    body: Body = view.stored("Body", Body(""))
    message.set_content(body.text, subtype="html" if body.is_html else "plain")
    for attachment in view.item.attachments.values():
        if attachment.item is None:
            kind = attachment.content_type if "/" in attachment.content_type else "application/octet-stream"
            main, _, sub = kind.partition("/")
            message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message


def _mail_address(address: Address) -> MailAddress:
    local, _, domain = address.email.rpartition("@")
    return MailAddress(" ".join(address.name.split()), local, domain)
