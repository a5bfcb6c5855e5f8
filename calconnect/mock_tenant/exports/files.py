"""Writes the files of exports into a folder, with the list of them, as collect-evidence.ps1 leaves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from calconnect.mock_tenant.exports.powershell import Generation, json_text, to_csv, to_json
from calconnect.mock_tenant.exports.values import Row

_VERSIONS: Mapping[Generation, str] = {"5.1": "5.1.20348.2849", "7": "7.6.1"}
_NOT_FOUND = "The object was not found."


@dataclass(frozen=True, slots=True)
class Files:
    """Where and how the files are written."""

    folder: Path
    form: Literal["json", "csv"] = "json"
    """The list is always JSON."""
    generation: Generation = "7"
    encoding: Literal["utf-8", "utf-8-sig", "utf-16"] = "utf-8"
    computer: str = ""
    """The server that the objects came from."""

    def write(
        self,
        list_name: str,
        tables: Mapping[str, Sequence[Row]],
        absent: Collection[str],
        organization: str,
        exported_at: datetime,
    ) -> None:
        """Write the files and their list.

        Args:
            list_name: ``bundle.json``.
            tables: by export, its rows.
            absent: exports whose command failed, because what it asks for is not there.
            organization: its name.
            exported_at: when.

        Raises:
            OSError: the folder cannot be written to.
        """
        listed: list[dict[str, Any]] = []
        moment = exported_at.isoformat(timespec="seconds")
        for name, rows in tables.items():
            entry = {"name": f"{name}.{self.form}", "exported_at": moment, "rows": len(rows), "error": None}
            listed.append(entry)
            if name in absent:
                entry.update(rows=None, error=_NOT_FOUND)
                continue
            if self.form == "csv":
                text = to_csv(rows, list(rows[0]), self.generation) if rows else ""
            else:
                text = to_json(rows, self.generation, self.computer)
            (self.folder / f"{name}.{self.form}").write_bytes(_encoded(text, self.encoding))
        value = {
            "schema": "calconnect-exports/1",
            "exported_at": moment,
            "organization": organization,
            "script_version": "1",
            "powershell_version": _VERSIONS[self.generation],
            "files": listed,
        }
        (self.folder / list_name).write_bytes(_encoded(json_text(value, self.generation), self.encoding))


def _encoded(text: str, encoding: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16" else text.encode(encoding)
