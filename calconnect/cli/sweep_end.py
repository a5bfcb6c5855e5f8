"""Carries a sweep out, and says what came of it: its report, its exit code, and how to go on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from calconnect.acceptance.sweep_gate import obstacle
from calconnect.cli.console import json_data, say
from calconnect.cli.exits import ExitCode
from calconnect.cli.signals import asks_to_stop, ends_as_interrupt
from calconnect.cli.sweep_begin import Begun
from calconnect.cli.sweep_progress import sweep_view
from calconnect.evidence.bundle.read import read_evidence
from calconnect.foundation.problems import InvalidInput
from calconnect.foundation.state import state_folder
from calconnect.reporting.papermill_run import NotebookFailed
from calconnect.reporting.paths import portable, system_refusal
from calconnect.requirements.remediation import Names
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings
from calconnect.sweep.asking import Elsewhere
from calconnect.sweep.doors import TenantDoors
from calconnect.sweep.lists import ListRefused
from calconnect.sweep.model import EndedBy, Ending
from calconnect.sweep.observations_file import write_observations
from calconnect.sweep.plan import sweep_facts
from calconnect.sweep.record import StoredSweep
from calconnect.sweep.running import Sweep

if TYPE_CHECKING:
    from calconnect.reporting.model_sweep import SweepResults

_NO_REPORT = (EndedBy.INTERRUPTED, EndedBy.STORE_FULL)
"""After these nothing is written any more: whoever waits wants an end, or there is no room."""
_STOPPED = Ending(EndedBy.INTERRUPTED, "Stopped. What was seen until then is kept.")


def carry_out(begun: Begun, *, seconds: float | None, dask: str | None = None, as_json: bool, quiet: bool) -> int:
    """Ask, write the report, say what came of it, and return the exit code.

    Args:
        begun: the sweep.
        seconds: for how long it may go on; None: as long as it takes.
        dask: address of the scheduler whose workers ask; None: this process does.
        as_json: whether the summary goes to stdout.
        quiet: whether nothing is said but what is wrong.

    Raises:
        ListRefused: the tenant names nobody who could be asked; nothing of the sweep is left.
    """
    results: SweepResults | None = None
    try:
        with ends_as_interrupt():
            ending = ask(begun, seconds, dask, quiet=quiet)
            if ending.by not in _NO_REPORT and begun.store.has_results:
                results = _report(begun)
    except KeyboardInterrupt:
        ending = _STOPPED
    except ListRefused:
        begun.store.close()
        shutil.rmtree(begun.folder, ignore_errors=True)
        raise
    except OSError as error:
        say(system_refusal(error))
        ending = Ending(EndedBy.STORE_FULL, "Its report could not be written. Make room, then resume the sweep.")
    except NotebookFailed as error:
        say(f"The notebook of the sweep did not come to its end: {error}")
        ending = Ending(EndedBy.DONE, "What was seen is kept; its report is not whole.")
    exit_code = _exit_code(ending, results)
    _say(begun, ending, results, quiet=quiet)
    if as_json:
        json_data(_record(begun, ending, results, exit_code))
    return exit_code


def ask(begun: Begun, seconds: float | None, dask: str | None = None, *, quiet: bool) -> Ending:
    """Ask whom there is to ask, show how it goes on, and return how it ended.

    Raises:
        ListRefused: the tenant names nobody who could be asked.
        KeyboardInterrupt: it was stopped before the first mailbox was asked, or a second time.
    """
    plan = begun.plan
    doors = TenantDoors(
        begun.settings, started=plan.started, clock=begun.clock, run_id=plan.run, state_folder=state_folder()
    )
    sweep = Sweep(
        begun.store,
        doors,
        probes=plan.probes,
        sides=plan.sides,
        source=plan.source,
        obstacle=obstacle,
        clock=begun.clock,
        elsewhere=_elsewhere(begun, dask) if dask is not None else None,
    )
    view = sweep_view(quiet=quiet)
    try:
        return sweep.go(seconds=seconds, show=view.show, stoppable=asks_to_stop)
    finally:
        view.close()
        doors.close()


def _elsewhere(begun: Begun, dask: str) -> Elsewhere:
    """Return what connects to the cluster."""
    from calconnect.fleet.sweeping import asking_on

    return lambda: asking_on(dask, begun.plan, begun.settings.file)


def _report(begun: Begun) -> SweepResults:
    """Write the observations and the report.

    Raises:
        OSError: the folder cannot be written to.
        NotebookFailed: the notebook did not come to its end.
    """
    # Charts, templates and the notebook take a while to import, and asking needs none of them.
    from calconnect.reporting.sweep_run import write_sweep_report

    write_observations(begun.store)
    facts = sweep_facts(begun.store, begun.plan, begun.resume)
    return write_sweep_report(
        begun.folder,
        StoredSweep(begun.store, facts),
        names=Names.of(begun.settings, facts.server),
        databases=_databases(begun),
    )


def _databases(begun: Begun) -> dict[str, str]:
    """Return the databases of mailboxes, as far as the configuration evidence names them, by address."""
    settings: Settings = begun.settings
    if settings.evidence.folder is None:
        return {}
    try:
        bundle = read_evidence(settings.evidence.folder, clock=begun.clock)
    except InvalidInput:  # changed while the sweep went on: it was whole at the beginning
        return {}
    return {address_key(user.primary_address): user.database for user in bundle.users or () if user.database}


def _exit_code(ending: Ending, results: SweepResults | None) -> int:
    if results is not None:
        return int(results.answer.exit_code)
    return ExitCode.INTERRUPTED if ending.by is EndedBy.INTERRUPTED else ExitCode.NOT_KNOWN


def _say(begun: Begun, ending: Ending, results: SweepResults | None, *, quiet: bool) -> None:
    if results is None:
        say(ending.sentence or _STOPPED.sentence)
        say(f"To go on with it: {begun.resume}")
        return
    if quiet:
        if ending.resumable:
            say(ending.sentence)
            say(f"To go on with it: {begun.resume}")
        return
    from calconnect.reporting.sweep_text import outcome_lines

    say()
    for line in outcome_lines(results):
        say(line)
    if begun.plan.mock:
        say(f"That is the mock tenant {begun.plan.mock!r}: it says nothing about a server of yours.")
    folder = portable(begun.folder)
    say()
    say(f"Every mailbox: {folder}/mailboxes.csv and mailboxes.xlsx")
    say(f"Report: {folder}/report.html")


def _record(begun: Begun, ending: Ending, results: SweepResults | None, exit_code: int) -> dict[str, Any]:
    """Return what ``sweep --json`` writes (docs/command-line.md)."""
    record: dict[str, Any] = {
        "run": begun.plan.run,
        "folder": str(begun.folder),
        "exit_code": exit_code,
        "ended_by": ending.by.value,
        "ended_sentence": ending.sentence,
        "resume": begun.resume if ending.resumable or results is None else "",
        "mock_tenant": begun.plan.mock or None,
    }
    return record | {"results": results.model_dump(mode="json") if results is not None else None}
