"""Writes a sweep's file of observations from its database, line by line, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from calconnect.evidence.store import PARTIAL
from calconnect.sweep.store_reading import SweepReader

OBSERVATIONS_FILE = "observations.jsonl"
_WITHOUT_ID = '{"id":""'


def write_observations(store: SweepReader) -> Path:
    """Write ``observations.jsonl`` into the sweep's folder and return its path.

    First stands what was observed beside the mailboxes' probes, then every mailbox in the order in which they were
    through. Ids are ``o-000001`` and so on.

    Raises:
        OSError: the folder cannot be written to; a file of an earlier time is then as it was.
    """
    path = store.folder / OBSERVATIONS_FILE
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(store.observation_lines(), 1):
            file.write(f'{{"id":"o-{number:06d}"{line.removeprefix(_WITHOUT_ID)}\n')
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path
