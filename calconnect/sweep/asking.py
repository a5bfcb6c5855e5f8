"""How a probe is put to the mailboxes of one side: by the engine in this process, or by others elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from calconnect.sweep.model import Ending, Progress, Sample, Settled, SweptMailbox
from calconnect.tenants.thin.interface import Concurrency, Probe, Side


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told while mailboxes are asked, and when it is to stop. See :func:`calconnect.sweep.engine.run`."""

    settle: Callable[[Settled], None]
    sample: Callable[[Sample], None]
    progress: Callable[[Progress], None]
    stop: asyncio.Event
    seconds: float | None
    """For how long it may go on; None: as long as it takes."""


AskSide = Callable[[Probe, Side, Sequence[SweptMailbox], Concurrency, Hooks], Awaitable[Ending]]
"""Asks mailboxes elsewhere; what the tenant allows at once holds for all of it together."""

Elsewhere = Callable[[], AbstractAsyncContextManager[AskSide]]
"""Connects to those who ask elsewhere, for as long as the block runs."""
