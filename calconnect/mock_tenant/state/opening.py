"""What keeps a mailbox from being opened, whichever half of the organisation holds it."""

from __future__ import annotations

from calconnect.mock_tenant.state.directory import MailboxState, Recipient
from calconnect.mock_tenant.state.errors import EwsError

FAILOVER = ("ErrorMailboxFailover", "Mailbox is failing over. Try again later.")
STORE_DOWN = ("ErrorMailboxStoreUnavailable", "The mailbox database is temporarily unavailable.")
STATE_ERRORS = {
    MailboxState.MOVING: ("ErrorMailboxMoveInProgress", "Mailbox move in progress. Try again later."),
    MailboxState.FAILOVER: FAILOVER,
    MailboxState.STORE_DOWN: STORE_DOWN,
}
_NO_ROOT = "The specified object was not found in the store., Default folder Root not found."
"""Of a mailbox that is damaged: https://github.com/David-Barrett-MS/PowerShell-EWS-Scripts/issues/33"""


def no_mailbox() -> EwsError:
    """Return the error of an address that nobody's mailbox here has."""
    return EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")


def demand_root(recipient: Recipient) -> None:
    """Look whether a mailbox has its root folder.

    Raises:
        EwsError: ``ErrorItemNotFound``.
    """
    if "root" in recipient.missing_folders:
        raise EwsError("ErrorItemNotFound", _NO_ROOT)
