"""When each file was exported: what bundle.json and bundle-online.json say, which collect-evidence.ps1 writes beside
the exports; and how old an export may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from calconnect.evidence.bundle.kinds import BY_NAME
from calconnect.evidence.bundle.moments import read_moment
from calconnect.evidence.bundle.rows import Broken, decode, parse_json
from calconnect.evidence.bundle.secrets import holds_a_secret

BUNDLE_FILE = "bundle.json"
ONLINE_BUNDLE_FILE = "bundle-online.json"
"""The same, of what was exported from Exchange Online."""
BUNDLE_FILES = (BUNDLE_FILE, ONLINE_BUNDLE_FILE)
SCHEMA = "calconnect-exports/1"
MOST_SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may be apart; Kerberos allows as much:
https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/maximum-tolerance-for-computer-clock-synchronization"""


@dataclass(frozen=True, slots=True)
class Listed:
    """What bundle.json says of one export."""

    exported_at: datetime
    rows: int | None = None
    error: str = ""
    """Why the export failed; empty: it did not."""
    by: str = BUNDLE_FILE
    """The list that says so."""


@dataclass(frozen=True, slots=True)
class BundleList:
    """What bundle.json holds."""

    organization: str = ""
    files: Mapping[str, Listed] = field(default_factory=dict)
    """By file name in lower case."""

    def with_more(self, other: BundleList) -> BundleList:
        """Return a list with what this one and another one hold."""
        names = dict.fromkeys(name for name in (self.organization, other.organization) if name)
        return BundleList(", ".join(names), {**self.files, **other.files})


def most_age(export: str, most_days_old: int) -> timedelta:
    """Return how old an export may be: as the settings allow, or less where it goes out of date sooner.

    Args:
        export: its name, such as ``online_org``.
        most_days_old: what the settings allow, in days of 24 hours.
    """
    most, known = timedelta(days=most_days_old), BY_NAME.get(export)
    if known is None or known.most_hours_old is None:
        return most
    return min(most, timedelta(hours=known.most_hours_old))


def read_bundle_list(raw: bytes, name: str = BUNDLE_FILE) -> BundleList:
    """Read bundle.json or bundle-online.json.

    Args:
        raw: what it holds.
        name: which of the two it is.

    Raises:
        Broken: it is not what collect-evidence.ps1 writes.
    """
    text = decode(raw)
    value = parse_json(text)
    if holds_a_secret(text, [value]):
        raise Broken("holds something that looks like a password.", "Leave it as collect-evidence.ps1 wrote it.")
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise Broken(
            f"is no list of exports: its schema is not {SCHEMA}.", "Leave it as collect-evidence.ps1 wrote it."
        )
    files: dict[str, Listed] = {}
    for index, entry in enumerate(_entries(value.get("files"))):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise Broken(f"names no file in entry {index} of files.")
        moment = read_moment(entry.get("exported_at", value.get("exported_at")))
        if moment is None:
            raise Broken(f"has no time with an offset in entry {index} of files.")
        rows, error = entry.get("rows"), entry.get("error")
        files[entry["name"].lower()] = Listed(
            moment,
            rows if isinstance(rows, int) and not isinstance(rows, bool) else None,
            _text(error),
            name,
        )
    return BundleList(_text(value.get("organization")), files)


def _entries(value: Any) -> list[Any]:
    """Return the entries of a list, which Windows PowerShell 5.1 may have written as one object."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    raise Broken("has no list of files.")


def _text(value: Any) -> str:
    """Return a text in one line, without what does not show; anything else is as good as none."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())
