"""Holds the rows of one export against what that export must be, and reads their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calconnect.evidence.bundle.rows import Broken, Row, csv_rows, json_rows
from calconnect.evidence.bundle.secrets import holds_a_secret
from calconnect.evidence.bundle.shape import Export, Property
from calconnect.evidence.bundle.values import Unreadable, Value, read_value
from calconnect.foundation.problems import Problem

Values = Mapping[str, Value]
"""One row: by the property's name, as ``kinds`` spells it. A property that the file does not have is missing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one file."""

    rows: tuple[Values, ...]
    problems: tuple[Problem, ...]


def check_rows(export: Export, text: str, name: str, *, as_csv: bool) -> Checked:
    """Read the rows of an export.

    Args:
        export: which one.
        text: what the file holds.
        name: what messages call the file.
        as_csv: whether it is CSV; otherwise it is JSON.

    Raises:
        Broken: the file as a whole cannot be read, or holds something that looks like a password.
    """
    if as_csv:
        header, rows = csv_rows(text)
        present = frozenset(one.lower() for one in header)
        missing = [one for one in export.properties if one.required and one.name.lower() not in present]
        problems = [_missing(one, "", None, name) for one in missing]
    else:
        rows, missing, problems = json_rows(text), [], []
    if holds_a_secret(text, [row.values for row in rows]):
        raise Broken("holds something that looks like a password.", "Export only the properties that are asked for.")
    if export.single and len(rows) > 1:
        raise Broken(f"has {len(rows):,} rows, and must be about one thing.", f"It is the output of {export.command}.")
    read: list[Values] = []
    faults: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        values: dict[str, Value] = {}
        for wanted in export.properties:
            key = wanted.name.lower()
            if key not in row.values:
                if wanted.required and wanted not in missing:
                    faults.setdefault((wanted.name, ""), []).append(row)
                continue
            try:
                values[wanted.name] = read_value(wanted, row.values[key])
            except Unreadable as error:
                faults.setdefault((wanted.name, str(error)), []).append(row)
        read.append(values)
    problems += _told(faults, export.properties, name)
    return Checked(tuple(read), tuple(problems))


def _told(faults: Mapping[tuple[str, str], list[Row]], properties: Iterable[Property], name: str) -> list[Problem]:
    """Return a problem for each kind of mistake: where it is first, and how often there is more of it."""
    by_name = {one.name: one for one in properties}
    problems = []
    for (key, why), rows in faults.items():
        first = rows[0]
        more = f" So in {len(rows) - 1:,} more." if len(rows) > 1 else ""
        if not why:
            problem = _missing(by_name[key], first.place, first.line, name, more)
        else:
            problem = Problem(name, first.line, first.place + key, f"{why}.{more}", "")
        problems.append(problem)
    return problems


def _missing(wanted: Property, place: str, line: int | None, name: str, more: str = "") -> Problem:
    return Problem(name, line, place + wanted.name, f"is missing.{more}", "Export it as well.")
