"""The way from nothing to a signed-in endpoint, each part once: URL, schemes offered, sign-in, schema version.

It is also the gate: until the service account has signed in, nothing is asked on its behalf, and a password that was
refused is not tried again by other questions. Accounts get locked that way.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, replace

from exchangelib.version import Build, Version

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Outcome
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Reply, Said
from calconnect.tenants.common.wire import Answer, failed
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.ews import SCHEMA_VERSIONS, EwsEndpoint, Pause, Request
from calconnect.tenants.exchange_server.signing import ServiceAccount, choose_scheme

_WRONG_VERSION = frozenset({"ErrorInvalidServerVersion", "ErrorInvalidRequest", "ErrorIncorrectSchemaVersion"})
NOT_SIGNED_IN = frozenset(
    {Kind.REFUSAL_OF_IDENTITY, Kind.TRANSIENT, Kind.POLICY, Kind.NOT_ANSWER, Kind.SERVER_FAULT, Kind.WRONG_ENDPOINT}
)
"""What an answer in SOAP may be and yet be no proof that the account is signed in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How signing in went."""

    reply: Reply
    said: Said | None
    scheme: str = ""
    """``ntlm`` or ``basic``; empty if it did not come to that."""

    @property
    def ok(self) -> bool:
        """Whether the service account is signed in."""
        return self.said is not None and self.said.outcome is Outcome.OK


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What signing in has shown: all that the thin path needs to go on from there."""

    url: str
    """The EWS URL."""
    account: ServiceAccount
    scheme: str
    """``ntlm`` or ``basic``."""
    schema_version: str
    """``RequestServerVersion`` that the server knows: ``Exchange2016``."""
    generation: int
    """First part of the server's build, 15 since Exchange 2013; where it was not told, that of the schema version."""


class Connection:
    """One tenant's connection. Safe to use from several threads."""

    def __init__(self, email: str, route: Route, account: ServiceAccount, *, clock: Clock, pause: Pause) -> None:
        self._email = email
        self._route = route
        self._account = account
        self._clock = clock
        self._pause = pause
        self._lock = threading.RLock()
        self._context: ssl.SSLContext | None = None
        """What is trusted; read once, which takes a tenth of a second."""
        self._url: str | None = None
        self._offered: Reply | None = None
        self._endpoint: EwsEndpoint | None = None
        self._sign_in: SignIn | None = None

    @property
    def url(self) -> str | None:
        """The EWS URL; None while it is not known."""
        return self._url

    def use(self, url: str) -> None:
        """Use ``url`` from now on; what is known about another one is forgotten."""
        with self._lock:
            if url != self._url:
                self.close()
                self._url, self._offered, self._sign_in = url, None, None

    def ask_anonymously(self, source_address: str | None = None) -> Reply:
        """Ask without signing in; the server's refusal shows that it is there and how one can sign in."""
        url = self._url
        if url is None:
            return self._unasked("not-located")
        route = self._route if source_address is None else self._route.sending_from(source_address)
        try:
            endpoint = self._new_endpoint(url, route, None)
        except OSError:
            return self._unasked("ca-file-unreadable")
        try:
            reply = endpoint.ask(questions.convert_id(self._email))
        finally:
            endpoint.close()
        if source_address is None:
            self._offered = reply
        return reply

    def sign_in(self) -> SignIn:
        """Sign in, and remember how it went."""
        with self._lock:
            self._sign_in = self._try_to_sign_in()
            return self._sign_in

    def sign_in_by(self, scheme: str) -> Reply:
        """Sign in once more, with ``scheme``, on a connection of its own.

        Nothing is sent unless a sign-in has shown that the credentials are good, and the server offers the scheme.
        """
        with self._lock:
            url, signed_in, endpoint, offered = self._url, self._sign_in, self._endpoint, self._offered
        if url is None:
            return self._unasked("not-located")
        if signed_in is None or not signed_in.ok or endpoint is None:
            return self._unasked("not-signed-in")
        if offered is None or scheme not in {one.lower() for one in offered.answer.schemes}:
            return self._unasked("no-usable-scheme")
        other = self._new_endpoint(url, self._route, scheme)
        other.version = endpoint.version
        try:
            return other.ask(questions.convert_id(self._email))
        finally:
            other.close()

    @property
    def signed_in(self) -> SignedIn | None:
        """What signing in has shown; None: it was not tried, or failed."""
        with self._lock:
            if self._url is None or self._endpoint is None or self._sign_in is None or not self._sign_in.ok:
                return None
            version = self._endpoint.version
            return SignedIn(
                self._url, self._account, self._sign_in.scheme, version.api_version, version.build.major_version
            )

    def ask(self, request: Request) -> Reply:
        """Ask as the service account, signing in first where that has not been done."""
        with self._lock:
            if self._url is None:
                return self._unasked("not-located")
            signed_in = self._sign_in or self.sign_in()
            endpoint = self._endpoint
        if signed_in.ok and endpoint is not None:
            return endpoint.ask(request)
        code = signed_in.reply.answer.code
        return self._unasked(code if code == "secret-not-found" else "not-signed-in")

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._endpoint is not None:
                self._endpoint.close()
                self._endpoint = None

    def _try_to_sign_in(self) -> SignIn:
        url = self._url
        if url is None:
            return SignIn(self._unasked("not-located"), None)
        offered = self._offered or self.ask_anonymously()
        if offered.answer.status != 401:
            # Whatever this is, it does not ask for a sign-in as EWS does: it gets no credentials.
            asks_nothing = offered.answer.outcome is Outcome.OK or offered.answer.soap is not None
            said = Said(Outcome.REFUSED, "no-sign-in-asked") if asks_nothing else None
            return SignIn(replace(offered, attempts=0), said)
        scheme = choose_scheme(offered.answer.schemes)
        if scheme is None:
            return SignIn(self._unasked("no-usable-scheme"), None)
        self.close()
        self._endpoint = self._new_endpoint(url, self._route, scheme)
        reply = _ask_in_known_version(self._endpoint, self._email)
        answer = reply.answer
        proven = answer.status == 200 and answer.soap is not None and answer.kind not in NOT_SIGNED_IN
        return SignIn(reply, Said(Outcome.OK, answer.code) if proven else None, scheme)

    def _new_endpoint(self, url: str, route: Route, scheme: str | None) -> EwsEndpoint:
        with self._lock:
            if self._context is None:
                self._context = route.trust()
        signing = None if scheme is None else (self._account, scheme)
        return EwsEndpoint(url, route, self._context, signing, clock=self._clock, pause=self._pause)

    def _unasked(self, code: str) -> Reply:
        return Reply(failed(code), self._clock(), self._url or "", attempts=0)


def _ask_in_known_version(endpoint: EwsEndpoint, email: str) -> Reply:
    """Ask in one schema version after the other until the server knows it; the endpoint keeps that one."""
    attempts = 0
    for version in SCHEMA_VERSIONS:
        endpoint.version = version
        reply = endpoint.ask(questions.convert_id(email))
        attempts += reply.attempts
        if reply.answer.code not in _WRONG_VERSION:
            endpoint.version = Version(_build(reply.answer) or version.build, version.api_version)
            break
    return replace(reply, attempts=attempts)


def _build(answer: Answer) -> Build | None:
    parts = answer.soap.server_version.split(".") if answer.soap else []
    return Build(*(int(part) for part in parts)) if len(parts) in (2, 4) else None
