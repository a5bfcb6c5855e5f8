"""Whether an account may sign in: its state, its password, and how wrong passwords lock it."""

from __future__ import annotations

from enum import StrEnum

from calconnect.mock_tenant.state.directory import Account, AccountState
from calconnect.mock_tenant.state.errors import EwsError


class SignIn(StrEnum):
    """How a sign-in ended."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    """Unknown account or wrong password; the two look the same from outside."""
    LOCKED = "locked"
    DISABLED = "disabled"
    BLOCKED = "blocked"
    """The right password, but legacy authentication is blocked for the account (BlockLegacyAuthWebServices)."""
    UNPROTECTED = "unprotected"
    """The right password, but made for another TLS channel, or for none; looks like a wrong password from outside."""


def judge(account: Account | None, *, password_matches: bool, legacy_blocked: bool = False) -> SignIn:
    """Decide on a sign-in and keep count of wrong passwords.

    An account whose password has expired or must be changed signs in; EWS then answers it with a code of its own,
    see ``password_fault``.
    """
    if account is None:
        return SignIn.WRONG
    if account.state is AccountState.LOCKED:
        return SignIn.LOCKED
    if not password_matches:
        account.wrong_passwords += 1
        if account.lock_out_after and account.wrong_passwords >= account.lock_out_after:
            account.state = AccountState.LOCKED
            return SignIn.LOCKED
        return SignIn.WRONG
    if account.state is AccountState.DISABLED:
        return SignIn.DISABLED
    if legacy_blocked:
        return SignIn.BLOCKED
    account.wrong_passwords = 0
    return SignIn.ACCEPTED


def standing(account: Account, *, legacy_blocked: bool = False) -> SignIn:
    """Return whether an account that signed in earlier on this connection may still act; arguments as in ``judge``."""
    if account.state is AccountState.LOCKED:
        return SignIn.LOCKED
    if account.state is AccountState.DISABLED:
        return SignIn.DISABLED
    if legacy_blocked:
        return SignIn.BLOCKED
    return SignIn.ACCEPTED


def password_fault(account: Account) -> EwsError | None:
    """Return the error that EWS answers an account with whose password has run out; None: it has not.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode names both codes. They
    concern the request as a whole, so they go out as a SOAP fault.
    """
    if account.state is AccountState.PASSWORD_EXPIRED:
        return EwsError("ErrorPasswordExpired", "The password for the account has expired.")
    if account.state is AccountState.MUST_CHANGE_PASSWORD:
        return EwsError("ErrorPasswordChangeRequired", "The password must be changed before the next logon.")
    return None
