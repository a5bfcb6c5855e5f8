"""The authentication schemes of a virtual directory: what is offered, and who a request comes from.

NTLM signs in a connection, not a request ([MS-NTHT], and IIS's ``authPersistSingleRequest`` left at its default): once
it has, further requests on the connection need no Authorization header.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass

from calconnect.mock_tenant.auth.accounts import SignIn, judge, standing
from calconnect.mock_tenant.auth.basic import read_basic
from calconnect.mock_tenant.auth.channel_bindings import is_protected
from calconnect.mock_tenant.auth.negotiation import Negotiation
from calconnect.mock_tenant.auth.ntlm import NtlmExchange
from calconnect.mock_tenant.auth.ntlm_messages import NtlmError, ServerNames
from calconnect.mock_tenant.auth.spnego import SpnegoError
from calconnect.mock_tenant.reply import Connection
from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.policies import Policies


@dataclass(slots=True)
class Outcome:
    """Who is signed in, or how the client is turned away."""

    account: Account | None = None
    sign_in: SignIn = SignIn.WRONG
    challenges: tuple[str, ...] = ()
    """``WWW-Authenticate`` values: of the 401, or of the success (the end of a negotiation)."""
    login: str = ""
    """The name that was tried, for the recorder."""
    persistent: bool = False
    """Whether the connection is signed in (IIS then says ``Persistent-Auth: true``)."""


def offered(policies: Policies, host: str) -> tuple[str, ...]:
    """Return the ``WWW-Authenticate`` values in the order in which IIS lists them."""
    schemes = []
    if policies.negotiate:
        schemes.append("Negotiate")
    if policies.ntlm:
        schemes.append("NTLM")
    if policies.basic:
        schemes.append(f'Basic realm="{host}"')
    return tuple(schemes)


_SCHEMES = frozenset({"basic", "ntlm", "negotiate"})
"""Each is switched by the policy of its name."""


class Authenticator:
    """Signs in connections and requests against one organisation."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def authenticate(self, connection: Connection, header: str | None, binding: bytes = b"") -> Outcome:
        """Decide who a request comes from.

        Args:
            connection: where it came in; NTLM keeps its state there.
            header: the ``Authorization`` header; None: there is none.
            binding: the hash that NTLM has to carry where Extended Protection is on.
        """
        if header is None:
            return self._by_connection(connection)
        scheme, _, token = header.strip().partition(" ")
        scheme = scheme.lower()
        if scheme not in _SCHEMES or not getattr(self._organization.policies, scheme):
            return Outcome(challenges=self._offers())
        if scheme == "basic":
            connection.account = None
            return self._basic(token)
        return self._negotiate(connection, "NTLM" if scheme == "ntlm" else "Negotiate", token, binding)

    def _offers(self) -> tuple[str, ...]:
        return offered(self._organization.policies, self._organization.host)

    def _names(self) -> ServerNames:
        domain, server = self._organization.domains[0], self._organization.server.server_name
        return ServerNames(domain.partition(".")[0].upper()[:15], server, domain)

    def _by_connection(self, connection: Connection) -> Outcome:
        account = connection.account
        if account is None or self._organization.directory.account(account.name) is not account:  # the tenant was reset
            return Outcome(challenges=self._offers())
        result = standing(account, legacy_blocked=self._organization.blocks_legacy(account))
        if result is SignIn.ACCEPTED:
            return Outcome(account, result, login=account.name, persistent=True)
        connection.account = None
        return Outcome(None, result, self._offers(), account.name)

    def _basic(self, token: str) -> Outcome:
        found: Account | None = None
        login = ""
        matches = False
        for login, password in read_basic(token):
            found = self._organization.directory.account(login)
            matches = found is not None and hmac.compare_digest(found.password.encode(), password.encode())
            if matches:
                break
        result = self._judge(found, matches=matches)
        if result is SignIn.ACCEPTED:
            return Outcome(found, result, login=login)
        return Outcome(None, result, self._offers(), login)

    def _negotiate(self, connection: Connection, scheme: str, token: str, binding: bytes) -> Outcome:
        connection.account = None
        organization = self._organization
        try:
            data = base64.b64decode(token.strip(), validate=True)
            negotiation = connection.negotiation or self._begin()
            step = negotiation.step(data, organization.directory, self._names().domain)
        except (binascii.Error, ValueError, NtlmError, SpnegoError):
            connection.negotiation = None
            return Outcome(challenges=self._offers())
        answer = f"{scheme} {base64.b64encode(step.token).decode()}"
        if step.result is None:
            connection.negotiation = negotiation
            return Outcome(challenges=(answer,))
        connection.negotiation = None
        result = self._judge(step.result.account, matches=step.result.proven)
        protection = organization.server.extended_protection
        if result is SignIn.ACCEPTED and not is_protected(protection, step.result.channel_bindings, binding):
            result = SignIn.UNPROTECTED
        if result is not SignIn.ACCEPTED:
            return Outcome(None, result, self._offers(), step.result.login)
        connection.account = step.result.account
        challenges = (answer,) if step.token else ()
        return Outcome(step.result.account, result, challenges, step.result.login, persistent=True)

    def _judge(self, account: Account | None, *, matches: bool) -> SignIn:
        blocked = account is not None and self._organization.blocks_legacy(account)
        return judge(account, password_matches=matches, legacy_blocked=blocked)

    def _begin(self) -> Negotiation:
        return Negotiation(NtlmExchange(self._names(), secrets.token_bytes(8), self._organization.now()))
