"""``calconnect tenant matrix``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data, printable, say
from calconnect.cli.exits import ExitCode
from calconnect.cli.signals import ends_as_interrupt

if TYPE_CHECKING:
    from calconnect.detection.model import Matrix, Row


@click.command("matrix")
@options.as_json
def tenant_matrix(*, as_json: bool) -> int:
    """Audit every mock tenant that comes with calconnect, and show which mistakes are caught, and by what.

    Two figures come of it. Sensitivity: in how many of the tenants with a mistake each requirement that must fail or
    be unknown did so, and quoted the expected code. Specificity: how many of all other verdicts stayed as they are
    where nothing is wrong.

    Exit code 0: both are 100 %. 1: they are not. 3: a tenant could not be run. Takes about a minute on two cores. Needs
    no tenant and no permissions.
    """
    from calconnect.detection.matrix import run_matrix, tenants

    with ends_as_interrupt(), _progress(len(tenants())) as done:
        matrix = run_matrix(done)
    if as_json:
        from calconnect.detection.model import matrix_record

        json_data(matrix_record(matrix))
    else:
        _show(matrix)
    if matrix.not_run:
        return ExitCode.NOT_KNOWN
    return ExitCode.SATISFIED if matrix.holds else ExitCode.NOT_SATISFIED


def _show(matrix: Matrix) -> None:
    from calconnect.detection.text import figures, summary_cells

    for line in columns([["tenant", "caught", "must be found", "turned"], *map(summary_cells, matrix.rows)]):
        data(line.rstrip())
    for row in matrix.rows:
        if row.missed or row.turned or row.error:
            data("")
            data(f"{row.tenant}: {row.error or row.why}")
    data("")
    for line in figures(matrix):
        data(line)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[Row], None]]:
    """Show how far it is: as a bar on a terminal, as a line for each tenant elsewhere that something is wrong with."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bars = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn())
    with Progress(*bars, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("tenants", total=total)

        def done(row: Row) -> None:
            shown.update(task, advance=1, description=f"tenants ({printable(row.tenant)})")

        yield done


def _tell(row: Row) -> None:
    if row.missed or row.turned or row.error:
        say(f"{row.tenant}: {row.error or row.why}")
