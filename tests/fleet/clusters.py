"""A Dask cluster of real processes on this machine: a scheduler, and workers that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60.0
_COMMON = ["--no-dashboard", "--host", "127.0.0.1"]


@dataclass(frozen=True)
class Local:
    """A scheduler and its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def local_cluster(folder: Path, workers: int) -> Iterator[Local]:
    """Start a cluster of processes, each worker with one thread, and end it with the block."""
    file = folder / "scheduler.json"
    environment = {**os.environ, "CALCONNECT_STATE": str(folder / "state")}

    def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (folder / f"{module}-{len(started)}.log").open("wb") as log:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *_COMMON, *arguments]
            return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(start("dask_scheduler", "--port", "0", "--scheduler-file", str(file), "--no-jupyter"))
        for _ in range(workers):
            started.append(start("dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny"))
        ends = time.monotonic() + _SECONDS
        while not file.is_file():
            assert time.monotonic() < ends, (folder / "dask_scheduler-0.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        yield Local(json.loads(file.read_text(encoding="utf-8"))["address"], started[1:])
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
