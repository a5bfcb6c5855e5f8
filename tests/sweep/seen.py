"""Observations and results for tests that need no tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.sweep.listing import Listing
from calconnect.sweep.model import Settled, SweptMailbox
from calconnect.sweep.store import SweepStore
from calconnect.tenants.thin.interface import Probe, Shot, Side

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def seen(target: str, code: str = "NoError", probe: str = "open-calendar", **details: Fact) -> Observation:
    outcome = Outcome.OK if code == "NoError" else Outcome.REFUSED
    return Observation(
        "", NOW, probe, "GetFolder", Mode.IMPERSONATED, target, outcome, http_status=200, code=code, details=details
    )


def settled(mailbox: SweptMailbox, code: str = "NoError", **details: Fact) -> Settled:
    shot = Shot(mailbox.address, (seen(mailbox.address, code, "open-calendar", **details),))
    return Settled(mailbox.number, Probe.REACH, Side.SERVER, shot)


def people(count: int) -> tuple[SweptMailbox, ...]:
    return tuple(SweptMailbox(number, f"user{number}@contoso.test", number + 1) for number in range(1, count + 1))


def new_store(folder: Path, mailboxes: tuple[SweptMailbox, ...]) -> SweepStore:
    store = SweepStore.create(folder, {"run": folder.name})
    store.list_mailboxes(Listing(mailboxes, source="list.csv"))
    return store
