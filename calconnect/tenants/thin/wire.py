"""aiohttp, made to go along a :class:`Route`: the one module of the thin path that knows it.

No redirects, cookies, proxies or passwords of the environment; TLS verified always; answers bounded. What goes wrong
is told by the same code words as on the reference path.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import aiohttp.abc
from aiohttp import hdrs
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

import calconnect
from calconnect.tenants.common.failures import AnswerTooLarge, failure_code
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.patience import ANSWER_TIMEOUTS
from calconnect.tenants.thin.patience import Patience

_HEADER_SIZE = 65536
"""Bytes of one header that are read at most, as Python's own HTTP client does."""
_IDLE = 60.0
"""Seconds that an idle connection is kept: less than IIS keeps it (120)."""
_ROUNDS = 50
"""So often connections that are left are cut and looked for again, a hundredth of a second apart."""
_OWN_HEADERS = {"User-Agent": f"calconnect/{calconnect.__version__}", "Accept-Encoding": "gzip, deflate"}
_NAMES: Mapping[str, str] = {"Authorization": hdrs.AUTHORIZATION, "Content-Type": hdrs.CONTENT_TYPE}
"""Names of headers as aiohttp knows them: it does not look at their letters then, request by request."""


class NoAnswer(Exception):
    """Nothing that HTTP knows came back."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        """calconnect's word for why."""


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """One HTTP response, read to its end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names and values as they came, byte by byte."""
    content: bytes
    """Unpacked."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL made ready for being asked often."""

    url: str
    host: str
    """As in the URL, without a port."""
    place: URL
    """Where the connection goes, with the path."""
    host_header: str


class Wire:
    """Connections along one route, kept alive and used again. Used from one event loop, by many tasks at once."""

    def __init__(self, route: Route, context: ssl.SSLContext, *, limit_bytes: int, connections: int = 0) -> None:
        """Prepare to send. Nothing is opened yet, and no event loop needed.

        Args:
            route: where connections go and how long anything may take: ``timeout`` seconds to connect and for each part
                of an answer, and a multiple of it for the whole.
            context: what is trusted: see :meth:`Route.trust`.
            limit_bytes: of an answer, unpacked, that are read at most.
            connections: at once; 0: as many as there are requests.
        """
        self._route = route
        self._context = context
        self._limit_bytes = limit_bytes
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=route.timeout, sock_read=route.timeout)
        self._patience = Patience(route.timeout * (ANSWER_TIMEOUTS + 1))
        self._session: aiohttp.ClientSession | None = None
        self._connector: _Connector | None = None

    def target(self, url: str) -> Target:
        """Make a URL ready.

        Raises:
            NoAnswer: it is none that could be asked.
        """
        code = ""
        try:
            asked = URL(url, encoded=True)
            host, port = asked.host or "", asked.port or 443
            if asked.scheme != "https" or not host or asked.raw_user is not None:
                raise ValueError("not an https URL")
            place_host, place_port = self._route.place_of(host, port)
            place = asked.with_host(place_host).with_port(place_port)
            shown = f"[{host}]" if ":" in host else asked.raw_host or host
            return Target(url, host, place, shown if asked.explicit_port is None else f"{shown}:{port}")
        except ValueError as error:
            code = failure_code(error)
        raise NoAnswer(code)

    async def send(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes | None = None
    ) -> WireAnswer:
        """Send one request and read its answer, whatever its status is.

        Raises:
            NoAnswer: nothing came back, or not the whole of it.
        """
        code, task = "", asyncio.current_task()
        assert task is not None
        self._patience.begin(task)
        try:
            async with self._opened().request(
                method,
                target.place,
                data=body,
                headers={hdrs.HOST: target.host_header, **{_NAMES.get(name, name): headers[name] for name in headers}},
                allow_redirects=False,
                server_hostname=target.host,
            ) as response:
                content = await self._read(response)
                return WireAnswer(
                    response.status,
                    tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers]),
                    content,
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            code = _code(error)
            self._abort()
        except asyncio.CancelledError:
            self._abort()
            if not self._patience.end(task):
                raise
            code = failure_code(TimeoutError())
        except BaseException:
            self._abort()
            raise
        finally:
            self._patience.end(task)
        # Raised out here, so that it has no context: aiohttp's errors know the request with its headers.
        raise NoAnswer(code)

    @property
    def peer_certificate(self) -> bytes | None:
        """The certificate (DER) of the server on the one connection (``connections=1``); None before the first."""
        return self._connector.certificate if self._connector is not None else None

    @property
    def connections_made(self) -> int:
        """How many were made so far, one at a time (``connections=1``): who is signed in on one is not on the next."""
        return self._connector.made if self._connector is not None else 0

    async def close(self) -> None:
        """Close all connections. The next request would open new ones."""
        session, connector = self._session, self._connector
        self._session = self._connector = None
        self._patience.stop()
        if session is not None and connector is not None:
            await session.close()
            await connector.let_go()

    def _abort(self) -> None:
        """Cut the connection that this task has used: to part from a server that does not answer can take long."""
        connector, task = self._connector, asyncio.current_task()
        if connector is not None and task is not None and (transport := connector.in_use.pop(task, None)) is not None:
            transport.abort()

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if response.content_length is not None and response.content_length > self._limit_bytes:
            response.close()
            raise AnswerTooLarge("the answer is too large")
        content = await response.content.readany()
        parts, size = [content], len(content)
        while size <= self._limit_bytes and not response.content.at_eof():
            parts.append(await response.content.readany())
            size += len(parts[-1])
        if size > self._limit_bytes:
            response.close()
            raise AnswerTooLarge("the answer is too large")
        return content if len(parts) == 1 else b"".join(parts)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._connector = _Connector(
                ssl=self._context,
                resolver=_Resolver(replace(self._route, connect_to={})),
                limit=self._connections,
                keepalive_timeout=_IDLE,
            )
            self._session = aiohttp.ClientSession(
                connector=self._connector,
                timeout=self._timeout,
                headers=_OWN_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=_HEADER_SIZE,
                max_field_size=_HEADER_SIZE,
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    """Knows which connection was used last: NTLM signs in a connection, bound to its certificate."""

    def __init__(self, **named: Any) -> None:
        super().__init__(socket_factory=self._make_socket, **named)
        self.certificate: bytes | None = None
        self.made = 0
        self.in_use: WeakKeyDictionary[asyncio.Task[Any], asyncio.WriteTransport] = WeakKeyDictionary()
        """The connection of the latest request of each task."""
        self._sockets: set[socket.socket] = set()
        """Those that are not known to be closed."""
        self._last: asyncio.WriteTransport | None = None

    async def connect(self, *arguments: Any, **named: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*arguments, **named)
        transport, task = connection.transport, asyncio.current_task()
        if transport is not None and task is not None:
            self.in_use[task] = transport
            if self.limit == 1 and transport is not self._last:
                self._last = transport
                self.made += 1
                secure = transport.get_extra_info("ssl_object")
                self.certificate = secure.getpeercert(True) if secure is not None else None
        return connection

    async def let_go(self) -> None:
        """Cut what is still open once this is closed, and have the event loop let go of it.

        That is a connection that its server wanted closed, which says goodbye for up to half a minute; and one whose
        request was given up in the very moment between TCP and TLS, which asyncio forgets.
        """
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)  # the event loop lets go of connections that were cut in its next round
            left = self._open()
            if not left:
                return
            for one in left:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            await asyncio.sleep(0.01)

    def _open(self) -> set[socket.socket]:
        return {one for one in self._sockets if one.fileno() >= 0}

    def _make_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol = address[:3]
        made = socket.socket(family, kind, protocol)
        self._sockets = self._open() | {made}
        return made


class _Resolver(aiohttp.abc.AbstractResolver):
    """Looks names up as the reference path does: in a thread that holds nothing up, for so long and no longer."""

    def __init__(self, route: Route) -> None:
        self._route = route

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - the route tries them all
    ) -> list[aiohttp.abc.ResolveResult]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[tuple[str, int]]] = loop.create_future()

        def tell(addresses: list[tuple[str, int]], error: OSError | UnicodeError | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        def ask() -> None:
            error: OSError | UnicodeError | None = None
            addresses: list[tuple[str, int]] = []
            try:
                addresses = self._route.addresses(host, port)
            except (OSError, UnicodeError) as problem:
                error = problem
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tell, addresses, error)

        threading.Thread(target=ask, name="name-look-up", daemon=True).start()
        return [
            aiohttp.abc.ResolveResult(
                hostname=host,
                host=address,
                port=place,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address, place in await found
        ]

    async def close(self) -> None:
        """Do nothing: a thread that is at work ends by itself."""


def _code(error: Exception) -> str:
    """Return the code for an error of aiohttp's, which says in classes of its own what others say by Python's."""
    known: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError):
        known = error.__cause__ or error
    elif isinstance(error, aiohttp.ServerDisconnectedError):
        known = ConnectionResetError()
    elif isinstance(error, aiohttp.ClientPayloadError):
        if isinstance(error.__cause__, ContentEncodingError):
            return "malformed-answer"
        known = error.__cause__ if isinstance(error.__cause__, OSError) else http.client.IncompleteRead(b"")
    elif isinstance(error, aiohttp.ClientResponseError):
        known = http.client.HTTPException()
    return failure_code(known)
