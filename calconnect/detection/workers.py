"""Runs the tenants of the matrix in processes of their own, a few at a time.

Each process imports once and audits tenant after tenant. What runs there is started afresh (``spawn``), so it is the
same on every system, and is ended with everything that it left in temporary folders, however the matrix ends.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from calconnect.detection.comparison import compare, compare_refusal, expectation, this_machine
from calconnect.detection.model import Row
from calconnect.foundation.problems import CalconnectError
from calconnect.foundation.toml import read_toml

_MANY = 1_000
"""A tenant with more mailboxes takes long to load."""


def processes_for(tenants: int) -> int:
    """Return how many processes to use: two for each core that this process may use, and no more than tenants.

    An audit waits for much of its time: for time-outs, for a server that asks to be left alone.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # not on Windows and macOS
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(2 * cores, tenants))


def in_order_of_length(files: Sequence[Path]) -> list[Path]:
    """Return tenant files so that those whose audit takes longest come first, as far as the files show it.

    What is large or slow comes first; a mistake that leaves much unknown ends an audit early.
    """

    def weight(file: Path) -> tuple[bool, int, str]:
        data = read_toml(file).data
        count = sum(one.get("count", 0) for one in data.get("generate", []) if isinstance(one, dict))
        slow = bool(data.get("faults")) or bool(data.get("policies", {}).get("latency_milliseconds"))
        return not (slow or count > _MANY), len(data.get("expected", {}).get("unknown", [])), file.stem

    return sorted(files, key=weight)


def run_all(files: Sequence[Path], *, processes: int, done: Callable[[Row], None]) -> list[Row]:
    """Audit tenants in processes of their own.

    Args:
        files: the tenant files, in the order in which they are begun.
        processes: how many processes run at a time.
        done: is told of each row as it comes.

    Returns:
        the rows, in the order of ``files``. A tenant that could not be run has a row that says why.

    Raises:
        KeyboardInterrupt: somebody stopped it; every process has ended by then.
    """
    rows: dict[Path, Row] = {}
    with tempfile.TemporaryDirectory(prefix="calconnect-matrix-", ignore_cleanup_errors=True) as folder:
        waiting = iter(files)
        with contextlib.ExitStack() as stack:
            crew = [stack.enter_context(_worker(Path(folder))) for _ in range(processes)]
            busy: dict[Connection, tuple[_Worker, Path]] = {}
            for worker in crew:
                _hand_out(worker, waiting, busy)
            while busy:
                ready = wait(list(busy))
                for connection in [one for one in busy if one in ready]:
                    worker, file = busy.pop(connection)
                    try:
                        row = worker.connection.recv()
                    except (EOFError, OSError):
                        row = _not_run(file, "The process that audited it ended before its time.")
                        worker = stack.enter_context(_worker(Path(folder)))
                    rows[file] = row
                    done(row)
                    _hand_out(worker, waiting, busy)
    return [rows[file] for file in files]


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process and the way to talk to it."""

    process: BaseProcess
    connection: Connection


@contextlib.contextmanager
def _worker(folder: Path) -> Iterator[_Worker]:
    """Start a process, and end it when the block ends."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_work, args=(its, str(folder)), daemon=True)
    process.start()
    its.close()
    try:
        yield _Worker(process, mine)
    finally:
        mine.close()  # a process that waits for work ends by that
        process.terminate()
        process.join()


def _hand_out(worker: _Worker, waiting: Iterator[Path], busy: dict[Connection, tuple[_Worker, Path]]) -> None:
    file = next(waiting, None)
    if file is not None:
        with contextlib.suppress(OSError):  # it has died; that is seen when its answer is waited for
            worker.connection.send(str(file))
        busy[worker.connection] = (worker, file)


def _work(connection: Connection, folder: str) -> None:
    """Audit what comes over the connection until it is closed. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the first process ends this one
    tempfile.tempdir = folder
    gc.set_threshold(50_000, 20, 20)  # an audit makes much and keeps it: to look for cycles so often takes a tenth
    with without_public_authorities(Path(folder)), contextlib.suppress(EOFError, OSError):
        auditor = Auditor(Path(folder))
        while True:
            connection.send(auditor.row_of(Path(connection.recv())))


@contextlib.contextmanager
def without_public_authorities(folder: Path) -> Iterator[None]:
    """While this holds, the public certification authorities are not read.

    A mock tenant's certificate is never signed by one of them, and to read them takes a sixth of the time of an audit.
    """
    empty = folder / "no-authorities.pem"
    empty.touch()
    names = {"SSL_CERT_FILE": str(empty), "SSL_CERT_DIR": str(empty.with_suffix(""))}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Auditor:
    """Audits tenants in this process, one after another, and returns their rows."""

    def __init__(self, folder: Path) -> None:
        """Read what all tenants are held against.

        Args:
            folder: where the sync core keeps what belongs to no run.

        Raises:
            InvalidInput: the requirements are not valid.
        """
        from calconnect.detection.baseline import Baselines
        from calconnect.requirements.catalogue import load_catalogue

        self._folder = folder
        self._catalogue = load_catalogue()
        self._baselines = Baselines()
        self._machine = this_machine()

    def row_of(self, file: Path) -> Row:
        """Audit a tenant and return its row; if it cannot be run, a row that says why."""
        from calconnect.detection.baseline import topology_of
        from calconnect.detection.run import SettingsRefused, observe

        began = time.perf_counter()
        try:
            audited = observe(file, state_folder=self._folder, catalogue=self._catalogue)
        except SettingsRefused as error:
            return compare_refusal(error.description, error.problems, seconds=time.perf_counter() - began)
        except (CalconnectError, OSError) as error:
            return _not_run(file, f"{type(error).__name__}: {error}")
        topology = topology_of(audited.description)
        healthy, requirements = self._baselines.of(topology), self._catalogue.values()
        day = audited.started.astimezone(UTC).date()
        must = expectation(
            audited.description.expected, healthy, requirements, self._machine, topology=topology, day=day
        )
        return compare(audited, must, seconds=time.perf_counter() - began)


def _not_run(file: Path, why: str) -> Row:
    from calconnect.detection.model import Verdicts

    return Row(tenant=file.stem, title="", expected=Verdicts(), found=Verdicts(), error=why)
