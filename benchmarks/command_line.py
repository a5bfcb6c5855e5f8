"""How long the command line takes: start-up beside bare Python, and a long list of mailboxes beside the csv module.

    python benchmarks/command_line.py [--rounds N] [--json]

All are measured in one run, in turn, so that what else the machine does falls on all of them. With ``--json`` the last
line is an object with ``help_seconds``, ``python_seconds``, ``pytest_seconds``, ``list_seconds`` and ``csv_seconds``.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from calconnect.settings.mailboxes import parse_list

LINES = 100_000


def run(*arguments: str) -> None:
    """Run Python with these arguments and wait for its end."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def long_list() -> bytes:
    """Return a list as Excel writes it, with one bad line in ten."""
    lines = ["Display Name;PrimarySmtpAddress"]
    for number in range(LINES):
        at = "." if number % 10 == 0 else "@"
        lines.append(f'"Name, {number}";user{number}{at}example.com')
    return "\r\n".join(lines).encode("utf-8-sig")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = long_list()
    text = data.decode("utf-8-sig")
    jobs: dict[str, tuple[str, Callable[[], object]]] = {
        "python_seconds": ("python -c pass", lambda: run("-c", "pass")),
        "help_seconds": ("calconnect --help", lambda: run("-m", "calconnect", "--help")),
        "pytest_seconds": ("pytest --version", lambda: run("-m", "pytest", "--version")),
        "csv_seconds": (f"csv.reader, {LINES:,} lines", lambda: list(csv.reader(io.StringIO(text), delimiter=";"))),
        "list_seconds": (f"parse_list, {LINES:,} lines", lambda: parse_list(data, "list.csv")),
    }
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(options.rounds):
        for name, (_, job) in jobs.items():
            started = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - started)
    for name, (title, _) in jobs.items():
        values = seconds[name]
        print(f"{title:<32} median {statistics.median(values):.3f} s, best {min(values):.3f} s")
    if options.json:
        print(json.dumps({name: round(statistics.median(values), 4) for name, values in seconds.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
