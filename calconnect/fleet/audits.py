"""One tenant's audit as a worker makes it: by the notebook of ``calconnect audit``; the run's folder is sent back."""

from __future__ import annotations

import io
import json
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.papermill_run import NotebookFailed, execute_notebook

RESULTS_FILE = "results.json"
_MOST_BYTES = 1024 * 1024 * 1024
"""Of a run's folder, unpacked, that are taken from a worker at most."""


@dataclass(frozen=True, slots=True)
class AuditTask:
    """One tenant to audit."""

    name: str
    """What the fleet calls it: unique, and fit for a folder's name."""
    file: str
    """The settings, or a mock tenant's file: a path that leads there on the worker's machine, too."""
    run_id: str


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What came of it."""

    exit_code: int
    """As ``calconnect audit`` would have returned."""
    sentence: str
    """The answer's headline, or what kept the audit from its end."""
    state: str = ""
    """``ready``, ``not-ready``, ``not-known``; empty: there is no result."""
    must: Mapping[str, int] | None = None
    """How many of the requirements that decide have each verdict."""
    mailboxes: Mapping[str, int] | None = None
    """How many listed mailboxes passed, fell short, are unknown."""
    folder: bytes = b""
    """The run's folder as a ZIP archive; empty: there is no result."""


def audit_tenant(task: AuditTask) -> AuditResult:
    """Audit one tenant in a folder of its own and return what came of it. Runs on a worker.

    Never raises for settings, server or network; what is calconnect's own fault comes back as a sentence, too.
    """
    with tempfile.TemporaryDirectory(prefix="calconnect-fleet-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / task.run_id
        mock = _is_mock_tenant(Path(task.file))
        parameters = {
            "config": "" if mock else task.file,
            "tenant": task.file if mock else "",
            "out": place,
            "run_id": task.run_id,
        }
        try:
            execute_notebook(folder, parameters)
            results: dict[str, Any] = json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8"))
        except NotebookFailed as error:
            return AuditResult(2 if error.cause == "AuditStopped" else 3, _in_one_line(error))
        except InvalidInput as error:
            return AuditResult(2, _in_one_line(error))
        except (OSError, ValueError) as error:
            return AuditResult(3, f"The run left no result on its worker: {type(error).__name__}.")
        answer, counts = results["answer"], results["counts"]
        return AuditResult(
            int(answer["exit_code"]),
            str(answer["headline"]),
            str(answer["state"]),
            dict(counts["must"]),
            dict(counts["mailboxes"]),
            _packed(folder),
        )


def unpack(archive: bytes, folder: Path) -> None:
    """Write a run's folder that came from a worker. What leads out of it is left out.

    Raises:
        OSError: it cannot be written.
        ValueError: it is no archive, or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            members = [one for one in packed.infolist() if not one.is_dir()]
            if sum(one.file_size for one in members) > _MOST_BYTES:
                raise ValueError("the run is too large")
            for member in members:
                target = folder / member.filename
                if target.resolve().is_relative_to(folder.resolve()):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(packed.read(member))
    except zipfile.BadZipFile:
        raise ValueError("it is no archive") from None


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        # A folder without results.json holds no result: it goes last, and comes out last.
        for path in sorted(folder.rglob("*"), key=lambda path: (path.name == RESULTS_FILE, path)):
            if path.is_file():
                packed.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _is_mock_tenant(file: Path) -> bool:
    """Say whether a file describes a mock tenant: it has a title, which settings have not."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False  # as settings, it is told what is wrong with it
    return isinstance(document.get("title"), str)
