"""Envelopes made ready: everything but the few values that differ from request to request is written once.

Source of the header's elements:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from calconnect.evidence.observation import Mode

_LONGEST_ADDRESS = 255

SINCE_2013 = 15
"""The generation that Exchange 2013 began: 2016, 2019 and SE are of it, too."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
_QUOTES = {'"': "&quot;"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How requests to one server are written."""

    schema_version: str
    """``RequestServerVersion``: ``Exchange2016``."""
    generation: int
    """First part of the server's build: 8 (Exchange 2007), 14 (2010), 15 (2013 and later)."""
    mode: Mode = Mode.IMPERSONATED
    """``IMPERSONATED``: as the owner of the mailbox; ``DELEGATE``: as the service account itself."""


class Template:
    """An envelope with places for values, such as ``{mailbox}``."""

    def __init__(self, text: str) -> None:
        """Take ``text`` apart at its places once."""
        self._parts = tuple(_PLACE.split(text))

    def fill(self, **values: str) -> bytes:
        """Return the envelope with ``values`` in their places. They can be no more than text there.

        Raises:
            UnicodeEncodeError: a value holds half a character (a lone surrogate).
        """
        parts = list(self._parts)
        parts[1::2] = [escape(values[name], _QUOTES) for name in parts[1::2]]
        return "".join(parts).encode()


def is_address(text: str) -> bool:
    """Say whether a request may be about ``text``: not empty, one line, no odd characters, not overlong.

    Nothing is left out or replaced to make it fit: that would be a question about another mailbox.
    """
    return 0 < len(text) <= _LONGEST_ADDRESS and text.isprintable()


def mailbox_envelope(dialect: Dialect, body: str) -> Template:
    """Return an envelope about one ``{mailbox}``: as its owner, or as the service account itself."""
    acting = ""
    if dialect.mode is Mode.IMPERSONATED:
        acting = (
            "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{mailbox}</t:PrimarySmtpAddress>"
            "</t:ConnectingSID></t:ExchangeImpersonation>"
        )
    zone = '<t:TimeZoneContext><t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>'
    return Template(_envelope(dialect, acting + zone, body))


def plain_envelope(dialect: Dialect, body: str) -> Template:
    """Return an envelope of the service account itself, about no mailbox of its own."""
    return Template(_envelope(dialect, "", body))


def calendar_of_mailbox() -> str:
    """Return the element that names the calendar folder of ``{mailbox}``."""
    return (
        '<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress>'
        "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:DistinguishedFolderId>"
    )


def no_read_receipts(dialect: Dialect) -> str:
    """Return the attribute that keeps read receipts from being sent, which servers know since Exchange 2013."""
    return ' SuppressReadReceipts="true"' if dialect.generation >= SINCE_2013 else ""


def moment(value: datetime) -> str:
    """Return a moment as EWS wants it, in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _envelope(dialect: Dialect, header: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
        ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">'
        f'<s:Header><t:RequestServerVersion Version="{dialect.schema_version}"/>{header}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
