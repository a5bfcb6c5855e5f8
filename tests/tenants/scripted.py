"""Small HTTPS servers that say what a test wants: each fault that a real server can show, byte by byte."""

from __future__ import annotations

import base64
import contextlib
import http.server
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import trustme
from lxml import etree

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = 'C@nary <8> & "ünïque" / pa%ss'
"""Planted in every test of the sync core; must be found nowhere."""
NAMESPACES = (
    'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
)
VERSION = (
    '<t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1748" MinorBuildNumber="10" '
    'Version="V2017_07_11"/>'
)
CHALLENGE = ("WWW-Authenticate", 'Basic realm="mail.contoso.test"')


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    host: str = ""

    @property
    def operation(self) -> str:
        """The EWS operation; empty if the body is no envelope."""
        if b"Envelope" not in self.body:
            return ""
        body = etree.fromstring(self.body).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        assert body is not None
        return etree.QName(body[0]).localname.removesuffix("Request")

    @property
    def signed(self) -> bool:
        """Whether credentials came with it."""
        return "authorization" in self.headers


@dataclass(frozen=True)
class Canned:
    """An answer, or a way not to answer."""

    status: int = 200
    body: bytes | str = b""
    headers: tuple[tuple[str, str], ...] = ()
    how: str = "answer"
    """``answer``, ``reset``, ``close``, ``hang``, ``raw`` (the body is all that is sent), ``short`` (half the body),
    ``drip`` (the body is all that is sent, and then a letter now and then, without end)."""


Script = Callable[[Seen], Canned]


@dataclass
class ScriptedServer:
    """A server on loopback, with TLS unless ``tls`` is None. A context manager."""

    script: Script
    tls: ssl.SSLContext | None
    seen: list[Seen] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __enter__(self) -> Self:
        self.stopping = threading.Event()
        self._server = _Server((self.host, 0), self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.close_all()
        self._server.server_close()
        self._thread.join()

    @property
    def operations(self) -> list[str]:
        """The EWS operations that came in, in order."""
        return [request.operation for request in self.seen if request.operation]


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, place: tuple[str, int], owner: ScriptedServer) -> None:
        self.owner = owner
        self.connections = 0
        self.open: set[socket.socket] = set()
        super().__init__(place, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        connection = request
        if self.owner.tls is not None:
            try:
                connection = self.owner.tls.wrap_socket(request, server_side=True)
            except (OSError, ValueError):
                return
        self.connections += 1
        self.open.add(connection)
        try:
            _Handler(connection, client_address, self)
        except (OSError, ValueError):
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def close_all(self) -> None:
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are written apart: the second would wait for 40 milliseconds
    server: _Server

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, body, id(self.connection), headers.get("host", ""))
        owner.seen.append(seen)
        canned = owner.script(seen)
        content = canned.body.encode() if isinstance(canned.body, str) else canned.body
        if canned.how == "answer":
            self._send(canned, content, len(content))
        elif canned.how == "short":
            self._send(canned, content[: len(content) // 2], len(content))
            self.close_connection = True
        elif canned.how == "raw":
            self.wfile.write(content)
            self.close_connection = True
        elif canned.how == "drip":
            self.wfile.write(content)
            while not owner.stopping.wait(0.05):
                self.wfile.write(b"a")
            self.close_connection = True
        elif canned.how == "hang":
            owner.stopping.wait(30)
            self.close_connection = True
        elif canned.how == "reset":
            plain = self.connection
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            plain.close()
        else:
            self.close_connection = True

    def _send(self, canned: Canned, content: bytes, length: int) -> None:
        self.send_response(canned.status)
        for name, value in canned.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)


def tls_for(authority: trustme.CA, *names: str, **facts: Any) -> ssl.SSLContext:
    """Return the server's side of TLS with a certificate for ``names``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **facts).configure_cert(context)
    return context


def envelope(body: str, *, version: str = VERSION) -> str:
    """Wrap a body as Exchange does."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {NAMESPACES}><s:Header>{version}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


def message(operation: str, inner: str = "", *, code: str = "NoError", kind: str = "", extra: str = "") -> Canned:
    """Return an answer with one response message."""
    kind = kind or ("Success" if code == "NoError" else "Error")
    text = "" if code == "NoError" else "<m:MessageText>Some words in a language.</m:MessageText>"
    return Canned(
        body=envelope(
            f"<m:{operation}Response><m:ResponseMessages>"
            f'<m:{operation}ResponseMessage ResponseClass="{kind}">{text}<m:ResponseCode>{code}</m:ResponseCode>'
            f"{extra}{inner}</m:{operation}ResponseMessage></m:ResponseMessages></m:{operation}Response>"
        ),
        headers=(("Content-Type", "text/xml; charset=utf-8"), ("request-id", "11111111-2222-3333-4444-555555555555")),
    )


def fault(code: str, *, status: int = 500, detail: bool = True, values: str = "") -> Canned:
    """Return a SOAP fault, with or without detail."""
    inner = (
        '<detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
        f"{code}</e:ResponseCode>"
        '<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">Some words.</e:Message>'
        f"{f'<t:MessageXml>{values}</t:MessageXml>' if values else ''}</detail>"
    )
    return Canned(
        status,
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {NAMESPACES}><s:Body><s:Fault>'
        f'<faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:{code}</faultcode>'
        f'<faultstring xml:lang="en-US">Some words.</faultstring>{inner if detail else ""}'
        "</s:Fault></s:Body></s:Envelope>",
        (("Content-Type", "text/xml; charset=utf-8"),),
    )


def back_off(milliseconds: int) -> str:
    """Return the value that a throttling server adds."""
    return f'<t:Value Name="BackOffMilliseconds">{milliseconds}</t:Value>'


PING = message("ConvertId", code="ErrorInvalidIdMalformed")
CALENDAR = message(
    "GetFolder",
    "<m:Folders><t:CalendarFolder><t:FolderId Id='F' ChangeKey='C'/><t:FolderClass>IPF.Appointment</t:FolderClass>"
    "<t:DisplayName>Calendar</t:DisplayName><t:TotalCount>7</t:TotalCount></t:CalendarFolder></m:Folders>",
)
UNAUTHORIZED = Canned(401, "", (CHALLENGE,))


@dataclass
class FakeExchange:
    """A script: wants a sign-in, then answers each operation with what is set for it."""

    answers: dict[str, Canned | Script] = field(default_factory=dict)
    credentials: tuple[str, str] = ("svc@contoso.test", "")
    unauthorized: Canned = UNAUTHORIZED

    def __call__(self, seen: Seen) -> Canned:
        token = base64.b64encode(":".join(self.credentials).encode()).decode()
        if seen.headers.get("authorization") != f"Basic {token}":
            return self.unauthorized
        answer = self.answers.get(seen.operation)
        if answer is None:
            answer = {"ConvertId": PING, "GetFolder": CALENDAR}.get(seen.operation, Canned(404, "no such operation"))
        return answer(seen) if callable(answer) else answer


def in_turn(*answers: Canned) -> Script:
    """Return a script that gives the answers one after the other, and the last one from then on."""
    left = list(answers)

    def script(_: Seen) -> Canned:
        return left.pop(0) if len(left) > 1 else left[0]

    return script
