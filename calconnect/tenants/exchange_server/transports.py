"""requests, which exchangelib uses, made to go along a :class:`Route`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import requests
import requests.adapters
import urllib3
import urllib3.connection
from urllib3.exceptions import NewConnectionError

from calconnect.tenants.common.failures import AnswerTooLarge
from calconnect.tenants.common.network import Route


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
