"""The two HTTP libraries, both made to go along a :class:`Route`: requests (for exchangelib) and httpx."""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx
import requests
import requests.adapters
import urllib3
import urllib3.connection
from urllib3.exceptions import NewConnectionError

from calconnect.tenants.exchange_server.failures import AnswerTooLarge
from calconnect.tenants.exchange_server.network import Route


class BoundedResponse(requests.Response):
    """A response that is read only so far, whoever reads it."""

    limit_bytes: int

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """Yield the body in parts, as requests does.

        Raises:
            AnswerTooLarge: the body, unpacked, is larger than the limit.
        """
        size = 0
        for chunk in super().iter_content(chunk_size, decode_unicode):
            size += len(chunk)
            if size > self.limit_bytes:
                raise AnswerTooLarge("the answer is too large")
            yield chunk


class RouteAdapter(requests.adapters.HTTPAdapter):
    """requests' adapter along a route: one connection, https only, verified always, answers bounded."""

    def __init__(self, route: Route, context: ssl.SSLContext, *, limit_bytes: int) -> None:
        self._route = route
        self._context = context
        self._limit_bytes = limit_bytes
        self._peer_certificate: bytes | None = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: Any) -> None:
        """Make the pool of connections, which go along the route and know https alone."""
        self.poolmanager = urllib3.PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=self._context
        )
        self.poolmanager.pool_classes_by_scheme = {"https": _pool_class(self._route, self._remember_certificate)}

    def peer_certificate(self) -> bytes | None:
        """Return the certificate (DER) of the server of the latest connection; None before the first."""
        return self._peer_certificate

    def _remember_certificate(self, certificate: bytes | None) -> None:
        self._peer_certificate = certificate

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> Any:
        """Name the pool of a request: its host and port, certificates required, whatever the session says."""
        host, _keys = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: what is trusted stands in the TLS context, and nothing is added to it."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Return the response, bounded."""
        response = super().build_response(req, resp)
        response.__class__ = BoundedResponse
        assert isinstance(response, BoundedResponse)
        response.limit_bytes = self._limit_bytes
        return response


def _pool_class(
    route: Route, remember_certificate: Callable[[bytes | None], None]
) -> type[urllib3.HTTPSConnectionPool]:
    class RouteConnection(urllib3.connection.HTTPSConnection):
        """A connection along the route."""

        def _new_conn(self) -> socket.socket:
            try:
                return route.dial(self._dns_host, self.port)
            except (OSError, UnicodeError) as error:
                raise NewConnectionError(self, "no connection") from error

        def connect(self) -> None:
            super().connect()
            assert isinstance(self.sock, ssl.SSLSocket)
            remember_certificate(self.sock.getpeercert(binary_form=True))

    class RoutePool(urllib3.HTTPSConnectionPool):
        """A pool of connections along the route."""

        ConnectionCls = RouteConnection

    return RoutePool


class RouteTransport(httpx.BaseTransport):
    """httpx's transport along a route: one connection a host, verified always. Errors are httpcore's own."""

    def __init__(self, route: Route, context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=10, network_backend=_RouteBackend(route), retries=0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError: there is no answer.
        """
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


class _RouteBackend(httpcore.NetworkBackend):
    def __init__(self, route: Route) -> None:
        self._route = route

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return _SocketStream(self._route.dial(host, port))


class _SocketStream(httpcore.NetworkStream):
    """A connected socket, with or without TLS, as httpcore wants it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(timeout)
        return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._connection.settimeout(timeout)
        self._connection.sendall(buffer)

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._connection.settimeout(timeout)
        try:
            return _SocketStream(ssl_context.wrap_socket(self._connection, server_hostname=server_hostname))
        except BaseException:
            self._connection.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        if info == "is_readable":
            return self._readable()
        return None

    def _readable(self) -> bool:
        if self._connection.fileno() < 0:
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            return bool(selector.select(0))
