"""Copies of the files that verdicts rest on, kept with a run: they are what is judged, then and again.

A run is judged from the copies, so what was judged and what was kept cannot differ::

    settings.json           the settings: see settings.snapshot
    requirements.json       the requirements
    vendor-addresses/       each file under its own name
    firewall-export/
    configuration-evidence/
    waivers/
    attestations/           the files that attestations name are hashed, and not copied
    own-scenario/NAME/      the user's own features and steps

The list of mailboxes stands in ``settings.json``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from calconnect.foundation.files import write_atomic
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.requirements.catalogue import Catalogue
from calconnect.requirements.snapshot import catalogue_text, read_catalogue
from calconnect.settings.model import Settings
from calconnect.settings.snapshot import read_snapshot, snapshot_text

SETTINGS_FILE = "settings.json"
REQUIREMENTS_FILE = "requirements.json"
MOST_BYTES = 512 * 1024 * 1024
"""So much at most is copied for one run."""

InputRole = Literal[
    "settings-snapshot",
    "requirements",
    "vendor-addresses",
    "firewall-export",
    "configuration-evidence",
    "waivers",
    "attestations",
    "own-scenario",
]
_EVIDENCE_ENDINGS = (".json", ".csv")


@dataclass(frozen=True, slots=True)
class KeptInput:
    """A file that was kept."""

    role: InputRole
    path: Path


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was kept for a run."""

    settings: Settings
    """Those of the run, with the copies in the place of the files."""
    files: tuple[KeptInput, ...]


def keep_inputs(settings: Settings, catalogue: Catalogue, folder: Path) -> Inputs:
    """Copy the files that verdicts rest on into ``folder``, and write down settings and requirements.

    Raises:
        InvalidInput: there is more to copy than is kept with a run.
        OSError: a file cannot be read, or the folder cannot be written to.
    """
    folder = folder.absolute()
    originals = list(_originals(settings))
    size = sum(path.stat().st_size for _, path, _ in originals)
    if size > MOST_BYTES:
        message = f"The files that it names have {size:,} bytes; at most {MOST_BYTES:,} are kept with a run."
        raise InvalidInput([Problem(str(settings.file), None, "", message)])
    kept = []
    for role, path, place in originals:
        copy = folder / role / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        kept.append(KeptInput(role, copy))
    moved = _moved(settings, folder)
    write_atomic(folder / SETTINGS_FILE, snapshot_text(moved, folder))
    write_atomic(folder / REQUIREMENTS_FILE, catalogue_text(catalogue))
    written = [
        KeptInput("settings-snapshot", folder / SETTINGS_FILE),
        KeptInput("requirements", folder / REQUIREMENTS_FILE),
    ]
    return Inputs(moved, (*written, *kept))


def read_inputs(folder: Path) -> tuple[Settings, Catalogue]:
    """Return the settings and the requirements of a run, from the folder of its inputs.

    Raises:
        InvalidInput: one of them cannot be read; everything that is wrong is named.
    """
    problems: list[Problem] = []
    settings = catalogue = None
    try:
        settings = read_snapshot(folder / SETTINGS_FILE)
    except InvalidInput as error:
        problems += error.problems
    try:
        catalogue = read_catalogue(folder / REQUIREMENTS_FILE)
    except InvalidInput as error:
        problems += error.problems
    if settings is None or catalogue is None:
        raise InvalidInput(problems)
    return settings, catalogue


def own_scenario_files(suite: Path | None) -> list[Path]:
    """Return the user's own feature files and steps, sorted."""
    if suite is None or not suite.is_dir():
        return []
    return sorted([*suite.glob("*.feature"), *(suite / "steps").glob("*.py")])


def _originals(settings: Settings) -> Iterator[tuple[InputRole, Path, Path]]:
    """Yield what each file is, where it is, and its place below the folder of its kind."""
    single: tuple[tuple[InputRole, Path | None], ...] = (
        ("vendor-addresses", settings.network.vendor_addresses),
        ("firewall-export", settings.network.firewall_export),
        ("waivers", settings.waivers),
        ("attestations", settings.attestations),
    )
    for role, path in single:
        if path is not None:
            yield role, path, Path(path.name)
    evidence = settings.evidence.folder
    if evidence is not None:
        for path in sorted(evidence.iterdir()):
            if path.is_file() and path.suffix.lower() in _EVIDENCE_ENDINGS:
                yield "configuration-evidence", path, Path(path.name)
    suite = settings.suite
    if suite is not None:
        for path in own_scenario_files(suite):
            yield "own-scenario", path, Path(suite.name) / path.relative_to(suite)


def _moved(settings: Settings, folder: Path) -> Settings:
    """Return the settings with the copies in the place of the files."""

    def moved(role: InputRole, path: Path | None) -> Path | None:
        return folder / role / path.name if path is not None else None

    network, evidence = settings.network, settings.evidence
    return replace(
        settings,
        network=replace(
            network,
            vendor_addresses=moved("vendor-addresses", network.vendor_addresses),
            firewall_export=moved("firewall-export", network.firewall_export),
        ),
        evidence=replace(evidence, folder=folder / "configuration-evidence" if evidence.folder is not None else None),
        waivers=moved("waivers", settings.waivers),
        attestations=moved("attestations", settings.attestations),
        suite=moved("own-scenario", settings.suite),
    )
