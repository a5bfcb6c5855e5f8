"""``calconnect fleet audit``: the audits of many tenants, here or on a Dask cluster."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calconnect.cli import options
from calconnect.cli.audit import DEFAULT_REPORTS
from calconnect.cli.console import json_data, printable, say, say_styled
from calconnect.cli.exits import ExitCode

if TYPE_CHECKING:
    from calconnect.fleet.auditing import Audited

_COLOURS = {0: "green", 1: "red", 2: "magenta", 3: "yellow"}
_WORDS = {0: "ready", 1: "not ready", 2: "not begun", 3: "not known"}


@click.command("audit", short_help="Audit many tenants, here or on a Dask cluster.")
@click.argument("files", nargs=-1, required=True, metavar="SETTINGS...")
@click.option(
    "--dask",
    metavar="tcp://HOST:PORT",
    type=options.GivenText(),
    help="Share the tenants out among the workers of the Dask cluster with this scheduler.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help=f"Where the fleet's folder is made; left out: {DEFAULT_REPORTS}.",
)
@options.as_json
@options.quiet
def fleet_audit(files: tuple[str, ...], dask: str | None, out: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Audit one tenant after the other, or many at once on a Dask cluster, and write one table of them all.

    SETTINGS are settings files, one for each tenant, or files of mock tenants; patterns such as tenants/*.toml may be
    used. Each tenant needs what "calconnect audit" needs of it. On a cluster each worker finds the file by the same
    path and the secrets by their references, on its own machine; each run comes back whole.

    Exit codes: 1 a tenant is not ready; else 2 a tenant could not be begun; else 3 a tenant is not known; 0 all are
    ready; 130 stopped.
    """
    from calconnect.fleet.auditing import audit_fleet, exit_code, record, tasks_of
    from calconnect.foundation.clock import system_clock
    from calconnect.foundation.run_id import new_run_id
    from calconnect.reporting.paths import portable

    run_id = new_run_id(system_clock)
    tasks = tasks_of(_found(files), run_id)
    folder = (out or Path(DEFAULT_REPORTS)).expanduser().absolute() / f"fleet-{run_id}"

    def show(one: Audited) -> None:
        if not quiet:
            code = one.result.exit_code
            word = click.style(_WORDS.get(code, "not known").ljust(10), fg=_COLOURS.get(code, "yellow"))
            say_styled(f"{word} {printable(one.task.name)}: {printable(one.result.sentence)}")

    try:
        audited = audit_fleet(tasks, folder, address=dask, show=show)
    except OSError as error:
        raise click.UsageError(f"The folder {folder} cannot be written to: {error.strerror}.") from None
    if not quiet:
        ready = sum(one.result.exit_code == 0 for one in audited)
        say()
        say(f"{ready} of {len(audited)} tenants are ready.")
        say(f"Table: {portable(folder)}/fleet.csv and fleet.json; each tenant's run lies beside it.")
    if as_json:
        json_data(record(audited, asked=len(tasks)) | {"folder": str(folder)})
    return exit_code(audited) or ExitCode.SATISFIED


def _found(files: tuple[str, ...]) -> list[Path]:
    """Return the files, patterns expanded: not every shell does that."""
    found: list[Path] = []
    for name in files:
        named = sorted(glob.glob(name, recursive=True)) if any(mark in name for mark in "*?[") else []  # noqa: PTH207
        found += [Path(one) for one in named or [name]]
    return found
