"""A connection that is reset before TLS begins leaves no open socket behind."""

from __future__ import annotations

import contextlib
import gc
import select
import socket
import struct
import warnings

import pytest

from calconnect.tenants.common.network import Route


def reset_connection(route: Route) -> socket.socket:
    """Return a connection that its other end has reset, once that is known here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        plain = route.dial("127.0.0.1", server.getsockname()[1])
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
    readable, _, _ = select.select([plain], [], [], 10)
    assert readable == [plain]
    return plain


def test_a_reset_before_the_handshake_leaves_no_socket_open() -> None:
    route = Route(timeout=5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        with reset_connection(route) as plain, pytest.raises(OSError) as raised:  # noqa: SIM117
            with contextlib.closing(route.trust().wrap_socket(plain, server_hostname="localhost")) as secure:
                secure.do_handshake()
        del raised
        gc.collect()
    assert [str(one.message) for one in caught if issubclass(one.category, ResourceWarning)] == []
