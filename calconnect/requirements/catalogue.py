"""The catalogue: the requirements, read from the data in ``catalogue/*.toml`` and checked key by key.

One file an area. A file gives ``area`` and ``document`` once (a clause of another document names that itself), and one
``[[requirement]]`` for each demand; the keys are the fields of :class:`~calconnect.requirements.model.Requirement`. For
each topology that is not among its ``topologies``, ``[requirement.on.<topology>]`` gives its reading there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import KeyPath, TomlFile, read_toml
from calconnect.requirements.model import Clause, Level, Link, Reading, Remediation, Requirement, Severity
from calconnect.requirements.remediation import PLACEHOLDERS, placeholders_of
from calconnect.settings.model import Topology

AREAS = (
    *("application", "network", "service_account", "impersonation", "access", "exchange", "operations"),
    *("consent", "application_scope", "exchange_online", "online_calendars", "ews_retirement", "migration"),
)
"""The files of the catalogue, in the order in which requirements are listed."""

TOPOLOGIES = tuple(str(topology) for topology in Topology)

_KEYS = (
    *(field.name for field in fields(Requirement) if field.name not in ("area", "readings")),
    "on",  # the readings; the area stands at the head of the file
)
_ID = re.compile(r"[A-Z]{2,5}-\d{2}")
_Word = TypeVar("_Word", bound=StrEnum)


class Catalogue(Mapping[str, Requirement]):
    """The requirements in their order; found by id (``SVC-01``: the latest version) or versioned id (``SVC-01v1``).

    Iterating yields versioned ids.
    """

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        """Take requirements that are already checked."""
        self._by_version = {requirement.versioned_id: requirement for requirement in requirements}
        self._latest: dict[str, Requirement] = {}
        for requirement in requirements:
            known = self._latest.get(requirement.id)
            if known is None or known.version < requirement.version:
                self._latest[requirement.id] = requirement

    def __getitem__(self, key: str) -> Requirement:
        found = self._by_version.get(key) or self._latest.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_version)

    def __len__(self) -> int:
        return len(self._by_version)

    def current(self, topology: str, on: date) -> tuple[Requirement, ...]:
        """Return the requirements that hold for ``topology`` on the day ``on``, in the catalogue's order."""
        return tuple(requirement for requirement in self.values() if applies(requirement, topology, on))

    def not_asked(self, topology: str, on: date) -> tuple[Requirement, ...]:
        """Return the latest versions of the requirements of which none holds for ``topology`` on the day ``on``."""
        asked = {requirement.id for requirement in self.current(topology, on)}
        return tuple(requirement for requirement in self._latest.values() if requirement.id not in asked)


def applies(requirement: Requirement, topology: str, on: date) -> bool:
    """Say whether the requirement holds for ``topology`` on the day ``on``."""
    begun = requirement.valid_from <= on
    over = requirement.valid_until is not None and on > requirement.valid_until
    return topology in requirement.topologies and begun and not over


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the catalogue.

    Args:
        folder: another catalogue's folder, whose every ``*.toml`` is read by name; None: the one that is shipped.

    Raises:
        InvalidInput: with every mistake, by file, line and key.
    """
    return _shipped() if folder is None else _read(sorted(folder.glob("*.toml")))


@functools.cache
def _shipped() -> Catalogue:
    """Read the shipped catalogue once: it is part of the program, and nobody can change what was read."""
    home = Path(__file__).with_name("catalogue")
    return _read([home / f"{area}.toml" for area in AREAS])


def _read(paths: Sequence[Path]) -> Catalogue:
    problems: list[Problem] = []
    found: list[tuple[Requirement, TomlFile, KeyPath]] = []
    for path in paths:
        try:
            file = read_toml(path)
        except InvalidInput as error:
            problems += error.problems
            continue
        found += _Reader(file, problems).requirements()
    problems += _crossed(found)
    if problems:
        raise InvalidInput(problems)
    return Catalogue([requirement for requirement, _, _ in found])


class _Reader:
    """Reads one file; what is wrong goes to ``problems``, and a value that is wrong is replaced by an empty one."""

    def __init__(self, file: TomlFile, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems

    def requirements(self) -> Iterator[tuple[Requirement, TomlFile, KeyPath]]:
        self._only(self._file.data, (), ("area", "document", "requirement"))
        area = self._text(self._file.data, (), "area")
        document = self._text(self._file.data, (), "document")
        entries = self._file.data.get("requirement", [])
        if not isinstance(entries, list) or not entries:
            self._complain(("requirement",), "must be a list of tables, [[requirement]], and not empty.")
            return
        for index, entry in enumerate(entries):
            before = len(self._problems)
            path: KeyPath = ("requirement", index)
            if not isinstance(entry, dict):
                self._complain(path, "must be a table.")
                continue
            requirement = self._requirement(entry, path, area, document)
            if len(self._problems) == before:
                yield requirement, self._file, path

    def _requirement(self, entry: dict[str, Any], path: KeyPath, area: str, document: str) -> Requirement:
        self._only(entry, path, _KEYS)
        name = self._text(entry, path, "id")
        if name and not _ID.fullmatch(name):
            self._complain((*path, "id"), "must be letters, a hyphen and two digits, such as SVC-01.")
        topologies = self._texts(entry, path, "topologies", least=1)
        for topology in topologies:
            if topology not in TOPOLOGIES:
                self._complain((*path, "topologies"), f"names {topology}.", f"Known: {', '.join(TOPOLOGIES)}.")
        begin, end = self._day(entry, path, "valid_from"), self._day(entry, path, "valid_until", required=False)
        if begin and end and end < begin:
            self._complain((*path, "valid_until"), "is before valid_from.")
        clause = self._table(entry, path, "clause", ("document", "section", "quote"))
        return Requirement(
            id=name,
            version=self._number(entry, path, "version"),
            title=self._text(entry, path, "title"),
            level=self._word(entry, path, "level", Level),
            severity=self._word(entry, path, "severity", Severity),
            area=area,
            clause=Clause(
                self._text(clause, (*path, "clause"), "document") if "document" in clause else document,
                self._text(clause, (*path, "clause"), "section"),
                self._text(clause, (*path, "clause"), "quote"),
            ),
            topologies=topologies,
            valid_from=begin or date.min,
            valid_until=end,
            reason=self._text(entry, path, "reason"),
            verified_by=self._text(entry, path, "verified_by"),
            needs=self._texts(entry, path, "needs"),
            success=self._texts(entry, path, "success", least=1),
            failure=self._texts(entry, path, "failure", least=1),
            remediation=self._remediation(entry, path),
            links=self._links(entry, path),
            permissions=self._texts(entry, path, "permissions", required=False),
            settings=self._texts(entry, path, "settings", required=False),
            evidence=self._texts(entry, path, "evidence", required=False),
            own_application=self._flag(entry, path, "own_application"),
            mended_after=self._texts(entry, path, "mended_after", required=False),
            remediation_from=dict(self._later(entry, path)),
            remediation_by_code=self._remedies(entry, path, "remediation_by_code"),
            readings=self._readings(entry, path, topologies),
        )

    def _readings(self, entry: dict[str, Any], path: KeyPath, topologies: Sequence[str]) -> dict[str, Reading]:
        """Read what the demand comes to on each topology that it is not asked of in its own words."""
        tables = entry.get("on", {})
        if not isinstance(tables, dict):
            self._complain((*path, "on"), "must be a table.")
            return {}
        others = [topology for topology in TOPOLOGIES if topology not in topologies]
        readings = {}
        for topology in tables:
            place = (*path, "on", topology)
            if topology not in TOPOLOGIES:
                self._complain(place, "is no topology.", f"Known: {', '.join(TOPOLOGIES)}.")
            elif topology in topologies:
                self._complain(place, "is among its topologies, where it is verified in its own words.")
        for topology in others:
            place = (*path, "on", topology)
            if topology not in tables:
                self._complain((*path, "on"), f"has no reading for {topology}.", "Give one, or add the topology.")
                continue
            table = self._table(tables, (*path, "on"), topology, ("reason", "replaced_by"))
            readings[topology] = Reading(
                self._text(table, place, "reason"), self._texts(table, place, "replaced_by", required=False)
            )
        return readings

    def _remedies(self, entry: dict[str, Any], path: KeyPath, key: str) -> dict[str, Remediation]:
        """Read remediations for certain cases, each in a table that is called as its case."""
        tables = entry.get(key, {})
        if not isinstance(tables, dict):
            self._complain((*path, key), "must be a table.")
            return {}
        return {case: self._remediation(tables, (*path, key), case) for case in tables}

    def _later(self, entry: dict[str, Any], path: KeyPath) -> Iterator[tuple[date, Remediation]]:
        for case, remedy in self._remedies(entry, path, "remediation_from").items():
            try:
                yield date.fromisoformat(case), remedy
            except ValueError:
                self._complain((*path, "remediation_from", case), "must be called as a day, such as 2027-04-01.")

    def _remediation(self, entry: dict[str, Any], path: KeyPath, key: str = "remediation") -> Remediation:
        table = self._table(entry, path, key, ("text", "shell", "commands"))
        place = (*path, key)
        text = self._text(table, place, "text")
        commands = self._texts(table, place, "commands")
        for command in commands:
            for placeholder in placeholders_of(command) - PLACEHOLDERS:
                hint = f"Known: {', '.join(sorted(PLACEHOLDERS))}."
                self._complain((*place, "commands"), f"uses the placeholder {{{placeholder}}}.", hint)
        if "shell" not in table:
            return Remediation(text, commands)
        shell = table["shell"]
        if not isinstance(shell, str):
            self._complain((*place, "shell"), "must be text.")
        elif bool(shell) != bool(commands):
            self._complain(
                (*place, "shell"), "must be empty if there are no commands, and name where they are run if so."
            )
        return Remediation(text, commands, str(shell))

    def _links(self, entry: dict[str, Any], path: KeyPath) -> tuple[Link, ...]:
        links = []
        items = entry.get("links", [])
        if not isinstance(items, list):
            self._complain((*path, "links"), "must be a list of tables.")
            return ()
        for index, item in enumerate(items):
            place = (*path, "links", index)
            if not isinstance(item, dict):
                self._complain(place, "must be a table.")
                continue
            self._only(item, place, ("title", "url"))
            link = Link(self._text(item, place, "title"), self._text(item, place, "url"))
            if link.url and not link.url.startswith("https://"):
                self._complain((*place, "url"), "must be an https URL.")
            links.append(link)
        return tuple(links)

    def _table(self, entry: dict[str, Any], path: KeyPath, key: str, known: Sequence[str]) -> dict[str, Any]:
        value = entry.get(key)
        if not isinstance(value, dict):
            self._complain((*path, key), "is missing." if value is None else "must be a table.")
            return {}
        self._only(value, (*path, key), known)
        return value

    def _text(self, table: Mapping[str, Any], path: KeyPath, key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            self._complain((*path, key), "is missing." if value is None else "must be text, and not empty.")
            return ""
        return value.strip()

    def _texts(
        self, table: Mapping[str, Any], path: KeyPath, key: str, least: int = 0, *, required: bool = True
    ) -> tuple[str, ...]:
        value = table.get(key)
        if value is None:
            if required:
                self._complain((*path, key), "is missing.")
            return ()
        if not isinstance(value, list) or not all(isinstance(part, str) and part for part in value):
            self._complain((*path, key), "must be a list of texts.")
            return ()
        if len(value) < least:
            self._complain((*path, key), "must not be empty.")
        if len(set(value)) < len(value):
            self._complain((*path, key), "names something twice.")
        return tuple(value)

    def _number(self, table: Mapping[str, Any], path: KeyPath, key: str) -> int:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._complain((*path, key), "is missing." if value is None else "must be a whole number from 1 up.")
            return 0
        return value

    def _flag(self, table: Mapping[str, Any], path: KeyPath, key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self._complain((*path, key), "must be true or false.")
            return False
        return value

    def _day(self, table: Mapping[str, Any], path: KeyPath, key: str, *, required: bool = True) -> date | None:
        value = table.get(key)
        if value is None:
            if required:
                self._complain((*path, key), "is missing.")
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self._complain((*path, key), "must be a day, such as 2026-11-22, without quotes.")
            return None
        return value

    def _word(self, table: Mapping[str, Any], path: KeyPath, key: str, kind: type[_Word]) -> _Word:
        words = [str(word) for word in kind]
        value = table.get(key)
        if value not in words:
            message = "is missing." if value is None else f"must be one of {', '.join(words)}."
            self._complain((*path, key), message)
            return next(iter(kind))
        return kind(value)

    def _only(self, table: Mapping[str, Any], path: KeyPath, known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                self._complain((*path, key), "is not known.", f"Known: {', '.join(known)}.")

    def _complain(self, path: KeyPath, message: str, hint: str = "") -> None:
        self._problems.append(self._file.problem(path, message, hint))


def _crossed(found: Sequence[tuple[Requirement, TomlFile, KeyPath]]) -> Iterator[Problem]:
    """Yield what is wrong between entries: an id given twice, a need or a replacement that is not there, or not asked
    of the topology, needs that form a circle."""
    places: dict[str, Requirement] = {}
    asked_of: dict[str, set[str]] = {}
    needs: dict[str, tuple[str, ...]] = {}
    for requirement, file, path in found:
        if requirement.versioned_id in places:
            yield file.problem((*path, "id"), f"{requirement.versioned_id} is there already.", "Raise its version.")
        places[requirement.versioned_id] = requirement
        needs[requirement.id] = requirement.needs
        asked_of.setdefault(requirement.id, set()).update(requirement.topologies)
    for requirement, file, path in found:
        for key, names in (("needs", requirement.needs), ("mended_after", requirement.mended_after)):
            for name in names:
                if name not in needs:
                    yield file.problem((*path, key), f"names {name}, which is not in the catalogue.")
        if requirement.id in _reachable(requirement.id, needs):
            yield file.problem((*path, "needs"), f"leads back to {requirement.id} itself.")
        for topology, reading in requirement.readings.items():
            place = (*path, "on", topology, "replaced_by")
            for name in reading.replaced_by:
                if name not in asked_of:
                    yield file.problem(place, f"names {name}, which is not in the catalogue.")
                elif topology not in asked_of[name]:
                    yield file.problem(place, f"names {name}, which is not asked of {topology}.")


def _reachable(start: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    seen: set[str] = set()
    open_ends = list(needs.get(start, ()))
    while open_ends:
        name = open_ends.pop()
        if name not in seen:
            seen.add(name)
            open_ends += needs.get(name, ())
    return seen
