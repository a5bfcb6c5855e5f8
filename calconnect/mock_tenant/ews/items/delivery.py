"""Mail within the organisation: what is sent to a local mailbox lies in its inbox at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calconnect.mock_tenant.ews.items.writing import author
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.state.copying import copy_of
from calconnect.mock_tenant.state.directory import Directory, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.values import Address

_RECIPIENTS = ("ToRecipients", "CcRecipients", "BccRecipients")


def recipients_of(item: Item) -> list[Address]:
    """Return whom a message is addressed to."""
    return [address for name in _RECIPIENTS for address in item.properties.get(name) or ()]


def send_message(request: Request, mailbox: Mailbox, item: Item) -> None:
    """Send a message: it stops being a draft, and a copy goes to each recipient who has a mailbox here.

    Raises:
        EwsError: ``ErrorInvalidRecipients``, ``ErrorSendAsDenied``.
    """
    recipients = recipients_of(item)
    if not recipients or any("@" not in one.email for one in recipients):
        raise EwsError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    owner = Address(mailbox.recipient.email, mailbox.recipient.name)
    sender: Address = item.properties.get("From") or owner
    if sender.email.lower() != owner.email.lower() and not _may_send_as(request, sender):
        raise EwsError("ErrorSendAsDenied", "The user account does not have the right to send as this address.")
    now = mailbox.clock()
    item.properties |= {
        "From": sender,
        "Sender": author(request, mailbox),
        "DateTimeSent": now,
        "IsDraft": False,
        "IsFromMe": True,
        "IsRead": True,
        "InternetMessageId": item.properties.get("InternetMessageId")
        or f"<{item.number}.{int(now.timestamp())}@{mailbox.recipient.domain}>",
    }
    for recipient in local_recipients(request.organization.directory, recipients):
        deliver(request.organization, recipient, item)


def _may_send_as(request: Request, sender: Address) -> bool:
    acting = request.acting
    if acting is None:
        return False
    if acting.email.lower() == sender.email.lower():
        return True
    recipient = request.organization.directory.by_address(sender.email)
    if recipient is None or not recipient.has_mailbox:
        return False
    return acting.email.lower() in request.organization.mailbox(recipient).full_access


def deliver(organization: Organization, recipient: Recipient, item: Item) -> Item | None:
    """Put a copy of a message into a recipient's inbox; None if the mailbox cannot be opened now."""
    try:
        mailbox = organization.mailbox(recipient)
    except EwsError:
        return None
    received = copy_of(item, mailbox)
    now = mailbox.clock()
    owner = Address(recipient.email, recipient.name)
    received.properties.pop("BccRecipients", None)
    received.properties |= {
        "IsDraft": False,
        "IsFromMe": False,
        "IsRead": False,
        "DateTimeReceived": now,
        "ReceivedBy": owner,
        "ReceivedRepresenting": owner,
        "InternetMessageHeaders": _headers(organization, item),
    }
    return mailbox.add_item(mailbox.distinguished("inbox"), received)


def _headers(organization: Organization, item: Item) -> list[tuple[str, str]]:
    properties = item.properties
    headers = [
        ("Received", f"from {organization.host} by {organization.host} with Microsoft SMTP Server"),
        ("From", _mail_form([properties["From"]]) if properties.get("From") else ""),
        ("To", _mail_form(properties.get("ToRecipients") or ())),
        ("CC", _mail_form(properties.get("CcRecipients") or ())),
        ("Subject", str(properties.get("Subject") or "")),
        ("Message-ID", str(properties.get("InternetMessageId") or "")),
    ]
    return [(name, text) for name, text in headers if text]


def _mail_form(people: Iterable[Address]) -> str:
    return ", ".join(f'"{one.name}" <{one.email}>' if one.name else f"<{one.email}>" for one in people)


def local_recipients(directory: Directory, addresses: Iterable[Address]) -> Iterator[Recipient]:
    """Return those whose mailboxes are here, each once; groups by their members."""
    seen: set[str] = set()
    waiting = [one.email for one in addresses]
    while waiting:
        email = waiting.pop(0).lower()
        recipient = directory.by_address(email)
        if recipient is None or recipient.email.lower() in seen:
            continue
        seen.add(recipient.email.lower())
        if recipient.is_group:
            waiting.extend(recipient.members)
        elif recipient.has_mailbox:
            yield recipient
