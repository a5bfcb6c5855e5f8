"""Reads the entries of a file of waivers or attestations key by key, and collects everything that is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from calconnect.foundation.problems import Problem
from calconnect.foundation.toml import KeyPath, TomlFile, read_toml
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.reader import did_you_mean

A_DAY = "a date without quotes, such as 2026-11-22"


def read_entries(path: Path, name: str, table: str, problems: list[Problem]) -> Iterator[Entry]:
    """Yield the entries of a file, ``[[table]]`` each.

    Args:
        path: the file.
        name: what messages call it.
        table: ``waiver`` or ``attestation``.
        problems: takes what is wrong with the file as a whole.

    Raises:
        InvalidInput: the file cannot be read, is not UTF-8, or is not TOML.
    """
    file = read_toml(path, name)
    for key in file.data:
        if key != table:
            hint = f"Write [[{table}]]." if key == f"{table}s" else f"The file holds [[{table}]] and nothing else."
            problems.append(file.problem((key,), "is not known.", hint))
    found = file.data.get(table, [])
    if not isinstance(found, list):
        problems.append(file.problem((table,), "must be a list of tables.", f"Write [[{table}]], once for each."))
        return
    for index, entry in enumerate(found):
        place = (table, index)
        if isinstance(entry, dict):
            yield Entry(file, place, entry, problems)
        else:
            problems.append(file.problem(place, "must be a table.", f"Write [[{table}]], once for each."))


class Entry:
    """One entry. A key that is missing or wrong reads as None and leaves a problem behind."""

    def __init__(self, file: TomlFile, path: KeyPath, values: Mapping[str, Any], problems: list[Problem]) -> None:
        self._file = file
        self._path = path
        self._values = values
        self._problems = problems

    @property
    def line(self) -> int:
        """1-based line where it begins; 0 where that is not known."""
        return self._file.line_of(self._path) or 0

    def has(self, key: str) -> bool:
        """Whether the key is written, right or wrong."""
        return key in self._values

    def complain(self, key: str | tuple[str, int], message: str, hint: str = "") -> None:
        """Note a problem at a key, or at an item of the list that it holds."""
        parts = (key,) if isinstance(key, str) else key
        self._problems.append(self._file.problem((*self._path, *parts), message, hint))

    def only(self, known: Sequence[str]) -> None:
        """Note a problem for each key that is not known."""
        for key in self._values:
            if key not in known:
                guess = did_you_mean(key, known)
                self.complain(
                    key, "is not known.", f"Did you mean {guess}?" if guess else f"Known: {', '.join(known)}."
                )

    def text(self, key: str, *, required: bool = True) -> str | None:
        """Read text that is not empty."""
        value = self._values.get(key)
        if value is None:
            if required:
                self.complain(key, "is missing.", f"Add {key}.")
            return None
        if not isinstance(value, str):
            self.complain(key, "must be text in quotes.")
            return None
        if not value.strip():
            self.complain(
                key, "is empty.", "Give it a value." if required else "Give it a value, or leave the key out."
            )
            return None
        return value.strip()

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Read a date."""
        value = self._values.get(key)
        if value is None:
            if required:
                self.complain(key, "is missing.", f"Add {key}: {A_DAY}.")
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.complain(key, f"must be {A_DAY}.")
            return None
        return value

    def texts(self, key: str) -> list[tuple[int, str]]:
        """Read a list of texts that is not empty, each with its place in the list; none if the key is left out."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.complain(key, "must be a list of texts in square brackets.")
            return []
        if not value:
            self.complain(key, "is an empty list.", "Name at least one, or leave the key out.")
        found = []
        for index, item in enumerate(value):
            if isinstance(item, str):
                found.append((index, item.strip()))
            else:
                self.complain((key, index), "must be text in quotes.")
        return found

    def requirement(self, catalogue: Catalogue, *, required: bool = True) -> str | None:
        """Read the id of a requirement, with or without its version."""
        name = self.text("requirement", required=required)
        if name is None or name in catalogue:
            return name
        ids = list(dict.fromkeys(one.id for one in catalogue.values()))
        close = difflib.get_close_matches(name.upper(), ids, 1, 0.6)
        hint = f"Did you mean {close[0]}?" if close else "See calconnect requirements list."
        self.complain("requirement", f"There is no requirement {name!r}.", hint)
        return None
