"""A request that has arrived whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"',]+)""", re.I)


class HttpError(Exception):
    """A request that cannot be taken; the connection ends with the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class HttpRequest:
    """One HTTP request."""

    method: str
    """In capital letters."""
    target: str
    """Path and query as sent."""
    version: tuple[int, int]
    """``(1, 0)`` or ``(1, 1)``."""
    headers: Mapping[str, str]
    """By name in lower case; of a header that came more than once, all values with commas between."""
    body: bytes = b""
    """Unpacked, if it came compressed."""
    local_port: int = 0
    """The server's port that it came in by."""

    @property
    def path(self) -> str:
        """The path, percent signs decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of one that came more than once, the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def host(self) -> str:
        """Name and port by which the client reached the server; localhost for a client that does not say."""
        return self.headers.get("host") or f"localhost:{self.local_port}"

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty: none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The media type's charset; None: none is given."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return None if found is None else found.group(1)

    @property
    def keeps_connection(self) -> bool:
        """Whether the client wants to go on with the connection."""
        wish = self.headers.get("connection", "").lower()
        if self.version >= (1, 1):
            return "close" not in wish
        return "keep-alive" in wish
