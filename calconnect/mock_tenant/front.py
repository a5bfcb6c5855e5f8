"""The front of the server: a request in; Exchange's paths, status codes and headers out.

Header names as Exchange 2016 and later send them, seen in the traces of EWS clients' issue trackers, such as
https://github.com/ecederstrand/exchangelib/issues.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime
from email.utils import format_datetime

from calconnect.mock_tenant.autodiscover.endpoint import ENDPOINTS_OFFERED, AutodiscoverEndpoint
from calconnect.mock_tenant.control import PREFIX as CONTROL_PREFIX
from calconnect.mock_tenant.control import Control
from calconnect.mock_tenant.ews.endpoint import EwsEndpoint
from calconnect.mock_tenant.ews.envelope import fault
from calconnect.mock_tenant.gate import admit
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.online_front import OnlineFront
from calconnect.mock_tenant.proxies import SIGN_IN_PATH, intercept, sign_in_page, unavailable
from calconnect.mock_tenant.recorder import RecordedRequest
from calconnect.mock_tenant.reply import HTML, Connection, Headers, Reply, Told
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.wire.request import HttpError, HttpRequest
from calconnect.mock_tenant.wire.response import header_lines

log = logging.getLogger(__name__)
MAXIMUM_REQUEST_BYTES = 64 * 1024 * 1024
"""Exchange's own default for EWS:
https://learn.microsoft.com/exchange/architecture/client-access/client-message-size-limits"""
_SHORTEST_DELAY = 1e-6
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>"
_EWS_PATH = "/ews/exchange.asmx"
_AUTODISCOVER_PREFIX = "/autodiscover/"


class Front:
    """Routes requests, has them signed in, adds the headers that Exchange adds, and tells the recorder."""

    def __init__(self, live: LiveTenant, control: Control) -> None:
        self._live = live
        self._control = control
        self._ews = EwsEndpoint(live)
        self._autodiscover = AutodiscoverEndpoint(live)
        self._online = OnlineFront(live)
        self._random = random.Random()  # noqa: S311
        self._date = (0, "")

    def answer(self, request: HttpRequest, connection: Connection) -> Reply:
        """Answer a request."""
        path = request.path
        lowered = path.lower()
        live = self._live
        at = live.organization.now()
        if lowered.startswith(CONTROL_PREFIX):
            reply = self._control.answer(request)
            reply.head = header_lines((("Content-Type", reply.content_type), ("Date", self._date_of(at))))
            return reply
        started, number = time.perf_counter(), live.recorder.next_number()
        told, request_id = Told(), self._new_id()
        online = self._online.answer(request, told, request_id)
        if online is not None:
            reply = online
            head = (("Content-Type", reply.content_type), ("Date", self._date_of(at)), *reply.headers)
            reply.head = header_lines(head)
        else:
            reply = self._answer_here(request, connection, told, request_id, at)
        took = time.perf_counter() - started
        if reply.delay_seconds:
            reply.delay_seconds = max(_SHORTEST_DELAY, reply.delay_seconds - took)
        status = reply.status if reply.never is None else 0
        self._meter(told, status, request, reply)
        live.recorder.add(
            RecordedRequest(
                number=number,
                at=at,
                method=request.method,
                path=path,
                source=connection.source,
                user_agent=request.headers.get("user-agent", ""),
                scheme=request.headers.get("authorization", "").partition(" ")[0].lower(),
                account=told.account,
                login=told.login,
                operation=told.operation,
                target=told.target,
                status=status,
                codes=told.codes,
                seconds=took + reply.delay_seconds,
                request_id=request_id,
            )
        )
        return reply

    def _meter(self, told: Told, status: int, request: HttpRequest, reply: Reply) -> None:
        """Count a request, and one that is not answered at once as in flight until it is."""
        meter = self._live.meters.take(told, status, request.headers.get("x-anchormailbox", ""))
        if meter is None or not (reply.delay_seconds or reply.stream is not None or reply.never is not None):
            return
        meter.in_flight += 1
        before = reply.sent

        def sent() -> None:
            meter.in_flight -= 1
            if before is not None:
                before()

        reply.sent = sent

    def refuse(self, error: HttpError, connection: Connection) -> Reply:
        """Answer what was no request: too large, or not HTTP."""
        log.debug("%s from %s: %s", error.status, connection.source, error)
        reply = Reply(error.status, b"", HTML)
        at = self._live.organization.now()
        reply.head = self._head(None, reply, (), self._new_id(), at, signed_in=False)
        return reply

    def _answer_here(
        self, request: HttpRequest, connection: Connection, told: Told, request_id: str, at: datetime
    ) -> Reply:
        """Answer what is asked of Exchange itself."""
        try:
            reply, more = self._route(request, request.path.lower(), connection, told)
        except Exception:  # the boundary: whatever goes wrong inside, a client gets Exchange's answer for it
            log.exception("%s %s failed", request.method, request.path)
            told.codes = ("ErrorInternalServerError",)
            reply, more = Reply(500, fault(EwsError(told.codes[0], "An internal server error occurred."))), ()
        reply.head = self._head(request, reply, more, request_id, at, signed_in=bool(told.account))
        return reply

    def _route(self, request: HttpRequest, path: str, connection: Connection, told: Told) -> tuple[Reply, Headers]:
        """Return the reply, and headers that it has because of the path or the sign-in."""
        is_ews = path == _EWS_PATH
        server = self._live.organization.server
        proxy = server.behind if is_ews else self._live.autodiscover.behind
        if not is_ews and not path.startswith(_AUTODISCOVER_PREFIX):
            return (sign_in_page() if path == SIGN_IN_PATH else Reply(404, _NOT_FOUND, HTML)), ()
        stopped = intercept(proxy, request) or (unavailable() if server.maintenance else None)
        if stopped is not None:
            return stopped, ()
        more: Headers = ()
        if not is_ews:
            reply = self._autodiscover.without_sign_in(request, path)
            if reply is not None:
                return reply, ()
            more = ENDPOINTS_OFFERED
        binding = self._live.binding_of(connection)
        admission = admit(self._live.organization, connection, request.headers.get("authorization"), binding)
        told.login = admission.login
        account = admission.account
        if account is None:
            return admission.refusal or Reply(401), more
        told.account = account.name
        more += admission.headers
        if is_ews:
            return self._ews.answer(request, account, told), more
        return self._autodiscover.answer(request, path, told), more

    def _head(
        self,
        request: HttpRequest | None,
        reply: Reply,
        more: Headers,
        request_id: str,
        at: datetime,
        *,
        signed_in: bool,
    ) -> str:
        organization = self._live.organization
        server = organization.server.server_name
        head = (
            f"Cache-Control: private\r\nContent-Type: {reply.content_type}\r\nServer: Microsoft-IIS/10.0\r\n"
            f"request-id: {request_id}\r\nX-FEServer: {server}\r\nX-Powered-By: ASP.NET\r\n"
            f"Date: {self._date_of(at)}\r\n"
        )
        if signed_in:
            head += (
                f"X-CalculatedBETarget: {server.lower()}.{organization.domains[0]}\r\nX-DiagInfo: {server}\r\n"
                f"X-BEServer: {server}\r\nX-OWA-Version: {organization.server.version}\r\n"
                "X-AspNet-Version: 4.0.30319\r\n"
            )
            if request is not None and "exchangecookie=" not in request.headers.get("cookie", ""):
                value = f"{self._random.getrandbits(128):032x}"
                head += f"Set-Cookie: exchangecookie={value}; path=/; secure; HttpOnly\r\n"
        if request is not None and request.headers.get("return-client-request-id", "").lower() == "true":
            client_id = request.headers.get("client-request-id")
            if client_id:
                more += (("client-request-id", client_id),)
        if more or reply.headers:
            head += header_lines((*more, *reply.headers))
        return head

    def _date_of(self, at: datetime) -> str:
        """Return the Date header; one text serves a whole second."""
        second = int(at.timestamp())
        if self._date[0] != second:
            self._date = (second, format_datetime(at, usegmt=True))
        return self._date[1]

    def _new_id(self) -> str:
        """Return a new GUID; the operating system is asked for randomness once, not with every request."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
