"""Imports exports: checks them, and keeps what is good, byte for byte, with a manifest of hashes and dates."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from calconnect.evidence.bundle.belonging import refuse_other_tenant, refuse_strangers
from calconnect.evidence.bundle.dating import BUNDLE_FILES
from calconnect.evidence.bundle.kinds import BY_NAME, EXPORTS
from calconnect.evidence.bundle.manifest import MANIFEST_FILE, manifest_value, read_manifest
from calconnect.evidence.bundle.model import BundleFile
from calconnect.evidence.bundle.read import Examined, examine
from calconnect.evidence.bundle.rows import Broken
from calconnect.foundation.clock import Clock
from calconnect.foundation.files import write_json
from calconnect.foundation.problems import Problem, UsageError

_OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers put into every folder that somebody looks at."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    folder: Path
    """Where the evidence is kept."""
    organization: str
    """Its name, as bundle.json has it; empty: it is not told."""
    written: bool
    """Whether it was written; it is not if nothing was good."""
    files: tuple[BundleFile, ...]
    """What was kept."""
    not_exported: dict[str, str]
    """By file name, why an export failed where it was made."""
    missing: tuple[str, ...]
    """Exports that were not supplied, of the sides that there are: a service account, or a tenant."""
    problems: tuple[Problem, ...]


def import_bundle(
    source: Path,
    target: Path,
    *,
    clock: Clock,
    service_account: str,
    tenant: str = "",
    online_mailbox: str = "",
    name: str = "",
) -> Imported:
    """Import a folder of exports; an earlier import in ``target`` is replaced whole, all at once.

    Args:
        source: the folder with the exports.
        target: the folder to keep them in.
        clock: tells the time.
        service_account: the address that the settings name; empty: they name none, and Exchange Online has none.
        tenant: the tenant in Microsoft's cloud that the settings name; empty: they name none.
        online_mailbox: a mailbox that is said to be in Exchange Online, which tells whose exports belong here.
        name: what messages call the source; empty: its path.

    Raises:
        InvalidInput: the source cannot be read, or holds no export.
        UsageError: the target holds something that no import has written, or cannot be written to.
    """
    if target.is_symlink():  # the link stays, and leads to the new folder as it led to the old one
        target = target.resolve()
    if source.resolve() == target.resolve():
        raise UsageError(f"{source} is where imported evidence is kept; move the exports into another folder.")
    examined = examine(source, clock=clock, name=name)
    if service_account:
        refuse_strangers(examined, service_account)
    if online_mailbox:
        refuse_other_tenant(examined, online_mailbox)
    found = {path.name.lower().rpartition(".")[0] for path in source.iterdir()}
    failed = {
        name: listed.error
        for name, listed in (examined.listed.files if examined.listed is not None else {}).items()
        if listed.error
    }
    if examined.exports:
        _check_target(target)
        _write(examined, target, clock=clock, service_account=service_account, tenant=tenant)
    return Imported(
        folder=target,
        organization=examined.listed.organization if examined.listed is not None else "",
        written=bool(examined.exports),
        files=tuple(read.file for read in examined.exports.values()),
        not_exported=failed,
        missing=tuple(
            export.name
            for export in EXPORTS
            if export.name not in found and (tenant if export.online else service_account)
        ),
        problems=tuple(examined.problems),
    )


def _check_target(target: Path) -> None:
    """Raise if the folder holds anything that no import has written: it would be lost."""
    if not target.exists():
        return
    try:
        present = {path.name for path in target.iterdir()}
        manifest = read_manifest(target)
    except NotADirectoryError:
        raise UsageError(f"{target} is a file, and must be a folder.") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be read: {error.strerror or type(error).__name__}.") from None
    except Broken:
        manifest = None
    ours = {name for name in manifest.files if _is_ours(name)} | {MANIFEST_FILE} if manifest is not None else set()
    strange = sorted(present - ours - _OF_THE_SYSTEM)
    if strange:
        shown = ", ".join(strange[:3]) + (" …" if len(strange) > 3 else "")
        raise UsageError(f"{target} holds what no import has written: {shown}. Move it elsewhere.")


def _is_ours(name: str) -> bool:
    """Whether an import can have written a file, whatever its manifest says."""
    return name.lower() in BUNDLE_FILES or name.lower().rpartition(".")[0] in BY_NAME


def _write(examined: Examined, target: Path, *, clock: Clock, service_account: str, tenant: str) -> None:
    partial = target.parent / f".{target.name}.{secrets.token_hex(6)}.partial"
    try:
        partial.mkdir(parents=True)
        for export in list(examined.exports):
            file = examined.exports[export].file
            raw = file.path.read_bytes()
            if hashlib.sha256(raw).hexdigest() != file.sha256:
                examined.refuse(export, "", "was changed while it was read.", "Import it again.")
            else:
                (partial / file.name).write_bytes(raw)
        files = [read.file for read in examined.exports.values()]
        latest = max((file.exported_at for file in files), default=clock())
        for path in examined.list_files if files else ():
            raw = path.read_bytes()
            (partial / path.name).write_bytes(raw)
            files.append(BundleFile(path.name, path, hashlib.sha256(raw).hexdigest(), len(raw), latest))
        manifest = manifest_value(files, service_account=service_account, tenant=tenant, imported_at=clock())
        write_json(partial / MANIFEST_FILE, manifest)
        _replace(partial, target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or type(error).__name__}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _replace(partial: Path, target: Path) -> None:
    """Put the new folder in the old one's place, or leave the old one where it is."""
    if not target.exists():
        partial.rename(target)
        return
    old = target.parent / f".{target.name}.{secrets.token_hex(6)}.old"
    target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
