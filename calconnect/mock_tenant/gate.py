"""The gate of a virtual directory: signs a request in, or turns it away as IIS does."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.auth.accounts import SignIn
from calconnect.mock_tenant.auth.schemes import Authenticator, Outcome
from calconnect.mock_tenant.reply import HTML, Connection, Headers, Reply
from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.organization import Organization

_LOCKED_OUT = b"The referenced account is currently locked out and may not be logged on to."
"""exchangelib looks for these words in the body of a 401 (its protocol.py)."""

# Number and words of the x-ms-diagnostics header, in its form: <number>;reason="…";error_category="…"
_DIAGNOSTICS = {
    SignIn.LOCKED: '4000001;reason="The account is locked out.";error_category="account_locked_out"',
    SignIn.DISABLED: '4000002;reason="The account is disabled.";error_category="account_disabled"',
    SignIn.BLOCKED: '4000003;reason="Legacy authentication is blocked for the account.";error_category="blocked"',
}


@dataclass(slots=True)
class Admission:
    """A request that may go on, or the reply that turns it away."""

    account: Account | None
    login: str
    """The name that was tried; empty: none."""
    refusal: Reply | None = None
    headers: Headers = ()
    """To be added to whatever is answered: the end of a negotiation."""


def admit(
    organization: Organization, connection: Connection, authorization: str | None, binding: bytes = b""
) -> Admission:
    """Sign a request in. Holds the organisation's lock while it looks at accounts.

    Args:
        organization: whose accounts count.
        connection: where the request came in.
        authorization: its ``Authorization`` header.
        binding: the hash that NTLM has to carry where Extended Protection is on.
    """
    with organization.lock:
        outcome = Authenticator(organization).authenticate(connection, authorization, binding)
    if outcome.account is None:
        return Admission(None, outcome.login, _refusal(outcome))
    if not outcome.persistent:
        return Admission(outcome.account, outcome.login)
    challenges = tuple(("WWW-Authenticate", challenge) for challenge in outcome.challenges)
    return Admission(outcome.account, outcome.login, None, (("Persistent-Auth", "true"), *challenges))


def _refusal(outcome: Outcome) -> Reply:
    """Return the 401: the same for an unknown account and a wrong password."""
    headers = [("WWW-Authenticate", challenge) for challenge in outcome.challenges]
    diagnostics = _DIAGNOSTICS.get(outcome.sign_in)
    if diagnostics:
        headers.append(("x-ms-diagnostics", diagnostics))
    return Reply(401, _LOCKED_OUT if outcome.sign_in is SignIn.LOCKED else b"", HTML, tuple(headers))
