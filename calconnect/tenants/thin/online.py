"""The thin path to Exchange Online: what the reference path asks in batches of 20, each attempt once, in a few threads.

Twenty mailboxes share a request, so what a request costs here hardly counts, and one client serves both paths: that
they answer alike is no accident. A token that ends on the way is renewed within the attempt: it is no mailbox's fault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import Clock
from calconnect.settings.model import Topology
from calconnect.tenants.common.wire import retry_after_seconds
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.interface import Concurrency, Probe, Shot, Side, ThinPath

PROBES = {
    Topology.EXCHANGE_ONLINE_GRAPH: frozenset(Probe),
    Topology.HYBRID: frozenset(Probe),
    Topology.EXCHANGE_ONLINE_EWS: frozenset({Probe.REACH, Probe.FREE_BUSY, Probe.REFUSED}),
}
"""What can be asked of Exchange Online, by topology: over EWS it is agreed on for free/busy alone."""

_Ask = Callable[[Sequence[str]], list[Shot]]


def open_online_path(
    probe: Probe, topology: Topology, tenant: ExchangeOnlineTenant, *, window: Window, clock: Clock
) -> ThinPath:
    """Return the path that puts ``probe`` to mailboxes in Exchange Online. Nothing is sent yet.

    Args:
        probe: what is asked; one of :data:`PROBES`.
        topology: over EWS for ``exchange-online-ews``, else over Graph.
        tenant: who asks; it has signed in, and stays its owner's to close.
        window: the span of time for ``read`` and ``free-busy``.
        clock: for dates in headers.

    Raises:
        ValueError: the topology does not know the probe.
    """
    if probe not in PROBES.get(topology, frozenset()):
        raise ValueError(f"{topology} has no probe {probe}")
    tenant = tenant.asking_once()
    batch = limits().requests_in_batch

    def shots(asked: Callable[[Sequence[str]], Sequence[Observation]]) -> _Ask:
        return lambda mailboxes: [
            Shot(mailbox, (seen,), _wish(seen, clock))
            for mailbox, seen in zip(mailboxes, asked(mailboxes), strict=True)
        ]

    def write(mailboxes: Sequence[str]) -> list[Shot]:
        lives = [tenant.round_trip(mailbox) for mailbox in mailboxes]
        return [
            Shot(mailbox, life.observations, _wish(life.observations[-1], clock), repeatable=life.gone)
            for mailbox, life in zip(mailboxes, lives, strict=True)
        ]

    if topology is Topology.EXCHANGE_ONLINE_EWS:
        if probe is Probe.FREE_BUSY:
            return OnlinePath(probe, shots(lambda some: tenant.ews_free_busy(some, window)), batch)
        return OnlinePath(probe, shots(lambda some: [tenant.open_ews_calendar(one) for one in some]), 1)
    if probe is Probe.WRITE:
        return OnlinePath(probe, write, 1)
    if probe is Probe.READ:
        return OnlinePath(probe, shots(lambda some: tenant.list_events(some, window)), batch)
    if probe is Probe.FREE_BUSY:
        return OnlinePath(probe, shots(lambda some: tenant.free_busy(some, window)), limits().mailboxes_per_schedule)
    return OnlinePath(probe, shots(tenant.open_calendars), batch)


class OnlinePath:
    """One probe of Exchange Online. Implements :class:`~calconnect.tenants.thin.interface.ThinPath`."""

    side = Side.ONLINE

    def __init__(self, probe: Probe, ask: _Ask, mailboxes_per_request: int) -> None:
        """Prepare to ask with ``ask``, which makes one attempt and waits for its answer."""
        self.probe = probe
        self.mailboxes_per_request = mailboxes_per_request
        most = limits().connections
        self.concurrency = Concurrency(most, most)
        self._ask = ask
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="calconnect-online")

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt at all mailboxes: see the interface.

        Where this is cancelled while it writes, it gives way only after the event is gone.
        """
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, tuple(mailboxes))
        given_up: asyncio.CancelledError | None = None
        while not work.done():
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError as error:
                if self.probe is not Probe.WRITE:
                    work.cancel()
                    raise
                given_up = error
        if given_up is not None:
            raise given_up
        return work.result()

    async def close(self) -> None:
        """Begin nothing more. What is under way comes to its end by itself: its answer has a time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _wish(seen: Observation, clock: Clock) -> float | None:
    """Return for how many seconds the server asks to be left alone."""
    back_off = seen.details.get("back_off_seconds")
    if isinstance(back_off, int | float):
        return float(back_off)
    return retry_after_seconds(seen.headers.get("Retry-After", ""), clock())
