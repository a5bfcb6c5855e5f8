"""One shard of a sweep, as a worker asks it: signed in there, with secrets that are found there by their references."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from calconnect.acceptance.sweep_gate import obstacle
from calconnect.foundation.clock import system_clock
from calconnect.foundation.problems import CalconnectError
from calconnect.foundation.state import state_folder
from calconnect.settings.load import load_settings
from calconnect.sweep import engine
from calconnect.sweep.doors import TenantDoors
from calconnect.sweep.gate import pass_gate
from calconnect.sweep.model import EndedBy, Ending, Sample, Settled, SweptMailbox
from calconnect.tenants.thin.interface import Concurrency, Probe, Shot, Side, ThinPath


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a list, and how it is to be asked. Holds no secret."""

    settings_file: str
    """Where the worker finds the settings: a path that leads there on its machine, too."""
    run_id: str
    started: datetime
    """When the sweep began: events and busy times are looked at from then on."""
    probe: Probe
    side: Side
    mailboxes: tuple[SweptMailbox, ...]
    at_once: int
    """Requests in flight at most: the shard's share of what the tenant allows."""
    seconds: float | None = None
    """For how long it may go on; None: as long as it takes."""


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What came of a shard."""

    settled: tuple[Settled, ...]
    samples: tuple[Sample, ...]
    ending: Ending


def sweep_shard(shard: Shard) -> ShardResult:
    """Sign in, and ask every mailbox of a shard. Runs on a worker; never raises for settings, server or network."""
    try:
        settings = load_settings(Path(shard.settings_file).expanduser(), clock=system_clock, whole_list=False)
    except CalconnectError as error:
        told = f"A worker cannot use the settings: {error} They must be found there by the same path."
        return ShardResult((), (), Ending(EndedBy.INTERRUPTED, told))
    doors = TenantDoors(
        settings, started=shard.started, clock=system_clock, run_id=shard.run_id, state_folder=state_folder()
    )
    try:
        server = doors.server if shard.side is Side.SERVER else None
        online = doors.online if shard.side is Side.ONLINE else None
        passed = pass_gate(server, online, obstacle, over_ews=doors.online_over_ews)
        if passed.obstacle:
            by = EndedBy.CREDENTIALS_REFUSED if passed.account_refused else EndedBy.SILENCE
            return ShardResult((), (), Ending(by, passed.obstacle))
        return asyncio.run(_ask(shard, doors))
    finally:
        doors.close()


async def _ask(shard: Shard, doors: TenantDoors) -> ShardResult:
    path = Shared(doors.open_path(shard.probe, shard.side), shard.at_once)
    settled: list[Settled] = []
    samples: list[Sample] = []
    try:
        ending = await engine.run(
            path,
            shard.mailboxes,
            settle=settled.append,
            sample=samples.append,
            progress=lambda _: None,
            stop=asyncio.Event(),
            seconds=shard.seconds,
            clock=system_clock,
        )
    finally:
        await path.close()
    return ShardResult(tuple(settled), tuple(samples), replace(ending, seen=None))


class Shared:
    """A thin path that may have only so many requests in flight, because others ask the same tenant."""

    def __init__(self, path: ThinPath, at_once: int) -> None:
        """Limit a path."""
        self._path = path
        self.probe = path.probe
        self.side = path.side
        self.mailboxes_per_request = path.mailboxes_per_request
        self.concurrency = Concurrency(min(path.concurrency.start, at_once), min(path.concurrency.most, at_once))

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt: see the interface."""
        return await self._path.ask(mailboxes)

    async def close(self) -> None:
        """Close all connections."""
        await self._path.close()
