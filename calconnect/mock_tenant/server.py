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

from calconnect.mock_tenant import description as tenant_files
from calconnect.mock_tenant.control import Control
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.front import MAXIMUM_REQUEST_BYTES, Front
from calconnect.mock_tenant.listener import Listener, bind_loopback
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.online_hosts import ALL_HOSTS
from calconnect.mock_tenant.recorder import Recorder
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.server import Proxy
from calconnect.mock_tenant.tls import TlsSetup, autodiscover_names, make_tls, server_names
from calconnect.mock_tenant.wire.protocol import HttpProtocol

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
        self._tls = _tls_of(loaded)
        self._live = LiveTenant(loaded, self._tls)
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
        connections = _Connections(Front(self._live, Control(self._live, self._token)))
        listener = Listener(sockets, self._tls.context, lambda: self._live.firewall, connections)
        listener.start()
        self._ready.set()
        await self._stopping.wait()
        await listener.stop()
        await connections.end()


def _tls_of(description: Description) -> TlsSetup:
    organization = description.organization
    names = server_names(organization.host, organization.domains)
    if organization.online is not None:
        names += ALL_HOSTS
    other = description.autodiscover.certificate
    return make_tls(
        description.certificate,
        names,
        datetime.now(UTC),
        other=None if other is None else (other, autodiscover_names(organization.domains)),
        re_encrypted=organization.server.behind is Proxy.RE_ENCRYPTING,
    )


class _Connections:
    """All connections that are being served."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._open: set[HttpProtocol] = set()

    def __call__(self) -> HttpProtocol:
        return HttpProtocol(self._front, MAXIMUM_REQUEST_BYTES, self._open)

    async def end(self) -> None:
        """Close all connections, requests under way or not, and let the event loop see to it that they are gone."""
        for protocol in list(self._open):
            protocol.abort()
        for _ in range(_ROUNDS_TO_CLOSE):
            await asyncio.sleep(0)


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Note what asyncio reports: mostly clients that hang up in the middle of TLS."""
    log.debug("%s", context.get("message"), exc_info=context.get("exception"))  # type: ignore[arg-type]
