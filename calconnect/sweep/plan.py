"""What a sweep was begun with, as its database keeps it: enough to go on with it, and to say what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from calconnect.foundation.problems import UsageError
from calconnect.settings.model import Settings, Topology
from calconnect.sweep.feasible import sides_of
from calconnect.sweep.lists import ListKind, ListSource
from calconnect.sweep.model import EndedBy, Ending
from calconnect.sweep.record import ListFacts, SweepFacts
from calconnect.sweep.store_reading import SweepReader
from calconnect.tenants.thin.interface import Probe, Side

_KILLED = "It was ended from outside. Resume the sweep to ask the others."


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is asked, of whom, and by which settings. Holds no secret."""

    run: str
    """The run's id."""
    started: datetime
    probes: tuple[Probe, ...]
    source: ListSource
    topology: Topology
    command: str
    """The command that does the same again."""
    settings_file: str = ""
    """The settings, as they can be found again; empty: those of a mock tenant."""
    tenant: str = ""
    """The mock tenant, by name or file; empty: the settings name the tenant."""
    mock: str = ""
    """The mock tenant's own name."""
    list_sha256: str = ""
    """Of the list's file; empty: it is none."""
    service_account: str = ""
    application: str = ""
    organization: str = ""
    """Whom the settings are about and how they are reached, as JSON: see :func:`organization_of`."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """Where each mailbox is asked."""
        return sides_of(self.topology)

    def facts(self) -> dict[str, str]:
        """Return it as the facts of a store."""
        return {
            "run": self.run,
            "started": self.started.isoformat(),
            "probes": " ".join(self.probes),
            "list_kind": self.source.kind.value,
            "list_name": self.source.name,
            "topology": self.topology.value,
            "command": self.command,
            "settings_file": self.settings_file,
            "tenant": self.tenant,
            "mock": self.mock,
            "list_sha256": self.list_sha256,
            "service_account": self.service_account,
            "application": self.application,
            "organization": self.organization,
        }

    @classmethod
    def of(cls, store: SweepReader) -> SweepPlan:
        """Return what a sweep was begun with."""
        return cls(
            run=store.fact("run"),
            started=datetime.fromisoformat(store.fact("started")),
            probes=tuple(map(Probe, store.fact("probes").split())),
            source=ListSource(ListKind(store.fact("list_kind")), store.fact("list_name")),
            topology=Topology(store.fact("topology")),
            command=store.fact("command"),
            settings_file=store.fact("settings_file"),
            tenant=store.fact("tenant"),
            mock=store.fact("mock"),
            list_sha256=store.fact("list_sha256"),
            service_account=store.fact("service_account"),
            application=store.fact("application"),
            organization=store.fact("organization"),
        )


def organization_of(settings: Settings) -> str:
    """Return whom settings are about and how mailboxes are reached, as JSON: what must not change midway."""
    connection, online = settings.connection, settings.microsoft365
    parts: Mapping[str, object] = {
        "topology": settings.topology,
        "connection.service_account_email": connection.service_account_email,
        "connection.exchange_server_url": connection.exchange_server_url or "",
        "microsoft365.tenant": online.tenant if online else "",
        "microsoft365.application": online.application if online else "",
        "access.level": settings.access,
        "run.window_days": settings.window_days,
    }
    return json.dumps(parts)


def differing(plan: SweepPlan, settings: Settings) -> list[str]:
    """Return the keys in which settings are about others, or others' mailboxes, than the sweep was."""
    before, now = json.loads(plan.organization), json.loads(organization_of(settings))
    return [name for name in now if before.get(name) != now[name]]


def check_same_organization(plan: SweepPlan, settings: Settings) -> None:
    """Make sure that a sweep goes on where it stopped.

    Raises:
        UsageError: the settings have changed; the message names what.
    """
    if changed := differing(plan, settings):
        raise UsageError(
            f"The settings have changed since the sweep began: {', '.join(changed)}. What was seen before and after "
            "would not be of one kind. Begin a new sweep, or take the change back."
        )


def sweep_facts(store: SweepReader, plan: SweepPlan, resume: str) -> SweepFacts:
    """Return what the report says of the sweep itself.

    Args:
        store: its database.
        plan: what it was begun with.
        resume: the command that goes on with it.
    """
    sessions = store.sessions()
    last = sessions[-1] if sessions else None
    ending = last.ending if last is not None and last.ending is not None else Ending(EndedBy.INTERRUPTED, _KILLED)
    return SweepFacts(
        id=plan.run,
        started=plan.started,
        finished=(last.finished if last is not None else None) or plan.started,
        probes=plan.probes,
        sides=plan.sides,
        topology=plan.topology.value,
        listed=ListFacts(
            source=store.fact("list_source") or str(plan.source),
            caveat=store.fact("list_caveat"),
            sha256=plan.list_sha256,
            columns=tuple(store.fact("list_columns").split()),
            repeated=len(store.repeated()),
        ),
        ending=ending,
        command=plan.command,
        resume=resume,
        mock=plan.mock or None,
        service_account=plan.service_account,
        application=plan.application,
        server=urlsplit(store.fact("ews_url")).hostname or "",
        resumed=max(0, len(sessions) - 1),
    )
