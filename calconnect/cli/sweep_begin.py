"""What a sweep begins with, or goes on with: settings, list and store, checked before anything is sent."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from calconnect.cli.audit import DEFAULT_CONFIG, DEFAULT_REPORTS, DEFAULT_TENANT
from calconnect.cli.console import say
from calconnect.cli.session import Session
from calconnect.evidence.bundle.read import evidence_check
from calconnect.foundation.clock import Clock, system_clock
from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.foundation.run_id import new_run_id
from calconnect.reporting.paths import portable
from calconnect.reporting.run_lookup import SWEEP, find_run, runs_folder
from calconnect.settings.load import load_list, load_settings
from calconnect.settings.mailboxes import read_list
from calconnect.settings.model import Settings
from calconnect.settings.snapshot import snapshot_text
from calconnect.sweep.feasible import check_probes, default_probe
from calconnect.sweep.listing import Listing
from calconnect.sweep.lists import ListKind, ListSource, listing_of, listing_of_settings
from calconnect.sweep.plan import SweepPlan, check_same_organization, organization_of
from calconnect.sweep.store import StoreInUse, SweepStore
from calconnect.tenants.thin.interface import Probe

if TYPE_CHECKING:
    from calconnect.embedded import EmbeddedTenant

INPUTS_FOLDER = "inputs"
SETTINGS_FILE = "settings.json"


@dataclass(slots=True)
class Begun:
    """A sweep that is ready to ask. Close it, or use it with ``with``."""

    folder: Path
    store: SweepStore
    plan: SweepPlan
    settings: Settings
    clock: Clock
    embedded: EmbeddedTenant | None = None

    @property
    def resume(self) -> str:
        """The command that goes on with it."""
        return f"calconnect sweep --resume {_quoted(portable(self.folder))}"

    def close(self) -> None:
        """Give up the store, and stop the mock tenant if there is one."""
        self.store.close()
        if self.embedded is not None:
            self.embedded.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def begin(
    session: Session,
    *,
    config: Path | None,
    tenant: str | None,
    listed: str | None,
    probes: Sequence[str],
    out: Path | None,
) -> Begun:
    """Check everything that a new sweep is told, and make its folder. Nothing is sent.

    Raises:
        InvalidInput: settings, tenant file or list are wrong; every problem is named.
        click.UsageError, UsageError: it cannot be asked.
    """
    source = ListSource.parse(listed)
    config, tenant = _subject(config, tenant)
    embedded = _start(tenant) if tenant is not None else None
    try:
        file = embedded.settings_file if embedded is not None else config
        assert file is not None
        clock = embedded.clock if embedded is not None else system_clock
        settings = _load(session, file, clock)
        wanted = tuple(dict.fromkeys(map(Probe, probes))) or (default_probe(settings),)
        check_probes(settings, wanted, source)
        listing, digest = _listing(source, settings)
        reports = out or (None if embedded is not None else settings.reports) or Path(DEFAULT_REPORTS)
        run = new_run_id(clock)
        online = settings.microsoft365
        plan = SweepPlan(
            run=run,
            started=clock(),
            probes=wanted,
            source=ListSource(source.kind, Path(source.name).name) if source.kind is ListKind.FILE else source,
            topology=settings.topology,
            command=_command(config, tenant, listed, probes, out),
            settings_file="" if config is None else _lasting(config),
            tenant=tenant or "",
            mock=str(embedded.ready["name"]) if embedded is not None else "",
            list_sha256=digest,
            service_account=settings.connection.service_account_email if settings.topology.has_server else "",
            application=online.application or "" if online is not None else "",
            organization=organization_of(settings),
        )
        folder = _expanded(reports) / run
        store = _new_store(folder, plan, listing, settings)
        session.run_folder = folder
        return Begun(folder, store, plan, settings, clock, embedded)
    except BaseException:
        if embedded is not None:
            embedded.stop()
        raise


def go_on(session: Session, name: str, *, config: Path | None, out: Path | None) -> Begun:
    """Open a sweep that is to go on. Nothing is sent.

    Args:
        session: what the command has under way.
        name: the sweep: its id, its folder, ``last``, or the day on which it began.
        config: the settings, if they are to be found elsewhere than when it began.
        out: the folder of all runs.

    Raises:
        InvalidInput: there is no such sweep, it is damaged, or the settings are wrong.
        UsageError: another process is at work on it, or the settings are about others now.
    """
    folder = find_run(name, runs_folder(out, config), SWEEP).absolute()
    try:
        store = SweepStore.open(folder)
    except StoreInUse as error:
        raise UsageError(
            f"The sweep in {portable(folder)} is under way: process {error.pid} is at work on it. "
            "Wait for it, or end it."
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    embedded = None
    try:
        plan = SweepPlan.of(store)
        if plan.tenant:
            if config is not None:
                raise click.UsageError(f"The sweep is of the mock tenant {plan.tenant}: leave --config out.")
            embedded = _start(plan.tenant)
        clock = embedded.clock if embedded is not None else system_clock
        file = embedded.settings_file if embedded is not None else config or Path(plan.settings_file).expanduser()
        settings = _load(session, file, clock)
        if embedded is None:
            check_same_organization(plan, settings)
        session.run_folder = folder
        return Begun(folder, store, plan, settings, clock, embedded)
    except BaseException:
        store.close()
        if embedded is not None:
            embedded.stop()
        raise


def _subject(config: Path | None, tenant: str | None) -> tuple[Path | None, str | None]:
    if config is not None and tenant is not None:
        raise click.UsageError("--config and --tenant exclude each other: one names a real tenant, the other a mock.")
    if config is None and tenant is None:
        if os.path.lexists(DEFAULT_CONFIG):  # a folder or a link that leads nowhere is a mistake, not its absence
            return Path(DEFAULT_CONFIG), None
        say(f"There is no {DEFAULT_CONFIG} in this folder, so the mock tenant {DEFAULT_TENANT!r} is swept.")
        return None, DEFAULT_TENANT
    return config, tenant


def _start(tenant: str) -> EmbeddedTenant:
    from calconnect.embedded import check, start

    check(tenant, clock=system_clock)
    try:
        return start(tenant)
    except OSError as error:
        raise UsageError(f"The mock tenant cannot be started: {error.strerror or type(error).__name__}.") from None


def _load(session: Session, file: Path, clock: Clock) -> Settings:
    settings = load_settings(file, clock=clock, file_checks={"evidence": evidence_check(clock)}, whole_list=False)
    session.secrets = settings.secrets
    return settings


def _listing(source: ListSource, settings: Settings) -> tuple[Listing | None, str]:
    """Return the list and the SHA-256 of its file; None where only the tenant knows it.

    Raises:
        InvalidInput: its file is no list.
        UsageError: no row of it could be asked.
    """
    if source.needs_tenant:
        return None, ""
    if source.kind is ListKind.OWN and settings.mailboxes_file is None:
        return listing_of_settings(settings), ""
    path = settings.mailboxes_file
    found = load_list(settings.file) if source.kind is ListKind.OWN else None
    if path is None or found is None:
        path = _expanded(Path(source.name))
        found = read_list(path, source.name)
    if found.fatal:
        raise InvalidInput(found.fatal)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return listing_of(found, path.name), digest


def _new_store(folder: Path, plan: SweepPlan, listing: Listing | None, settings: Settings) -> SweepStore:
    store: SweepStore | None = None
    try:
        inputs = folder / INPUTS_FOLDER
        write_atomic(inputs / SETTINGS_FILE, snapshot_text(settings, inputs))
        store = SweepStore.create(folder, plan.facts())
        if listing is not None:
            store.list_mailboxes(listing)
    except OSError as error:
        if store is not None:
            store.close()
        raise _unwritable(folder, error) from None
    return store


def _unwritable(folder: Path, error: OSError) -> UsageError:
    reason = error.strerror or type(error).__name__
    return UsageError(f"The folder {portable(folder)} cannot be written to: {reason}.")


def _command(
    config: Path | None, tenant: str | None, listed: str | None, probes: Sequence[str], out: Path | None
) -> str:
    given = [("config", portable(config) if config else ""), ("tenant", portable(tenant or "")), ("list", listed or "")]
    given += [("probe", probe) for probe in probes]
    given.append(("out", portable(out) if out else ""))
    return " ".join(["calconnect sweep", *(f"--{name} {_quoted(value)}" for name, value in given if value)])


def _quoted(text: str) -> str:
    """Return a text as the shell of this system takes it for one argument."""
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)


def _lasting(path: Path) -> str:
    """Return a path that leads there from any folder, and names the home folder by ``~``."""
    shown = portable(path.absolute())
    return shown if shown.startswith("~") else str(path.absolute())


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise click.UsageError(f"There is no home folder for {path.parts[0]}; write the path in full.") from None
