"""The kernel that executes the notebook, and papermill's engine for it. Used by ``papermill_run`` alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import sysconfig
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

import calconnect

ENGINE = "calconnect"
KERNEL = "python3"
LOG = "kernel.log"
"""What the kernel's process itself wrote, in its place."""

_LONGEST_SOCKET_PATH = 90
"""A Unix socket's path holds 104 bytes at most, on the least of the systems."""
_START_SECONDS = 60
_OUTPUT_SECONDS = 60
_SAVE_EVERY = 3.0
"""Seconds between two times that the notebook is written while it is executed."""


class Stopped(Exception):
    """The execution was asked to end between two cells."""


class Session:
    """What the thread that executes and the thread that waits for it have in common."""

    def __init__(self, place: Path, name: str) -> None:
        """Keep the kernel's files in ``place``; ``name`` is what the notebook is called in its own metadata."""
        self.place = place
        self.name = name
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._manager: AsyncKernelManager | None = None

    @contextlib.contextmanager
    def loop(self) -> Iterator[None]:
        """Keep the event loop that this thread gets, so that the other one can reach it; close it at the end."""
        self._loop = _this_loop()
        try:
            yield
        finally:
            _this_end()
            self._loop.close()

    def attach(self, manager: AsyncKernelManager) -> None:
        """Tell which kernel runs.

        Raises:
            Stopped: the execution was asked to end in the meantime.
        """
        self._manager = manager
        self.check()

    def check(self) -> None:
        """Go on, unless the execution was asked to end.

        Raises:
            Stopped: it was.
        """
        if self._stopping:
            raise Stopped

    def interrupt(self) -> None:
        """Interrupt the kernel, and execute no further cell."""
        self._stopping = True
        if self._manager is not None:
            self._serve(self._manager.interrupt_kernel)

    def kill(self) -> None:
        """End the kernel at once."""
        self._stopping = True
        if self._manager is not None:
            self._serve(partial(self._manager.shutdown_kernel, now=True))

    def _serve(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Have ``act`` done by the loop that serves the kernel; it may be gone already, with the kernel."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        with contextlib.suppress(RuntimeError):  # closed between the two lines
            asyncio.run_coroutine_threadsafe(_unless_gone(act), loop)


async def _unless_gone(act: Callable[[], Awaitable[Any]]) -> None:
    with contextlib.suppress(RuntimeError, ProcessLookupError):  # no kernel is running any more
        await act()


class _ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that is running, whatever is installed or configured on the machine."""

    place: Path

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel."""
        private = str(self.place)
        environment = {
            "IPYTHONDIR": private,
            "JUPYTER_CONFIG_DIR": private,
            "JUPYTER_DATA_DIR": private,
            "JUPYTER_RUNTIME_DIR": private,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        package = str(Path(calconnect.__file__).resolve().parent.parent)
        if package not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            searched = os.environ.get("PYTHONPATH", "")
            environment["PYTHONPATH"] = os.pathsep.join(part for part in (package, searched) if part)
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            env=environment,
            display_name="Python 3",
            language="python",
            name=kernel_name,
        )


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, with our kernel, and an end between cells when it is asked for."""

    def __init__(self, nb_man: Any, session: Session, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self._session = session

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Return a manager of the one kernel; its connection file lies where only this user may read."""
        specs = _ThisPython()
        specs.place = self._session.place
        manager = AsyncKernelManager(
            kernel_name=KERNEL, kernel_spec_manager=specs, connection_file=str(self._session.place / "kernel.json")
        )
        if os.name == "posix" and len(manager.connection_file) < _LONGEST_SOCKET_PATH:
            manager.transport = "ipc"  # sockets in that place: no port to collide on, nothing for others to listen to
        self.km = manager
        return manager

    def start_new_kernel(self, **options: Any) -> None:
        """Start the kernel; what its process writes goes to a file, not to this terminal."""
        with (self._session.place / LOG).open("wb") as log:
            super().start_new_kernel(stdout=log, stderr=log, **options)
        self._session.attach(self.km)

    def execute_cell(self, cell: Any, cell_index: int, *arguments: Any, **options: Any) -> Any:
        """Execute a cell, unless the execution was asked to end."""
        self._session.check()
        return super().execute_cell(cell, cell_index, *arguments, **options)


class _Engine(Engine):  # type: ignore[misc]
    """papermill's engine, with our client, and without the paths that papermill writes into the notebook."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Execute the notebook; called by papermill, with what ``engine_options`` gave."""
        session: Session = options["session"]
        nb_man.nb.metadata.papermill["input_path"] = session.name
        nb_man.nb.metadata.papermill["output_path"] = session.name
        client = _Client(
            nb_man,
            session,
            kernel_name=kernel_name,
            startup_timeout=_START_SECONDS,
            iopub_timeout=_OUTPUT_SECONDS,
            timeout=None,
        )
        with _saved_now_and_then(nb_man):
            client.execute()


@contextlib.contextmanager
def _saved_now_and_then(notebook: Any) -> Iterator[None]:
    """Have what is being executed written every few seconds, and not before and after each cell.

    papermill writes the whole notebook, with the report in it, each time. At the end it writes it in any case.
    """
    save, saved = notebook.save, time.monotonic()

    def save_if_due(**named: Any) -> None:
        nonlocal saved
        if time.monotonic() - saved >= _SAVE_EVERY:
            save(**named)
            saved = time.monotonic()

    notebook.save = save_if_due
    try:
        yield
    finally:
        del notebook.save


def engine_options(session: Session) -> dict[str, Any]:
    """Return what makes ``papermill.execute_notebook`` use this engine and kernel."""
    papermill_engines.register(ENGINE, _Engine)
    return {"engine_name": ENGINE, "kernel_name": KERNEL, "session": session, "autosave_cell_every": 0}


async def _loop_that_runs() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def _end_what_runs() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


_this_loop = run_sync(_loop_that_runs)
_this_end = run_sync(_end_what_runs)
