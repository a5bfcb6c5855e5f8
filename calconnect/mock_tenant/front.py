"""The front of the server: an HTTP request in; Exchange's paths, status codes and headers out.

Header names as Exchange 2016 and later send them, seen in the traces of EWS clients' issue trackers, such as
https://github.com/ecederstrand/exchangelib/issues.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import aclosing

from aiohttp import web
from multidict import CIMultiDict

from calconnect.mock_tenant.autodiscover.endpoint import ENDPOINTS_OFFERED, AutodiscoverEndpoint
from calconnect.mock_tenant.control import PREFIX as CONTROL_PREFIX
from calconnect.mock_tenant.control import Control
from calconnect.mock_tenant.ews.endpoint import EwsEndpoint
from calconnect.mock_tenant.ews.envelope import fault
from calconnect.mock_tenant.gate import admit
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.recorder import RecordedRequest
from calconnect.mock_tenant.reply import HTML, Connection, Reply, Told
from calconnect.mock_tenant.state.errors import EwsError

log = logging.getLogger(__name__)
MAXIMUM_REQUEST_BYTES = 64 * 1024 * 1024
"""Exchange's own default for EWS:
https://learn.microsoft.com/exchange/architecture/client-access/client-message-size-limits"""
_COMPRESS_FROM = 2048
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>"
_EWS_PATH = "/ews/exchange.asmx"
_AUTODISCOVER_PREFIX = "/autodiscover/"


class Front:
    """Routes requests, has them signed in, adds the headers that Exchange adds, and tells the recorder."""

    def __init__(
        self, live: LiveTenant, control: Control, connection_of: Callable[[web.BaseRequest], Connection]
    ) -> None:
        self._live = live
        self._control = control
        self._connection_of = connection_of
        self._ews = EwsEndpoint(live)
        self._autodiscover = AutodiscoverEndpoint(live)
        self._random = random.Random()  # noqa: S311

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        path = request.path.lower()
        if path.startswith(CONTROL_PREFIX):
            return _response(request, await self._control.answer(request), CIMultiDict())
        started, number, at = time.perf_counter(), self._live.recorder.next_number(), self._live.organization.now()
        told, request_id, connection = Told(), self._new_id(), self._connection_of(request)
        headers: CIMultiDict[str] = CIMultiDict()
        try:
            await _continue(request)
            reply = await self._route(request, path, connection, headers, told)
        except web.HTTPRequestEntityTooLarge:
            reply = Reply(413, b"", HTML, close=True)
        except Exception:  # the boundary: whatever goes wrong inside, a client gets Exchange's answer for it
            log.exception("%s %s failed", request.method, path)
            told.codes = ("ErrorInternalServerError",)
            reply = Reply(500, fault(EwsError(told.codes[0], "An internal server error occurred.")))
        self._add_headers(headers, request, request_id, signed_in=bool(told.account))
        self._live.recorder.add(
            RecordedRequest(
                number=number,
                at=at,
                method=request.method,
                path=request.path,
                source=connection.source,
                user_agent=request.headers.get("User-Agent", ""),
                scheme=request.headers.get("Authorization", "").partition(" ")[0].lower(),
                account=told.account,
                login=told.login,
                operation=told.operation,
                target=told.target,
                status=reply.status,
                codes=told.codes,
                seconds=time.perf_counter() - started,
                request_id=request_id,
            )
        )
        if reply.stream is not None:
            return await _streamed(request, reply, headers)
        return _response(request, reply, headers)

    def _new_id(self) -> str:
        """Return a new GUID; the operating system is asked for randomness once, not with every request."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    async def _route(
        self, request: web.BaseRequest, path: str, connection: Connection, headers: CIMultiDict[str], told: Told
    ) -> Reply:
        is_ews = path == _EWS_PATH
        if not is_ews and not path.startswith(_AUTODISCOVER_PREFIX):
            return Reply(404, _NOT_FOUND, HTML)
        if not is_ews:
            reply = self._autodiscover.without_sign_in(request, path)
            if reply is not None:
                return reply
            headers.extend(ENDPOINTS_OFFERED)
        admission = admit(self._live.organization, connection, request.headers.get("Authorization"))
        told.login = admission.login
        if admission.account is None or admission.refusal is not None:
            return admission.refusal or Reply(401)
        told.account = admission.account.name
        headers.extend(admission.headers)
        if is_ews:
            return await self._ews.answer(request, admission.account, told)
        return await self._autodiscover.answer(request, path, told)

    def _add_headers(
        self, headers: CIMultiDict[str], request: web.BaseRequest, request_id: str, *, signed_in: bool
    ) -> None:
        organization = self._live.organization
        server = organization.server.server_name
        headers["Cache-Control"] = "private"
        headers["Server"] = "Microsoft-IIS/10.0"
        headers["request-id"] = request_id
        headers["X-FEServer"] = server
        headers["X-Powered-By"] = "ASP.NET"
        if signed_in:
            headers["X-CalculatedBETarget"] = f"{server}.{organization.domains[0]}".lower()
            headers["X-DiagInfo"] = server
            headers["X-BEServer"] = server
            headers["X-OWA-Version"] = organization.server.version
            headers["X-AspNet-Version"] = "4.0.30319"
            if "exchangecookie=" not in request.headers.get("Cookie", ""):
                headers["Set-Cookie"] = f"exchangecookie={self._random.getrandbits(128):032x}; path=/; secure; HttpOnly"
        if request.headers.get("return-client-request-id", "").lower() == "true":
            client_id = request.headers.get("client-request-id")
            if client_id:
                headers["client-request-id"] = client_id


async def _continue(request: web.BaseRequest) -> None:
    """Tell a client that asks first to send its body (RFC 9110, 10.1.1)."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= (1, 1):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _response(request: web.BaseRequest, reply: Reply, headers: CIMultiDict[str]) -> web.Response:
    headers.extend(reply.headers)
    headers["Content-Type"] = reply.content_type
    response = web.Response(status=reply.status, body=reply.body, headers=headers)
    if reply.close:
        response.force_close()
    if len(reply.body) > _COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", "").lower():
        response.enable_compression(web.ContentCoding.gzip)
    return response


async def _streamed(request: web.BaseRequest, reply: Reply, headers: CIMultiDict[str]) -> web.StreamResponse:
    headers.extend(reply.headers)
    headers["Content-Type"] = reply.content_type
    response = web.StreamResponse(status=reply.status, headers=headers)
    if request.version >= (1, 1):
        response.enable_chunked_encoding()
    else:
        response.force_close()
    assert reply.stream is not None
    async with aclosing(reply.stream) as parts:
        await response.prepare(request)
        async for part in parts:
            await response.write(part)
    await response.write_eof()
    return response
