"""Asks the same of many, a few at a time, and hands the answers back in the order of the question."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Target = TypeVar("Target")
Result = TypeVar("Result")

WORKERS = 4
"""Requests in flight. Far below the 27 that Exchange allows an account by default, which others share. Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"""
AHEAD = 4 * WORKERS
"""Questions that are handed out before the answer to the first of them is taken."""


def fan_out(
    ask: Callable[[Target], Result], targets: Sequence[Target], workers: int = WORKERS
) -> Iterator[tuple[Target, Result]]:
    """Yield each target with what ``ask`` returned for it, in the order of ``targets``.

    Answers come to the calling thread alone, so whoever takes them needs no locks. When the caller stops, or is
    interrupted, what was not begun is not asked any more, and nobody waits for what is under way.
    """
    if len(targets) <= 1 or workers == 1:
        for target in targets:
            yield target, ask(target)
        return
    pool = ThreadPoolExecutor(min(workers, len(targets)), thread_name_prefix="calconnect")
    pending: deque[tuple[Target, Future[Result]]] = deque()
    try:
        for target in targets:
            pending.append((target, pool.submit(ask, target)))
            if len(pending) >= AHEAD:
                first, future = pending.popleft()
                yield first, future.result()
        while pending:
            first, future = pending.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
