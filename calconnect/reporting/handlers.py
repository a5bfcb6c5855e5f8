"""Handlers that write a run down as it happens, and the reader that follows such a file while it grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from calconnect.acceptance.events import Event, ObservationMade
from calconnect.evidence.store import ObservationWriter
from calconnect.reporting.records import event_line, read_event


class EventLog:
    """Writes ``events.jsonl``: every event, one a line, readable by others while the run goes on."""

    def __init__(self, path: Path) -> None:
        """Start the file at ``path``; one that is there is replaced.

        Raises:
            OSError: the folder cannot be written to.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb")

    def handle(self, event: Event) -> None:
        """Write one event; it has been handed to the system when this returns."""
        self._file.write(event_line(event).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Write no more."""
        self._file.close()


class ObservationLog:
    """Writes ``observations.jsonl``, under the name ``observations.jsonl.partial`` until :meth:`publish`.

    A run that was stopped leaves the partial file: evidence of what was seen, which nobody takes for a result.
    """

    def __init__(self, path: Path) -> None:
        """Start the file that will be called ``path``.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._writer = ObservationWriter(path)

    def handle(self, event: Event) -> None:
        """Write the observation, if the event is one."""
        if isinstance(event, ObservationMade):
            self._writer.write(event.observation)

    def close(self) -> None:
        """Take no more observations. The file keeps its partial name until it is published."""

    def publish(self) -> Path:
        """Close the file, give it its final name, and return that."""
        return self._writer.finish()

    def abandon(self) -> None:
        """Close the file under its partial name."""
        self._writer.close()


class EventTail:
    """Reads the events of a file that another process is still writing; the file need not be there yet."""

    def __init__(self, path: Path) -> None:
        """Follow the file at ``path`` from its start."""
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""

    def poll(self) -> Iterator[Event]:
        """Yield the events that have been completed since the last call; waits for nothing.

        Half a line at the end of the file is kept until its other half comes.

        Raises:
            ValueError: a complete line is no event.
        """
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                return
        while chunk := self._file.read(1 << 16):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    yield read_event(line)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> EventTail:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
