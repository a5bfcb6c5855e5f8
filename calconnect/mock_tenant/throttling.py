"""Limits on how much one account may ask: concurrency and rate.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

from __future__ import annotations

import math
from collections.abc import Callable

from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.policies import Policies

HANGING_CONNECTION_LIMIT = 10
"""Streaming connections for one account (Exchange 2016, 2019)."""
_ALL_MAILBOXES = "*"
"""Stands for all of them where a target's address would; no address is so short."""


class Throttle:
    """Counts requests in flight per account, and keeps a bucket of allowed requests per account and mailbox."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str], int] = {}
        self._buckets: dict[tuple[int, str], Bucket] = {}

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
        """Take one request from the bucket of ``account`` and ``target``, and from the account's own.

        Args:
            account: who asks.
            target: the mailbox, by the X-AnchorMailbox header or the impersonated address.
            policies: what is allowed.
            now: seconds of a steady clock.

        Raises:
            EwsError: ``ErrorServerBusy`` with ``BackOffMilliseconds``.
        """
        for rate, name in (
            (policies.requests_per_second, target),
            (policies.account_requests_per_second, _ALL_MAILBOXES),
        ):
            if rate <= 0:
                continue
            bucket = self._buckets.setdefault((id(account), name), Bucket())
            if not bucket.take(1, rate, max(1.0, rate), now):
                raise server_busy(str(policies.back_off_milliseconds))


class Bucket:
    """So many requests a second are allowed; what is not used is kept, up to a size."""

    __slots__ = ("_level", "_since")

    def __init__(self) -> None:
        """Begin with a full one."""
        self._level = math.inf
        self._since = 0.0

    def take(self, count: int, rate: float, size: float, now: float) -> bool:
        """Take this many, if there are as many; return whether there were.

        Args:
            count: how many.
            rate: how many come in a second.
            size: how many it holds.
            now: seconds of a steady clock.
        """
        self._level = min(size, self._level + (now - self._since) * rate)
        self._since = now
        if self._level < count:
            return False
        self._level -= count
        return True


def server_busy(milliseconds: str) -> EwsError:
    """Return the error that asks the client to wait.

    Args:
        milliseconds: how long, as it goes out; empty: it does not say.
    """
    return EwsError(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
        {"BackOffMilliseconds": milliseconds} if milliseconds else {},
    )
