"""One EWS endpoint, asked as the service account: one attempt, one reply.

Source of ``X-AnchorMailbox``:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange
"""

from __future__ import annotations

import time
from typing import Protocol

from calconnect.foundation.clock import Clock
from calconnect.settings.secrets import SecretNotFound
from calconnect.tenants.common.failures import HandshakeBroken, failure_code
from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.wire import failed, read_answer
from calconnect.tenants.thin.wire import NoAnswer, WireAnswer

_CONTENT_TYPE = "text/xml; charset=utf-8"


class Signed(Protocol):
    """A way to post to one URL, signed in."""

    async def post(self, headers: dict[str, str], body: bytes) -> WireAnswer:
        """Post once.

        Raises:
            NoAnswer: nothing came back.
            SecretNotFound: there is no password to sign in with.
            HandshakeBroken: the server did not carry the sign-in through.
        """

    async def close(self) -> None:
        """Close all connections."""


class ThinEndpoint:
    """One EWS URL. Used from one event loop, by many tasks at once."""

    def __init__(self, url: str, signed: Signed, clock: Clock) -> None:
        self.url = url
        self._signed = signed
        self._clock = clock

    async def ask(self, body: bytes, anchor: str | None = None) -> Reply:
        """Send an envelope and return what came back. Never raises for what the server or the network does.

        Args:
            body: the envelope.
            anchor: the mailbox that it is about, which the front end finds its server by; None: about none.
        """
        headers = {"Content-Type": _CONTENT_TYPE}
        if anchor is not None:
            headers["X-AnchorMailbox"] = anchor
        at, began = self._clock(), time.perf_counter()
        try:
            came = await self._signed.post(headers, body)
            answer = read_answer(came.status, came.headers, came.content, self._clock())
        except NoAnswer as error:
            answer = failed(error.code)
        except HandshakeBroken as error:
            answer = failed(failure_code(error))
        except SecretNotFound:
            return self.unasked("secret-not-found")
        return Reply(answer, at, self.url, (time.perf_counter() - began) * 1000)

    def unasked(self, code: str) -> Reply:
        """Return the reply to a question that could not be asked."""
        return Reply(failed(code), self._clock(), self.url, attempts=0)

    async def close(self) -> None:
        """Close all connections."""
        await self._signed.close()
