"""What was asked of the server: the last requests, without credentials and without content."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class RecordedRequest:
    """One request that was answered."""

    number: int
    """Counts from 1 since the start or the last clearing."""
    at: datetime
    """The organisation's time."""
    method: str
    path: str
    source: str
    """The client's address."""
    user_agent: str
    scheme: str
    """``basic``, ``ntlm``, ``negotiate``; empty: no Authorization header (or signed in before on the connection)."""
    login: str
    """The name that was tried."""
    account: str
    """Who signed in; empty: nobody."""
    operation: str
    target: str
    """The impersonated address."""
    status: int
    """0: it was never answered."""
    codes: tuple[str, ...]
    """EWS response codes sent."""
    seconds: float
    request_id: str


class Recorder:
    """Keeps the last requests in memory."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=capacity)
        self.count = 0
        """How many requests there have been since the last clearing."""

    def add(self, request: RecordedRequest) -> None:
        """Keep a request."""
        self._requests.append(request)

    def next_number(self) -> int:
        """Return the number of the next request."""
        self.count += 1
        return self.count

    def clear(self) -> None:
        """Forget everything."""
        self._requests.clear()
        self.count = 0

    def requests(self) -> list[RecordedRequest]:
        """Return the requests, oldest first."""
        return list(self._requests)

    def as_json(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Return the requests after the one with this number as JSON values."""
        return [asdict(one) | {"at": one.at.isoformat()} for one in self._requests if one.number > after]
