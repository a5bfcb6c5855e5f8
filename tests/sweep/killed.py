"""A mock tenant in a process of its own, and sweeps of it in others, which can be killed at any moment."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from calconnect.cli.session import Session
from calconnect.tenants.common.mark import MARK_NAME

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:  # a process that has imported everything once starts the others in no time
    CONTEXT = multiprocessing.get_context("forkserver")
    CONTEXT.set_forkserver_preload(
        ["tests.sweep.killed", "calconnect.cli.sweep_end", "calconnect.embedded", "calconnect.mock_tenant.server"]
    )

TENANT = """
title = "A tenant to sweep"
[organization]
name = "Contoso"
domains = ["contoso.test"]
[policies]
ntlm = false
negotiate = false
[[service_accounts]]
email = "svc@contoso.test"
password = "{password}"
[[role_assignments]]
name = "Calendars"
assignee = "svc@contoso.test"
[exports]
supplied = false
{rest}
[[generate]]
email = "user{{n:04}}@contoso.test"
count = {count}
events_per_week = 0
"""
PASSWORD = "Canary-Pa55word-7"


@dataclass(frozen=True)
class Served:
    """A mock tenant in another process."""

    settings: Path
    pipe: Connection

    def figures(self) -> Any:
        """Return how often which operation was asked: see ``Meters.as_json``."""
        self.pipe.send("figures")
        return self.pipe.recv()

    def questions(self, operation: str) -> int:
        """Return how often an operation was asked for."""
        return int(self.figures()["operations"].get(operation, {}).get("questions", 0))

    def events_left(self) -> int:
        """Return how many test events there are in all mailboxes."""
        self.pipe.send("left")
        return int(self.pipe.recv())


def _serve(pipe: Connection, file: Path, port: int) -> None:
    from calconnect import embedded
    from calconnect.mock_tenant.control_state import items_with

    with embedded.start(file, port=port) as tenant:
        pipe.send(tenant.settings_file)
        live = tenant.server.live
        while (message := pipe.recv()) is not None:
            with live.organization.lock:
                left = message == "left"
                pipe.send(len(items_with(live.organization, MARK_NAME)) if left else live.meters.as_json())


@contextmanager
def served(folder: Path, count: int, rest: str = "") -> Iterator[Served]:
    """Serve a tenant of so many mailboxes."""
    file = folder / "tenant.toml"
    file.write_text(TENANT.format(count=count, rest=rest, password=PASSWORD), encoding="utf-8")
    pipe, other = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_serve, args=(other, file, 0), daemon=True)
    process.start()
    other.close()
    try:
        yield Served(pipe.recv(), pipe)
    finally:
        pipe.send(None)
        process.join()


def _go_on(folder: Path, state: Path) -> None:
    os.environ["CALCONNECT_STATE"] = str(state)
    os.environ["SSL_CERT_FILE"] = str(folder / "no-authorities.pem")  # reading the system's takes longer than the gate
    os.environ["SSL_CERT_DIR"] = str(folder)
    from calconnect.cli.sweep_begin import go_on
    from calconnect.cli.sweep_end import ask

    with go_on(Session(), str(folder), config=None, out=None) as begun:
        ask(begun, None, quiet=True)


def go_on_and_kill(folder: Path, state: Path, seconds: float, begun: Callable[[], bool] = lambda: True) -> bool:
    """Resume a sweep in a process of its own, and kill it so long after it has ``begun``; return whether it was at work
    until then."""
    process = CONTEXT.Process(target=_go_on, args=(folder, state))
    process.start()
    while not begun() and process.is_alive():
        time.sleep(0.01)
    process.join(seconds)
    process.kill()
    process.join()
    return bool(process.exitcode)
