"""Waiting: as a server wishes, with an end; and no more requests at once to one mailbox than are allowed."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from calconnect.tenants.exchange_online.limits import limits

Pause = Callable[[float], None]
"""Waits for a number of seconds."""

PASSING = frozenset({429, 503, 504})
"""HTTP statuses that are worth another attempt. Source: https://learn.microsoft.com/graph/throttling"""


class Patience:
    """How long one question may yet wait."""

    def __init__(self, pause: Pause, *, once: bool = False) -> None:
        """Begin to wait.

        Args:
            pause: waits.
            once: whether nothing is asked twice: whoever asks decides about further attempts.
        """
        self._pause = pause
        self._left = float(limits().patience)
        self.once = once

    def seconds(self, attempt: int, retry_after: float | None) -> float | None:
        """Return how long to wait after an attempt, the first being 1; None: no other is worth it.

        Where the server names no time, each wait is twice the one before.
        """
        if self.once or attempt >= limits().attempts:
            return None
        wanted = 2.0 ** (attempt - 1) if retry_after is None else retry_after
        return wanted if wanted <= min(limits().back_off, self._left) else None

    def wait(self, seconds: float) -> None:
        """Wait."""
        self._left -= seconds
        if seconds > 0:
            self._pause(seconds)


class InFlight:
    """Counts the requests to each mailbox that are not yet answered."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[str] = Counter()

    @contextlib.contextmanager
    def slots(self, mailboxes: Iterable[str]) -> Iterator[None]:
        """Hold a slot for each mailbox, named as often as it is asked; wait until all are free, and take none before.

        No mailbox may be named more often than is allowed at once.
        """
        wanted = Counter(mailbox.lower() for mailbox in mailboxes if mailbox)
        most = limits().concurrent_per_mailbox
        with self._changed:
            self._changed.wait_for(lambda: all(self._counts[one] + count <= most for one, count in wanted.items()))
            self._counts += wanted
        try:
            yield
        finally:
            with self._changed:
                self._counts -= wanted
                self._changed.notify_all()
