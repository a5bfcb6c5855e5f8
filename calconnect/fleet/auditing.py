"""A fleet's audit: one task a tenant, here one after the other or on a cluster; its table and its files."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calconnect import __version__
from calconnect.fleet.audits import AuditResult, AuditTask, audit_tenant, unpack
from calconnect.fleet.cluster import Done, connected
from calconnect.foundation.files import write_atomic, write_json
from calconnect.foundation.problems import UsageError

FLEET_JSON = "fleet.json"
FLEET_CSV = "fleet.csv"
_COLUMNS = (
    "tenant",
    "file",
    "exit_code",
    "state",
    "passed",
    "failed",
    "unknown",
    "mailboxes",
    "fall_short",
    "sentence",
)
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LOST = 3


@dataclass(frozen=True, slots=True)
class Audited:
    """One tenant, audited."""

    task: AuditTask
    result: AuditResult
    folder: Path | None
    """Where its run lies now; None: it left none."""


def tasks_of(files: Iterable[Path], run_id: str) -> list[AuditTask]:
    """Return the tasks for some files, each once, in their order.

    Raises:
        UsageError: there is none, or one is not there.
    """
    tasks: dict[Path, AuditTask] = {}
    names: set[str] = set()
    for file in files:
        path = file.absolute()
        if not path.is_file():
            raise UsageError(f"{file} is no file of settings, and no tenant file.")
        name, number = _SAFE.sub("-", path.stem).strip("-.") or "tenant", 2
        while name in names:
            name, number = f"{_SAFE.sub('-', path.stem)}-{number}", number + 1
        names.add(name)
        tasks.setdefault(path, AuditTask(name, str(path), run_id))
    if not tasks:
        raise UsageError("No file was named. Name settings files, one for each tenant.")
    return list(tasks.values())


def audit_fleet(
    tasks: Sequence[AuditTask], out: Path, *, address: str | None, show: Callable[[Audited], None]
) -> list[Audited]:
    """Audit every tenant, keep each run below ``out``, and write the fleet's table there.

    Args:
        tasks: the tenants.
        out: the fleet's folder; each run goes to ``out/<tenant>/<run id>``.
        address: of the Dask scheduler; None: one after the other, in this process.
        show: is told of each tenant as it is through.

    Raises:
        UsageError: there is no cluster at the address.
        OSError: the folder cannot be written to.
        KeyboardInterrupt: it was stopped; what was through is kept.
    """
    audited: list[Audited] = []

    def take(done: Done[AuditTask, AuditResult]) -> None:
        audited.append(_keep(done, out))
        show(audited[-1])

    async def collect(scheduler: str) -> None:
        async with connected(scheduler) as cluster:
            async for done in cluster.run(audit_tenant, tasks, await cluster.workers()):
                take(done)

    try:
        if address is not None:
            asyncio.run(collect(address))
        else:  # without an event loop, so that Ctrl-C reaches the notebook that is executed
            for task in tasks:
                take(Done(task, audit_tenant(task)))
    finally:
        if audited:
            order = {task.name: number for number, task in enumerate(tasks)}
            audited.sort(key=lambda one: order[one.task.name])
            write_atomic(out / FLEET_CSV, _table(audited))
            write_json(out / FLEET_JSON, record(audited, asked=len(tasks)))
    return audited


def exit_code(audited: Sequence[Audited]) -> int:
    """Return the fleet's exit code: that a tenant is not ready goes before what is not known, and that before 0."""
    codes = {one.result.exit_code for one in audited}
    return next((code for code in (1, 2, 3) if code in codes), 0)


def record(audited: Sequence[Audited], *, asked: int) -> dict[str, Any]:
    """Return the fleet's table as plain values."""
    return {
        "schema_version": "1.0",
        "calconnect_version": __version__,
        "asked": asked,
        "exit_code": exit_code(audited) if len(audited) == asked else 130,
        "tenants": [
            {
                "tenant": one.task.name,
                "file": Path(one.task.file).name,
                "exit_code": one.result.exit_code,
                "state": one.result.state,
                "sentence": one.result.sentence,
                "must": dict(one.result.must or {}),
                "mailboxes": dict(one.result.mailboxes or {}),
                "folder": f"{one.task.name}/{one.task.run_id}" if one.folder is not None else "",
            }
            for one in audited
        ],
    }


def _keep(done: Done[AuditTask, AuditResult], out: Path) -> Audited:
    result = done.result
    if result is None:
        return Audited(done.task, AuditResult(_LOST, f"It was not audited. {done.trouble}"), None)
    if not result.folder:
        return Audited(done.task, result, None)
    folder = out / done.task.name / done.task.run_id
    try:
        unpack(result.folder, folder)
    except ValueError as error:
        return Audited(done.task, AuditResult(_LOST, f"What its worker sent cannot be used: {error}."), None)
    return Audited(done.task, result, folder)


def _table(audited: Sequence[Audited]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in audited:
        must, mailboxes = one.result.must or {}, one.result.mailboxes or {}
        unknown = must.get("unknown", 0) + must.get("error", 0)
        row = [one.task.name, Path(one.task.file).name, one.result.exit_code, one.result.state, must.get("passed", 0)]
        row += [must.get("failed", 0), unknown, mailboxes.get("listed", 0), mailboxes.get("failed", 0)]
        writer.writerow([_harmless(cell) for cell in (*row, one.result.sentence)])
    return "\ufeff" + text.getvalue()


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
