"""Reads the dated facts from ``timeline.toml`` and checks them key by key."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from calconnect.evidence.builds import Build, read_build
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import KeyPath, TomlFile, read_toml
from calconnect.settings.model import AccessLevel, Topology
from calconnect.timeline.model import Case, Certainty, Conditions, EwsEnabled, Fact, Licence, Side, VendorListed

FACTS_FILE = Path(__file__).with_name("timeline.toml")

_TEXTS = ("id", "title", "stops", "action", "spared", "source")
_FACT = (*_TEXTS, "starts", "ends", "precision", "topologies", "when", "certainty", "last_checked")
_FACT_KEYS = (*_FACT, "disagreement", "overtaken_by", "case")
_CASE_KEYS = ("when", "stops", "action", "spared", "disagreement")
_WHEN_KEYS = tuple(field.name for field in fields(Conditions))
_PRECISIONS = ("day", "month")
_Word = TypeVar("_Word", bound=StrEnum)


def load_facts(file: Path | None = None) -> tuple[Fact, ...]:
    """Return the dated facts in the order of their file.

    Args:
        file: another file of facts; None: the one that is shipped.

    Raises:
        InvalidInput: with every mistake, by line and key.
    """
    return _shipped() if file is None else _read(file)


@functools.cache
def _shipped() -> tuple[Fact, ...]:
    """Read the shipped facts once: they are part of the program."""
    return _read(FACTS_FILE)


def _read(path: Path) -> tuple[Fact, ...]:
    file = read_toml(path)
    reader = _Reader(file)
    facts = reader.facts()
    if reader.problems:
        raise InvalidInput(reader.problems)
    return facts


class _Reader:
    """Reads one file; what is wrong is collected, and a value that is wrong is replaced by an empty one."""

    def __init__(self, file: TomlFile) -> None:
        self.problems: list[Problem] = []
        self._file = file

    def facts(self) -> tuple[Fact, ...]:
        self._only(self._file.data, (), ("fact",))
        entries = self._tables(self._file.data, (), "fact")
        if not entries:
            self._complain(("fact",), "must be a list of tables, [[fact]], and not empty.")
        facts = [self._fact(entry, ("fact", index)) for index, entry in enumerate(entries)]
        known: set[str] = set()
        for index, fact in enumerate(facts):
            if fact.id in known:
                self._complain(("fact", index, "id"), f"{fact.id} is there already.")
            known.add(fact.id)
        for index, fact in enumerate(facts):
            if fact.overtaken_by and fact.overtaken_by not in known - {fact.id}:
                self._complain(("fact", index, "overtaken_by"), f"{fact.overtaken_by} is no other fact.")
        return tuple(facts)

    def _fact(self, entry: Mapping[str, Any], path: KeyPath) -> Fact:
        self._only(entry, path, _FACT_KEYS)
        texts = {key: self._text(entry, path, key) for key in _TEXTS}
        starts, ends = self._day(entry, path, "starts"), self._day(entry, path, "ends")
        if ends is not None and (starts is None or ends < starts):
            self._complain((*path, "ends"), "must not be before starts.")
        if entry.get("precision", "day") not in _PRECISIONS:
            self._complain((*path, "precision"), f"must be one of {', '.join(_PRECISIONS)}.")
        checked = self._day(entry, path, "last_checked")
        if checked is None and "last_checked" not in entry:
            self._complain((*path, "last_checked"), "is missing.")
        if texts["source"] and not texts["source"].startswith("https://"):
            self._complain((*path, "source"), "must be an https URL.")
        cases = self._tables(entry, path, "case")
        certainty = self._words({"certainty": [entry.get("certainty", "primary")]}, path, "certainty", Certainty)
        return Fact(
            **texts,
            starts=starts,
            ends=ends,
            to_the_month=entry.get("precision") == "month",
            topologies=tuple(str(one) for one in self._words(entry, path, "topologies", Topology, needed=True)),
            when=self._conditions(entry, path),
            certainty=certainty[0] if certainty else Certainty.PRIMARY,
            last_checked=checked or date.min,
            disagreement=self._text(entry, path, "disagreement", needed=False),
            overtaken_by=self._text(entry, path, "overtaken_by", needed=False),
            cases=tuple(self._case(case, (*path, "case", index)) for index, case in enumerate(cases)),
        )

    def _case(self, entry: Mapping[str, Any], path: KeyPath) -> Case:
        self._only(entry, path, _CASE_KEYS)
        stops, spared = (self._text(entry, path, key, needed=False) for key in ("stops", "spared"))
        if bool(stops) == bool(spared):
            self._complain(path, "must say either what stops, or why it is spared.")
        return Case(
            self._conditions(entry, path),
            stops=stops,
            action=self._text(entry, path, "action", needed=bool(stops)),
            spared=spared,
            disagreement=self._text(entry, path, "disagreement", needed=False),
        )

    def _conditions(self, entry: Mapping[str, Any], path: KeyPath) -> Conditions:
        place = (*path, "when")
        when = entry.get("when", {})
        if not isinstance(when, dict):
            self._complain(place, "must be a table.")
            return Conditions()
        self._only(when, place, _WHEN_KEYS)
        limited = when.get("limited")
        if limited is not None and not isinstance(limited, bool):
            self._complain((*place, "limited"), "must be true or false.")
            limited = None
        side = self._words({"side": [when["side"]]} if "side" in when else {}, place, "side", Side)
        licence = self._words({"licence": [when["licence"]]} if "licence" in when else {}, place, "licence", Licence)
        return Conditions(
            access=tuple(str(one) for one in self._words(when, place, "access", AccessLevel)),
            limited=limited,
            ews_enabled=self._words(when, place, "ews_enabled", EwsEnabled),
            vendor_listed=self._words(when, place, "vendor_listed", VendorListed),
            from_build=self._build(when, place, "from_build"),
            below_build=self._build(when, place, "below_build"),
            side=side[0] if side else None,
            licence=licence[0] if licence else None,
        )

    def _text(self, table: Mapping[str, Any], path: KeyPath, key: str, *, needed: bool = True) -> str:
        value = table.get(key)
        if value is None:
            if needed:
                self._complain((*path, key), "is missing.")
            return ""
        if not isinstance(value, str) or not value.strip():
            self._complain((*path, key), "must be text, and not empty.")
            return ""
        return value.strip()

    def _day(self, table: Mapping[str, Any], path: KeyPath, key: str) -> date | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self._complain((*path, key), "must be a day, such as 2026-11-22, without quotes.")
            return None
        return value

    def _build(self, table: Mapping[str, Any], path: KeyPath, key: str) -> Build | None:
        value = table.get(key)
        build = read_build(value) if isinstance(value, str) else None
        if value is not None and build is None:
            self._complain((*path, key), "must be a build, such as 15.2.2562.17, in quotes.")
        return build

    def _words(
        self, table: Mapping[str, Any], path: KeyPath, key: str, kind: type[_Word], *, needed: bool = False
    ) -> tuple[_Word, ...]:
        value = table.get(key)
        if value is None:
            if needed:
                self._complain((*path, key), "is missing.")
            return ()
        words = [str(word) for word in kind]
        if not isinstance(value, list) or not value or any(one not in words for one in value):
            self._complain((*path, key), f"must be of {', '.join(words)}.")
            return ()
        return tuple(kind(one) for one in value)

    def _tables(self, table: Mapping[str, Any], path: KeyPath, key: str) -> list[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._complain((*path, key), f"must be a list of tables, [[{key}]].")
            return []
        return value

    def _only(self, table: Mapping[str, Any], path: KeyPath, known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                self._complain((*path, key), "is not known.", f"Known: {', '.join(known)}.")

    def _complain(self, path: KeyPath, message: str, hint: str = "") -> None:
        self.problems.append(self._file.problem(path, message, hint))
