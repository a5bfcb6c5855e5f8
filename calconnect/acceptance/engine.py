"""The engine: runs the suite once, tells of it in events, and returns what came of it.

pytest runs the scenarios, in this process. It is held apart from whatever surrounds it: no configuration file, conftest
or plugin of the folder, no variable of the environment reaches it, it writes nothing where the suite lies, and it
leaves nothing behind, so that it can run many times in one process, inside another pytest or a notebook.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_bdd.plugin
from _pytest.outcomes import Exit
from pytest_bdd.utils import CONFIG_STACK

from calconnect.acceptance.allure_bridge import AllureBridge
from calconnect.acceptance.events import Event, EventHandler, RunFinished, ScenarioFinished
from calconnect.acceptance.junit import junit_xml
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.overlaying import Overlay, lay_over
from calconnect.acceptance.plugin import RunContext, SuitePlugin
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.suite import Suite, requirement_of, tags_of
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.read import read_evidence
from calconnect.evidence.firewall import read_firewall_export, read_vendor_addresses
from calconnect.evidence.observation import Observation
from calconnect.evidence.redact import Redactor
from calconnect.foundation.clock import Clock
from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import CalconnectError, InvalidInput, Problem, UsageError
from calconnect.overlay.model import Given
from calconnect.overlay.reading import read_overlay
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.model import Settings
from calconnect.settings.secrets import SecretNotFound
from calconnect.tenants.interface import Tenant
from calconnect.tenants.online_interface import OnlineTenant
from calconnect.tenants.recorded import RecordedTenant

if TYPE_CHECKING:
    from calconnect.acceptance.earlier import Earlier
    from calconnect.sweep.sweeper import Sweeper

_NOT_WANTED = (
    *("terminal", "cacheprovider", "logging", "faulthandler", "unraisableexception", "threadexception", "warnings"),
    *("junitxml", "pastebin", "doctest", "unittest", "stepwise", "recwarn", "legacypath", "setuponly", "setupplan"),
)
"""Plugins of pytest's own that would print, write, or reach into the process around."""

_ONE_AT_A_TIME = threading.Lock()
"""pytest, pytest-bdd and Allure keep state that belongs to the process: two runs at once would mix it."""


class RunError(CalconnectError):
    """calconnect itself failed, outside of any scenario; the cause is chained."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What came of a run."""

    scenarios: tuple[ScenarioFinished, ...]
    """The scenarios that ended, in their order."""
    observations: tuple[Observation, ...]
    """Everything that was observed, in its order."""
    interrupted: bool
    """Whether the run was stopped before its end."""
    started: datetime
    """The moment by which everything was judged that hangs on the time."""
    overlay: Overlay
    """The waivers and attestations that are laid over the verdicts."""


def run_suite(
    settings: Settings,
    tenant: Tenant | None,
    handlers: Sequence[EventHandler],
    *,
    run_id: str,
    clock: Clock,
    catalogue: Catalogue,
    online: OnlineTenant | None = None,
    select: Sequence[str] = (),
    allure_dir: Path | None = None,
    junit_file: Path | None = None,
    started: datetime | None = None,
    bundle: Bundle | None = None,
    given: Given | None = None,
    sweeper: Sweeper | None = None,
    earlier: Earlier | None = None,
) -> RunOutcome:
    """Run the suite against a tenant: its server, its Exchange Online, or both, as the topology has them.

    The tenants and the handlers are closed at the end, whatever happens. Ctrl-C ends the run and not the program: the
    outcome then says that it was interrupted, and holds what was collected until then.

    Args:
        settings: the settings of the run.
        tenant: the server that is asked; None: the topology has none.
        handlers: who is told of the events, in this order.
        run_id: the run's name.
        clock: tells the time.
        catalogue: the requirements.
        online: Exchange Online, which is asked; None: the topology does not have it.
        select: ids, versioned ids or tags of the scenarios to run; empty: all.
        allure_dir: where results for Allure are written; the folder is there only once they are complete.
        junit_file: where JUnit's XML is written.
        started: the moment at which the run starts, by which everything is judged that hangs on the time; None: now.
        bundle: the configuration evidence; None: what lies in the folder that the settings name.
        given: the waivers and attestations; None: what the files that the settings name hold.
        sweeper: asks long lists of mailboxes; None: they are asked one by one.
        earlier: a sweep whose observations serve this run; None: there is none.

    Raises:
        InvalidInput: the user's own features or steps, or files that the settings name, are wrong; nothing was sent.
        UsageError: ``select`` names something that is not in the suite.
        RunError: calconnect or a handler failed.
        OSError: results cannot be written.
    """
    emitter = _Emitter(handlers)
    try:
        with _ONE_AT_A_TIME:
            topology = settings.topology
            assert (online is not None) is topology.has_online
            assert (tenant is not None) or not topology.has_server
            moment, again = started or clock(), isinstance(tenant, RecordedTenant)
            _check_evidence(settings)
            if given is None:
                given = read_overlay(settings, catalogue=catalogue, clock=lambda: moment, with_evidence=not again)
            if bundle is None and settings.evidence.folder is not None:
                bundle = read_evidence(
                    settings.evidence.folder,
                    clock=lambda: moment,
                    service_account=settings.connection.service_account_email,
                    tenant=settings.microsoft365.tenant if settings.microsoft365 is not None else "",
                )
            with Suite(catalogue, settings.suite, again=again) as suite:
                _check_selection(select, suite, catalogue)
                recorder = Recorder(emitter, tenant.next_number if isinstance(tenant, RecordedTenant) else 1)
                observer = Observer(tenant, settings, recorder, clock, started=moment, sweeper=sweeper, earlier=earlier)
                seen_online = None
                if online is not None:
                    seen_online = OnlineObserver(online, settings, recorder, observer, sweeper=sweeper, earlier=earlier)
                bridge = AllureBridge(allure_dir, run_id, clock) if allure_dir is not None else None
                context = RunContext(
                    run=run_id,
                    settings=settings,
                    catalogue=catalogue,
                    topology=topology,
                    suite=suite,
                    observer=observer,
                    online=seen_online,
                    clock=clock,
                    emit=emitter,
                    given=given,
                    bundle=bundle,
                    # Where a saved run is judged again there is no password to keep out of anything.
                    clean=Redactor().clean if again else _redactor(settings).clean,
                    select=tuple(select),
                    watchers=(bridge,) if bridge is not None else (),
                )
                plugin = SuitePlugin(context)
                _run(plugin, context, bridge)
        emitter.check()
        if plugin.internal_error is not None:
            raise RunError(f"The run broke off: {type(plugin.internal_error).__name__}.") from plugin.internal_error
        today = moment.astimezone(UTC).date()
        overlay = lay_over(
            given,
            catalogue.current(topology, today),
            plugin.scenarios,
            recorder.observations,
            listed=[mailbox.address for mailbox in settings.mailboxes],
            today=today,
        )
        outcome = RunOutcome(tuple(plugin.scenarios), recorder.observations, plugin.interrupted, moment, overlay)
        if bridge is not None:
            bridge.publish(overlay)
        if junit_file is not None:
            write_atomic(junit_file, junit_xml(outcome.scenarios, overlay))
        with contextlib.suppress(_Stop):
            emitter(RunFinished(run_id, clock().astimezone(UTC).isoformat(), plugin.interrupted))
        emitter.check()
        return outcome
    finally:
        with contextlib.ExitStack() as stack:
            stack.callback(emitter.close)
            for asked in (tenant, online):
                if asked is not None:
                    stack.callback(asked.close)


def _run(plugin: SuitePlugin, context: RunContext, bridge: AllureBridge | None) -> None:
    """Run pytest with the plugin; what becomes of it stands in the plugin afterwards."""
    modules = [module.plugin for module in context.suite.modules]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calconnect-")))
        ini = folder / "pytest.ini"
        ini.write_text("[pytest]\n", encoding="utf-8")
        stack.enter_context(_held_apart())
        stack.enter_context(context.suite.indexed())
        if bridge is not None:
            stack.enter_context(bridge.listening())
        arguments = ["-c", str(ini), f"--rootdir={folder}", f"--basetemp={folder / 'tmp'}", "--noconftest"]
        arguments += ["--assert=plain", "--capture=no", "--disable-plugin-autoload"]
        arguments += [part for name in _NOT_WANTED for part in ("-p", f"no:{name}")]
        try:
            code = pytest.main(arguments, plugins=[pytest_bdd.plugin, plugin, *modules])
            if code == pytest.ExitCode.USAGE_ERROR and plugin.internal_error is None:
                plugin.internal_error = RuntimeError("pytest did not take its arguments")
        except KeyboardInterrupt:
            plugin.interrupted = True
        with contextlib.suppress(_Stop):
            context.observer.clean_up()
            if context.online is not None:
                context.online.clean_up()


@contextlib.contextmanager
def _held_apart() -> Iterator[None]:
    """Hide pytest's variables and memories from the run, and put them back after it."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("PYTEST_")}
    depth = len(CONFIG_STACK)
    last = {name: getattr(sys, name) for name in ("last_type", "last_value", "last_traceback") if hasattr(sys, name)}
    for name in variables:
        del os.environ[name]
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("PYTEST_")]:
            del os.environ[name]
        os.environ.update(variables)
        del CONFIG_STACK[depth:]
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            if hasattr(sys, name):
                delattr(sys, name)
        for name, value in last.items():
            setattr(sys, name, value)


class _Stop(Exit):
    """Ends pytest's session from inside a hook."""


class _Emitter:
    """Hands events to the handlers; the first one that raises ends the run."""

    def __init__(self, handlers: Sequence[EventHandler]) -> None:
        self._handlers = tuple(handlers)
        self._error: Exception | None = None

    def __call__(self, event: Event) -> None:
        if self._error is not None:
            return
        for handler in self._handlers:
            try:
                handler.handle(event)
            except Exception as error:
                self._error = error
                raise _Stop("a handler failed") from error

    def check(self) -> None:
        """Raise RunError if a handler failed."""
        if isinstance(self._error, OSError):
            why = self._error.strerror or type(self._error).__name__
            raise RunError(f"The run's files cannot be written: {why}.") from self._error
        if self._error is not None:
            raise RunError(f"A handler of the run's events failed: {type(self._error).__name__}.") from self._error

    def close(self) -> None:
        """Close all handlers, also where one of them cannot be closed."""
        with contextlib.ExitStack() as stack:
            for handler in reversed(self._handlers):
                stack.callback(handler.close)


def _check_evidence(settings: Settings) -> None:
    """Read the files about the firewall, so that their mistakes are told before anything is sent."""
    problems: list[Problem] = []
    for path, read in (
        (settings.network.vendor_addresses, read_vendor_addresses),
        (settings.network.firewall_export, read_firewall_export),
    ):
        try:
            if path is not None:
                read(path)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)


def _check_selection(select: Sequence[str], suite: Suite, catalogue: Catalogue) -> None:
    known: set[str] = set()
    for file in suite.features:
        for scenario in file.scenarios:
            known |= tags_of(scenario)
            requirement = catalogue.get(requirement_of(scenario))
            if requirement is not None:
                known |= {requirement.id}
    unknown = [name for name in select if name not in known]
    if unknown:
        raise UsageError(f"No scenario has the requirement or tag {', '.join(unknown)}.")


def _redactor(settings: Settings) -> Redactor:
    """Return what keeps every secret out of sentences that others wrote (the messages of exceptions)."""
    redactor = Redactor()
    connection = settings.connection
    names = [name for name in (connection.service_account_username, connection.service_account_email) if name]
    for reference in settings.secrets:
        with contextlib.suppress(SecretNotFound):
            redactor.protect(reference.resolve(), names if reference is connection.service_account_password else ())
    return redactor
