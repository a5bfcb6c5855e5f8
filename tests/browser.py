"""A headless browser for tests: finds Chromium, Chrome or Edge, and takes pictures, prints, or reads what it shows.

``python -m tests.browser --ensure`` installs Debian's Chromium where none is found and that is possible.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)
MISSING = (
    "No Chromium, Chrome or Edge was found; the report is tested in one. Install it (Debian: apt-get install chromium) "
    "or name it in the environment variable CALCONNECT_BROWSER. On Debian as root, `python -m tests.browser --ensure` "
    "does that."
)
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
_SECONDS = 60

Scheme = Literal["light", "dark"]


class BrowserMissing(AssertionError):
    """No browser is on this machine: the test fails and says how to install one."""


def find_browser() -> Path:
    """Return the browser's program.

    Raises:
        BrowserMissing: there is none.
    """
    named = os.environ.get("CALCONNECT_BROWSER")
    if named:
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    for place in PLACES:
        if Path(place).is_file():
            return Path(place)
    raise BrowserMissing(MISSING)


def screenshot(page: Path, picture: Path, *, scheme: Scheme = "light", width: int = 1200, height: int = 2000) -> None:
    """Write what ``page`` shows as a PNG of ``width`` by ``height`` pixels."""
    _run(page, [f"--screenshot={picture.absolute()}", f"--window-size={width},{height}"], scheme)


def print_pdf(page: Path, pdf: Path) -> None:
    """Write ``page`` as it prints."""
    _run(page, [f"--print-to-pdf={pdf.absolute()}", "--no-pdf-header-footer"])


def dump_dom(page: Path) -> str:
    """Return the page as HTML once it has loaded and its scripts, if it has any, have run."""
    return _run(page, ["--dump-dom"])


def _run(page: Path, options: Sequence[str], scheme: Scheme = "light") -> str:
    browser = find_browser()
    with _profile() as profile:
        command = [
            str(browser),
            *_QUIET,
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
            *options,
            page.absolute().as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(
            f"the browser ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
        )
    return done.stdout.decode("utf-8", errors="replace")


@contextmanager
def _profile() -> Iterator[str]:
    """Yield an empty profile's folder; Chromium may still be writing to it when it goes."""
    folder = tempfile.mkdtemp(prefix="browser-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ensure() -> int:
    """Install Debian's Chromium where no browser is found; return the exit code."""
    try:
        sys.stdout.write(f"browser: {find_browser()}\n")
        return 0
    except BrowserMissing:
        pass
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        sys.stderr.write(MISSING + "\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run([apt, *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            sys.stderr.write(f"apt-get {arguments[0]} ended with {done.returncode}. {MISSING}\n")
            return 1
    sys.stdout.write(f"browser: {find_browser()}\n")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ensure", action="store_true", help="install a browser if there is none")
    if parser.parse_args().ensure:
        sys.exit(ensure())
    sys.stdout.write(f"{find_browser()}\n")
