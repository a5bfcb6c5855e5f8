"""Replies as bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from http import HTTPStatus

from calconnect.mock_tenant.wire.request import HttpRequest

COMPRESS_FROM = 2048
"""Bytes from which on a body is compressed for a client that takes that; IIS sends small ones as they are."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {440: "Login Timeout"}


def status_line(request: HttpRequest | None, status: int) -> str:
    """Return the first line, in the client's version of HTTP."""
    minor = 1 if request is None else request.version[1]
    return f"HTTP/1.{minor} {status} {_PHRASES.get(status, '')}\r\n"


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """Return header lines. What would end a line is taken out of the values: some come from clients."""
    return "".join(f"{name}: {_one_line(value)}\r\n" for name, value in headers)


def _one_line(value: str) -> str:
    return value if value.isprintable() else "".join(char for char in value if char.isprintable())


def whole(request: HttpRequest | None, status: int, head: str, body: bytes, *, closing: bool) -> bytes:
    """Return a response with its body.

    Args:
        request: what is answered; None: it could not be read.
        status: of the response.
        head: its header lines, without those about the body and the connection.
        body: what is sent, compressed where the client takes that.
        closing: whether the connection ends with it.
    """
    if len(body) >= COMPRESS_FROM and request is not None and _takes_gzip(request):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        head += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
    text = f"{status_line(request, status)}{head}Content-Length: {len(body)}\r\n{_connection(request, closing)}\r\n"
    if request is not None and request.method == "HEAD":
        body = b""
    return text.encode("latin-1", "replace") + body


def stream_head(request: HttpRequest, status: int, head: str, *, closing: bool) -> bytes:
    """Return what stands before the parts of a streamed response."""
    coding = "Transfer-Encoding: chunked\r\n" if request.version >= (1, 1) else ""
    text = f"{status_line(request, status)}{head}{coding}{_connection(request, closing)}\r\n"
    return text.encode("latin-1", "replace")


def chunk(request: HttpRequest, part: bytes) -> bytes:
    """Return one part of a streamed response; an empty one ends it."""
    if request.version < (1, 1):
        return part
    return b"%x\r\n%b\r\n" % (len(part), part)


def _takes_gzip(request: HttpRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "").lower()


def _connection(request: HttpRequest | None, closing: bool) -> str:
    if closing:
        return "Connection: close\r\n"
    return "" if request is None or request.version >= (1, 1) else "Connection: keep-alive\r\n"
