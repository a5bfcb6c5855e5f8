"""Writes everything that a sweep leaves for people and programs into its folder, ``sweep.json`` last.

    results = write_sweep_report(folder, record, names=Names.of(settings))

In this order: ``mailboxes.csv`` and ``mailboxes.xlsx`` while the mailboxes are judged, ``sweep.ipynb`` (executed over
what is there), ``report.html``, ``sweep.json``. Each is whole or not there; a folder without ``sweep.json`` is no
finished sweep. Until then the results are called ``sweep.json.partial``, for the notebook to show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from calconnect.foundation.files import write_atomic
from calconnect.reporting.model_sweep import SweepFile, SweepResults
from calconnect.reporting.sweep_html import render_sweep_report
from calconnect.reporting.sweep_results import SweepJudge, sweep_results
from calconnect.reporting.sweep_table import CSV_FILE, XLSX_FILE, MailboxTables
from calconnect.requirements.remediation import Names
from calconnect.sweep.record import SweepRecord

RESULTS = "sweep.json"
PARTIAL = "sweep.json.partial"
REPORT = "report.html"
NOTEBOOK = "sweep.ipynb"
_HASHED = ("inputs/settings.json", "observations.jsonl", CSV_FILE, XLSX_FILE)
_AT_ONCE = 1 << 20


def write_sweep_report(
    folder: Path,
    record: SweepRecord,
    *,
    names: Names,
    databases: Mapping[str, str] | None = None,
    notebook: bool = True,
) -> SweepResults:
    """Judge a sweep, write all of it into its folder, and return the results.

    Args:
        folder: the run's.
        record: the sweep; its rows are read once (twice where calconnect's own application seems to have no right).
        names: what the commands of the next steps are filled with.
        databases: by address (see :func:`calconnect.settings.addresses.address_key`), the mailbox database that the
            configuration evidence names.
        notebook: whether the notebook is executed, which takes a few seconds.

    Raises:
        OSError: the folder cannot be written to. What there was of an earlier report is gone or whole.
        NotebookFailed: the notebook did not come to its end; there is then no ``sweep.json``.
        KeyboardInterrupt: as it came; likewise.
    """
    (folder / RESULTS).unlink(missing_ok=True)
    judge = SweepJudge(record, databases or {})
    with MailboxTables(folder, record.facts, judge.own_groups, names) as tables:
        results = sweep_results(record, names, judge, each=tables.write, each_unusable=tables.write_unusable)
    results = results.model_copy(update={"files": _files(folder)})
    partial = folder / PARTIAL
    write_atomic(partial, results.model_dump_json(indent=2) + "\n")
    if notebook:
        _execute(folder)
    write_atomic(folder / REPORT, render_sweep_report(results))
    partial.replace(folder / RESULTS)
    return results


def read_sweep(folder: Path) -> SweepResults:
    """Return the results of a sweep from its folder; while it is being written, the partial ones.

    Raises:
        FileNotFoundError: the folder holds no results.
        pydantic.ValidationError: they are not of this version's shape.
    """
    for name in (RESULTS, PARTIAL):
        if (folder / name).is_file():
            return SweepResults.model_validate_json((folder / name).read_bytes())
    raise FileNotFoundError(f"{folder / RESULTS} is not there: the folder holds no finished sweep.")


def _execute(folder: Path) -> None:
    # papermill and the kernel's client take a second to import, which only this needs.
    from calconnect.foundation.suite import suite_folder
    from calconnect.reporting.papermill_run import execute_notebook

    source = suite_folder() / "notebooks" / NOTEBOOK
    execute_notebook(folder, {"folder": str(folder)}, notebook=source)


def _files(folder: Path) -> list[SweepFile]:
    return [_file(folder, name) for name in _HASHED if (folder / name).is_file()]


def _file(folder: Path, name: str) -> SweepFile:
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("rb") as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
            size += len(part)
    return SweepFile(name=name, sha256=digest.hexdigest(), bytes=size)
