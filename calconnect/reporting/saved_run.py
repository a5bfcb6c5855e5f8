"""A run as it lies in its folder: opened, held against its own hashes, and read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from calconnect.acceptance.inputs import read_inputs
from calconnect.evidence.observation import Observation
from calconnect.evidence.store import read_observations
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.reporting.audit_run import INPUTS_FOLDER
from calconnect.reporting.model import Results
from calconnect.reporting.model_run import EvidenceFile
from calconnect.reporting.records import well_formed
from calconnect.reporting.results import read_results
from calconnect.reporting.run_lookup import RESULTS_FILE, find_run
from calconnect.reporting.verdict_text import VERDICTS_FILE
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.model import Settings

OBSERVATIONS_FILE = "observations.jsonl"
EVENTS_FILE = "events.jsonl"
MOST_NAMED = 20
"""So many changed observations at most are named one by one."""

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond these, days can no longer be counted from when a run started."""
_WITHOUT_INPUTS = re.compile(rb'^\s*\{\s*"schema_version":\s*"1\.0"')
"""The version of results whose runs kept no copies of what they rest on."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in a run's folder that is not as the run left it."""

    file: str
    """Its path in the run's folder."""
    message: str
    """What is wrong with it, as a sentence without the place."""
    line: int | None = None
    """1-based, where it is one line."""

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line is not None else "")
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A finished run that kept what its verdicts rest on."""

    folder: Path
    results: Results

    @classmethod
    def open(cls, name: str, reports: Path) -> SavedRun:
        """Open a run.

        Args:
            name: what people call it: see :func:`~calconnect.reporting.run_lookup.find_run`.
            reports: the folder of all runs.

        Raises:
            InvalidInput: there is no such run, its results are damaged or of another version, or it did not keep what
                its verdicts rest on.
        """
        folder = find_run(name, reports)
        path = folder / RESULTS_FILE
        old = _kept_nothing(path)
        results = None if old else read_results(path)
        if results is None or not any(file.role == "settings-snapshot" for file in results.evidence):
            message = "is of a run that kept no copies of what its verdicts rest on, so it cannot be judged again."
            hint = "Later runs keep them, in the folder inputs: run the audit again."
            raise InvalidInput([Problem(str(path), None, "schema_version" if old else "evidence", message, hint)])
        if not _EARLIEST <= results.run.started <= _LATEST:
            raise InvalidInput([Problem(str(path), None, "run.started", "is no time at which a run can have started.")])
        return cls(folder, results)

    def observations(self) -> tuple[Observation, ...]:
        """Return everything that was observed, in its order.

        Raises:
            InvalidInput: the file cannot be read, or lines of it are no observations.
        """
        return read_observations(self.folder / OBSERVATIONS_FILE)

    def inputs(self) -> tuple[Settings, Catalogue]:
        """Return the settings, with copies in the place of the files, and the requirements.

        Raises:
            InvalidInput: one of them cannot be read.
        """
        return read_inputs(self.folder.absolute() / INPUTS_FOLDER)

    def damages(self) -> tuple[Damage, ...]:
        """Return every kept file that is missing, changed or not of this run, and every changed observation."""
        kept = [file for file in self.results.evidence if file.path is not None]
        of_files = (damage for file in kept for damage in self._checked(file))
        return (*of_files, *self._strangers(kept), *_edited(self.folder), *self._renamed())

    def _checked(self, file: EvidenceFile) -> Iterator[Damage]:
        name = file.path or file.name
        if _leads_out(name):
            yield Damage(RESULTS_FILE, f"names a file that is not in the run's folder: {name!r}.")
            return
        path = self.folder / name
        try:
            with path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except FileNotFoundError:
            yield Damage(name, "is missing.")
        except OSError as error:
            yield Damage(name, f"cannot be read: {error.strerror or type(error).__name__}.")
        except ValueError:  # a character that no name of a file may have
            yield Damage(RESULTS_FILE, f"names a file that cannot be there: {name!r}.")
        else:
            if digest != file.sha256:
                yield Damage(name, f"was changed: its SHA-256 is not the one that {RESULTS_FILE} names.")

    def _strangers(self, kept: list[EvidenceFile]) -> Iterator[Damage]:
        known = {self.folder / (file.path or "") for file in kept}
        for path in sorted((self.folder / INPUTS_FOLDER).rglob("*")):
            if path.is_file() and path not in known:
                yield Damage(path.relative_to(self.folder).as_posix(), f"is not named by {RESULTS_FILE}.")

    def _renamed(self) -> Iterator[Damage]:
        """Yield if the results say of another tenant, or of another run, what was observed."""
        run, tenant = self.results.run, self.results.tenant
        try:
            told = _record((self.folder / VERDICTS_FILE).read_bytes()).get("tenant")
        except OSError:  # told with the files
            told = None
        if isinstance(told, dict) and told != tenant.model_dump(mode="json", include=set(told)):
            yield Damage(RESULTS_FILE, f"names another tenant than {VERDICTS_FILE}.")
        for _, line in lines_with(self.folder / EVENTS_FILE, b'"event":"RunStarted"'):
            if _record(line).get("run") != run.id:
                yield Damage(RESULTS_FILE, f"names another run than {EVENTS_FILE}.")
            return


def _edited(folder: Path) -> Iterator[Damage]:
    """Yield where the observations are not those that the events tell of: they hold each of them, too."""
    told: dict[str, Mapping[str, Any]] = {}
    for _, line in lines_with(folder / EVENTS_FILE, b'"event":"ObservationMade"'):
        record = _record(line).get("observation")
        if isinstance(record, dict):
            told[str(record.get("id"))] = record
    if not told or not _opens(folder / OBSERVATIONS_FILE):  # a file that cannot be read is told with the files
        return
    found: list[Damage] = []
    seen: set[str] = set()
    for number, line in lines_with(folder / OBSERVATIONS_FILE, b""):
        record = _record(line)
        id_ = str(record.get("id", "what stands here"))
        seen.add(id_)
        other = told.get(id_)
        if other is None:
            found.append(Damage(OBSERVATIONS_FILE, f"{id_} is not in {EVENTS_FILE}.", number))
        elif record != other and (keys := _differing(record, other)):
            message = f"{id_} is not as {EVENTS_FILE} tells of it: {', '.join(keys)}."
            found.append(Damage(OBSERVATIONS_FILE, message, number))
    found += [
        Damage(OBSERVATIONS_FILE, f"{id_} is missing, which {EVENTS_FILE} tells of.") for id_ in told if id_ not in seen
    ]
    yield from found[:MOST_NAMED]
    if len(found) > MOST_NAMED:
        yield Damage(OBSERVATIONS_FILE, f"{len(found) - MOST_NAMED:,} more observations are not as they were made.")


def _opens(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _differing(record: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the keys that differ. The events cannot hold half a character, which the observations can."""
    plain = _record(well_formed(json.dumps(record, ensure_ascii=False)))
    return [key for key in {**other, **plain} if plain.get(key) != other.get(key)]


def _record(line: bytes | str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def lines_with(path: Path, mark: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold ``mark``, with their numbers; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and mark in line:
                    yield number, line
    except OSError:
        return


def _kept_nothing(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _WITHOUT_INPUTS.match(file.read(200)) is not None
    except OSError:  # told by whoever reads it whole
        return False


def _leads_out(name: str) -> bool:
    kinds = (PurePosixPath(name), PurePath(name))
    return any(path.is_absolute() or path.drive or ".." in path.parts for path in kinds)
