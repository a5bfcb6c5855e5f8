"""How often Graph may be asked: what it counts, and the 429 that comes of it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from calconnect.mock_tenant.graph.errors import GraphError, Headers
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.throttling import Bucket

MOST_PARTS = 20
"""Of a batch: https://learn.microsoft.com/graph/json-batching"""
WHAT_IF_PAUSE = timedelta(seconds=1)
"""What-if is answered once a second in a tenant, and its 429 has no ``Retry-After``:
https://learn.microsoft.com/graph/throttling-limits#conditional-access-service-limits"""


class Limits:
    """Counters of one tenant; another tenant (after a reset) starts anew."""

    def __init__(self) -> None:
        self._half: OnlineHalf | None = None
        self._mailbox_requests = 0
        self._last_what_if: datetime | None = None
        self._buckets: dict[str, Bucket] = {}

    def adopt(self, half: OnlineHalf) -> None:
        """Count for this tenant from now on."""
        if half is not self._half:
            self._half = half
            self._mailbox_requests = 0
            self._last_what_if = None
            self._buckets = {}

    def take_requests(self, half: OnlineHalf, app_id: str, count: int) -> None:
        """Count requests of an application: one, or all parts of a batch.

        Raises:
            GraphError: 429 ``TooManyRequests``: it has not so many left in this second.
        """
        rate = half.faults.requests_per_second
        if rate <= 0:
            return
        bucket = self._buckets.setdefault(app_id, Bucket())
        if not bucket.take(count, rate, max(MOST_PARTS, rate), time.monotonic()):
            raise throttled("TooManyRequests", "Too many requests.", half.faults.retry_after_seconds)

    def take_mailbox_request(self, half: OnlineHalf) -> None:
        """Count a request to a mailbox.

        Raises:
            GraphError: 429 ``ApplicationThrottled``: the tenant's faults have it so.
        """
        self._mailbox_requests += 1
        every = half.faults.throttle_every
        if every and self._mailbox_requests % every == 0:
            raise throttled(
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
            raise throttled("TooManyRequests", "Too many requests.", None)


def throttled(code: str, message: str, wait: int | str | None) -> GraphError:
    """Return a 429.

    Args:
        code: why.
        message: the same for people.
        wait: ``Retry-After`` as it goes out; None or empty: there is none.
    """
    headers: Headers = () if wait is None or wait == "" else (("Retry-After", str(wait)),)
    return GraphError(429, code, message, headers)
