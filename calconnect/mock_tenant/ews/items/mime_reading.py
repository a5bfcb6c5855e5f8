"""Items made from MIME content: messages from RFC 5322, calendar items from iCalendar."""

from __future__ import annotations

import base64
import binascii
import email
import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from calconnect.mock_tenant.ews.items.reading import ItemContent
from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.state.attachments import Attachment
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.timezones import iana_to_windows, zone_named
from calconnect.mock_tenant.state.values import Address, Body, Tree

_LINE = re.compile(r"(?P<name>[A-Za-z-]+)(?P<parameters>(?:;[^:\"]*(?:\"[^\"]*\")?)*):(?P<value>.*)", re.S)
_ESCAPE = re.compile(r"\\([\\;,nN])")


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
        raise _failed() from None
    if content.kind.name == "CalendarItem":
        found = _event(raw)
        files: list[Attachment] = []
    elif content.kind.name in ("Message", "Item", "PostItem"):
        message = email.message_from_bytes(raw, policy=default)
        found = _message(message)
        files = _files(message, mailbox)
    else:
        raise _failed()
    for name, value in found.items():
        if name in content.kind.by_name:
            content.values.setdefault(name, value)
    return files


def _failed() -> EwsError:
    return EwsError("ErrorContentConversionFailed", "Content conversion failed.")


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


def _event(raw: bytes) -> dict[str, Any]:
    """Read the first VEVENT of an iCalendar stream: text, times and zone; its recurrence is not read."""
    text = re.sub(r"\r?\n[ \t]", "", raw.decode("utf-8", "replace"))
    _, begin, rest = text.partition("BEGIN:VEVENT")
    inside, end, _ = rest.partition("END:VEVENT")
    if not begin or not end:
        raise _failed()
    lines = {}
    for line in inside.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found:
            lines[found["name"].upper()] = (found["parameters"], found["value"])
    values: dict[str, Any] = {}
    for name, own in (("SUMMARY", "Subject"), ("LOCATION", "Location"), ("UID", "UID")):
        if name in lines:
            values[own] = _plain(lines[name][1])
    if "DESCRIPTION" in lines:
        values["Body"] = Body(_plain(lines["DESCRIPTION"][1]))
    if "CATEGORIES" in lines:
        values["Categories"] = [_plain(one) for one in re.split(r"(?<!\\),", lines["CATEGORIES"][1])]
    return values | _times(lines)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), text)


def _times(lines: dict[str, tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, own in (("DTSTART", "Start"), ("DTEND", "End")):
        if name not in lines:
            continue
        parameters, text = lines[name]
        zone_text = next(
            (part[5:].strip('"') for part in parameters.split(";") if part.upper().startswith("TZID=")), ""
        )
        zone = zone_named(zone_text) if zone_text else None
        try:
            if len(text) == 8:
                day = date.fromisoformat(text)
                values[own] = datetime(day.year, day.month, day.day, tzinfo=zone or UTC).astimezone(UTC)
                values["IsAllDayEvent"] = True
            else:
                moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
                values[own] = moment.replace(tzinfo=UTC if text.endswith("Z") else zone or UTC).astimezone(UTC)
        except ValueError:
            raise _failed() from None
        if zone is not None and own == "Start":
            values["StartTimeZone"] = ZoneName(iana_to_windows(zone.key))
    if values.get("IsAllDayEvent") and "Start" in values:
        values.setdefault("End", values["Start"] + timedelta(days=1))
    return values
