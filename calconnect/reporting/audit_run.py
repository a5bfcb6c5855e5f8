"""One execution of the acceptance audit, from the settings to the files of its run; knows nothing of notebooks.

The run's folder, in the order in which it fills::

    events.jsonl                    every event, as it happens
    observations.jsonl.partial      every observation, as it is made; without .partial once the run has ended
    junit.xml, allure-results/      under names with .partial while the suite runs
    inputs/                         first: copies of what the verdicts rest on (see acceptance.inputs)
    verdicts.json                   the verdicts alone
    report.html, action-plan.csv, action-plan.md
    results.json                    last, and whole: a folder without it holds no result
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from calconnect import __version__
from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.events import EventHandler
from calconnect.acceptance.inputs import keep_inputs
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.read import evidence_check, read_evidence
from calconnect.evidence.firewall import read_firewall_export, read_vendor_addresses
from calconnect.evidence.store import read_observations
from calconnect.foundation.clock import Clock, system_clock
from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import CalconnectError, UsageError
from calconnect.foundation.run_id import new_run_id
from calconnect.foundation.state import state_folder
from calconnect.foundation.suite import suite_folder
from calconnect.overlay.model import Given
from calconnect.overlay.reading import overlay_checks, read_overlay
from calconnect.reporting.action_plan import CSV_FILE, MARKDOWN_FILE, write_action_plan
from calconnect.reporting.handlers import EventLog, ObservationLog
from calconnect.reporting.html import render_report
from calconnect.reporting.model import Results
from calconnect.reporting.model_run import EvidenceFile, RunInfo
from calconnect.reporting.paths import portable
from calconnect.reporting.results import build_results, write_results
from calconnect.reporting.reusing import EarlierSweep
from calconnect.reporting.summary import environment_info, evidence_file, named_files
from calconnect.reporting.verdict_text import VERDICTS_FILE, verdicts_text
from calconnect.requirements.catalogue import Catalogue, load_catalogue
from calconnect.settings.load import load_settings
from calconnect.settings.model import Settings
from calconnect.settings.reader import FileChecks
from calconnect.sweep.paths import Paths
from calconnect.sweep.sweeper import Sweeper
from calconnect.tenants.opening import open_tenants

if TYPE_CHECKING:
    from calconnect.embedded import EmbeddedTenant

DEFAULT_CONFIG = "calconnect.toml"
"""The settings file that is taken if none is named and it is there."""
DEFAULT_TENANT = "healthy"
"""The mock tenant that is started if there are no settings."""
DEFAULT_OUT = "reports"
"""Where runs are written, if nothing else is said."""
RESULTS_FILE = "results.json"
INPUTS_FOLDER = "inputs"
"""Where the copies of what the verdicts rest on lie in a run's folder."""
FILE_CHECKS = {"vendor_addresses": read_vendor_addresses, "firewall_export": read_firewall_export}
"""What reads the files of evidence before anything is sent, so that their mistakes are told with the others."""

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunInterrupted(CalconnectError):
    """The run was stopped before its end. Its test events have been removed; it leaves no result."""


class AuditRun:
    """One run: opened with settings or a mock tenant, run once, written once. Close it, or use it with ``with``."""

    def __init__(
        self,
        settings: Settings,
        *,
        out: Path,
        run_id: str = "",
        clock: Clock = system_clock,
        command: str = "calconnect audit",
        embedded: EmbeddedTenant | None = None,
        earlier: EarlierSweep | None = None,
    ) -> None:
        """Prepare a run of ``settings``, whose folder will be ``out/run_id``. Nothing is sent to any server.

        Args:
            settings: what to run.
            out: the folder of all runs.
            run_id: the run's id and its folder's name; empty: made from the time.
            clock: tells the time.
            command: the command that does the same again, for the report.
            embedded: the mock tenant that the settings belong to, if this run started it; it is stopped with the run.
            earlier: the sweep whose observations serve the run; it is closed with the run.

        Raises:
            UsageError: the id cannot name a folder, or that folder holds a result already.
        """
        self.settings = settings
        self.clock = clock
        self.command = command
        self.id = run_id or new_run_id(clock)
        if not _RUN_ID.fullmatch(self.id):
            raise UsageError("A run's id must be letters, digits, full stops, hyphens and underscores, 100 at most.")
        self.out = out
        self.folder = out / self.id
        if (self.folder / RESULTS_FILE).exists():
            raise UsageError(f"The run {self.id} has a result already; a result is never written over.")
        self.catalogue: Catalogue = load_catalogue()
        self.mock: str | None = str(embedded.ready["name"]) if embedded is not None else None
        self._embedded = embedded
        self._earlier = earlier
        self._inputs: list[EvidenceFile] = []
        self._verdicts = b""
        self._results: Results | None = None

    @classmethod
    def open(
        cls,
        *,
        config: str | Path = "",
        tenant: str | Path = "",
        out: str | Path = "",
        run_id: str = "",
        reuse: str = "",
        clock: Clock = system_clock,
    ) -> AuditRun:
        """Open a run by names, as the command line and the notebook have them; an empty one takes its default.

        ``config`` is a settings file. ``tenant`` is a mock tenant, by name or file, which is started in this process.
        With neither, ``calconnect.toml`` is taken if it is there, else the default mock tenant. ``reuse`` names a sweep
        whose observations serve the audit: see :class:`~calconnect.reporting.reusing.EarlierSweep`.

        Raises:
            InvalidInput: the settings, the tenant file or the sweep are wrong; every problem is named.
            UsageError: both are given, the id is no use, or the sweep cannot serve.
            OSError: the mock tenant cannot be started.
        """
        if config and tenant:
            raise UsageError("Name either a settings file or a mock tenant, not both.")
        if not config and not tenant:
            default = _here() / DEFAULT_CONFIG
            config, tenant = (default, "") if os.path.lexists(default) else ("", DEFAULT_TENANT)
        embedded = _start(tenant, clock) if tenant else None
        clock = clock if embedded is None else embedded.clock
        earlier = None
        try:
            file = embedded.settings_file if embedded is not None else Path(config).expanduser()
            checks: FileChecks = {
                **FILE_CHECKS,
                "evidence": evidence_check(clock),
                **overlay_checks(load_catalogue(), clock),
            }
            settings = load_settings(file, clock=clock, file_checks=checks)
            default_out = settings.reports or (_here() if embedded is not None else file.parent) / DEFAULT_OUT
            folder = Path(out).expanduser() if out else default_out
            elsewhere = folder if folder.absolute() != default_out.absolute() else ""
            earlier = EarlierSweep.open(reuse, folder, settings, clock()) if reuse else None
            given = (("config", config), ("tenant", tenant), ("out", elsewhere), ("reuse", reuse))
            command = " ".join(["calconnect audit", *(f"--{key} {portable(value)}" for key, value in given if value)])
            return cls(
                settings,
                out=folder,
                run_id=run_id,
                clock=clock,
                command=command,
                embedded=embedded,
                earlier=earlier,
            )
        except BaseException:
            if earlier is not None:
                earlier.close()
            if embedded is not None:
                embedded.stop()
            raise

    @property
    def results(self) -> Results:
        """The results of the run.

        Raises:
            UsageError: it has not been run.
        """
        if self._results is None:
            raise UsageError("The audit has not been run yet.")
        return self._results

    def run(self, handlers: Sequence[EventHandler] = ()) -> Results:
        """Run the suite against the tenant and return the results. ``handlers`` get every event as it happens.

        Raises:
            InvalidInput: the configuration evidence, the waivers, the attestations or the files that they name are
                wrong; nothing was sent.
            RunInterrupted: the run was stopped (Ctrl-C, the notebook's stop button).
            UsageError: it has been run already.
            OSError: the run's folder cannot be written to, or an input file is gone.
        """
        if self._results is not None:
            raise UsageError("The audit has been run; open another one.")
        started = self.clock()
        given = read_overlay(self.settings, catalogue=self.catalogue, clock=lambda: started)
        bundle = self._read_evidence(started)
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder.absolute()
        shutil.rmtree(folder / INPUTS_FOLDER, ignore_errors=True)  # of a run of this id that came to no result
        inputs = keep_inputs(self.settings, self.catalogue, folder / INPUTS_FOLDER)
        self._inputs = [evidence_file(role, path) for role, path in named_files(self.settings)]
        exported = {file.name: file.exported_at for file in bundle.files} if bundle is not None else {}
        self._inputs += [
            evidence_file(
                kept.role,
                kept.path,
                folder,
                exported.get(kept.path.name) if kept.role == "configuration-evidence" else None,
            )
            for kept in inputs.files
        ]
        log = EventLog(self.folder / "events.jsonl")
        seen = ObservationLog(self.folder / "observations.jsonl")
        try:
            # What was kept is what is judged; the user's own steps may need what lies beside them.
            settings = replace(inputs.settings, suite=self.settings.suite)
            outcome = self._run_suite(settings, started, given, bundle, [log, seen, *handlers])
            if outcome.interrupted:
                raise RunInterrupted("The run was interrupted. Its test event has been removed; it leaves no result.")
            told = [
                evidence_file("observations", seen.publish(), self.folder),
                evidence_file("events", self.folder / "events.jsonl", self.folder),
            ]
        finally:
            log.close()
            seen.abandon()
        results = self._build(outcome, started, [*self._inputs, *told])
        self._verdicts = verdicts_text(results).encode()
        self._results = results.model_copy(update={"evidence": [*results.evidence, _verdicts_file(self._verdicts)]})
        return self._results

    def write(self) -> Path:
        """Write the report, the action plan and then the results, and return the path of ``results.json``.

        Raises:
            UsageError: it has not been run.
            OSError: the run's folder cannot be written to; it then holds no result.
        """
        results = self.results
        self._name_finally("junit.xml")
        self._name_finally("allure-results")
        report, path = self.folder / "report.html", self.folder / RESULTS_FILE
        try:
            observations = read_observations(self.folder / "observations.jsonl")
            write_atomic(self.folder / VERDICTS_FILE, self._verdicts)
            write_atomic(report, render_report(results, observations))
            write_action_plan(self.folder, results)
            write_results(path, results)
        except BaseException:
            for name in (VERDICTS_FILE, report.name, CSV_FILE, MARKDOWN_FILE, path.name):
                with contextlib.suppress(OSError):
                    (self.folder / name).unlink(missing_ok=True)
            raise
        return path

    def close(self) -> None:
        """Stop the mock tenant, if this run started one. Does nothing the second time."""
        if self._earlier is not None:
            self._earlier.close()
        embedded, self._embedded = self._embedded, None
        if embedded is not None:
            embedded.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run_suite(
        self,
        settings: Settings,
        started: datetime,
        given: Given,
        bundle: Bundle | None,
        handlers: Sequence[EventHandler],
    ) -> RunOutcome:
        server, online = open_tenants(self.settings, clock=self.clock, run_id=self.id, state_folder=state_folder())
        paths = Paths(self.settings, server, online, self.clock, self.id, state_folder())
        try:
            return run_suite(
                settings,
                server,
                handlers,
                online=online,
                run_id=self.id,
                clock=self.clock,
                catalogue=self.catalogue,
                started=started,
                given=given,
                bundle=bundle,
                allure_dir=self.folder / "allure-results.partial",
                junit_file=self.folder / "junit.xml.partial",
                sweeper=Sweeper(paths),
                earlier=self._earlier.served if self._earlier is not None else None,
            )
        except KeyboardInterrupt:  # outside of the suite, which takes it for its own end
            raise RunInterrupted("The run was interrupted. It leaves no result.") from None

    def _read_evidence(self, started: datetime) -> Bundle | None:
        """Return the configuration evidence that the settings name.

        Raises:
            InvalidInput: it is wrong, or about another service account or tenant.
        """
        folder = self.settings.evidence.folder
        if folder is None:
            return None
        account, online = self.settings.connection.service_account_email, self.settings.microsoft365
        tenant = online.tenant if online is not None else ""
        return read_evidence(folder, clock=lambda: started, service_account=account, tenant=tenant)

    def _build(self, outcome: RunOutcome, started: datetime, evidence: Sequence[EvidenceFile]) -> Results:
        return build_results(
            outcome.scenarios,
            outcome.observations,
            overlay=outcome.overlay,
            run=RunInfo(
                id=self.id,
                started=started,
                finished=self.clock(),
                calconnect_version=__version__,
                command=self.command,
                interrupted=outcome.interrupted,
                reused=self._earlier.told() if self._earlier is not None else None,
            ),
            settings=self.settings,
            requirements=self.catalogue.current(self.settings.topology, started.date()),
            not_asked=self.catalogue.not_asked(self.settings.topology, started.date()),
            topology=self.settings.topology,
            mock=self.mock,
            environment=environment_info(),
            evidence=evidence,
        )

    def _name_finally(self, name: str) -> None:
        partial, final = self.folder / f"{name}.partial", self.folder / name
        if not partial.exists():
            return
        if final.is_dir():
            shutil.rmtree(final)
        partial.replace(final)


def _verdicts_file(data: bytes) -> EvidenceFile:
    return EvidenceFile(
        role="verdicts",
        name=VERDICTS_FILE,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        path=VERDICTS_FILE,
    )


def _start(tenant: str | Path, clock: Clock) -> EmbeddedTenant:
    """Start a mock tenant, by name or file. Imported here: an audit of a real server does without it."""
    from calconnect.embedded import start

    text = str(tenant)
    source = Path(text).expanduser() if text.startswith("~") else tenant
    return start(source, clock=None if clock is system_clock else clock)


def _here() -> Path:
    """Return the folder that defaults are relative to: the current one, or the checkout's if a notebook runs in it."""
    suite = suite_folder()
    return suite if Path.cwd() == suite / "notebooks" and (suite / "pyproject.toml").is_file() else Path()
