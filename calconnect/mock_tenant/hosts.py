"""The name by which a client reached the server; the URLs that it is told are made of it."""

from __future__ import annotations

from aiohttp import web


def host_of(request: web.BaseRequest) -> str:
    """Return host and port: the ``Host`` header, or for a client of HTTP/1.0 without one, localhost."""
    host = request.headers.get("Host")
    if host:
        return host
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return f"localhost:{name[1]}" if name else "localhost"
