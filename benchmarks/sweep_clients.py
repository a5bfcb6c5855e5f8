"""The clients that benchmarks/sweep.py compares, each in a process of its own.

    python benchmarks/sweep_clients.py CLIENT JOB.json

``JOB.json`` says whom to ask, see :class:`Job`. Prints one line of JSON, :class:`Measured`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

RUN = "benchmark"


@dataclass(frozen=True, slots=True)
class Job:
    """Whom to ask, and how."""

    settings_file: str
    ews_url: str
    ca_file: str
    username: str
    password: str
    workers: int
    """Requests in flight, of clients that do not find out by themselves."""
    report: bool = False
    """Whether calconnect writes its report, too."""


@dataclass(slots=True)
class Measured:
    """What a client came to."""

    client: str
    mailboxes: int = 0
    opened: int = 0
    """Calendars that were opened; all of them, or something is wrong."""
    seconds: float = 0.0
    """From the first request about a mailbox to the last answer, and what is done with it."""
    cpu_seconds: float = 0.0
    """Of this process in that time."""
    start_cpu_seconds: float = 0.0
    """Of this process before it, with all modules loaded and the list read: signing in, and opening the store."""
    peak_rss_mib: float = 0.0
    """Of this process until then, Python and all modules included."""
    report_seconds: float = 0.0
    """What reading the results and writing the report (without the notebook) took."""
    report_bytes: int = 0
    """Of ``report.html``."""


def _peak_mib() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / 1024 if sys.platform == "darwin" else peak / 1024


class Stopwatch:
    """Measures the process that it runs in."""

    def __init__(self, client: str) -> None:
        self.measured = Measured(client)
        self._started = self._began = self._cpu = 0.0

    def start(self) -> None:
        """Note that everything is loaded."""
        self._started = time.process_time()

    def begin(self) -> None:
        """Note that asking begins."""
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self.measured.start_cpu_seconds = self._cpu - self._started

    def over(self) -> None:
        """Note that everything was asked."""
        self.measured.seconds = time.perf_counter() - self._began
        self.measured.cpu_seconds = time.process_time() - self._cpu

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Measure how long asking takes, and what it costs."""
        self.begin()
        yield
        self.over()

    def end(self, mailboxes: int, opened: int) -> None:
        """Note what it came to."""
        self.measured.mailboxes, self.measured.opened = mailboxes, opened
        self.measured.peak_rss_mib = _peak_mib()


def calconnect_sweep(job: Job, watch: Stopwatch) -> None:
    """calconnect's own sweep, as the command has it: gate, thin path, engine, store; and its report, if wanted."""
    from calconnect.acceptance.sweep_gate import obstacle
    from calconnect.evidence.observation import Outcome
    from calconnect.foundation.clock import system_clock
    from calconnect.reporting.sweep_run import REPORT, write_sweep_report
    from calconnect.requirements.remediation import Names
    from calconnect.settings.load import load_settings
    from calconnect.sweep.doors import TenantDoors
    from calconnect.sweep.listing import Listing
    from calconnect.sweep.lists import ListKind, ListSource
    from calconnect.sweep.model import SweptMailbox
    from calconnect.sweep.plan import SweepPlan, sweep_facts
    from calconnect.sweep.record import StoredSweep
    from calconnect.sweep.running import Sweep
    from calconnect.sweep.store import SweepStore
    from calconnect.tenants.thin import wire  # noqa: F401  else aiohttp would be loaded while the clock runs
    from calconnect.tenants.thin.interface import Probe, Side, ThinPath

    class TimedDoors(TenantDoors):
        def open_path(self, probe: Probe, side: Side) -> ThinPath:
            watch.begin()  # the gate is passed, and the first mailbox is next
            return super().open_path(probe, side)

    settings, now = load_settings(Path(job.settings_file), clock=system_clock), system_clock()
    addresses = [one.address for one in settings.mailboxes]
    plan = SweepPlan(RUN, now, (Probe.REACH,), ListSource(ListKind.OWN), settings.topology, "")
    listing = Listing(tuple(SweptMailbox(number, address) for number, address in enumerate(addresses, 1)))
    watch.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with SweepStore.create(folder, plan.facts()) as store:
            store.list_mailboxes(listing)
            doors = TimedDoors(settings, started=now, clock=system_clock, run_id=RUN, state_folder=folder)
            sweep = Sweep(
                store,
                doors,
                probes=plan.probes,
                sides=plan.sides,
                source=plan.source,
                obstacle=obstacle,
                clock=system_clock,
            )
            sweep.go(seconds=None, show=lambda _: None, stoppable=lambda _: nullcontext())
            watch.over()
            doors.close()
            opened = sum(
                result.observations[-1].outcome is Outcome.OK for found in store.results() for result in found.results
            )
            watch.end(len(addresses), opened)
            if job.report:
                began, facts = time.perf_counter(), sweep_facts(store, plan, "")
                write_sweep_report(folder, StoredSweep(store, facts), names=Names.of(settings), notebook=False)
                watch.measured.report_seconds = time.perf_counter() - began
                watch.measured.report_bytes = (folder / REPORT).stat().st_size


def exchangelib_threads(job: Job, watch: Stopwatch) -> None:
    """exchangelib as its documentation advises: one shared Configuration, a thread pool, an Account for each mailbox.

    https://ecederstrand.github.io/exchangelib/. ``Account.calendar`` holds one lock for all accounts of a process while
    it asks, so the threads would go one at a time; what it does inside is called here without that lock.
    """
    os.environ["REQUESTS_CA_BUNDLE"] = job.ca_file
    from exchangelib import BASIC, IMPERSONATION, Account, Configuration, Credentials, FaultTolerance
    from exchangelib.folders import Calendar, Root

    addresses = _listed(job)
    config = Configuration(
        service_endpoint=job.ews_url,
        credentials=Credentials(job.username, job.password),
        auth_type=BASIC,
        retry_policy=FaultTolerance(max_wait=600),
        max_connections=job.workers,
    )

    def open_one(address: str) -> bool:
        account = Account(address, config=config, autodiscover=False, access_type=IMPERSONATION)
        return Root.get_distinguished(account=account).get_default_folder(Calendar).total_count is not None

    watch.start()
    with watch.asking(), ThreadPoolExecutor(job.workers) as pool:
        opened = sum(pool.map(open_one, addresses))
    watch.end(len(addresses), opened)


def floor(job: Job, watch: Stopwatch) -> None:
    """A bare loop of aiohttp and lxml that sends the same bytes as calconnect: no less can be done with these two."""
    import aiohttp
    from lxml import etree

    from calconnect.evidence.observation import Mode
    from calconnect.tenants.thin.ews.envelope import Dialect
    from calconnect.tenants.thin.ews.get_folder import get_calendar

    addresses = _listed(job)
    envelope = get_calendar(Dialect("Exchange2016", 15, Mode.IMPERSONATED))
    token = base64.b64encode(f"{job.username}:{job.password}".encode()).decode()
    fixed = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}
    code = "{http://schemas.microsoft.com/exchange/services/2006/messages}ResponseCode"
    opened = 0

    async def ask_all() -> None:
        context = ssl.create_default_context(cafile=job.ca_file)
        connector = aiohttp.TCPConnector(ssl=context, limit=job.workers)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            left = iter(addresses)
            await asyncio.gather(*(work(session, left) for _ in range(job.workers)))

    async def work(session: aiohttp.ClientSession, left: Iterator[str]) -> None:
        nonlocal opened
        for address in left:
            headers = {**fixed, "X-AnchorMailbox": address}
            body = envelope.fill(mailbox=address)
            async with session.post(job.ews_url, data=body, headers=headers) as response:
                root = etree.fromstring(await response.read())
            found = root.find(f".//{code}")
            opened += response.status == 200 and found is not None and found.text == "NoError"

    watch.start()
    with watch.asking():
        asyncio.run(ask_all())
    watch.end(len(addresses), opened)


def _listed(job: Job) -> list[str]:
    from calconnect.foundation.clock import system_clock
    from calconnect.settings.load import load_settings

    return [one.address for one in load_settings(Path(job.settings_file), clock=system_clock).mailboxes]


CLIENTS: dict[str, Callable[[Job, Stopwatch], None]] = {
    "calconnect": calconnect_sweep,
    "exchangelib": exchangelib_threads,
    "floor": floor,
}


def main() -> None:
    """Run one client and print what it came to."""
    name, job_file = sys.argv[1:]
    watch = Stopwatch(name)
    CLIENTS[name](Job(**json.loads(Path(job_file).read_text(encoding="utf-8"))), watch)
    print(json.dumps(asdict(watch.measured)))


if __name__ == "__main__":
    main()
