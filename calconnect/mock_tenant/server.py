"""The mock tenant's server: one thread, one event loop, HTTPS on loopback."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from calconnect.mock_tenant import description as tenant_files
from calconnect.mock_tenant.control import Control
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.front import MAXIMUM_REQUEST_BYTES, Front
from calconnect.mock_tenant.listener import Listener, bind_loopback
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.recorder import Recorder
from calconnect.mock_tenant.reply import Connection
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.tls import make_tls, server_names

log = logging.getLogger(__name__)
_START_SECONDS = 30.0
_ROUNDS_TO_CLOSE = 10
"""Rounds of the event loop in which closed transports let go of their sockets; TLS takes three."""


class MockTenant:
    """A mock Exchange organisation behind a real HTTPS server on loopback.

    Use it as a context manager, or call ``start`` and ``stop``. All attributes may be read from any thread; to read or
    change what is inside ``organization`` while the server runs, hold ``organization.lock``.
    """

    def __init__(self, description: str | Path | Description, *, port: int = 0) -> None:
        """Prepare the tenant; nothing listens yet.

        Args:
            description: a tenant of the catalogue by name, a tenant file, or one loaded already.
            port: where to listen; 0: any free port.

        Raises:
            InvalidInput: the tenant file is not valid.
        """
        loaded = description if isinstance(description, Description) else tenant_files.load(description)
        self._live = LiveTenant(loaded)
        organization = loaded.organization
        names = server_names(organization.host, organization.domains)
        self._tls = make_tls(loaded.certificate, names, datetime.now(UTC))
        self._wanted_port = port
        self._token = secrets.token_urlsafe(16)
        self._port = 0
        self._addresses: tuple[str, ...] = ()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    # -- life cycle

    def start(self) -> Self:
        """Start to listen; returns when clients can connect.

        Raises:
            OSError: the port is taken.
            RuntimeError: it has been started already, or was not ready in time.
        """
        if self._thread is not None:
            raise RuntimeError("the mock tenant is running already")
        sockets = bind_loopback(self._wanted_port)
        self._port = sockets[0].getsockname()[1]
        self._addresses = tuple(listening.getsockname()[0] for listening in sockets)
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="mock-tenant", daemon=True)
        self._thread.start()
        ready = self._ready.wait(_START_SECONDS)
        if not ready:
            self.stop()
            raise RuntimeError(f"the mock tenant was not ready within {_START_SECONDS:.0f} seconds")
        if self._failure is not None:
            self.stop()
            raise self._failure
        return self

    def stop(self) -> None:
        """Close all connections and stop; does nothing if it is not running."""
        thread, loop, stopping = self._thread, self._loop, self._stopping
        if thread is None:
            return
        if loop is not None and stopping is not None and thread.is_alive():
            loop.call_soon_threadsafe(stopping.set)
        thread.join()
        self._live.end_deliveries()
        self._thread = self._loop = self._stopping = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- facts

    @property
    def port(self) -> int:
        """The port that it listens on; 0 before the start."""
        return self._port

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that it listens on: ``127.0.0.1``, and ``::1`` where the machine has it."""
        return self._addresses

    @property
    def base_url(self) -> str:
        """``https://localhost:PORT``."""
        return f"https://localhost:{self._port}"

    @property
    def ews_url(self) -> str:
        """The URL of Exchange Web Services."""
        return f"{self.base_url}/EWS/Exchange.asmx"

    @property
    def control_url(self) -> str:
        """The control plane's URL with its token, ending in a slash."""
        return f"{self.base_url}/_calconnect/{self._token}/"

    @property
    def ca_pem(self) -> bytes:
        """The certificate authority that clients are to trust, PEM."""
        return self._tls.ca_pem

    @property
    def description(self) -> Description:
        """What is served."""
        return self._live.description

    @property
    def organization(self) -> Organization:
        """The organisation; another object after a reset."""
        return self._live.organization

    @property
    def recorder(self) -> Recorder:
        """The last requests."""
        return self._live.recorder

    @property
    def live(self) -> LiveTenant:
        """What the parts of the server share."""
        return self._live

    # -- inside the thread

    def _run(self, sockets: list[socket.socket]) -> None:
        try:
            asyncio.run(self._serve(sockets))
        except Exception as error:  # told to whoever waits in start
            self._failure = error
            log.exception("the mock tenant stopped")
        finally:
            for listening in sockets:
                listening.close()
            self._ready.set()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_note)
        self._loop, self._stopping = loop, asyncio.Event()
        connections = _Connections(self._live, Control(self._live, self._token))
        listener = Listener(sockets, self._tls.context, lambda: self._live.firewall, connections)
        listener.start()
        self._ready.set()
        await self._stopping.wait()
        await listener.stop()
        await connections.end()


class _Connections(web.Server):
    """aiohttp's low-level server, with the state of each connection kept beside it."""

    def __init__(self, live: LiveTenant, control: Control) -> None:
        self._states: dict[web.RequestHandler, Connection] = {}
        self._transports: dict[web.RequestHandler, asyncio.Transport] = {}
        front = Front(live, control, lambda request: self._states.get(request.protocol) or Connection(""))
        super().__init__(
            front,
            request_factory=self._request,
            handler_cancellation=True,  # a stream of notifications ends when its client hangs up
            access_log=None,
            keepalive_timeout=120.0,
        )

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        peer = transport.get_extra_info("peername")
        self._states[handler] = Connection(peer[0] if peer else "")
        self._transports[handler] = transport
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._states.pop(handler, None)
        self._transports.pop(handler, None)
        super().connection_lost(handler, exc)

    async def end(self) -> None:
        """Close all connections, requests under way or not, and let the event loop see to it that they are gone."""
        await self.shutdown(0.1)
        for transport in self._transports.values():
            transport.abort()
        for _ in range(_ROUNDS_TO_CLOSE):
            await asyncio.sleep(0)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAXIMUM_REQUEST_BYTES)


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Note what asyncio reports: mostly clients that hang up in the middle of TLS."""
    log.debug("%s", context.get("message"), exc_info=context.get("exception"))  # type: ignore[arg-type]
