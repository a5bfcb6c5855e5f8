"""How fast calconnect sweeps, what that costs, and how it keeps to a server's limits.

    python benchmarks/sweep.py                                # beside exchangelib and a bare loop, and over Graph
    python benchmarks/sweep.py --mailboxes 5000 --latency 0ms --json
    python benchmarks/sweep.py --parts all --json             # also a throttling server, and 100,000 mailboxes: minutes

The mock tenant runs in a process of its own, and so does every client, one after the other on the same list: CPU time
is that of the client alone while it asks; what it takes before (signing in, opening the store) is told apart, and
Python's own start is not counted. All sign in by Basic, over verified TLS, and open each mailbox's calendar by
impersonation.
``rate_vs_limit`` is the rate seen, over that of 27 requests in flight at the server's latency. Parts that were not
asked for are null in the JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.sweep_clients import Job, Measured
from benchmarks.sweep_server import Server

WORKERS = 27
"""Requests in flight that Exchange Server allows one account (EWSMaxConcurrency)."""
THROTTLED_RATE = 50
THROTTLED_MAILBOXES = 3000
SETTLING_SECONDS = 10
"""In which a client may find out what a throttling server allows."""
PARTS = ("peers", "graph", "throttled", "large")


def measure(client: str, server: Server, *, report: bool = False) -> Measured:
    """Run one client in a process of its own.

    Args:
        client: one of ``sweep_clients.CLIENTS``.
        server: whom it asks.
        report: whether calconnect writes its report, too.

    Raises:
        RuntimeError: it failed.
    """
    served = server.served
    job = Job(
        str(served.settings_file),
        served.ews_url,
        served.ca_file,
        served.username,
        served.password,
        WORKERS,
        report=report,
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.json"
        file.write_text(json.dumps(asdict(job)), encoding="utf-8")
        script = Path(__file__).with_name("sweep_clients.py")
        done = subprocess.run(
            [sys.executable, str(script), client, str(file)], check=False, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stderr}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _per_thousand(one: Measured) -> float:
    return one.cpu_seconds / one.mailboxes * 1000


def _rate(one: Measured) -> float:
    return one.mailboxes / one.seconds


def _whole(one: Measured) -> Measured:
    """Return what a client came to, if it opened every calendar.

    Raises:
        RuntimeError: it did not.
    """
    if one.opened != one.mailboxes:
        raise RuntimeError(f"{one.client} opened {one.opened} calendars of {one.mailboxes}")
    return one


@dataclass(slots=True)
class Report:
    """Prints as it goes, and keeps the figures."""

    figures: dict[str, Any]

    @contextmanager
    def part(self, title: str) -> Iterator[None]:
        """Head a part."""
        print(title, flush=True)
        yield
        print(flush=True)

    def client(self, one: Measured, requests: int) -> None:
        """Tell what a client came to."""
        print(
            f"  {one.client:<17}{_rate(one):8.1f} mailboxes/s{_per_thousand(one):9.2f} s of CPU per 1,000"
            f"{requests / one.mailboxes:7.2f} requests each{one.peak_rss_mib:7.0f} MiB"
            f"{one.start_cpu_seconds:6.2f} s before",
            flush=True,
        )
        self.figures["clients"].append(
            asdict(one)
            | {
                "mailboxes_per_second": round(_rate(one), 1),
                "cpu_seconds_per_1000": round(_per_thousand(one), 3),
                "requests": requests,
            }
        )
        if one.client.startswith("calconnect"):
            self.figures["peak_rss_mib"] = max(self.figures["peak_rss_mib"] or 0.0, round(one.peak_rss_mib, 1))


def _requests(server: Server) -> int:
    return sum(one["requests"] for one in server.figures()["accounts"].values())


def _median(rounds: list[Measured]) -> Measured:
    """Return the round whose CPU time is the middle one."""
    return sorted(rounds, key=_per_thousand)[len(rounds) // 2]


def peers(report: Report, count: int, latency: int, rounds: int) -> None:
    """Compare calconnect with exchangelib and with the floor, in turn, so that what else the machine does hits all."""
    measured: dict[str, list[Measured]] = {client: [] for client in ("floor", "calconnect", "exchangelib")}
    title = f"{count:,} mailboxes, {latency} ms latency, {WORKERS} in flight"
    with report.part(title), Server(count) as server:
        measure("floor", server)  # mailboxes are made when they are first opened; that is not measured here
        for _ in range(rounds):
            for client, seen_of_it in measured.items():
                server.set(latency_milliseconds=latency)
                seen_of_it.append(_whole(measure(client, server)))
                report.client(seen_of_it[-1], _requests(server))
        seen = {client: _median(seen_of_it) for client, seen_of_it in measured.items()}
        ours = seen["calconnect"]
        for peer in ("exchangelib", "floor"):
            ratio = _per_thousand(ours) / _per_thousand(seen[peer])
            report.figures[f"cpu_vs_{peer}"] = round(ratio, 4)
            print(
                f"  calconnect's CPU is {ratio:.3f} of that of {peer}, its rate {_rate(ours) / _rate(seen[peer]):.2f}"
            )
        if latency:
            limit = WORKERS / latency * 1000
            report.figures["rate_vs_limit"] = round(_rate(ours) / limit, 4)
            print(
                f"  calconnect's rate is {_rate(ours) / limit:.3f} of the {limit:.0f}/s that the server allows,"
                f" that of the floor {_rate(seen['floor']) / limit:.3f}"
            )


def graph(report: Report, count: int, latency: int) -> None:
    """Count calconnect's HTTP requests to Graph."""
    with report.part(f"{count:,} mailboxes over Graph, {latency} ms latency"), Server(count, online=True) as server:
        server.set(latency_milliseconds=latency)
        one = _whole(measure("calconnect", server))
        requests = _requests(server)
        report.client(one, requests)
        report.figures["graph_mailboxes_per_request"] = round(one.mailboxes / requests, 2)
        print(f"  {one.mailboxes / requests:.1f} mailboxes for each HTTP request")


def throttled(report: Report, latency: int) -> None:
    """See how calconnect keeps to a server's rate, told in either way."""
    found = report.figures["throttled"] = {}
    title = f"{THROTTLED_MAILBOXES:,} mailboxes, {THROTTLED_RATE} requests a second, {latency} ms latency"
    with report.part(title), Server(THROTTLED_MAILBOXES) as server:
        for told, how in (("ErrorServerBusy", False), ("429", True)):
            server.set(latency_milliseconds=latency, account_requests_per_second=float(THROTTLED_RATE), busy_as_429=how)
            one = measure("calconnect", server)
            (account,) = server.figures()["accounts"].values()
            first = account["seconds"][0][0]
            later = [line for line in account["seconds"] if line[0] >= first + SETTLING_SECONDS]
            asked, refused = sum(line[2] for line in later), sum(line[3] for line in later)
            allowed = THROTTLED_RATE * (one.seconds + 1)  # the bucket begins with a second's worth
            used = (account["questions"] - account["refused"]) / allowed
            lost = one.mailboxes - one.opened
            share = refused / asked if asked else 0.0
            found[told] = {"rate_used": round(used, 4), "refused_after_10_s": round(share, 4), "lost": lost}
            print(
                f"  told by {told}: {used:.1%} of the rate used, {share:.2%} refused after {SETTLING_SECONDS} s,"
                f" {account['refused']} refused in all, {lost} lost, {one.seconds:.1f} s",
                flush=True,
            )


def large(report: Report) -> None:
    """See how time and memory grow."""
    seen: list[Measured] = []
    with report.part("How time and memory grow; no latency"):
        for count in (10_000, 100_000):
            with Server(count) as server:
                print(f"  {count:,} mailboxes: the tenant was ready in {server.served.ready_seconds:.1f} s", flush=True)
                seen.append(_whole(measure("calconnect", server, report=True)))
                report.client(seen[-1], _requests(server))
                size = seen[-1].report_bytes / 1024 / 1024
                print(f"  its report took {seen[-1].report_seconds:.1f} s and has {size:.2f} MiB", flush=True)
        growth = seen[1].seconds / seen[0].seconds
        report.figures |= {
            "growth_10_times": round(growth, 3),
            "report_seconds": round(seen[1].report_seconds, 2),
            "report_mib": round(seen[1].report_bytes / 1024 / 1024, 3),
        }
        print(f"  ten times the mailboxes took {growth:.2f} times as long")


def _milliseconds(text: str) -> int:
    number = text.removesuffix("ms")
    if not number.isdecimal():
        raise argparse.ArgumentTypeError("write it as 100ms")
    return int(number)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mailboxes", type=int, default=2000, help="of the comparison and of Graph (2000)")
    parser.add_argument("--latency", type=_milliseconds, default=100, help="how slow the server is (100ms)")
    parser.add_argument("--rounds", type=int, default=1, help="of the comparison; the median counts (1)")
    parser.add_argument("--parts", nargs="+", choices=[*PARTS, "all"], default=["peers", "graph"])
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON at the end")
    options = parser.parse_args()
    chosen = PARTS if "all" in options.parts else options.parts
    names = ("cpu_vs_exchangelib", "cpu_vs_floor", "rate_vs_limit", "peak_rss_mib", "graph_mailboxes_per_request")
    more = ("throttled", "growth_10_times", "report_seconds", "report_mib")
    report = Report(dict.fromkeys((*names, *more)) | {"clients": []})
    if "peers" in chosen:
        peers(report, options.mailboxes, options.latency, options.rounds)
    if "graph" in chosen:
        graph(report, options.mailboxes, options.latency)
    if "throttled" in chosen:
        throttled(report, options.latency)
    if "large" in chosen:
        large(report)
    if options.json:
        print(json.dumps(report.figures))


if __name__ == "__main__":
    main()
