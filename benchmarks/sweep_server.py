"""The mock tenant that benchmarks/sweep.py asks: in a process of its own, as large and as slow as is wanted."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_SERVER = """
title = "A tenant to sweep"
[organization]
name = "Contoso"
domains = ["contoso.test"]
[policies]
ntlm = false
negotiate = false
[[service_accounts]]
email = "svc@contoso.test"
password = "Correct-Horse-1"
[[role_assignments]]
name = "Calendars"
assignee = "svc@contoso.test"
"""
_ONLINE = """
title = "A tenant to sweep"
base = "online-healthy"
"""
_REST = """
[exports]
supplied = false
[[generate]]
email = "{pattern}"
count = {count}
events_per_week = 0
{more}
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A tenant that is being served, and how it is reached."""

    settings_file: Path
    """Settings that connect to it, with the list of its mailboxes."""
    ews_url: str
    ca_file: str
    username: str
    password: str
    ready_seconds: float
    """From the beginning of loading the tenant to listening."""


def _tenant_file(folder: Path, count: int, *, online: bool) -> Path:
    groups = 'groups = ["calendar-sync@contoso.test"]' if online else ""
    text = _ONLINE if online else _SERVER
    # Addresses of their own: those of the tenant that it is based on would be merged.
    text += _REST.format(pattern="person{n:06}@contoso.test", count=count, more=groups)
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _serve(pipe: Connection, folder: Path, count: int, online: bool) -> None:
    """Serve a tenant; ``policies`` changes its policies, ``figures`` tells what was asked of it, None ends it."""
    from calconnect import embedded

    began = time.perf_counter()
    with embedded.start(_tenant_file(folder, count, online=online)) as tenant:
        account = tenant.ready["service_account"] or {"username": "", "password": ""}
        pipe.send(
            Served(
                tenant.settings_file,
                tenant.ready["ews_url"],
                tenant.ready["ca_file"],
                account["username"],
                account["password"],
                time.perf_counter() - began,
            )
        )
        live = tenant.server.live
        while (message := pipe.recv()) is not None:
            with live.organization.lock:
                if message == "figures":
                    pipe.send(live.meters.as_json())
                    continue
                for name, value in message.items():
                    setattr(live.organization.policies, name, value)
                half = live.organization.online
                if half is not None and "latency_milliseconds" in message:
                    half.faults.latency_milliseconds = message["latency_milliseconds"]
                live.meters.clear()
                live.throttle.clear()
                pipe.send("changed")


class Server:
    """The server's process, seen from here. To be used with ``with``."""

    def __init__(self, count: int, *, online: bool = False) -> None:
        """Start it, and wait until clients can connect.

        Args:
            count: how many mailboxes it has.
            online: whether they are in Exchange Online.
        """
        context = multiprocessing.get_context("spawn")
        self._folder = Path(tempfile.mkdtemp(prefix="calconnect-benchmark-"))
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self._folder, count, online), daemon=True)
        self._process.start()
        other.close()  # so that the end of the process is seen here
        self.served: Served = self._pipe.recv()

    def set(self, **policies: Any) -> None:
        """Change policies, and begin to count anew."""
        self._pipe.send(policies)
        self._pipe.recv()

    def figures(self) -> dict[str, Any]:
        """Return what was asked since policies were last changed: ``accounts``, ``operations``."""
        self._pipe.send("figures")
        figures: dict[str, Any] = self._pipe.recv()
        return figures

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send(None)
        self._process.join(20)
        shutil.rmtree(self._folder, ignore_errors=True)
