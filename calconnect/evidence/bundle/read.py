"""Reads a folder of exports: as an administrator's commands wrote it, or as an import has kept it.

Every file is read by itself: one that is wrong is named with place and cause and left out, and the others still count.
Any bytes whatever end in a bundle or in problems.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from calconnect.evidence.bundle.assemble import assemble
from calconnect.evidence.bundle.checking import Checked, Values, check_rows
from calconnect.evidence.bundle.dating import (
    BUNDLE_FILES,
    MOST_SKEW,
    ONLINE_BUNDLE_FILE,
    BundleList,
    Listed,
    read_bundle_list,
)
from calconnect.evidence.bundle.kinds import BY_NAME
from calconnect.evidence.bundle.manifest import MANIFEST_FILE, Manifest, read_manifest
from calconnect.evidence.bundle.model import Bundle, BundleFile, DatedBy
from calconnect.evidence.bundle.rows import Broken, decode
from calconnect.evidence.bundle.shape import Export
from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem

ENDINGS = (".json", ".csv")
MOST_BYTES = 512 * 1024 * 1024
"""A file beyond this is no export of what is asked for."""
_IMPORT_AGAIN = "Run calconnect evidence import."
_PASSED_OVER = frozenset({"thumbs.db", "desktop.ini", "collect-evidence.ps1"})


@dataclass(frozen=True, slots=True)
class Read:
    """One export that was read and is good."""

    file: BundleFile
    export: Export
    rows: tuple[Values, ...]


@dataclass(slots=True)
class Examined:
    """What a folder came to."""

    folder: Path
    name: str
    """What messages call the folder."""
    exports: dict[str, Read] = field(default_factory=dict)
    """By export, those that are good."""
    problems: list[Problem] = field(default_factory=list)
    listed: BundleList | None = None
    """What bundle.json and bundle-online.json say; None: there is neither, or they are wrong."""
    list_files: list[Path] = field(default_factory=list)
    """Those of the two that are good."""
    manifest: Manifest | None = None

    def bundle(self) -> Bundle:
        """Return what is good of it."""
        tables = {name: read.rows for name, read in self.exports.items()}
        return assemble(self.folder, [read.file for read in self.exports.values()], tables)

    def refuse(self, export: str, key: str, message: str, hint: str = "") -> None:
        """Leave an export out that seemed good."""
        read = self.exports.pop(export)
        self.problems.append(Problem(self.called(read.file.name), None, key, message, hint))

    def called(self, file: str) -> str:
        """Return how messages name a file of the folder."""
        return str(Path(self.name) / file)


def read_bundle(folder: Path, *, clock: Clock, name: str = "") -> Bundle:
    """Read a folder of exports, all of which must be good.

    Args:
        folder: where they lie.
        clock: tells whether an export is from the future.
        name: what messages call the folder; empty: its path.

    Raises:
        InvalidInput: with every problem.
    """
    examined = examine(folder, clock=clock, name=name)
    if examined.problems:
        raise InvalidInput(examined.problems)
    return examined.bundle()


def read_evidence(folder: Path, *, clock: Clock, name: str = "", service_account: str = "", tenant: str = "") -> Bundle:
    """Read what ``calconnect evidence import`` has written, and hold it against its manifest.

    Args:
        folder: where it was written to.
        clock: tells whether an export is from the future.
        name: what messages call the folder; empty: its path.
        service_account: the address that the settings name; empty: whose evidence it is is not looked at.
        tenant: the tenant in Microsoft's cloud that they name; likewise.

    Raises:
        InvalidInput: with every problem: it was not imported, was changed since, or is about another account or tenant.
    """
    examined = examine(folder, clock=clock, name=name)
    manifest = examined.manifest
    if manifest is None and not examined.problems:
        examined.problems.append(Problem(examined.name, None, "", "was not written by an import.", _IMPORT_AGAIN))
    if manifest is not None and service_account:
        examined.problems += _other_account(manifest, examined.called(MANIFEST_FILE), service_account)
    if manifest is not None:
        examined.problems += _other_tenant(manifest, examined.called(MANIFEST_FILE), tenant)
    if examined.problems:
        raise InvalidInput(examined.problems)
    return examined.bundle()


def check_owner(folder: Path, service_account: str, tenant: str = "") -> None:
    """Hold the evidence that was imported into a folder against what the settings name.

    Args:
        folder: where it was imported to.
        service_account: the service account; empty: there is none.
        tenant: the tenant in Microsoft's cloud; empty: there is none.

    Raises:
        InvalidInput: it is about another account or tenant.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = read_manifest(folder)
    except Broken as broken:
        raise InvalidInput([Problem(str(path), broken.line, "", broken.message, broken.hint)]) from None
    problems: list[Problem] = []
    if manifest is not None:
        problems = _other_account(manifest, str(path), service_account) if service_account else []
        problems += _other_tenant(manifest, str(path), tenant)
    if problems:
        raise InvalidInput(problems)


def _other_account(manifest: Manifest, name: str, service_account: str) -> list[Problem]:
    if manifest.service_account.lower() == service_account.lower():
        return []
    about = f"the service account {manifest.service_account}" if manifest.service_account else "no service account"
    message = f"is about {about}, and the settings name {service_account}."
    return [Problem(name, None, "service_account", message, _IMPORT_AGAIN)]


def _other_tenant(manifest: Manifest, name: str, tenant: str) -> list[Problem]:
    if not tenant or not manifest.tenant or manifest.tenant.lower() == tenant.lower():
        return []
    message = f"is about the tenant {manifest.tenant}, and the settings name {tenant}."
    return [Problem(name, None, "tenant", message, _IMPORT_AGAIN)]


def evidence_check(clock: Clock) -> Callable[[Path, str], Bundle]:
    """Return what checks the folder that the settings name; see ``load_settings``."""
    return lambda folder, name: read_evidence(folder, clock=clock, name=name)


def examine(folder: Path, *, clock: Clock, name: str = "") -> Examined:
    """Read what is good in a folder of exports, and note what is not.

    Raises:
        InvalidInput: the folder itself cannot be read, or holds no export.
    """
    name = name or str(folder)
    try:
        found = sorted(folder.iterdir(), key=lambda path: path.name)
    except FileNotFoundError:
        raise InvalidInput([Problem(name, None, "", "There is no such folder.")]) from None
    except NotADirectoryError:
        raise InvalidInput([Problem(name, None, "", "is a file, and must be the folder with the exports.")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(name, None, "", f"cannot be read: {reason}.")]) from None
    examined = Examined(folder.absolute(), name)
    try:
        examined.manifest = read_manifest(folder)
    except Broken as broken:
        called = examined.called(MANIFEST_FILE)
        examined.problems.append(Problem(called, broken.line, "", broken.message, _IMPORT_AGAIN))
    _read_list(examined, found)
    now = clock()
    for path in found:
        _look_at(examined, path, now)
    _check_missing(examined, {path.name.lower() for path in found})
    if not examined.exports and not examined.problems:
        hint = "Run collect-evidence.ps1, which calconnect evidence script writes."
        raise InvalidInput([Problem(name, None, "", "holds no export.", hint)])
    return examined


def _read_list(examined: Examined, found: list[Path]) -> None:
    lists = [path for path in found if path.name.lower() in BUNDLE_FILES]
    for path in sorted(lists, key=lambda path: BUNDLE_FILES.index(path.name.lower())):
        try:
            raw = _bytes(path)
            _check_hash(examined, path, hashlib.sha256(raw).hexdigest())
            listed = read_bundle_list(raw, path.name.lower())
        except Broken as broken:
            examined.problems.append(Problem(examined.called(path.name), broken.line, "", broken.message, broken.hint))
            continue
        examined.listed = listed if examined.listed is None else examined.listed.with_more(listed)
        examined.list_files.append(path)


def _look_at(examined: Examined, path: Path, now: datetime) -> None:
    """Read one file of the folder, or note what is wrong with it."""
    lowered = path.name.lower()
    if lowered.startswith(".") or lowered in _PASSED_OVER or lowered in (*BUNDLE_FILES, MANIFEST_FILE):
        return
    called = examined.called(path.name)
    stem, dot, ending = lowered.rpartition(".")
    export = BY_NAME.get(stem)
    if export is None or dot + ending not in ENDINGS or path.is_dir():
        examined.problems.append(Problem(called, None, "", "is no export that is known.", _guess(lowered)))
        return
    if export.name in examined.exports:
        other = examined.exports[export.name].file.name
        examined.problems.append(Problem(called, None, "", f"stands beside {other}.", "Leave one of the two out."))
        return
    try:
        raw = _bytes(path)
        digest = hashlib.sha256(raw).hexdigest()
        exported_at, dated_by = _date(examined, path, digest)
        if exported_at > now + MOST_SKEW:
            raise Broken(f"is from the future: {exported_at.isoformat()}.", "Look at the clocks of both machines.")
        listed = examined.listed.files.get(lowered) if examined.listed is not None else None
        _check_side(export, listed)
        text = decode(raw)
        if not text.strip() and listed is not None and listed.rows == 0:
            checked = Checked((), ())  # the command found nothing, and so the file has nothing
        else:
            checked = check_rows(export, text, called, as_csv=ending == "csv")
        if listed is not None and listed.rows not in (None, len(checked.rows)) and not checked.problems:
            message = (
                f"has {len(checked.rows):,} rows, and {listed.by} says {listed.rows:,}: it was cut off or changed."
            )
            raise Broken(message, "Export it again.")
    except Broken as broken:
        examined.problems.append(Problem(called, broken.line, "", broken.message, broken.hint))
        return
    examined.problems += checked.problems
    if not checked.problems:
        file = BundleFile(
            path.name, path.absolute(), digest, len(raw), exported_at, dated_by, export.command, len(checked.rows)
        )
        examined.exports[export.name] = Read(file, export, checked.rows)


def _check_side(export: Export, listed: Listed | None) -> None:
    """Raise if a list of one side names an export of the other one: its command ran in the wrong session."""
    if listed is None or (listed.by == ONLINE_BUNDLE_FILE) is export.online:
        return
    side = "Exchange Online" if export.online else "the organisation's own servers"
    raise Broken(f"is an export of {side}, and {listed.by} is about the other side.", "Export it there.")


def _date(examined: Examined, path: Path, digest: str) -> tuple[datetime, DatedBy]:
    """Return when a file was exported, and how that is known."""
    if examined.manifest is not None:
        _check_hash(examined, path, digest)
        entry = examined.manifest.files[path.name]
        return entry.exported_at, entry.dated_by
    listed = examined.listed.files.get(path.name.lower()) if examined.listed is not None else None
    if listed is not None:
        return listed.exported_at, DatedBy.BUNDLE
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC), DatedBy.FILE
    except (OSError, OverflowError, ValueError):
        raise Broken("has no date: its modification time cannot be read.") from None


def _check_hash(examined: Examined, path: Path, digest: str) -> None:
    if examined.manifest is None:
        return
    entry = examined.manifest.files.get(path.name)
    if entry is None:
        raise Broken(f"is not in {MANIFEST_FILE}: it was not imported.", _IMPORT_AGAIN)
    if entry.sha256 != digest:
        raise Broken("was changed since it was imported.", _IMPORT_AGAIN)


def _check_missing(examined: Examined, found: set[str]) -> None:
    """Note every file that a list names and that is not there."""
    wanted: Mapping[str, str] = {}
    if examined.manifest is not None:
        wanted = {name.lower(): MANIFEST_FILE for name in examined.manifest.files}
    elif examined.listed is not None:
        wanted = {name: listed.by for name, listed in examined.listed.files.items() if not listed.error}
    for name, by in wanted.items():
        if name not in found:
            examined.problems.append(Problem(examined.called(name), None, "", f"is not there, and {by} names it.", ""))


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise Broken("is no regular file.")
        if path.stat().st_size > MOST_BYTES:
            raise Broken("is too large for an export.")
        return path.read_bytes()
    except OSError as error:
        raise Broken(f"cannot be read: {error.strerror or type(error).__name__}.") from None


def _guess(lowered: str) -> str:
    stem = lowered.rpartition(".")[0] or lowered
    plain = stem.replace("-", "_").replace(" ", "_")
    close = difflib.get_close_matches(plain, BY_NAME, 1, 0.6)
    if close and plain == close[0] and stem == plain:
        return f"Exports are {close[0]}.json or {close[0]}.csv."
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known exports: {', '.join(BY_NAME)}."
