"""Limits on how much one account may ask: concurrency and rate.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

from __future__ import annotations

from collections.abc import Callable

from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.policies import Policies

HANGING_CONNECTION_LIMIT = 10
"""Streaming connections for one account (Exchange 2016, 2019)."""


class Throttle:
    """Counts requests in flight per account, and keeps a bucket of allowed requests per account and mailbox."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str], int] = {}
        self._buckets: dict[tuple[int, str], tuple[float, float]] = {}

    def clear(self) -> None:
        """Forget all counts but those of requests in flight."""
        self._buckets.clear()

    def in_flight(self, account: Account, limit: int) -> Callable[[], None]:
        """Count a request, and return what ends its being counted.

        Args:
            account: who asks.
            limit: how many may be under way; 0: any number.

        Raises:
            EwsError: ``ErrorExceededConnectionCount``.
        """
        return self._count(account, "EWSMaxConcurrency", limit)

    def hanging(self, account: Account, *, instead_of: Callable[[], None] | None = None) -> Callable[[], None]:
        """Count a streaming connection, and return what ends its being counted.

        Args:
            account: whose it is.
            instead_of: ends another count first: that of the request which became the stream.

        Raises:
            EwsError: ``ErrorExceededConnectionCount``.
        """
        if instead_of is not None:
            instead_of()
        return self._count(account, "HangingConnectionLimit", HANGING_CONNECTION_LIMIT)

    def _count(self, account: Account, limit_name: str, limit: int) -> Callable[[], None]:
        key = (id(account), limit_name)
        count = self._counts.get(key, 0)
        if limit and count >= limit:
            raise EwsError(
                "ErrorExceededConnectionCount",
                "You have exceeded the available concurrent connections for your account. Try again once your other "
                "requests have completed.",
                {"Policy": limit_name, "MaxConcurrencyLimit": str(limit)},
            )
        self._counts[key] = count + 1

        def release() -> None:
            left = self._counts[key] - 1
            if left:
                self._counts[key] = left
            else:
                del self._counts[key]

        return release

    def spend(self, account: Account, target: str, policies: Policies, now: float) -> None:
        """Take one request from the bucket of ``account`` and ``target``, which holds a second's worth.

        Args:
            account: who asks.
            target: the mailbox, by the X-AnchorMailbox header or the impersonated address.
            policies: what is allowed.
            now: seconds of a steady clock.

        Raises:
            EwsError: ``ErrorServerBusy`` with ``BackOffMilliseconds``.
        """
        rate = policies.requests_per_second
        if rate <= 0:
            return
        key = (id(account), target)
        size = max(1.0, rate)
        level, since = self._buckets.get(key, (size, now))
        level = min(size, level + (now - since) * rate)
        if level < 1:
            self._buckets[key] = (level, now)
            raise server_busy(policies.back_off_milliseconds)
        self._buckets[key] = (level - 1, now)


def server_busy(milliseconds: int) -> EwsError:
    """Return the error that asks the client to wait."""
    return EwsError(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
        {"BackOffMilliseconds": str(milliseconds)},
    )
