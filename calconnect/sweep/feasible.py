"""Which probes a sweep can put to which mailboxes. What cannot be asked, or would prove nothing, is refused first."""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.foundation.problems import UsageError
from calconnect.settings.model import AccessLevel, Settings, Topology
from calconnect.sweep.lists import ListKind, ListSource
from calconnect.tenants.thin.interface import Probe, Side
from calconnect.tenants.thin.online import PROBES

_MAY_BE_REFUSED = (Probe.FREE_BUSY, Probe.REFUSED)
"""What is asked where access is limited to free/busy: the calendar itself must not open."""


def sides_of(topology: Topology) -> tuple[Side, ...]:
    """Return where each mailbox is asked. In a hybrid organisation that is both sides: it may be on either."""
    sides = []
    if topology.has_server:
        sides.append(Side.SERVER)
    if topology.has_online:
        sides.append(Side.ONLINE)
    return tuple(sides)


def default_probe(settings: Settings) -> Probe:
    """Return what is asked if nothing is named: to open the calendar or, where that was not agreed, free/busy."""
    return Probe.FREE_BUSY if settings.access is AccessLevel.FREE_BUSY else Probe.REACH


def check_probes(settings: Settings, probes: Sequence[Probe], source: ListSource) -> None:
    """Make sure that every probe can be asked, and that its answers would mean something.

    Raises:
        UsageError: one cannot; the message says why, and what to do.
    """
    free_busy_only = settings.access is AccessLevel.FREE_BUSY
    for probe in probes:
        if free_busy_only and probe not in _MAY_BE_REFUSED:
            raise UsageError(
                f"--probe {probe}: the settings agree on access to free/busy alone (access.level), so the calendar "
                "must not open. Ask with --probe free-busy, and with --probe refused that nothing else is let through."
            )
        if settings.topology.has_online and probe not in PROBES.get(settings.topology, frozenset()):
            known = ", ".join(sorted(PROBES.get(settings.topology, frozenset())))
            raise UsageError(
                f"--probe {probe}: it cannot be asked with the topology {settings.topology}, which is for free/busy. "
                f"What can be asked: {known}."
            )
    if Probe.REFUSED in probes and not free_busy_only:
        _check_refused(probes, source)


def _check_refused(probes: Sequence[Probe], source: ListSource) -> None:
    if len(probes) > 1:
        raise UsageError(
            "--probe refused stands alone: no mailbox can be one that must be reached and one that must be refused. "
            "Sweep the two lists one after the other."
        )
    if source.kind is ListKind.OWN:
        raise UsageError(
            "--probe refused: the settings' own list names mailboxes that must be reached. Name those that must be "
            "refused with --list FILE or --list group:ADDRESS."
        )
    if source.kind is ListKind.ALL:
        raise UsageError(
            "--probe refused: everybody includes those who must be reached. Name those that must be refused with "
            "--list FILE or --list group:ADDRESS."
        )
