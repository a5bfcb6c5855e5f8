"""The MIME content of items: messages as RFC 5322, calendar items as iCalendar, contacts as vCard."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from calconnect.mock_tenant.ews.items.ical import calendar_text
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.state.values import Address, Body

_MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[\w.+-]+/[\w.+-]+")


def mime_content(view: ItemView) -> str:
    """Return an item's MIME content as base64: iCalendar for calendar items, a message for all others."""
    raw = calendar_text(view).encode() if view.item.kind == "CalendarItem" else bytes(_message(view))
    return base64.b64encode(raw).decode()


def _message(view: ItemView) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    sender = view.stored("From") or view.stored("Sender")
    if sender is not None:
        message["From"] = _mail_form([sender])
    for header, name in (("To", "ToRecipients"), ("Cc", "CcRecipients")):
        people = view.stored(name)
        if people:
            message[header] = _mail_form(people)
    message["Subject"] = " ".join(str(view.stored("Subject", "")).split())
    message["Date"] = format_datetime(view.stored("DateTimeSent", view.created))
    message["Message-ID"] = _bare(
        view.stored("InternetMessageId") or f"<{view.item.number}@{view.mailbox.recipient.domain}>"
    )
    body: Body = view.stored("Body", Body(""))
    message.set_content(body.text, subtype="html" if body.is_html else "plain")
    for attachment in view.item.attachments.values():
        if attachment.item is None:
            known = _MEDIA_TYPE.fullmatch(attachment.content_type)
            main, _, sub = (attachment.content_type if known else "application/octet-stream").partition("/")
            name = " ".join(attachment.name.split())
            message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)
    return message


def _mail_form(people: Iterable[Address]) -> str:
    return ", ".join(f'"{_bare(one.name)}" <{_bare(one.email)}>' for one in people)


def _bare(text: str) -> str:
    return " ".join(text.replace('"', "'").replace("\\", "").split())
