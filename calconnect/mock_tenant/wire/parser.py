"""Cutting a stream of bytes into requests: RFC 9112, strict where laxness would let two readers disagree."""

from __future__ import annotations

import re
import zlib

from calconnect.mock_tenant.wire.request import HttpError, HttpRequest

MAXIMUM_HEAD_BYTES = 64 * 1024
_MAXIMUM_CHUNK_LINE = 4096
_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rf"({_WORD}) (\S+) HTTP/(\d)\.(\d)\r\n")
_HEADERS = re.compile(rf"(?:{_WORD}:[^\r\n\0]*\r\n)*")
_ABSOLUTE = re.compile(r"https?://[^/?]*", re.I)
_HEAD_END = b"\r\n\r\n"
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class RequestParser:
    """Takes what arrives on a connection and gives back whole requests, in order."""

    def __init__(self, maximum_body: int, local_port: int = 0) -> None:
        """Begin with nothing.

        Args:
            maximum_body: bytes that a body may have, unpacked.
            local_port: passed on to the requests.
        """
        self._maximum = maximum_body
        self._port = local_port
        self._buffer = bytearray()
        self._head: HttpRequest | None = None
        self._length: int | None = 0
        """Of the body that is awaited; None: it comes in chunks."""
        self._chunks = bytearray()
        self._wants_continue = False

    @property
    def waiting(self) -> int:
        """How many bytes have arrived that belong to no request given back yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data

    def wants_continue(self) -> bool:
        """Whether the client waits to be told to send its body (RFC 9110, 10.1.1); says so once."""
        wanted, self._wants_continue = self._wants_continue, False
        return wanted

    def next(self) -> HttpRequest | None:
        """Return the next whole request; None: more bytes are needed.

        Raises:
            HttpError: what arrived is no request, or one that is too large. Nothing more can be read then.
        """
        if self._head is None and not self._begin():
            return None
        request = self._head
        body = self._body()
        if request is None or body is None:
            return None
        self._head = None
        encoding = request.headers.get("content-encoding", "").lower()
        if encoding and encoding != "identity" and body:
            body = self._unpack(body, encoding)
        request.body = body
        return request

    def _begin(self) -> bool:
        """Read the head of the next request, if it has arrived."""
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        end = self._buffer.find(_HEAD_END)
        if end < 0 or end > MAXIMUM_HEAD_BYTES:
            if len(self._buffer) > MAXIMUM_HEAD_BYTES:
                raise HttpError(400, "the head is too long")
            return False
        text = self._buffer[: end + 2].decode("latin-1")
        del self._buffer[: end + len(_HEAD_END)]
        request = self._head = self._read_head(text)
        self._length = self._body_length(request)
        expects = request.headers.get("expect", "").lower() == "100-continue"
        self._wants_continue = expects and request.version >= (1, 1) and self._length != 0
        return True

    def _read_head(self, text: str) -> HttpRequest:
        found = _REQUEST_LINE.match(text)
        if found is None:
            raise HttpError(400, "the request line is not valid")
        method, target, major, minor = found.groups()
        if major != "1":
            raise HttpError(505, "the version of HTTP is not spoken here")
        if _HEADERS.fullmatch(text, found.end()) is None:
            raise HttpError(400, "a header is not valid")
        if not target.startswith("/"):
            target = _ABSOLUTE.sub("", target, count=1) or "/"
        headers: dict[str, str] = {}
        for line in text[found.end() :].split("\r\n")[:-1]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip(" \t")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return HttpRequest(method.upper(), target, (1, min(int(minor), 1)), headers, local_port=self._port)

    def _body_length(self, request: HttpRequest) -> int | None:
        coding, length = request.headers.get("transfer-encoding"), request.headers.get("content-length")
        if coding is not None:
            if length is not None or coding.lower() != "chunked":
                raise HttpError(400, "the length of the body is not clear")
            self._chunks.clear()
            return None
        if length is None:
            return 0
        if not (length.isascii() and length.isdigit()):
            raise HttpError(400, "the length of the body is not a number")
        if len(length) > 18 or int(length) > self._maximum:
            raise HttpError(413, "the body is too large")
        return int(length)

    def _body(self) -> bytes | None:
        """Return the awaited body, if it has arrived whole."""
        if self._length is None:
            return self._chunked_body()
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return body

    def _chunked_body(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\r\n")
            if end < 0:
                if len(self._buffer) > _MAXIMUM_CHUNK_LINE:
                    raise HttpError(400, "a chunk's size is not valid")
                return None
            text = bytes(self._buffer[:end]).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", text):
                raise HttpError(400, "a chunk's size is not valid")
            size = int(text, 16)
            if len(self._chunks) + size > self._maximum:
                raise HttpError(413, "the body is too large")
            if size == 0:
                return self._trailers(end)
            if len(self._buffer) < end + 2 + size + 2:
                return None
            if self._buffer[end + 2 + size : end + 4 + size] != b"\r\n":
                raise HttpError(400, "a chunk does not end where it says")
            self._chunks += self._buffer[end + 2 : end + 2 + size]
            del self._buffer[: end + 4 + size]

    def _trailers(self, end: int) -> bytes | None:
        """Pass over what follows the last chunk; ``end``: of that chunk's line."""
        if self._buffer[end : end + 4] == _HEAD_END:
            finish = end + 4
        else:
            found = self._buffer.find(_HEAD_END, end)
            if found < 0:
                if len(self._buffer) > MAXIMUM_HEAD_BYTES:
                    raise HttpError(400, "the trailers are too long")
                return None
            finish = found + 4
        del self._buffer[:finish]
        return bytes(self._chunks)

    def _unpack(self, body: bytes, encoding: str) -> bytes:
        bits = _WINDOW_BITS.get(encoding)
        if bits is None:
            raise HttpError(415, "the content coding is not known")
        unpacker = zlib.decompressobj(bits)
        try:
            unpacked = unpacker.decompress(body, self._maximum + 1)
        except zlib.error:
            raise HttpError(400, "the body is not compressed as it says") from None
        if len(unpacked) > self._maximum:
            raise HttpError(413, "the body is too large")
        if not unpacker.eof:
            raise HttpError(400, "the compressed body is cut off")
        return unpacked
