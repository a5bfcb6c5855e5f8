"""Opens a path over EWS from what the sweep's gate has found: nothing is looked for or signed in a second time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from calconnect.evidence.observation import Mode
from calconnect.foundation.clock import Clock
from calconnect.settings.model import AccessLevel, Settings
from calconnect.tenants.common.journal import Journal
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Scribe
from calconnect.tenants.exchange_server.connection import SignedIn
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews.envelope import SINCE_2013, Dialect
from calconnect.tenants.thin.interface import Concurrency, Probe, ThinPath

if TYPE_CHECKING:
    from calconnect.tenants.thin.ews.write import Pause


def open_ews_path(
    probe: Probe,
    settings: Settings,
    signed_in: SignedIn,
    *,
    window: Window,
    clock: Clock,
    run_id: str,
    state_folder: Path,
    pause: Pause = asyncio.sleep,
) -> ThinPath:
    """Return the path that puts ``probe`` to mailboxes of an Exchange Server. Nothing is sent and no secret read yet.

    Mailboxes are reached in the agreed way: by impersonation or, where the access is limited to calendars, as the
    service account itself.

    Args:
        probe: what is asked.
        settings: the route to the server, and the agreed access.
        signed_in: what the gate has found (:attr:`ExchangeServerTenant.signed_in`). Its account's redactor is used on.
        window: the span of time for ``read`` and ``free-busy``.
        clock: dates the observations and the test event.
        run_id: the run that test events belong to.
        state_folder: where the journal of test events is kept between runs.
        pause: waits before an event is cleared away at a server that asks to be left alone for a while.

    Raises:
        NoAnswer: the URL is none that could be asked.
        OSError: the CA file cannot be read.
    """
    # Here, since every audit brings this module in, and most of them ask few mailboxes: aiohttp takes long to import.
    from calconnect.tenants.thin.ews.endpoint import ThinEndpoint
    from calconnect.tenants.thin.ews.probes import Asking, FreeBusyPath, listing_events, opening_calendars
    from calconnect.tenants.thin.ews.signing import signed_by
    from calconnect.tenants.thin.ews.write import WritePath

    route = Route.of(settings.network)
    signed = signed_by(signed_in.scheme, signed_in.account, signed_in.url, route, route.trust())
    mode = Mode.IMPERSONATED if settings.access is AccessLevel.FULL else Mode.DELEGATE
    asking = Asking(
        ThinEndpoint(signed_in.url, signed, clock),
        Scribe(signed_in.account.redactor, clock),
        Dialect(signed_in.schema_version, signed_in.generation, mode),
        _concurrency(signed_in.generation),
    )
    if probe is Probe.READ:
        return listing_events(asking, window)
    if probe is Probe.FREE_BUSY:
        return FreeBusyPath(asking, window)
    if probe is Probe.WRITE:
        return WritePath(asking, Journal(state_folder, run_id, clock), clock, pause)
    return opening_calendars(probe, asking)


def _concurrency(generation: int) -> Concurrency:
    """Return how much at once: what any supported server allows to begin with, and what this one allows at most."""
    known = limits()
    most = known.connections_since_2013 if generation >= SINCE_2013 else known.connections
    return Concurrency(known.connections, most)
