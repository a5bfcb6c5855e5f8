"""The files of waivers and attestations of a mock tenant, as its administrator would keep them beside the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

from calconnect.embedded.toml_text import toml_text
from calconnect.foundation.clock import Clock
from calconnect.foundation.files import is_there, write_atomic
from calconnect.foundation.problems import Problem
from calconnect.foundation.toml import TomlFile
from calconnect.mock_tenant.description.model import Description

WAIVERS_FILE = "waivers.toml"
ATTESTATIONS_FILE = "attestations.toml"

_COUNTED = {
    "expires_in_days": ("expires", 1),
    "approved_days_ago": ("approved_on", -1),
    "valid_for_days": ("valid_until", 1),
    "attested_days_ago": ("attested_on", -1),
}
"""Keys of a tenant file that count days from today: the key that they stand for, and the direction."""
_MOST_DAYS = 36_500
_PLACE = re.compile(r"(?P<table>waiver|attestation)\[(?P<index>\d+)\](?P<rest>.*)")


def supply_overlay(folder: Path, description: Description, *, clock: Clock) -> None:
    """Write what a tenant file says of waivers and attestations beside the settings; nothing where it says nothing.

    Args:
        folder: the folder of the settings.
        description: the mock tenant.
        clock: tells today, which days are counted from.

    Raises:
        OSError: the folder cannot be written to.
    """
    today = clock().astimezone(UTC).date()
    beside = description.file.absolute().parent
    if description.waivers:
        write_atomic(folder / WAIVERS_FILE, toml_text({"waiver": _entries(description.waivers, today, beside)}))
    if description.attestations:
        text = toml_text({"attestation": _entries(description.attestations, today, beside)})
        write_atomic(folder / ATTESTATIONS_FILE, text)


def in_tenant_file(problem: Problem, description: Description, file: TomlFile) -> Problem:
    """Return a problem of one of the files that were written here as one of the tenant file that its entry is from.

    Args:
        problem: what is wrong; its key begins with ``waiver[0]`` or ``attestation[0]``.
        description: the mock tenant.
        file: its tenant file; an entry that is not in it comes from one that it is based on.
    """
    found = _PLACE.fullmatch(problem.key)
    if found is None:
        return problem
    table, index, rest = f"{found['table']}s", int(found["index"]), found["rest"].lstrip(".")
    entries = description.waivers if table == "waivers" else description.attestations
    wrong = next((key for key, (name, _) in _COUNTED.items() if rest in (key, name) and key in entries[index]), None)
    if wrong is not None and not _is_count(entries[index][wrong]):
        rest, problem = wrong, replace(problem, message=f"must be a whole number up to {_MOST_DAYS:,}.", hint="")
    own = file.data.get(table, [])
    here = next((number for number, entry in enumerate(own) if entry == entries[index]), None)
    if here is None:
        return Problem(file.name, None, f"{table}.{rest}", problem.message, problem.hint)
    written = next((key for key, (name, _) in _COUNTED.items() if name == rest and key in entries[index]), rest)
    path = (table, here, written) if written else (table, here)
    return file.problem(path, problem.message, problem.hint)


def _entries(entries: Sequence[Mapping[str, Any]], today: date, beside: Path) -> list[dict[str, Any]]:
    return [dict(_pair(key, value, today, beside) for key, value in entry.items()) for entry in entries]


def _pair(key: str, value: Any, today: date, beside: Path) -> tuple[str, Any]:
    """Return a key and its value as they stand in the file: days as dates, a file beside the tenant file by its full
    path, and all else as it is, right or wrong."""
    if key in _COUNTED and _is_count(value):
        name, direction = _COUNTED[key]
        return name, today + timedelta(days=direction * value)
    if key == "evidence" and isinstance(value, str) and value and is_there(beside / value):
        return key, str(beside / value)
    return key, value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST_DAYS
