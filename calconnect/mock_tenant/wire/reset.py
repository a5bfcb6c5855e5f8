"""Resetting connections, as firewalls and servers that fall over do."""

from __future__ import annotations

import os
import socket
import struct
from typing import Protocol

_NO_LINGERING = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Socket(Protocol):
    """A socket, or what asyncio shows of one."""

    def setsockopt(self, level: int, name: int, value: bytes, /) -> None:
        """Set an option."""


def reset_on_close(connection: Socket) -> None:
    """Have a connection end with RST when it is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
