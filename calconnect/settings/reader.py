"""Reads one table of a TOML file key by key, and collects everything that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import TomlFile
from calconnect.settings.addresses import address_fault
from calconnect.settings.secrets import SecretReference

FileChecks = Mapping[str, Callable[[Path, str], object]]
"""By key: reads a file or folder, called by a name, and raises InvalidInput with what is wrong with it."""

NO_CHECKS: FileChecks = {}

_MOST_SHOWN = 10**15
"""TOML's whole numbers have no bounds, and one of a thousand digits is no help in a message."""
_RELATIVE = "Relative paths start at the folder of the settings file."

_KINDS = ((bool, "true or false"), (str, "a string"), (int, "a number"), (float, "a number"), (list, "a list"))


@dataclass(frozen=True, slots=True)
class Item:
    """One string of a list, with the place where it stands."""

    text: str
    line: int | None
    key: str


class TableReader:
    """One table of the settings. A key that is missing or wrong reads as None and leaves a problem behind."""

    def __init__(self, file: TomlFile, table: str, problems: list[Problem]) -> None:
        self._file = file
        self._table = table
        self._problems = problems
        self._values: Mapping[str, Any] = {}
        found = file.data.get(table, {})
        self._is_table = isinstance(found, dict)
        if isinstance(found, dict):
            self._values = found
        else:
            problems.append(file.problem((table,), f"must be a table, not {_kind(found)}.", f"Write [{table}]."))

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from: that of the settings file."""
        return Path(self._file.name).absolute().parent

    @property
    def is_table(self) -> bool:
        """Whether there is a table that can hold keys, or none at all; not whether something else stands there."""
        return self._is_table

    def has(self, key: str) -> bool:
        """Whether the key is written, right or wrong."""
        return key in self._values

    def complain(self, key: str, message: str, hint: str = "") -> None:
        """Note a problem at a key of this table."""
        self._problems.append(self._file.problem((self._table, key), message, hint))

    def require(self, *keys: str) -> None:
        """Note a problem for each key that is not written; none if there is no table that could hold it."""
        for key in keys:
            if self._is_table and key not in self._values:
                self.complain(key, "is missing.", f"Add it under [{self._table}].")

    def text(self, key: str) -> str | None:
        """Read a string that is not empty."""
        value = self._typed(key, str)
        if value is None:
            return None
        if not value.strip():
            self.complain(key, "is empty.", "Give it a value, or leave the key out.")
            return None
        return str(value.strip())

    def address(self, key: str) -> str | None:
        """Read an e-mail address."""
        text = self.text(key)
        if text is None:
            return None
        if fault := address_fault(text):
            self.complain(key, f"is no e-mail address: it {fault}.")
            return None
        return text

    def secret(self, key: str, what: str) -> SecretReference | None:
        """Read where a secret is kept; ``what`` is the secret's name, such as ``A password``."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return SecretReference.parse(text, self.folder)
        except ValueError as error:
            self.complain(key, f"{error}.", f"{what} never stands in the settings file itself.")
            return None

    def day(self, key: str) -> date | None:
        """Read a day, as TOML writes it."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            given = "a date with a time" if isinstance(value, datetime) else _kind(value)
            self.complain(key, f"must be a day, not {given}.", "Write it without quotes, such as 2026-12-01.")
            return None
        return value

    def boolean(self, key: str) -> bool | None:
        """Read true or false."""
        value = self._typed(key, bool)
        return None if value is None else bool(value)

    def number(self, key: str, least: float, most: float, *, whole: bool, unit: str) -> float | None:
        """Read a number within bounds, both included."""
        value = self._typed(key, int) if whole else self._typed(key, float)
        if value is None:
            return None
        if not least <= value <= most:
            given = "" if isinstance(value, int) and abs(value) > _MOST_SHOWN else f", and is {value:g}"
            self.complain(key, f"must be from {least:g} to {most:g} {unit}{given}.")
            return None
        return float(value)

    def strings(self, key: str) -> list[Item] | None:
        """Read a list of strings that is not empty; items that are no strings are complained of and left out."""
        value = self._typed(key, list)
        if value is None:
            return None
        if not value:
            self.complain(key, "is an empty list.", "Name at least one, or leave the key out.")
            return None
        items = []
        for index, item in enumerate(value):
            path = (self._table, key, index)
            if isinstance(item, str):
                items.append(Item(item, self._file.line_of(path), f"{self._table}.{key}[{index}]"))
            else:
                self._problems.append(self._file.problem(path, f"must be a string, not {_kind(item)}."))
        return items

    def pairs(self, key: str) -> list[tuple[Item, str]] | None:
        """Read a table of strings: the name of each with its place, and its value."""
        value = self._typed(key, dict)
        if value is None:
            return None
        pairs = []
        for name, item in value.items():
            path = (self._table, key, name)
            if isinstance(item, str):
                pairs.append((Item(name, self._file.line_of(path), f"{self._table}.{key}.{name}"), item))
            else:
                self._problems.append(self._file.problem(path, f"must be a string, not {_kind(item)}."))
        return pairs

    def file(self, key: str) -> Path | None:
        """Read the path of a file that is there."""
        path = self.path(key)
        if path is None or path.is_file():
            return path
        if path.is_dir():
            self.complain(key, f"{self.named(key)} is a folder, and must be a file.")
        elif path.exists():
            self.complain(key, f"{self.named(key)} is no regular file.")
        else:
            self.complain(key, f"There is no file {self.named(key)}.", _RELATIVE)
        return None

    def directory(self, key: str, *, exists: bool) -> Path | None:
        """Read the path of a folder; with ``exists``, of one that is there."""
        path = self.path(key)
        if path is None:
            return None
        if exists and not path.exists():
            self.complain(key, f"There is no folder {self.named(key)}.", _RELATIVE)
            return None
        if path.exists() and not path.is_dir():
            self.complain(key, f"{self.named(key)} is a file, and must be a folder.")
            return None
        return path

    def path(self, key: str) -> Path | None:
        """Read a path, made absolute from the folder of the settings file."""
        text = self.text(key)
        if text is None:
            return None
        if "\0" in text:
            self.complain(key, "is no path (it holds a NUL character).")
            return None
        try:
            path = (self.folder / Path(text).expanduser()).absolute()
            path.exists()
        except RuntimeError:
            self.complain(key, "begins with ~ and a user whose home folder is not known.", "Write the path in full.")
            return None
        except OSError as error:  # too long, or a loop of links
            self.complain(key, f"is no path that can be used: {error.strerror or type(error).__name__}.")
            return None
        return path

    def check(self, key: str, path: Path | None, checks: FileChecks) -> None:
        """Have the file or folder of a key checked, if it is there and there is a check for it."""
        if path is not None and key in checks:
            try:
                checks[key](path, self.named(key))
            except InvalidInput as error:
                self._problems.extend(error.problems)

    def finish(self, known: Iterable[str], elsewhere: Mapping[str, str]) -> None:
        """Note a problem for each key that is not known.

        Args:
            known: the keys of this table.
            elsewhere: keys of other tables → the table.
        """
        names = tuple(known)
        for key in self._values:
            if key in names:
                continue
            if key in elsewhere:
                hint = f"It belongs under [{elsewhere[key]}]."
            elif guess := did_you_mean(key, names):
                hint = f"Did you mean {guess}?"
            else:
                hint = f"Known keys of [{self._table}]: {', '.join(names)}."
            self._problems.append(self._file.problem((self._table, key), "is not known.", hint))

    def named(self, key: str) -> str:
        """Return how messages name the file of a key that read well: the way the user named the settings file."""
        return str(Path(self._file.name).parent / Path(str(self._values[key]).strip()).expanduser())

    def _typed(self, key: str, kind: type) -> Any:
        value = self._values.get(key)
        if value is None:
            return None
        right = isinstance(value, kind) or (kind is float and isinstance(value, int))
        if not right or (isinstance(value, bool) and kind is not bool):
            wanted = {str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}
            self.complain(key, f"must be {wanted.get(kind, 'a table')}, not {_kind(value)}.")
            return None
        return value


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest to ``name``; None if none is near. Hears parts (``url``), too."""
    names = tuple(known)
    plain = name.lower().replace("-", "_").replace(" ", "_")
    close = difflib.get_close_matches(plain, names, 1, 0.7)
    if close:
        return close[0]
    parts = [candidate for candidate in names if plain and (plain in candidate or candidate in plain)]
    return parts[0] if len(parts) == 1 else None


def _kind(value: object) -> str:
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    return "a table" if isinstance(value, dict) else "a date or time"
