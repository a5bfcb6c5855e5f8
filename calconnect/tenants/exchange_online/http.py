"""HTTP to Microsoft 365: the one module here that knows httpx.

Goes along the :class:`Route` of the settings: names in TLS stay as they were asked for. Redirects are never followed,
answers are read only so far, proxies and credentials of the environment are not looked at.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import httpx

import calconnect
from calconnect.tenants.common.failures import AnswerTooLarge, failure_code
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.patience import ANSWER_TIMEOUTS
from calconnect.tenants.common.route_transport import WIRE_ERRORS, RouteTransport
from calconnect.tenants.exchange_online.limits import limits

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class NoAnswer(Exception):
    """Nothing came back; ``code`` is calconnect's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP response, read to its end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; of several with one name, the first."""
    content: bytes = field(repr=False)


class Http:
    """Sends requests, at most ``limits().connections`` at once. Safe to use from several threads."""

    def __init__(self, route: Route) -> None:
        """Prepare to send; nothing is read or sent yet."""
        self._route = route
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._slots = threading.BoundedSemaphore(limits().connections)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
        *,
        most_bytes: int | None = None,
    ) -> HttpAnswer:
        """Send one request to an https URL and return what came back, whatever its status.

        Raises:
            NoAnswer: nothing did, or more than ``most_bytes`` (default: ``limits().answer_size``).
        """
        if not url.lower().startswith("https://"):
            raise NoAnswer("http-only")
        client = self._opened()
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            with self._slots:
                request = client.build_request(method, url, headers=encoded, content=body)
                response = client.send(request, stream=True)
                try:
                    content = self._read(response, most_bytes or limits().answer_size)
                finally:
                    response.close()
        except WIRE_ERRORS as error:
            raise NoAnswer(failure_code(error)) from None
        kept: dict[str, str] = {}
        for name, value in response.headers.multi_items():
            kept.setdefault(name.lower(), value)
        return HttpAnswer(response.status_code, MappingProxyType(kept), content)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    transport=RouteTransport(self._route, self._trust()),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._route.timeout,
                    headers={"User-Agent": f"calconnect/{calconnect.__version__}"},
                )
            return self._client

    def _trust(self) -> ssl.SSLContext:
        try:
            return self._route.trust()
        except OSError:
            raise NoAnswer("ca-file-unreadable") from None

    def _read(self, response: httpx.Response, most_bytes: int) -> bytes:
        ends = time.monotonic() + self._route.timeout * ANSWER_TIMEOUTS
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > most_bytes:
                raise AnswerTooLarge("the answer is too large")
            if time.monotonic() > ends:
                raise TimeoutError("the answer takes too long")
        return bytes(content)
