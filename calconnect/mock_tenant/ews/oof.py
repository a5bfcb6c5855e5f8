"""Automatic replies in EWS's XML, and whose they are."""

from __future__ import annotations

from datetime import UTC

from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.moments import read_span
from calconnect.mock_tenant.ews.recipients import find_recipient
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, find, stamp, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.oof import OofSettings, Reply

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
STATES = frozenset({"Disabled", "Enabled", "Scheduled"})
AUDIENCES = frozenset({"None", "Known", "All"})
MAILBOX = Node("Mailbox", (Node("Name", required=False), Node("Address"), Node("RoutingType", required=False)))
"""Grammar of ``t:Mailbox`` as the availability and automatic reply operations have it (type EmailAddress)."""
_SPAN = Node("Duration", (Node("StartTime"), Node("EndTime")), required=False)
_REPLY = (Node("Message", required=False),)
SETTINGS = Node(
    "UserOofSettings",
    (
        Node("OofState", values=STATES),
        Node("ExternalAudience", values=AUDIENCES),
        _SPAN,
        Node("InternalReply", _REPLY, required=False),
        Node("ExternalReply", _REPLY, required=False),
        *(
            Node(name, ANY, required=False)
            for name in (
                "DeclineMeetingReply",
                "DeclineEventsForScheduledOOF",
                "DeclineAllEventsForScheduledOOF",
                "CreateOOFEvent",
                "OOFEventSubject",
                "AutoDeclineFutureRequestsWhenOOF",
                "OOFEventID",
                "EventsToDeleteIDs",
            )
        ),
    ),
)
"""Grammar of ``t:UserOofSettings``."""


def demand_own_mailbox(request: Request) -> Mailbox:
    """Return the mailbox that the request names, which must be that of who asks, or be fully open to them.

    Raises:
        EwsError: ``ErrorMailRecipientNotFound``, ``ErrorAccessDenied``, or the mailbox's state.
    """
    address = text_of(request.body, "Mailbox", "Address") or ""
    recipient = find_recipient(request.organization.directory, address)
    if recipient is None or not recipient.has_mailbox:
        raise EwsError("ErrorMailRecipientNotFound", f"Unable to resolve e-mail address {address}.")
    mailbox = request.organization.mailbox(recipient)
    request.access.demand(mailbox, mailbox.distinguished("root"), Right.OWNER)
    return mailbox


def read_settings(element: Element) -> OofSettings:
    """Read ``t:UserOofSettings``.

    Raises:
        EwsError: ``ErrorSchemaValidation``.
    """
    span = read_span(find(element, "Duration"), UTC)
    return OofSettings(
        state=text_of(element, "OofState") or "Disabled",
        external_audience=text_of(element, "ExternalAudience") or "None",
        start=None if span is None else span[0],
        end=None if span is None else span[1],
        internal_reply=_read_reply(find(element, "InternalReply")),
        external_reply=_read_reply(find(element, "ExternalReply")),
    )


def write_settings(settings: OofSettings) -> Element:
    """Return ``t:OofSettings``."""
    if settings.start is None or settings.end is None:
        raise ValueError("settings that are sent have a schedule")
    return t(
        "OofSettings",
        t("OofState", text=settings.state),
        t("ExternalAudience", text=settings.external_audience),
        t("Duration", t("StartTime", text=stamp(settings.start)), t("EndTime", text=stamp(settings.end))),
        _write_reply("InternalReply", settings.internal_reply),
        _write_reply("ExternalReply", settings.external_reply),
    )


def _read_reply(element: Element | None) -> Reply:
    if element is None:
        return Reply()
    return Reply(text_of(element, "Message") or "", element.get(_LANGUAGE, ""))


def _write_reply(name: str, reply: Reply) -> Element:
    attributes = {_LANGUAGE: reply.language} if reply.language else {}
    return t(name, t("Message", text=reply.text), **attributes)
