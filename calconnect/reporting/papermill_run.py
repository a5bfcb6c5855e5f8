"""Executes the audit's notebook with papermill, in a kernel of this very Python, and keeps the result whole.

papermill is asked for as little as it can be: it puts the parameters in, runs the cells and keeps the outputs. Around
it: the kernel needs no installed kernelspec and reads no user configuration; an interrupt reaches the kernel first, so
that it can remove its test event; what names the user's home is taken out; the notebook gets its name at the end.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import papermill
from papermill.exceptions import PapermillExecutionError

from calconnect.acceptance.events import Event
from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import CalconnectError
from calconnect.foundation.suite import suite_folder
from calconnect.reporting.handlers import EventTail
from calconnect.reporting.kernel import LOG, Session, engine_options
from calconnect.reporting.paths import portable, without_home

NOTEBOOK = "acceptance_audit.ipynb"
GRACE_SECONDS = 10.0
"""How long an interrupted kernel may take to clean up."""

_POLL_SECONDS = 0.1
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class NotebookFailed(CalconnectError):
    """A cell of the notebook failed, or its kernel ended. The run has no result."""

    def __init__(self, message: str, *, cause: str, traceback: str = "") -> None:
        """Hold the message for the user, the error's kind (``AuditStopped``, ``KeyError``), and its traceback."""
        super().__init__(message)
        self.cause = cause
        self.traceback = traceback


def execute_notebook(
    run_folder: Path,
    parameters: Mapping[str, str],
    on_event: Callable[[Event], None] | None = None,
    *,
    notebook: Path | None = None,
) -> Path:
    """Execute the audit's notebook and return the executed one, ``<run_folder>/acceptance_audit.ipynb``.

    Args:
        run_folder: the run's folder, ``<out>/<run_id>``; made if it is not there.
        parameters: for the parameters cell: ``config``, ``tenant``, ``out``, ``run_id``; never a secret.
        on_event: is called in this thread with every event of the run, as it happens.
        notebook: another notebook in the place of the audit's own.

    Raises:
        NotebookFailed: a cell failed or the kernel ended; what there is of the notebook keeps a name with ``.partial``.
        KeyboardInterrupt: as it came, once the kernel has cleaned up (at most ``GRACE_SECONDS`` later) and is gone.
        OSError: the folder cannot be written to.
    """
    source = notebook or suite_folder() / "notebooks" / NOTEBOOK
    run_folder.mkdir(parents=True, exist_ok=True)
    final = run_folder / source.name
    partial = run_folder / f"{source.stem}.partial.ipynb"
    shown = {name: portable(value) for name, value in parameters.items()}
    with tempfile.TemporaryDirectory(prefix="calconnect-kernel-", ignore_cleanup_errors=True) as place, _quiet():
        job = _Job(source, partial, shown, Session(Path(place), source.name))
        try:
            with EventTail(run_folder / "events.jsonl") as tail:
                job.follow(tail, on_event)
        finally:
            if partial.exists():
                write_atomic(partial, _unnamed(partial.read_text(encoding="utf-8")))
        job.raise_failure()
    partial.replace(final)
    return final


class _Job:
    """The execution, in a thread of its own: this one stays free for events and interrupts."""

    def __init__(self, source: Path, partial: Path, parameters: Mapping[str, str], session: Session) -> None:
        self._source = source
        self._partial = partial
        self._parameters = parameters
        self._session = session
        self._error: BaseException | None = None
        # Waited for in place of the thread, whose join, if interrupted, takes it for ended (CPython 3.11, 3.12).
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._execute, name="notebook", daemon=True)

    def follow(self, tail: EventTail, on_event: Callable[[Event], None] | None) -> None:
        """Execute to the end, and pass on the events."""
        self._thread.start()
        try:
            while not self._ended.wait(_POLL_SECONDS):
                _pass_on(tail, on_event)
            _pass_on(tail, on_event)
        except KeyboardInterrupt:
            self._session.interrupt()
            self._wait(tail, on_event)
            raise
        finally:
            if not self._ended.is_set():
                self._session.kill()
                self._ended.wait(GRACE_SECONDS)

    def raise_failure(self) -> None:
        """Raise what the execution ended with, if it was not its end."""
        error = self._error
        if error is None:
            return
        if isinstance(error, OSError):
            raise error
        if isinstance(error, PapermillExecutionError):
            trace = _ANSI.sub("", "\n".join(error.traceback))
            told = str(error.evalue)
            if error.ename != "AuditStopped":
                told = f"The notebook failed in cell {error.exec_count}: {error.ename}: {told}"
            raise NotebookFailed(told, cause=error.ename, traceback=trace) from None
        log = self._session.place / LOG
        wrote = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        message = f"The notebook's kernel ended or could not be started ({type(error).__name__})."
        raise NotebookFailed(message, cause=type(error).__name__, traceback=f"{error}\n{wrote}") from error

    def _execute(self) -> None:
        try:
            with self._session.loop():
                papermill.execute_notebook(
                    _literal(self._source),
                    _literal(self._partial),
                    dict(self._parameters),
                    progress_bar=False,
                    log_output=False,
                    **engine_options(self._session),
                )
        except BaseException as error:  # noqa: BLE001 (handed to the thread that waits)
            self._error = error
        finally:
            self._ended.set()

    def _wait(self, tail: EventTail, on_event: Callable[[Event], None] | None) -> None:
        """Give the interrupted kernel its time; a second interrupt ends it."""
        deadline = time.monotonic() + GRACE_SECONDS
        with contextlib.suppress(KeyboardInterrupt):
            while time.monotonic() < deadline and not self._ended.wait(_POLL_SECONDS):
                _pass_on(tail, on_event)


def _pass_on(tail: EventTail, on_event: Callable[[Event], None] | None) -> None:
    if on_event is not None:
        for event in tail.poll():
            on_event(event)


def _literal(path: Path) -> str:
    """Write a path so that papermill, which fills braces in paths with parameters, takes it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _unnamed(text: str) -> str:
    """Return a notebook's JSON without the folder of the user's home.

    Half-written JSON, as a killed kernel may leave it, is returned as it is: nobody takes it for a notebook.
    """

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return without_home(value)
        if isinstance(value, list):
            return [clean(part) for part in value]
        if isinstance(value, dict):
            return {key: clean(part) for key, part in value.items()}
        return value

    try:
        notebook = json.loads(text)
    except ValueError:
        return text
    return json.dumps(clean(notebook), indent=1, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep papermill's log and the libraries' warnings from the user's terminal."""
    logger = logging.getLogger("papermill")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
