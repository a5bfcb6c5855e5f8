"""The way to the server: names, places to connect to in their stead, source addresses, trust, time-outs.

Everything that leaves this machine goes through one :class:`Route`, whichever HTTP library asks. TLS names and
certificate checks always stand for the name that was asked for, also where ``connect_to`` leads elsewhere.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from calconnect.settings.model import NetworkSettings
from calconnect.tenants.common.failures import CannotBind, NameTimedOut
from calconnect.tenants.common.patience import PatientSocket, PatientTLSSocket

Place = tuple[str, int]
"""A host and a port."""

NAME_LOOKUP_SECONDS = 3.0
"""How long a look-up of a name may take: the system's own resolver can wait for minutes."""

_AddressInfo = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Route:
    """How servers are reached."""

    timeout: float
    """Seconds to connect, and seconds to wait for each part of an answer."""
    connect_to: Mapping[Place, Place] = field(default_factory=lambda: MappingProxyType({}))
    ca_file: Path | None = None
    source_address: str | None = None
    """The address to send from; None: as the operating system chooses."""

    @classmethod
    def of(cls, network: NetworkSettings) -> Route:
        """Return the route that the settings describe."""
        places = {parse_place(asked): parse_place(place) for asked, place in network.connect_to.items()}
        return cls(network.timeout_seconds, MappingProxyType(places), network.ca_file)

    def sending_from(self, source_address: str) -> Route:
        """Return the same route, sent along from ``source_address``."""
        return replace(self, source_address=source_address)

    def place_of(self, host: str, port: int) -> Place:
        """Return where a connection for ``host`` and ``port`` goes."""
        return self.connect_to.get((host.lower().rstrip("."), port), (host, port))

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect, and return the socket with its time-out set. The addresses of a name are tried in turn.

        Raises:
            CannotBind: this machine cannot send from the source address.
            OSError: no name, no route, refused, timed out: see :func:`failures.failure_code`.
        """
        self._check_source()
        ends = time.monotonic() + self.timeout
        problem: OSError | None = None
        addresses = self._addresses(host, port)
        for number, (family, address) in enumerate(addresses):
            left = (ends - time.monotonic()) / (len(addresses) - number)
            if left <= 0:
                break
            connection = PatientSocket(family, socket.SOCK_STREAM)
            try:
                self._bind(connection)
                connection.settimeout(left)
                connection.connect(address)
                connection.settimeout(self.timeout)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except CannotBind:
                connection.close()
                raise
            except OSError as error:
                connection.close()
                problem = error
                continue
            except BaseException:
                connection.close()
                raise
            return connection
        raise problem or TimeoutError("no connection in time")

    def addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        """Look up where a connection for ``host`` and ``port`` may go: addresses with ports, in the order to try.

        Raises:
            NameTimedOut: the name was not looked up in time.
            OSError, UnicodeError: there is no such name.
        """
        return [(address[0], address[1]) for _family, address in self._addresses(host, port)]

    def trust(self, *, with_ca_file: bool = True) -> ssl.SSLContext:
        """Return a context that verifies name and certificate, from TLS 1.2 on.

        Trusted are the system's certification authorities and, beside them, those of the CA file.

        Raises:
            OSError: the CA file cannot be read (``ssl.SSLError`` is one, too).
        """
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslsocket_class = PatientTLSSocket
        if with_ca_file and self.ca_file is not None:
            context.load_verify_locations(cafile=str(self.ca_file))
        return context

    def _addresses(self, host: str, port: int) -> list[_AddressInfo]:
        return _look_up(self.place_of(host, port), self._family(), min(self.timeout, NAME_LOOKUP_SECONDS))

    def _family(self) -> socket.AddressFamily:
        if self.source_address is None:
            return socket.AF_UNSPEC
        return socket.AF_INET6 if ":" in self.source_address else socket.AF_INET

    def _check_source(self) -> None:
        """Raise CannotBind if this machine cannot send from the source address, before a name of the server's that has
        no address of the same family is taken for the reason."""
        if self.source_address is None:
            return
        try:
            probe = socket.socket(self._family(), socket.SOCK_STREAM)
        except OSError as error:  # a machine without IPv6
            raise CannotBind(error.errno or 0, "cannot bind") from None
        with probe:
            self._bind(probe)

    def _bind(self, connection: socket.socket) -> None:
        if self.source_address is None:
            return
        try:
            connection.bind((self.source_address, 0))
        except (OSError, OverflowError) as error:
            raise CannotBind(getattr(error, "errno", None) or 0, "cannot bind") from None


def parse_place(text: str) -> Place:
    """Read ``host:port``, with an IPv6 address in brackets.

    Raises:
        ValueError: it is not of that form.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError("must be host:port")
    return host.removeprefix("[").removesuffix("]").lower().rstrip("."), int(port)


def _look_up(place: Place, family: socket.AddressFamily, seconds: float) -> list[_AddressInfo]:
    host, port = place
    if _is_address(host):
        return _addresses(host, port, family)
    # getaddrinfo knows no time-out. A thread that is stuck in it is left to itself and dies with the process.
    answers: queue.SimpleQueue[list[_AddressInfo] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_addresses(host, port, family))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="name-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise NameTimedOut("the name was not looked up in time") from None
    if isinstance(answer, OSError | UnicodeError):
        raise answer
    return answer


def _addresses(host: str, port: int, family: socket.AddressFamily) -> list[_AddressInfo]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(entry[0], entry[4]) for entry in found]  # type: ignore[misc]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
