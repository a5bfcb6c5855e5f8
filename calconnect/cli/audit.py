"""``calconnect audit``: the main job."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import click

from calconnect.cli import options
from calconnect.cli.console import json_data, say
from calconnect.cli.exits import ExitCode
from calconnect.cli.failure import report_failure
from calconnect.cli.session import Session
from calconnect.cli.signals import ends_as_interrupt
from calconnect.foundation.run_id import new_run_id

DEFAULT_CONFIG = "calconnect.toml"
DEFAULT_TENANT = "healthy"
DEFAULT_REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is audited: exactly one of the first two is given."""

    config: Path | None
    tenant: str | None
    reuse: str = ""
    """The folder of the sweep whose observations serve it; empty: there is none."""


@click.command(short_help="Verify every requirement and write a report.")
@click.option(
    "--config",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help=f"The settings; left out: {DEFAULT_CONFIG} in this folder.",
)
@click.option(
    "--tenant",
    metavar="NAME|FILE",
    type=options.GivenText(),
    help="Audit a mock tenant instead: one of the list, or a tenant file.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help=f"Where the run's folder is made; left out: the settings' own, else {DEFAULT_REPORTS}.",
)
@click.option(
    "--reuse",
    metavar="SWEEP",
    type=options.GivenText(),
    help="Use what a sweep of the last 24 hours has observed: its id, its folder, last, or its day.",
)
@options.as_json
@options.quiet
@click.pass_obj
def audit(
    session: Session,
    *,
    config: Path | None,
    tenant: str | None,
    out: Path | None,
    reuse: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Verify every requirement against the tenant, and write a report.

    Without settings it audits a mock tenant on this machine.

    What it needs of an Exchange Server: the service account with its password, HTTPS access to Exchange Web Services
    (and to Autodiscover, where no URL is given), and the role ApplicationImpersonation over the listed mailboxes: what
    the calendar connection itself will need, and nothing more.

    What it needs of Exchange Online: an application of its own, with a client secret, a certificate or a federated
    assertion, and the permissions that "requirements show" names. What it may not look at is told as unknown.

    What it does there: it reads (calendars by counting, free/busy, groups, room lists), and in one mailbox of each
    side, that of the trial, it creates one marked test event without attendees, changes it, and deletes it again.
    """
    subject = _subject(config, tenant)
    from calconnect.foundation.clock import system_clock

    reports = _validate(subject, session)
    if reuse is not None:
        from calconnect.reporting.run_lookup import SWEEP, find_run

        reuse = str(find_run(reuse, _expanded(out or reports), SWEEP).absolute())
    run_id = new_run_id(system_clock)
    folder = _make_folder(_expanded(out or reports) / run_id)
    session.run_folder = folder
    return _run(replace(subject, reuse=reuse or ""), folder, as_json=as_json, quiet=quiet, session=session)


def _subject(config: Path | None, tenant: str | None) -> _Subject:
    if config is not None and tenant is not None:
        raise click.UsageError("--config and --tenant exclude each other: one names a real tenant, the other a mock.")
    if config is None and tenant is None:
        if os.path.lexists(DEFAULT_CONFIG):  # a folder or a link that leads nowhere is a mistake, not its absence
            config = Path(DEFAULT_CONFIG)
        else:
            tenant = DEFAULT_TENANT
            say(f"There is no {DEFAULT_CONFIG} in this folder, so the mock tenant {DEFAULT_TENANT!r} is audited.")
    return _Subject(config, tenant)


def _validate(subject: _Subject, session: Session) -> Path:
    """Check everything that the run will be told, and return where runs are written. Nothing is sent.

    Raises:
        InvalidInput: with every problem.
    """
    from calconnect.evidence.bundle.read import check_owner, evidence_check
    from calconnect.evidence.firewall import read_firewall_export, read_vendor_addresses
    from calconnect.foundation.clock import system_clock
    from calconnect.overlay.reading import overlay_checks
    from calconnect.requirements.catalogue import load_catalogue
    from calconnect.settings.load import load_settings
    from calconnect.settings.reader import FileChecks

    checks: FileChecks = {
        "vendor_addresses": read_vendor_addresses,
        "firewall_export": read_firewall_export,
        "suite": _check_suite,
        "evidence": evidence_check(system_clock),
        **overlay_checks(load_catalogue(), system_clock),
    }
    if subject.config is None:
        from calconnect.embedded import check

        check(subject.tenant or DEFAULT_TENANT, clock=system_clock, file_checks=checks)
        return Path(DEFAULT_REPORTS)
    settings = load_settings(subject.config, clock=system_clock, file_checks=checks)
    session.secrets = settings.secrets
    if settings.evidence.folder is not None:
        in_cloud = settings.microsoft365
        tenant = in_cloud.tenant if in_cloud is not None else ""
        check_owner(settings.evidence.folder, settings.connection.service_account_email, tenant)
    return settings.reports or Path(DEFAULT_REPORTS)


def _check_suite(folder: Path, _name: str) -> None:
    from calconnect.acceptance.suite import check_suite
    from calconnect.requirements.catalogue import load_catalogue

    check_suite(load_catalogue(), folder)


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise click.UsageError(f"There is no home folder for {path.parts[0]}; write the path in full.") from None


def _make_folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"The folder {path} cannot be made: {error.strerror or type(error).__name__}.") from None
    return path


def _run(subject: _Subject, folder: Path, session: Session, *, as_json: bool, quiet: bool) -> int:
    from calconnect.cli.outcome import outcome_record, read_results, say_outcome
    from calconnect.reporting.papermill_run import NotebookFailed
    from calconnect.reporting.paths import portable, system_refusal

    shown = portable(folder)
    results = None
    exit_code: int = ExitCode.NOT_KNOWN
    try:
        with ends_as_interrupt():
            _execute(subject, folder, quiet=quiet)
        results = read_results(folder)
    except KeyboardInterrupt:
        say(f"Interrupted. What was seen until then is kept in {shown}, and is no result.")
        exit_code = ExitCode.INTERRUPTED
    except NotebookFailed as error:
        if error.cause == "AuditStopped":
            say(str(error))
        else:
            report_failure(error, session, details=error.traceback)
    except OSError as error:  # of this machine: no space, no temporary folder, no right to write
        say(system_refusal(error))
    else:
        if results is None:
            say(f"The run left no results. What was seen until its end is kept in {shown}.")
        else:
            exit_code = int(results["answer"]["exit_code"])
            if not quiet:
                say_outcome(results, Path(shown))
    if as_json:
        json_data(outcome_record(folder.name, folder, exit_code, results))
    return exit_code


def _execute(subject: _Subject, folder: Path, *, quiet: bool) -> None:
    """Execute the notebook of the audit; it leaves the run's files in ``folder``.

    Raises:
        NotebookFailed: it did not come to its end.
        KeyboardInterrupt: it was stopped, and has cleaned up.
    """
    from calconnect.cli.progress import view_for
    from calconnect.reporting.papermill_run import execute_notebook

    parameters = {
        "config": str(subject.config.absolute()) if subject.config is not None else "",
        "tenant": subject.tenant or "",
        "out": str(folder.parent),
        "run_id": folder.name,
        "reuse": subject.reuse,
    }
    view = view_for(quiet=quiet)
    try:
        execute_notebook(folder, parameters, view.show)
    finally:
        view.close()
