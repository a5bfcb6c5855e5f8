"""How often Graph may be asked: what it counts, and the 429 that comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from calconnect.mock_tenant.graph.errors import GraphError, Headers
from calconnect.mock_tenant.state.online.half import OnlineHalf

WHAT_IF_PAUSE = timedelta(seconds=1)
"""What-if is answered once a second in a tenant, and its 429 has no ``Retry-After``:
https://learn.microsoft.com/graph/throttling-limits#conditional-access-service-limits"""


class Limits:
    """Counters of one tenant; another tenant (after a reset) starts anew."""

    def __init__(self) -> None:
        self._half: OnlineHalf | None = None
        self._mailbox_requests = 0
        self._last_what_if: datetime | None = None

    def adopt(self, half: OnlineHalf) -> None:
        """Count for this tenant from now on."""
        if half is not self._half:
            self._half = half
            self._mailbox_requests = 0
            self._last_what_if = None

    def take_mailbox_request(self, half: OnlineHalf) -> None:
        """Count a request to a mailbox.

        Raises:
            GraphError: 429 ``ApplicationThrottled``: the tenant's faults have it so.
        """
        self._mailbox_requests += 1
        every = half.faults.throttle_every
        if every and self._mailbox_requests % every == 0:
            raise _throttled(
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
                half.faults.retry_after_seconds,
            )

    def take_what_if(self, at: datetime) -> None:
        """Count a what-if evaluation.

        Raises:
            GraphError: 429 ``TooManyRequests``: the last one is not a second ago.
        """
        last, self._last_what_if = self._last_what_if, at
        if last is not None and timedelta(0) <= at - last < WHAT_IF_PAUSE:
            raise _throttled("TooManyRequests", "Too many requests.", None)


def _throttled(code: str, message: str, seconds: int | None) -> GraphError:
    headers: Headers = () if seconds is None else (("Retry-After", str(seconds)),)
    return GraphError(429, code, message, headers)
