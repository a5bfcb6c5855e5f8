"""On whose behalf: the ``ExchangeImpersonation`` header and the other access modes.

Ways to name the user: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-identify-the-account-to-impersonate
Codes: https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
"""

from __future__ import annotations

import re

from calconnect.mock_tenant.ews.envelope import Envelope
from calconnect.mock_tenant.ews.grammar import schema_error
from calconnect.mock_tenant.ews.xml import Element, elements, local
from calconnect.mock_tenant.state.directory import Account, Directory, Recipient, mailbox_holder
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.organization import Organization

_ACCESS_MODES = (
    "ExchangeImpersonation",
    "SerializedSecurityContext",
    "OpenAsAdminOrSystemService",
    "ProxySecurityContext",
)
_UPN = re.compile(r"[^@\s]+@[^@\s]+")
_SID = re.compile(r"S-1(-\d+){2,}", re.I)


def acting_recipient(organization: Organization, account: Account, envelope: Envelope) -> tuple[Recipient | None, bool]:
    """Return whose rights count in a request, and whether that is by impersonation.

    Raises:
        EwsError: ``ErrorMoreThanOneAccessModeSpecified``, ``ErrorAccessDenied`` (a mode other than impersonation),
            ``ErrorImpersonateUserDenied``, ``ErrorNonExistentMailbox``, ``ErrorNonPrimarySmtpAddress``,
            ``ErrorInvalidUserPrincipalName``, ``ErrorInvalidSid``, ``ErrorInvalidExchangeImpersonationHeaderData``.
    """
    header = impersonation_header(envelope)
    if header is None:
        return account.recipient, False
    target = impersonated(organization.directory, header)
    if not organization.roles.may_impersonate(account, target, organization.directory):
        raise EwsError(
            "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."
        )
    return target, True


def impersonation_header(envelope: Envelope) -> Element | None:
    """Return the ``ExchangeImpersonation`` header; None: the request names no other user.

    Raises:
        EwsError: ``ErrorMoreThanOneAccessModeSpecified``, ``ErrorAccessDenied`` (a mode other than impersonation).
    """
    headers = envelope.headers
    modes = [name for name in _ACCESS_MODES if name in headers]
    if len(modes) > 1 or (modes and modes[0] in envelope.repeated):
        raise EwsError("ErrorMoreThanOneAccessModeSpecified", "Only one access mode can be specified in the request.")
    if modes and modes[0] != "ExchangeImpersonation":
        raise EwsError("ErrorAccessDenied", "The account has no right to present a security context for somebody else.")
    return headers["ExchangeImpersonation"] if modes else None


def impersonated(directory: Directory, header: Element) -> Recipient:
    """Return whom an ``ExchangeImpersonation`` header names.

    Raises:
        EwsError: see ``acting_recipient``.
    """
    identities = [one for part in elements(header) if local(part) == "ConnectingSID" for one in elements(part)]
    if len(identities) != 1:
        raise schema_error(1, "The element 'ConnectingSID' must contain one way to name the user.")
    kind, value = local(identities[0]), (identities[0].text or "").strip()
    if not value:
        raise EwsError("ErrorInvalidExchangeImpersonationHeaderData", "The ExchangeImpersonation header names nobody.")
    if kind == "PrincipalName":
        return _by_principal_name(directory, value)
    if kind == "SID":
        return _by_sid(directory, value)
    if kind == "PrimarySmtpAddress":
        return mailbox_holder(directory, value)
    if kind == "SmtpAddress":
        return _by_any_address(directory, value)
    raise schema_error(1, f"The element 'ConnectingSID' has invalid child element '{kind}'.")


def _by_principal_name(directory: Directory, value: str) -> Recipient:
    found = directory.by_upn(value) if _UPN.fullmatch(value) else None
    if found is None:
        raise EwsError("ErrorInvalidUserPrincipalName", "The user principal name (UPN) is not valid.")
    return _with_mailbox(found)


def _by_sid(directory: Directory, value: str) -> Recipient:
    found = directory.by_sid(value) if _SID.fullmatch(value) else None
    if found is None:
        raise EwsError("ErrorInvalidSid", "The security identifier (SID) is not valid.")
    return _with_mailbox(found)


def _by_any_address(directory: Directory, value: str) -> Recipient:
    found = directory.by_address(value)
    if found is None:
        raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    return _with_mailbox(found)


def _with_mailbox(recipient: Recipient) -> Recipient:
    if not recipient.has_mailbox:
        raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    return recipient
