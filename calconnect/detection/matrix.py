"""The matrix of the whole catalogue."""

from __future__ import annotations

from collections.abc import Callable

from calconnect.detection.model import Matrix, Row
from calconnect.detection.workers import in_order_of_length, processes_for, run_all
from calconnect.mock_tenant.description import catalogue


def tenants() -> list[str]:
    """Return the names of the tenants in the matrix, in the order of the catalogue."""
    return [entry.name for entry in catalogue()]


def run_matrix(done: Callable[[Row], None] = lambda _: None, *, processes: int | None = None) -> Matrix:
    """Audit every tenant of the catalogue and hold what was found against what must be.

    Args:
        done: is told of each row as it comes.
        processes: how many tenants are audited at a time; None: one for each core.

    Raises:
        KeyboardInterrupt: somebody stopped it; nothing is left running.
    """
    entries = catalogue()
    files = in_order_of_length([entry.file for entry in entries])
    rows = run_all(files, processes=processes or processes_for(len(files)), done=done)
    by_file = dict(zip(files, rows, strict=True))
    return Matrix(tuple(by_file[entry.file] for entry in entries))
