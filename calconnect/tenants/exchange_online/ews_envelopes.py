"""The envelopes of the two EWS operations, written with lxml, so that no address can be more than an address in them.

Sources: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation,
https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from calconnect.tenants.common.soap import MESSAGES, SOAP, TYPES

_VERSION = "Exchange2016"
"""The last schema version that there is, in Exchange Online too:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion"""
_NAMESPACES = {
    "s": SOAP.strip("{}"),
    "m": MESSAGES.strip("{}"),
    "t": TYPES.strip("{}"),
}


def get_calendar(mailbox: str) -> bytes:
    """Return the request for the default calendar of ``mailbox``, as its owner."""
    envelope, body = _envelope(mailbox)
    operation = _add(body, f"{MESSAGES}GetFolder")
    shape = _add(operation, f"{MESSAGES}FolderShape")
    _add(shape, f"{TYPES}BaseShape", "IdOnly")
    more = _add(shape, f"{TYPES}AdditionalProperties")
    _add(more, f"{TYPES}FieldURI", FieldURI="folder:FolderClass")
    _add(_add(operation, f"{MESSAGES}FolderIds"), f"{TYPES}DistinguishedFolderId", Id="calendar")
    return _written(envelope)


def get_availability(acting_as: str, mailboxes: Sequence[str], start: datetime, end: datetime) -> bytes:
    """Return the request for the busy times of ``mailboxes``, as the owner of one; times alone, no subjects."""
    envelope, body = _envelope(acting_as)
    operation = _add(body, f"{MESSAGES}GetUserAvailabilityRequest")
    zone = _add(operation, f"{TYPES}TimeZone")
    _add(zone, f"{TYPES}Bias", "0")
    for name, month in (("StandardTime", "11"), ("DaylightTime", "3")):
        change = _add(zone, f"{TYPES}{name}")
        for part, value in (("Bias", "0"), ("Time", "00:00:00"), ("DayOrder", "1"), ("Month", month)):
            _add(change, f"{TYPES}{part}", value)
        _add(change, f"{TYPES}DayOfWeek", "Sunday")
    people = _add(operation, f"{MESSAGES}MailboxDataArray")
    for mailbox in mailboxes:
        person = _add(people, f"{TYPES}MailboxData")
        _add(_add(person, f"{TYPES}Email"), f"{TYPES}Address", mailbox)
        _add(person, f"{TYPES}AttendeeType", "Required")
        _add(person, f"{TYPES}ExcludeConflicts", "false")
    options = _add(operation, f"{TYPES}FreeBusyViewOptions")
    window = _add(options, f"{TYPES}TimeWindow")
    _add(window, f"{TYPES}StartTime", _moment(start))
    _add(window, f"{TYPES}EndTime", _moment(end))
    _add(options, f"{TYPES}MergedFreeBusyIntervalInMinutes", "30")
    _add(options, f"{TYPES}RequestedView", "FreeBusy")
    return _written(envelope)


def _envelope(mailbox: str) -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{SOAP}Envelope", nsmap=_NAMESPACES)
    header = _add(envelope, f"{SOAP}Header")
    _add(header, f"{TYPES}RequestServerVersion", Version=_VERSION)
    sid = _add(_add(header, f"{TYPES}ExchangeImpersonation"), f"{TYPES}ConnectingSID")
    _add(sid, f"{TYPES}SmtpAddress", mailbox)
    return envelope, _add(envelope, f"{SOAP}Body")


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _moment(moment: datetime) -> str:
    """Without a zone: it is in that of the request, which is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _written(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
