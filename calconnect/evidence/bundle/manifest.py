"""The manifest of an imported bundle: which files there are, with what hash, exported when. Written by us alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from calconnect.evidence.bundle.model import BundleFile, DatedBy
from calconnect.evidence.bundle.moments import read_moment
from calconnect.evidence.bundle.rows import Broken, decode, parse_json

MANIFEST_FILE = "manifest.json"
SCHEMA = "calconnect-evidence/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an imported bundle."""

    sha256: str
    exported_at: datetime
    dated_by: DatedBy


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was imported, and for whom."""

    service_account: str
    """The address of the service account that the settings named then; empty: none."""
    tenant: str = ""
    """The tenant in Microsoft's cloud that they named; empty: none."""
    files: Mapping[str, Entry] = field(default_factory=dict)
    """By file name, as it is on disk."""


def manifest_value(
    files: Iterable[BundleFile], *, service_account: str, imported_at: datetime, tenant: str = ""
) -> dict[str, Any]:
    """Return the manifest as plain JSON values."""
    return {
        "schema": SCHEMA,
        "imported_at": imported_at.isoformat(),
        "service_account": service_account,
        **({"tenant": tenant} if tenant else {}),
        "files": [
            {
                "name": file.name,
                "sha256": file.sha256,
                "bytes": file.size,
                "exported_at": file.exported_at.isoformat(),
                "dated_by": file.dated_by.value,
                "command": file.command,
                "rows": file.rows,
            }
            for file in files
        ],
    }


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None: it has none, so nothing was imported into it.

    Raises:
        Broken: it cannot be read, or is not what was written.
    """
    path = folder / MANIFEST_FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Broken(f"cannot be read: {error.strerror or type(error).__name__}.") from None
    value = parse_json(decode(raw))
    if not isinstance(value, dict) or value.get("schema") != SCHEMA or not isinstance(value.get("files"), list):
        raise Broken("is no manifest of imported evidence.", "Import the exports again.")
    account, tenant = value.get("service_account"), value.get("tenant", "")
    files: dict[str, Entry] = {}
    for entry in value["files"]:
        files.update(_entry(entry))
    if not isinstance(account, str) or not isinstance(tenant, str):
        raise Broken("does not say for which service account and tenant it is.", "Import the exports again.")
    return Manifest(account, tenant, files)


def _entry(value: Any) -> dict[str, Entry]:
    if isinstance(value, dict):
        name, digest, moment = value.get("name"), value.get("sha256"), read_moment(value.get("exported_at"))
        dated_by = value.get("dated_by")
        if (
            isinstance(name, str)
            and isinstance(digest, str)
            and _SHA256.fullmatch(digest)
            and moment is not None
            and dated_by in tuple(DatedBy)
        ):
            return {name: Entry(digest, moment, DatedBy(dated_by))}
    raise Broken("has an entry that is not complete.", "Import the exports again.")
