"""Reads the table ``[evidence]``: where the configuration evidence lies, and how old it may be."""

from __future__ import annotations

from pathlib import Path

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.model import DEFAULT_MOST_DAYS_OLD, EvidenceSettings
from calconnect.settings.reader import NO_CHECKS, FileChecks, TableReader

DEFAULT_FOLDER = "evidence"
"""Beside the settings file."""
MOST_DAYS_OLD = 365
_NO_FOLDER = "Correct the path, or make it with calconnect evidence import."
MARKS = ("manifest.json", "bundle.json")
"""What shows that a folder called ``evidence`` is ours: an import's manifest, or exports that were not imported."""


def read_evidence_settings(
    table: TableReader, problems: list[Problem], file: str, file_checks: FileChecks = NO_CHECKS
) -> EvidenceSettings:
    """Read the table; what ``file_checks`` finds wrong with the folder under ``evidence`` goes to ``problems``.

    A folder that is named need not be there unless it is checked: ``calconnect evidence import`` makes it.
    """
    most_days_old = table.number("most_days_old", 1, MOST_DAYS_OLD, whole=True, unit="days")
    folder = table.directory("folder", exists=False)
    named = table.named("folder") if folder is not None else str(Path(file).parent / DEFAULT_FOLDER)
    if folder is None and not table.has("folder"):
        beside = table.folder / DEFAULT_FOLDER
        folder = beside if any((beside / mark).is_file() for mark in MARKS) else None
    if folder is not None and "evidence" in file_checks and not folder.exists():
        table.complain("folder", f"There is no folder {folder}.", _NO_FOLDER)
    elif folder is not None and "evidence" in file_checks:
        try:
            file_checks["evidence"](folder, named)
        except InvalidInput as error:
            problems.extend(error.problems)
    return EvidenceSettings(folder, DEFAULT_MOST_DAYS_OLD if most_days_old is None else int(most_days_old))
