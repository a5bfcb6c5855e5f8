"""``calconnect evidence import``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data, problem_record, say, say_problems
from calconnect.cli.exits import ExitCode

if TYPE_CHECKING:
    from calconnect.evidence.bundle.importing import Imported
    from calconnect.evidence.bundle.model import BundleFile
    from calconnect.settings.model import Settings

DEFAULT_CONFIG = "calconnect.toml"
_GROUP_EXPORTS = frozenset({"group", "group_members", "online_group", "online_group_members"})


@click.command("import")
@click.argument("folder", metavar="FOLDER", type=options.GivenPath(path_type=Path))
@click.option(
    "--config",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help=f"The settings that the evidence is for; left out: {DEFAULT_CONFIG} in this folder.",
)
@options.as_json
@options.quiet
def evidence_import(folder: Path, *, config: Path | None, as_json: bool, quiet: bool) -> int:
    """Import the exports of a FOLDER: check them, date them, hash them, and keep them beside the settings.

    The exports are those that collect-evidence.ps1 writes (see "calconnect evidence script"), or the same ones made by
    hand. What is wrong is named with file and place and left out; everything else is imported. An earlier import is
    replaced.

    Needs no tenant and no permissions, and sends nothing.
    """
    from calconnect.evidence.bundle.importing import import_bundle
    from calconnect.foundation.clock import system_clock
    from calconnect.settings.evidence import DEFAULT_FOLDER
    from calconnect.settings.load import load_settings

    if config is None:
        config = Path(DEFAULT_CONFIG)
        if not os.path.lexists(config):
            raise click.UsageError(f"There is no {DEFAULT_CONFIG} in this folder; name the settings with --config.")
    settings = load_settings(config, clock=system_clock)
    imported = import_bundle(
        folder,
        settings.evidence.folder or settings.file.parent / DEFAULT_FOLDER,
        clock=system_clock,
        service_account=settings.connection.service_account_email,
        tenant=settings.microsoft365.tenant if settings.microsoft365 is not None else "",
        online_mailbox=_online_mailbox(settings),
    )
    now = system_clock()
    exit_code = ExitCode.USAGE if imported.problems else ExitCode.SATISFIED
    missing = [name for name in imported.missing if _is_wanted(name, settings)]
    if as_json:
        json_data(_record(imported, missing, settings, now, exit_code))
    else:
        _tell_files(imported.files, now)
    if not quiet:
        _tell(imported, missing, settings, now)
    if imported.problems:
        say_problems(imported.problems)
    return exit_code


def _online_mailbox(settings: Settings) -> str:
    """Return a mailbox that the settings say is in Exchange Online; empty: they name none."""
    in_cloud = settings.microsoft365
    if in_cloud is None:
        return ""
    return in_cloud.trial_mailbox or ("" if settings.topology.has_server else settings.connection.email_to_impersonate)


def _is_wanted(name: str, settings: Settings) -> bool:
    """Whether an export is of a side that the settings name, and about something that they name."""
    from calconnect.evidence.bundle.kinds import BY_NAME

    if settings.limit is None and name in _GROUP_EXPORTS:
        return False
    return settings.topology.has_online if BY_NAME[name].online else settings.topology.has_server


def _tell_files(files: tuple[BundleFile, ...], now: datetime) -> None:
    if not files:
        return
    rows = [["file", "rows", "exported", "age", "SHA-256", "output of"]]
    rows += [
        [
            file.name,
            f"{file.rows:,}",
            f"{file.exported_at:%Y-%m-%d %H:%M} UTC",
            _days(file, now),
            file.sha256,
            file.command,
        ]
        for file in files
    ]
    for line in columns(rows):
        data(line)


def _tell(imported: Imported, missing: list[str], settings: Settings, now: datetime) -> None:
    from calconnect.evidence.bundle.model import DatedBy

    for name, error in imported.not_exported.items():
        say(f"{name} could not be exported where the script ran: {error}")
    failed = {name.rpartition(".")[0] for name in imported.not_exported}
    if left := [name for name in missing if name not in failed]:
        say(f"Not supplied: {', '.join(left)}. What only these show stays unknown.")
    if by_hand := [file.name for file in imported.files if file.dated_by is DatedBy.FILE]:
        say(f"Dated by modification time, because bundle.json does not name them: {', '.join(by_hand)}.")
    most = settings.evidence.most_days_old
    old = [file for file in imported.files if _is_old(file, now, most)]
    for limit in dict.fromkeys(_most_words(file, most) for file in old):
        names = ", ".join(file.name for file in old if _most_words(file, most) == limit)
        say(f"Older than {limit}, so they prove nothing: {names}.")
    if imported.written:
        if imported.organization:
            say(f"The exports name the organisation {imported.organization}.")
        count = f"{len(imported.files)} export{'' if len(imported.files) == 1 else 's'}"
        say(f"Imported {count} into {imported.folder}.")
    else:
        say("Nothing was imported; what was imported before is as it was.")


def _record(
    imported: Imported, missing: list[str], settings: Settings, now: datetime, exit_code: ExitCode
) -> dict[str, Any]:
    return {
        "exit_code": int(exit_code),
        "folder": str(imported.folder) if imported.written else None,
        "service_account": settings.connection.service_account_email,
        "tenant": settings.microsoft365.tenant if settings.microsoft365 is not None else None,
        "organization": imported.organization or None,
        "files": [
            {
                "name": file.name,
                "command": file.command,
                "rows": file.rows,
                "bytes": file.size,
                "sha256": file.sha256,
                "exported_at": file.exported_at.isoformat(),
                "dated_by": file.dated_by.value,
                "days_old": max(0, (now - file.exported_at).days),
                "stale": _is_old(file, now, settings.evidence.most_days_old),
            }
            for file in imported.files
        ],
        "not_exported": [{"name": name, "error": error} for name, error in imported.not_exported.items()],
        "not_supplied": missing,
        "problems": [problem_record(problem) for problem in imported.problems],
    }


def _is_old(file: BundleFile, now: datetime, most_days_old: int) -> bool:
    from calconnect.evidence.bundle.dating import most_age

    return now - file.exported_at > most_age(file.export, most_days_old)


def _most_words(file: BundleFile, most_days_old: int) -> str:
    from calconnect.evidence.bundle.kinds import BY_NAME

    hours = BY_NAME[file.export].most_hours_old
    return f"{most_days_old} days (evidence.most_days_old)" if hours is None else f"{hours} hours"


def _days(file: BundleFile, now: datetime) -> str:
    days = max(0, (now - file.exported_at).days)
    return "today" if days == 0 else "1 day" if days == 1 else f"{days:,} days"
