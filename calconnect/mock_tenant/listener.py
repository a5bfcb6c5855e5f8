"""Accepting connections on loopback: the firewall first, then TLS, then HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from calconnect.mock_tenant.firewall import Action, Firewall
from calconnect.mock_tenant.wire.reset import reset_on_close

log = logging.getLogger(__name__)
_HANDSHAKE_SECONDS = 20.0
_OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
_PEEK_SECONDS = 0.01
_BACKLOG = 1024
_TLS_WANTED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nServer: Microsoft-IIS/10.0\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
"""To a request without TLS: IIS's 403.4, which Exchange answers on port 80 where TLS is required."""


def bind_loopback(port: int) -> list[socket.socket]:
    """Open listening sockets on 127.0.0.1 and, where the machine has it, ::1, both on the same port.

    Args:
        port: 0 for any free one.

    Raises:
        OSError: the port is taken.
    """
    first = _listen(socket.AF_INET, "127.0.0.1", port)
    sockets = [first]
    with contextlib.suppress(OSError):  # no IPv6 on this machine, or the port is taken there: IPv4 alone will do
        sockets.append(_listen(socket.AF_INET6, "::1", first.getsockname()[1]))
    return sockets


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


class Listener:
    """Accepts connections and hands those that the firewall admits to a protocol, over TLS."""

    def __init__(
        self,
        sockets: list[socket.socket],
        context: ssl.SSLContext,
        firewall: Callable[[], Firewall],
        protocol: Callable[[], asyncio.BaseProtocol],
    ) -> None:
        self._sockets = sockets
        self._context = context
        self._firewall = firewall
        self._protocol = protocol
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self) -> None:
        """Begin to accept; to be called in the event loop."""
        loop = asyncio.get_running_loop()
        self._accepting = [loop.create_task(self._accept(listening)) for listening in self._sockets]

    async def stop(self) -> None:
        """Stop accepting and drop what is held."""
        self._stopping = True
        for listening in self._sockets:
            # A connection of our own wakes the accepting task: cancelling it could lose one just accepted.
            with contextlib.suppress(OSError), socket.create_connection(listening.getsockname()[:2], timeout=1):
                pass
        _, asleep = await asyncio.wait(self._accepting, timeout=1)
        await asyncio.sleep(0)  # so that every task has begun, and so ends by letting go of its connection
        tasks = [*self._tasks, *asleep]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listening in self._sockets:
            listening.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:  # out of file descriptors, or the client was gone before it was accepted
                log.debug("accept failed: %s", error)
                await asyncio.sleep(0.05)
                continue
            if self._stopping:
                connection.close()
                return
            action = self._firewall().decide(address[0])
            if action is Action.ALLOW:
                self._spawn(self._serve(connection))
            elif action is Action.REJECT:
                reset_on_close(connection)
                connection.close()
            else:
                self._spawn(_hold(connection))

    async def _serve(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        if self._context.maximum_version in _OLD and await _alerted(connection, self._context):
            return
        with connection.dup() as spare:  # asyncio closes its own when the handshake fails
            try:
                await asyncio.get_running_loop().connect_accepted_socket(
                    self._protocol, connection, ssl=self._context, ssl_handshake_timeout=_HANDSHAKE_SECONDS
                )
            except OSError as error:  # the client did not like the certificate, or spoke no TLS
                log.debug("no TLS connection: %s", error)
                connection.close()
                if isinstance(error, ssl.SSLError) and error.reason == "HTTP_REQUEST":
                    with contextlib.suppress(OSError):
                        spare.send(_TLS_WANTED)
                        spare.shutdown(socket.SHUT_WR)


async def _alerted(connection: socket.socket, context: ssl.SSLContext) -> bool:
    """Refuse a client that does not speak our old versions of TLS, with the alert that says so; return whether it was.

    asyncio drops the alert when a handshake fails, and the client is left with a connection that was cut. So the
    client's first message is looked at, and left where it is, before asyncio gets to see it.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        incoming.write(await asyncio.wait_for(_peek(connection), _HANDSHAKE_SECONDS))
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        return False
    except (OSError, TimeoutError) as error:
        log.debug("no TLS connection: %s", error)
    with contextlib.suppress(OSError), connection:
        connection.recv(65536)  # what is left unread would turn the close into a reset, which overtakes the alert
        connection.send(outgoing.read())
        connection.shutdown(socket.SHUT_WR)
    return True


async def _peek(connection: socket.socket) -> bytes:
    while True:
        try:
            return connection.recv(65536, socket.MSG_PEEK)
        except BlockingIOError:
            await asyncio.sleep(_PEEK_SECONDS)


async def _hold(connection: socket.socket) -> None:
    """Keep a connection without ever answering, until the client gives up."""
    with contextlib.suppress(OSError), connection:
        connection.setblocking(False)
        while await asyncio.get_running_loop().sock_recv(connection, 65536):
            pass
