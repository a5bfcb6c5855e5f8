"""What the parts of the server hand to each other: a connection, and a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from calconnect.mock_tenant.state.directory import Account

if TYPE_CHECKING:
    from ssl import SSLObject

    from calconnect.mock_tenant.auth.negotiation import Negotiation

XML = "text/xml; charset=utf-8"
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Connection:
    """One TCP connection and who has signed in on it. NTLM signs in connections, not requests ([MS-NTHT])."""

    source: str
    """The client's address."""
    account: Account | None = None
    """Signed in by NTLM; stays so until the connection ends or a new negotiation begins."""
    negotiation: Negotiation | None = None
    """An NTLM sign-in under way: the challenge is out, the answer awaited."""
    tls: SSLObject | None = None
    """Its TLS; None: there is none."""


class Breakdown(Enum):
    """How a request is never answered."""

    RESET = auto()
    """The connection is reset."""
    SILENCE = auto()
    """The connection is kept, and nothing comes."""


@dataclass(slots=True)
class Reply:
    """An HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = XML
    headers: Headers = ()
    """Those that this reply alone has."""
    head: str = ""
    """All header lines, made by the front; those about the body and the connection are added when it is sent."""
    stream: AsyncGenerator[bytes, None] | None = None
    """Sent part by part instead of ``body``."""
    delay_seconds: float = 0.0
    """How long to wait before it is sent."""
    cut_off: bool = False
    """Whether the connection ends in the middle of ``body``."""
    never: Breakdown | None = None
    """Instead of being sent: how the client is left alone."""
    sent: Callable[[], None] | None = None
    """Called once, when a delayed or streamed reply has been sent or cannot be; of one that never is sent, when its
    connection has ended."""


@dataclass(slots=True)
class Told:
    """What the recorder is told about a request, filled in as it is understood. Never holds a secret."""

    operation: str = ""
    login: str = ""
    """The name that was tried."""
    account: str = ""
    """Who signed in; empty: nobody."""
    target: str = ""
    """The impersonated address, or the first mailbox named."""
    codes: tuple[str, ...] = ()
    """The response codes sent."""
    asked: tuple[tuple[str, str], ...] = ()
    """Operation and mailbox of each part of a batch."""
    version: str = ""
