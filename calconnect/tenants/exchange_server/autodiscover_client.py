"""Asks one Autodiscover URL, and says what came back. Follows nothing; signs in only where it is told that it may."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

import calconnect
from calconnect.foundation.clock import Clock
from calconnect.settings.secrets import SecretNotFound
from calconnect.tenants.common.failures import AnswerTooLarge, failure_code
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.route_transport import WIRE_ERRORS, RouteTransport
from calconnect.tenants.common.wire import failed, join_url, read_answer
from calconnect.tenants.exchange_server.autodiscover_answers import Discovery, pox_request, read_json, read_pox
from calconnect.tenants.exchange_server.signing import ServiceAccount, choose_scheme

JSON = "Autodiscover JSON"
POX = "Autodiscover POX"

_ANSWER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What one URL answered."""

    reply: Reply
    said: Discovery
    leads_to: str = ""
    """The URL that a redirect leads to, of HTTP or of Autodiscover itself; empty if there is none."""
    signed_in: bool = False
    """Whether credentials were sent."""


class AutodiscoverClient:
    """Sends the questions. A context manager, which closes the connections when it ends."""

    def __init__(self, route: Route, context: ssl.SSLContext, account: ServiceAccount, clock: Clock) -> None:
        self._timeout = route.timeout
        self._account = account
        self._clock = clock
        self.refused = False
        """Whether the credentials were refused. From then on none are sent: a wrong password is tried once, and not
        once at each host, because accounts get locked."""
        self._client = httpx.Client(
            transport=RouteTransport(route, context),
            trust_env=False,
            follow_redirects=False,
            timeout=route.timeout,
            headers={"User-Agent": f"calconnect/{calconnect.__version__}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._client.close()

    def ask_json(self, url: str) -> Heard:
        """Ask the JSON question, which needs no sign-in."""
        return self._send("GET", url, {"Accept": "application/json"})

    def ask_pox(self, url: str, email: str) -> Heard:
        """Ask the POX question, signing in as the service account if the server wants that."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "X-AnchorMailbox": email}
        body = pox_request(email)
        heard = self._send("POST", url, headers, body)
        scheme = choose_scheme(heard.reply.answer.schemes)
        if heard.reply.answer.status != 401 or scheme is None or self.refused:
            return heard
        try:
            signing = self._account.for_httpx(scheme)
        except SecretNotFound:
            return Heard(Reply(failed("secret-not-found"), self._clock(), url, attempts=0), Discovery())
        heard = self._send("POST", url, headers, body, signing)
        self.refused = heard.reply.answer.status == 401
        return heard

    def get_redirect(self, url: str) -> Heard:
        """Ask an http URL, to see where it redirects."""
        return self._send("GET", url, {})

    def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None = None,
        signing: httpx.Auth | None = None,
    ) -> Heard:
        at, began = self._clock(), time.perf_counter()
        content, location = b"", ""
        try:
            encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
            request = self._client.build_request(method, url, headers=encoded, content=body)
            response = self._client.send(request, stream=True, auth=signing)
            try:
                content = self._read(response)
            finally:
                response.close()
            if 300 <= response.status_code < 400:
                location = response.headers.get("Location", "")
        except WIRE_ERRORS as error:
            answer = failed(failure_code(error))
        else:
            answer = read_answer(response.status_code, response.headers.multi_items(), content, self._clock())
        duration = (time.perf_counter() - began) * 1000
        reply = Reply(answer, at, url, duration, attempts=2 if signing else 1)
        said = Discovery()
        if answer.status is not None and not location and answer.status != 401:
            said = read_json(content) if method == "GET" else read_pox(content)
        return Heard(reply, said, join_url(url, location or said.redirect_url), signing is not None)

    def _read(self, response: httpx.Response) -> bytes:
        ends = time.monotonic() + self._timeout
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _ANSWER_BYTES:
                raise AnswerTooLarge("the answer is too large")
            if time.monotonic() > ends:
                raise TimeoutError("the answer takes too long")
        return bytes(content)


def json_url(place: str, email: str) -> str:
    """Return the URL of the JSON question at ``place`` (``host`` or ``host:port``)."""
    return f"https://{place}/autodiscover/autodiscover.json?Email={quote(email, safe='')}&Protocol=EWS&RedirectCount=1"


def pox_url(place: str) -> str:
    """Return the URL of the POX question at ``place`` (``host`` or ``host:port``)."""
    return f"https://{place}/autodiscover/autodiscover.xml"
