"""Recipients as answers name them, and what requests name them by."""

from __future__ import annotations

import re
import uuid

from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.xml import Element, t
from calconnect.mock_tenant.state.directory import Directory, Recipient, RecipientKind
from calconnect.mock_tenant.state.errors import EwsError

_LEGACY_DN = re.compile(r"(?:ex:)?/o=.*/cn=recipients/cn=([0-9a-f]{32})", re.I)


def mailbox_type(recipient: Recipient) -> str:
    """Return the MailboxType of a recipient:
    https://learn.microsoft.com/exchange/client-developer/web-service-reference/mailboxtype"""
    if recipient.is_group:
        return "PublicDL"
    return "Contact" if recipient.kind is RecipientKind.CONTACT else "Mailbox"


def mailbox_element(recipient: Recipient, name: str = "Mailbox") -> Element:
    """Return ``t:Mailbox``, or another element of EmailAddressType, for a recipient."""
    return address_element(name, recipient.name, recipient.email, mailbox_type(recipient))


def address_element(name: str, display_name: str, address: str, kind: str, *more: Element) -> Element:
    """Return an element of EmailAddressType of the types namespace."""
    return t(
        name,
        t("Name", text=display_name),
        t("EmailAddress", text=address),
        t("RoutingType", text="SMTP"),
        t("MailboxType", text=kind),
        *more,
    )


def find_recipient(directory: Directory, address: str) -> Recipient | None:
    """Return the recipient with exactly this address: SMTP (with or without ``smtp:``) or X.500."""
    legacy = _LEGACY_DN.fullmatch(address)
    if legacy:
        return directory.by_guid(uuid.UUID(legacy.group(1)).bytes)
    return directory.by_address(address[5:] if address[:5].lower() == "smtp:" else address)


def demand_mailbox(request: Request) -> None:
    """Make sure that who asks has a mailbox, as looking up names demands.

    Raises:
        EwsError: ``ErrorNameResolutionNoMailbox``.
    """
    if request.acting is None or not request.acting.has_mailbox:
        raise EwsError(
            "ErrorNameResolutionNoMailbox", "The caller's account has no mailbox, so that names cannot be resolved."
        )


def no_results() -> EwsError:
    """Return the error for a name that leads nowhere."""
    return EwsError("ErrorNameResolutionNoResults", "No results were found.")
