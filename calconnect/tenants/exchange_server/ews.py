"""The connection to one EWS endpoint: exchangelib makes the requests and keeps the sessions, the wire gives the facts.

exchangelib's services write the payload, wrap it (``RequestServerVersion``, ``ExchangeImpersonation``) and name the
anchor mailbox; its ``BaseProtocol`` pools the sessions. What exchangelib would do on its own beside that is left out,
because each question shall cost one request and outcomes are read off the wire: its process-wide protocol cache, the
guessing of versions, the retry loops, the tree walks of ``Account``.

Sources: https://github.com/ecederstrand/exchangelib (``services/common.py``, ``protocol.py``);
``RequestServerVersion`` ends at ``Exchange2016``, also for Exchange 2019 and SE:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
import urllib3.exceptions
from exchangelib.account import Account, Identity
from exchangelib.configuration import Configuration
from exchangelib.credentials import DELEGATE, IMPERSONATION
from exchangelib.errors import EWSError
from exchangelib.ewsdatetime import UTC
from exchangelib.protocol import BaseProtocol
from exchangelib.services.common import EWSAccountService, EWSService
from exchangelib.transport import DEFAULT_HEADERS, NOAUTH
from exchangelib.version import Build, Version

import calconnect
from calconnect.evidence.codes import Kind
from calconnect.foundation.clock import Clock
from calconnect.settings.secrets import SecretNotFound
from calconnect.tenants.common.failures import failure_code
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.wire import Answer, failed, read_answer, turned_away
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.exchange_server.signing import ServiceAccount
from calconnect.tenants.exchange_server.transports import RouteAdapter

SCHEMA_VERSIONS = (
    Version(Build(15, 1), "Exchange2016"),
    Version(Build(15, 0, 847), "Exchange2013_SP1"),
    Version(Build(14, 2), "Exchange2010_SP2"),
    Version(Build(8, 1), "Exchange2007_SP1"),
)
"""The schema versions that are asked for, in this order, until the server knows one."""

_FIRST_PAUSE = 1.0
"""Seconds to wait before the second attempt where the server names none."""

_WIRE_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError)

Pause = Callable[[float], None]
PayloadOf = Callable[[Any], Any]
"""Takes an exchangelib service and returns the payload of the request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One EWS request, before it is written out."""

    service: type[EWSService]
    payload: PayloadOf
    impersonated: str | None = None
    """The mailbox to act as; None: the service account acts as itself."""
    anchor: str | None = None
    """The mailbox that is asked about, where the service account acts as itself in somebody else's."""
    repeatable: bool = True
    """Whether sending it twice does no more than sending it once."""


class Pacer:
    """Makes all threads wait when the server asks for it: its budget is per account, not per connection."""

    def __init__(self, pause: Pause) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._until = 0.0

    def wait(self) -> None:
        """Wait until the server may be asked again."""
        left = self._until - time.monotonic()
        if left > 0:
            self._pause(left)

    def back_off(self, seconds: float) -> None:
        """Let nobody ask for the next ``seconds``."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)


class EwsEndpoint:
    """One EWS URL and the service account's sessions with it. Safe to use from several threads."""

    def __init__(
        self,
        url: str,
        route: Route,
        context: ssl.SSLContext,
        signing: tuple[ServiceAccount, str] | None,
        *,
        clock: Clock,
        pause: Pause,
    ) -> None:
        """Prepare to ask ``url``, signing in as an account with a scheme, or not at all (None).

        Nothing is sent and no secret read yet. ``context`` says what is trusted: see :meth:`Route.trust`.
        """
        self.url = url
        self._clock = clock
        self._timeout = route.timeout
        self._pacer = Pacer(pause)
        self._protocol = _Protocol(url, route, context, signing)

    @property
    def version(self) -> Version:
        """The schema version that requests are written in, and the server's build as far as it is known."""
        return self._protocol.version

    @version.setter
    def version(self, version: Version) -> None:
        self._protocol.config.version = version

    def ask(self, request: Request) -> Reply:
        """Send a request and return what came back: with one more attempt where the fault is passing, and in the
        server's own time. Never raises for what the server or the network does."""
        try:
            body, headers = self._write(request)
        except NotImplementedError:  # how exchangelib says that the server is too old for the operation
            return Reply(failed("not-in-this-version"), self._clock(), self.url, attempts=0)
        except (EWSError, ValueError):
            return Reply(failed("invalid-address"), self._clock(), self.url, attempts=0)
        attempts, first = 0, ""
        while True:
            attempts += 1
            self._pacer.wait()
            at, began = self._clock(), time.perf_counter()
            try:
                answer = self._send(body, headers)
            except SecretNotFound:
                return Reply(failed("secret-not-found"), at, self.url, attempts=0)
            reply = Reply(answer, at, self.url, (time.perf_counter() - began) * 1000, attempts, first)
            again = _seconds_until_again(answer, repeatable=request.repeatable)
            if attempts > 1 or again is None:
                return reply
            first = answer.code or f"HTTP {answer.status}"
            self._pacer.back_off(again)

    def close(self) -> None:
        """Close all sessions; one that is in use closes when it is done."""
        self._protocol.shut_down()

    def _write(self, request: Request) -> tuple[bytes, dict[str, bytes]]:
        anchor = request.impersonated or request.anchor
        if anchor is not None and not anchor.isprintable():
            raise ValueError("exchangelib would leave the odd characters out, and ask about another address")
        if issubclass(request.service, EWSAccountService):
            service = request.service(account=_MailboxAccount(self._protocol, request.impersonated))
        else:
            service = request.service(protocol=self._protocol)
        body: bytes = service.wrap(request.payload(service), self._protocol.version.api_version)
        headers = {}
        if anchor is not None:
            # Source: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange
            headers["X-AnchorMailbox"] = anchor.encode()
        return body, headers

    def _send(self, body: bytes, headers: dict[str, bytes]) -> Answer:
        session = self._protocol.get_session()
        try:
            answer = _post(session, self.url, body, headers=headers, timeout=self._timeout, clock=self._clock)
        except _WIRE_ERRORS as error:
            self._protocol.renew(session)
            return failed(failure_code(error))
        except BaseException:
            self._protocol.renew(session)
            raise
        if answer.kind in (Kind.TRANSIENT, Kind.REFUSAL_OF_IDENTITY):
            self._protocol.renew(session)
        else:
            self._protocol.release_session(session)
        return answer


def _post(
    session: requests.Session,
    url: str,
    body: bytes,
    *,
    clock: Clock,
    timeout: float,
    headers: dict[str, bytes] | None = None,
) -> Answer:
    """Send one POST and read its answer. Redirects are not followed.

    Raises:
        requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError: there is no answer.
    """
    with session.post(
        url, data=body, headers=headers, allow_redirects=False, timeout=(timeout, timeout), stream=True
    ) as response:
        content = response.content
        return read_answer(response.status_code, response.raw.headers.items(), content, clock())


def _seconds_until_again(answer: Answer, *, repeatable: bool) -> float | None:
    """Return how long to wait before one more attempt; None: none is worth it."""
    if answer.code == "connection-reset" and repeatable:
        return 0.0  # most likely a connection that the server closed while it was idle
    if answer.kind is not Kind.TRANSIENT:
        return None
    if not repeatable and not turned_away(answer):
        return None
    seconds = _FIRST_PAUSE if answer.retry_after is None else answer.retry_after
    return seconds if seconds <= limits().back_off else None


class _Session(requests.Session):
    def get_redirect_target(self, _: requests.Response) -> None:
        """Know no redirects: they are answers like others, and nothing is prepared for following them."""


def _session(adapter: RouteAdapter) -> requests.Session:
    session = _Session()
    session.trust_env = False  # no proxies, no .netrc, no other trust: the settings alone say how
    session.adapters.clear()
    session.mount("https://", adapter)
    session.headers.update(DEFAULT_HEADERS)
    session.headers["User-Agent"] = f"calconnect/{calconnect.__version__}"
    return session


class _Protocol(BaseProtocol):  # type: ignore[misc]
    """exchangelib's protocol for one endpoint of one tenant: outside its process-wide cache, nothing global changed."""

    def __init__(
        self, url: str, route: Route, context: ssl.SSLContext, signing: tuple[ServiceAccount, str] | None
    ) -> None:
        self._route = route
        self._context = context
        self._signing = signing
        self._closed = False
        super().__init__(
            Configuration(
                service_endpoint=url,
                auth_type=NOAUTH,
                version=SCHEMA_VERSIONS[0],
                max_connections=limits().connections,
            )
        )

    @property
    def version(self) -> Version:
        return self.config.version

    def get_auth_type(self) -> str:
        return str(NOAUTH)

    def create_session(self) -> requests.Session:
        adapter = RouteAdapter(
            self._route,
            self._context,
            limit_bytes=limits().answer_size,
        )
        session: Any = _session(adapter)
        if self._signing is not None:
            account, scheme = self._signing
            session.auth = account.for_requests(scheme, adapter.peer_certificate)
        session.session_id = id(session)  # exchangelib's pool writes both into its debug log
        session.usage_count = 0
        return session  # type: ignore[no-any-return]

    def renew(self, session: requests.Session) -> None:
        """Put a session back as if it were new: its connection closed, its cookies gone."""
        session.close()
        session.cookies.clear()
        self.release_session(session)

    def release_session(self, session: requests.Session) -> None:
        super().release_session(session)
        if self._closed:
            self.close()

    def shut_down(self) -> None:
        self._closed = True
        self.close()


class _MailboxAccount(Account):  # type: ignore[misc]
    """exchangelib's account for one mailbox, without its search for the server."""

    def __init__(self, protocol: _Protocol, impersonated: str | None) -> None:
        self.protocol = protocol
        self.identity = Identity(primary_smtp_address=impersonated)
        self.access_type = DELEGATE if impersonated is None else IMPERSONATION
        self.default_timezone = UTC
        self.affinity_cookie = None
        self._version = protocol.version.copy()
        self._version_lock = threading.Lock()
