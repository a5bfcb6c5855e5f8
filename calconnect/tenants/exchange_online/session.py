"""Asks Graph with a token: renews one that expires in mid-run, waits where Graph is busy, keeps the ids of requests.

Sources: https://learn.microsoft.com/graph/throttling (``Retry-After``),
https://learn.microsoft.com/graph/best-practices-concept (``client-request-id``).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.wire import Answer, failed
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest, clock_skew, read_answer
from calconnect.tenants.exchange_online.clouds import CloudHosts
from calconnect.tenants.exchange_online.http import Http, HttpAnswer, NoAnswer
from calconnect.tenants.exchange_online.patience import PASSING, InFlight, Patience, Pause
from calconnect.tenants.exchange_online.shapes import Object
from calconnect.tenants.exchange_online.tokens import CLOCK_SKEW, NO_TOKEN, NoToken, Token, Tokens

VERSION = "/v1.0"


class GraphSession:
    """One application's way to Graph. Safe to use from several threads."""

    def __init__(
        self, hosts: CloudHosts, http: Http, tokens: Tokens, *, clock: Clock, pause: Pause, once: bool = False
    ) -> None:
        """Prepare to ask.

        Args:
            hosts: where Graph is.
            http: sends.
            tokens: gives tokens.
            clock: dates the replies.
            pause: waits.
            once: whether nothing is asked twice, but with a fresh token where one has ended.
        """
        self.base = hosts.graph + VERSION
        self.once = once
        self.clock = clock
        self.pause = pause
        self.in_flight = InFlight()
        self._scope = hosts.graph_scope
        self._http = http
        self._tokens = tokens

    def ask(self, request: GraphRequest) -> GraphReply:
        """Send a request and return what came back. Never raises for what Graph or the network does."""
        with self.in_flight.slots([request.mailbox]):
            return self._ask(request)

    def ask_holding(self, request: GraphRequest) -> GraphReply:
        """Do the same while the slots that the request needs are held already."""
        return self._ask(request)

    def below(self, link: str) -> str | None:
        """Return the path of a link that Graph gave, below the version; None if it leads elsewhere."""
        here = urlsplit(self.base)
        try:
            there = urlsplit(link)
            same = (there.scheme, there.hostname, there.port or 443) == (here.scheme, here.hostname, here.port or 443)
        except ValueError:
            return None
        if not same or there.username is not None or not there.path.startswith(f"{VERSION}/"):
            return None
        path = there.path.removeprefix(VERSION)
        return f"{path}?{there.query}" if there.query else path

    def renew(self, token: Token) -> Token:
        """Return another token than one that Graph did not take.

        Raises:
            NoToken: there is none.
        """
        return self._tokens.renew(self._scope, token)

    def token(self) -> Token:
        """Return a token for Graph.

        Raises:
            NoToken: there is none.
        """
        return self._tokens.get(self._scope)

    def _ask(self, request: GraphRequest) -> GraphReply:
        url = self.base + request.path
        body = None if request.body is None else json.dumps(request.body).encode()
        patience = Patience(self.pause, once=self.once)
        attempts, first, renewed = 0, "", False
        try:
            token = self.token()
        except NoToken as error:
            return self.without_token(error, url)
        while True:
            attempts += 1
            at, began = self.clock(), time.perf_counter()
            heard, code = self._send(request, url, body, token)
            found: tuple[Answer, Object, Mapping[str, Fact]] = failed(code), {}, {}
            if heard is not None:
                found = read_answer(heard.status, heard.headers, heard.content, self.clock())
            answer = found[0]
            duration = (time.perf_counter() - began) * 1000
            reply = GraphReply(Reply(answer, at, url, duration, attempts, first), *found[1:])
            if answer.status == 401 and not renewed:
                try:
                    token, renewed = self.renew(token), True
                except NoToken as error:
                    return self.without_token(error, url)
                first = first or answer.code or "HTTP 401"
                continue
            again = _seconds_until_again(answer, attempts, patience)
            if again is None:
                return _told_apart(reply, heard, self.clock)
            first = first or answer.code or f"HTTP {answer.status}"
            patience.wait(again)

    def _send(self, request: GraphRequest, url: str, body: bytes | None, token: Token) -> tuple[HttpAnswer | None, str]:
        headers = {
            "Accept": "application/json",
            **({} if body is None else {"Content-Type": "application/json"}),
            **request.headers,
            "client-request-id": str(uuid.uuid4()),
            "return-client-request-id": "true",
            "Authorization": f"Bearer {token.value}",
        }
        try:
            return self._http.send(request.method, url, headers, body), ""
        except NoAnswer as error:
            return None, error.code

    def without_token(self, error: NoToken, url: str) -> GraphReply:
        """Return the reply of a request that was not sent for want of a token: nothing is known of its subject."""
        answer = error.sign_in.reply.answer
        passing = answer.kind in (Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT)
        code = answer.code if passing and answer.code else NO_TOKEN
        details: dict[str, Fact] = dict(error.sign_in.details)
        if answer.code and answer.code != code:
            details["token_refused_with"] = answer.code
        return GraphReply(Reply(failed(code), self.clock(), url, attempts=0), details=details)


def _seconds_until_again(answer: Answer, attempts: int, patience: Patience) -> float | None:
    if answer.code == "connection-reset" and attempts == 1 and not patience.once:
        return 0.0  # most likely a connection that the server closed while it was idle
    if answer.status not in PASSING:
        return None
    return patience.seconds(attempts, answer.retry_after)


def _told_apart(reply: GraphReply, heard: HttpAnswer | None, clock: Clock) -> GraphReply:
    """Say that the clocks differ where that is why a fresh token was refused."""
    if heard is None or heard.status != 401:
        return reply
    seconds = clock_skew(heard.headers, clock())
    if seconds is None:
        return reply
    skewed = reply.but(CLOCK_SKEW, clock_skew_seconds=seconds)
    sent = reply.code or "HTTP 401"
    return replace(skewed, details={**skewed.details, "refused_with": sent})
