"""Limits on how much one account may ask: concurrency and rate.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.organization import Policies

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

    def in_flight(self, account: Account, policies: Policies) -> AbstractContextManager[None]:
        """Count a request while it is worked on.

        Raises:
            EwsError: ``ErrorExceededConnectionCount``, on entering.
        """
        return self._counted(account, "EWSMaxConcurrency", policies.ews_max_concurrency)

    def hanging(self, account: Account) -> AbstractContextManager[None]:
        """Count a streaming connection while it lasts.

        Raises:
            EwsError: ``ErrorExceededConnectionCount``, on entering.
        """
        return self._counted(account, "HangingConnectionLimit", HANGING_CONNECTION_LIMIT)

    def _counted(self, account: Account, limit_name: str, limit: int) -> AbstractContextManager[None]:
        return _Count(self._counts, (id(account), limit_name), limit)

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


class _Count(AbstractContextManager[None]):
    """Keeps one count up while it is entered."""

    __slots__ = ("_counts", "_key", "_limit")

    def __init__(self, counts: dict[tuple[int, str], int], key: tuple[int, str], limit: int) -> None:
        self._counts, self._key, self._limit = counts, key, limit

    def __enter__(self) -> None:
        count = self._counts.get(self._key, 0)
        if self._limit and count >= self._limit:
            raise EwsError(
                "ErrorExceededConnectionCount",
                "You have exceeded the available concurrent connections for your account. Try again once your other "
                "requests have completed.",
                {"Policy": self._key[1], "MaxConcurrencyLimit": str(self._limit)},
            )
        self._counts[self._key] = count + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = self._counts[self._key] - 1
        if left:
            self._counts[self._key] = left
        else:
            del self._counts[self._key]


def server_busy(milliseconds: int) -> EwsError:
    """Return the error that asks the client to wait."""
    return EwsError(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
        {"BackOffMilliseconds": str(milliseconds)},
    )
