"""One connection: reads requests, has them answered, writes the replies in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from calconnect.mock_tenant.reply import Breakdown, Connection, Reply
from calconnect.mock_tenant.wire.parser import RequestParser
from calconnect.mock_tenant.wire.request import HttpError, HttpRequest
from calconnect.mock_tenant.wire.reset import reset_on_close
from calconnect.mock_tenant.wire.response import CONTINUE, chunk, stream_head, whole

log = logging.getLogger(__name__)
IDLE_SECONDS = 120.0
"""How long a connection is kept on which nothing happens; IIS's default."""
_LINGER_SECONDS = 2.0
"""How long what a refused client still sends is read and dropped."""
_END_OF_HEAD = b"\r\n\r\n"
_WAITING_LIMIT = 1024 * 1024
"""Bytes behind a request still being answered, after which no more are read."""


class Answerer(Protocol):
    """Who answers requests."""

    def answer(self, request: HttpRequest, connection: Connection) -> Reply:
        """Answer a request."""

    def refuse(self, error: HttpError, connection: Connection) -> Reply:
        """Answer what was no request."""


class HttpProtocol(asyncio.Protocol):
    """Serves one connection."""

    def __init__(self, answerer: Answerer, maximum_body: int, connections: set[HttpProtocol]) -> None:
        """Begin with no connection.

        Args:
            answerer: answers the requests.
            maximum_body: bytes that a request's body may have.
            connections: holds this protocol while it has a connection.
        """
        self._answerer = answerer
        self._maximum = maximum_body
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._busy = False
        self._reading = True
        self._refused = False
        self._work: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._ended: Callable[[], None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._connection = Connection(peer[0] if peer else "", tls=transport.get_extra_info("ssl_object"))
        self._parser = RequestParser(self._maximum, own[1] if own else 0)
        self._last = self._loop.time()
        self._timer = self._loop.call_later(IDLE_SECONDS, self._look_whether_idle)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer what they complete."""
        if self._refused:
            return
        self._last = self._loop.time()
        self._parser.feed(data)
        if not self._busy:
            self._serve()
        elif self._parser.waiting > _WAITING_LIMIT and self._reading:
            self._transport.pause_reading()
            self._reading = False

    def pause_writing(self) -> None:
        """Wait with further parts: the client reads too slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on with further parts."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """End what is under way."""
        self._timer.cancel()
        self._writable.set()
        if self._work is not None:
            self._work.cancel()
        if self._later is not None:
            self._later.cancel()
        self._end()
        self._connections.discard(self)

    # -- what the server calls

    def abort(self) -> None:
        """End the connection at once."""
        if self._work is not None:
            self._work.cancel()
        self._transport.abort()

    # -- inside

    def _look_whether_idle(self) -> None:
        left = self._last + IDLE_SECONDS - self._loop.time()
        if self._busy:
            left = IDLE_SECONDS
        if left <= 0:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(left, self._look_whether_idle)

    def _serve(self) -> None:
        """Answer all requests that have arrived whole."""
        while not self._busy and not self._transport.is_closing():
            try:
                request = self._parser.next()
            except HttpError as error:
                self._refuse(error)
                return
            if request is None:
                if self._parser.wants_continue():
                    self._transport.write(CONTINUE)
                return
            self._parser.wants_continue()
            reply = self._answerer.answer(request, self._connection)
            if reply.never is not None:
                self._leave_alone(reply.never, reply.sent)
                return
            if reply.stream is not None:
                self._busy = True
                self._work = self._loop.create_task(self._finish(request, reply, reply.stream))
            elif reply.delay_seconds:
                self._busy = True
                self._ended = reply.sent
                self._later = self._loop.call_later(reply.delay_seconds, self._write_late, request, reply)
            else:
                self._write(request, reply)

    def _leave_alone(self, how: Breakdown, ended: Callable[[], None] | None) -> None:
        """Never answer: cut the connection, or keep it until the client gives up."""
        self._busy = True
        self._ended = ended
        if how is Breakdown.RESET:
            reset_on_close(self._transport.get_extra_info("socket"))
            self._transport.abort()

    def _refuse(self, error: HttpError) -> None:
        """Answer what was no request, and let the client read that: closing while it still sends would reset it."""
        reply = self._answerer.refuse(error, self._connection)
        self._transport.write(whole(None, reply.status, reply.head, reply.body, closing=True))
        self._refused = True
        self._timer.cancel()
        self._timer = self._loop.call_later(_LINGER_SECONDS, self._transport.close)

    def _write(self, request: HttpRequest, reply: Reply) -> None:
        closing = not request.keeps_connection or reply.cut_off
        data = whole(request, reply.status, reply.head, reply.body, closing=closing)
        if reply.cut_off:
            data = data[: (data.index(_END_OF_HEAD) + len(_END_OF_HEAD) + len(data)) // 2]
        self._transport.write(data)
        if closing:
            self._transport.close()

    def _write_late(self, request: HttpRequest, reply: Reply) -> None:
        """Send a reply whose time has come, then go on with what has arrived in the meantime."""
        self._later = None
        self._write(request, reply)
        self._end()
        self._go_on()

    def _end(self) -> None:
        """Tell whoever wants to know that the reply under way has been sent, or cannot be."""
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()

    async def _finish(self, request: HttpRequest, reply: Reply, stream: AsyncGenerator[bytes, None]) -> None:
        """Send a reply that comes in parts, then go on with what has arrived in the meantime."""
        try:
            if reply.delay_seconds:
                await asyncio.sleep(reply.delay_seconds)
            await self._stream(request, reply, stream)
        except Exception:
            log.exception("a reply broke off")
            self._transport.abort()
        finally:
            self._work = None
            if reply.sent is not None:
                reply.sent()
        self._go_on()

    def _go_on(self) -> None:
        self._busy = False
        if not self._reading:
            self._transport.resume_reading()
            self._reading = True
        self._serve()

    async def _stream(self, request: HttpRequest, reply: Reply, stream: AsyncGenerator[bytes, None]) -> None:
        closing = request.version < (1, 1) or not request.keeps_connection
        async with aclosing(stream) as parts:
            self._transport.write(stream_head(request, reply.status, reply.head, closing=closing))
            async for part in parts:
                self._transport.write(chunk(request, part))
                await self._writable.wait()
        self._transport.write(chunk(request, b""))
        if closing:
            self._transport.close()
