"""The settings of a run as JSON, so that the run can be judged again: all that they hold, but no secret and no folder.

Of a secret only the kind of its place is kept. A path is written relative to the snapshot's own folder, where copies of
the files that matter for verdicts lie; of any other file only the name is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.evidence import MOST_DAYS_OLD
from calconnect.settings.load import MOST_OUTSIDERS_DRAWN, MOST_WINDOW_DAYS
from calconnect.settings.model import Settings

_SETTINGS = TypeAdapter(Settings)
_SECRETS = (
    ("connection", "service_account_password"),
    ("microsoft365", "credential", "client_secret"),
    ("microsoft365", "credential", "certificate_password"),
    ("microsoft365", "credential", "federated_assertion"),
)
"""Every reference to a secret."""
_PATHS = (
    ("file",),
    ("mailboxes_file",),
    ("waivers",),
    ("attestations",),
    ("suite",),
    ("microsoft365", "credential", "certificate"),
    ("evidence", "folder"),
    ("network", "ca_file"),
    ("network", "vendor_addresses"),
    ("network", "firewall_export"),
)
"""Every path of the settings that a snapshot keeps. Where reports are written is not one of them."""
_NUMBERS = (
    (("window_days",), MOST_WINDOW_DAYS),
    (("evidence", "most_days_old"), MOST_DAYS_OLD),
    (("limit", "outsiders_drawn"), MOST_OUTSIDERS_DRAWN),
)
"""Numbers that are reckoned with, and how large they may be."""


def snapshot_text(settings: Settings, folder: Path) -> str:
    """Return the settings as JSON. The mailboxes stand one a line: there may be a hundred thousand.

    Args:
        settings: of the run. What lies in ``folder`` is named by its way from there, anything else by its name alone.
        folder: the snapshot's own.
    """
    data = _SETTINGS.dump_python(replace(settings, reports=None))
    del data["reports"]
    for *tables, key in _SECRETS:
        table = _value(data, tables)
        if table is not None and table[key] is not None:
            table[key] = {"kind": table[key]["kind"]}
    for *tables, key in _PATHS:
        table = _value(data, tables)
        if table is not None and table[key] is not None:
            table[key] = _shortened(Path(table[key]), folder)
    mailboxes = ",\n    ".join(json.dumps(one, ensure_ascii=False) for one in data.pop("mailboxes"))
    head = json.dumps(data, indent=2, ensure_ascii=False, default=str).removesuffix("\n}")
    return f'{head},\n  "mailboxes": [\n    {mailboxes}\n  ]\n}}\n'


def read_snapshot(path: Path) -> Settings:
    """Return the settings of a snapshot; relative paths lead into its folder. Places of secrets are not known.

    Raises:
        InvalidInput: the file cannot be read, or is no snapshot of settings; by key.
    """
    name = str(path)
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(name, None, "", f"cannot be read: {reason}.")]) from None
    except (ValueError, RecursionError):
        raise InvalidInput([Problem(name, None, "", "is not JSON.")]) from None
    if not isinstance(data, dict):
        raise InvalidInput([Problem(name, None, "", "is not a JSON object.")])
    problems = [
        Problem(name, None, ".".join(keys), "leads out of the run's folder.")
        for keys in _PATHS
        if _escapes(_value(data, keys))
    ]
    if problems:
        raise InvalidInput(problems)
    for keys in _SECRETS:
        if isinstance(secret := _value(data, keys), dict):
            secret.setdefault("place", "")
    try:
        settings = _SETTINGS.validate_python(data)
    except ValidationError as error:
        raise InvalidInput(
            [
                Problem(name, None, ".".join(str(part) for part in detail["loc"]), f"{detail['msg']}.")
                for detail in error.errors(include_url=False, include_input=False, include_context=False)
            ]
        ) from None
    problems = [
        Problem(name, None, ".".join(keys), f"is not between 1 and {most}.")
        for keys, most in _NUMBERS
        if isinstance(number := _value(data, keys), int) and not 1 <= number <= most
    ]
    if problems:
        raise InvalidInput(problems)
    return _within(settings, path.parent)


def _within(settings: Settings, folder: Path) -> Settings:
    def placed(path: Path | None) -> Path | None:
        return folder / path if path is not None else None

    network, online = settings.network, settings.microsoft365
    if online is not None:
        credential = replace(online.credential, certificate=placed(online.credential.certificate))
        online = replace(online, credential=credential)
    return replace(
        settings,
        file=folder / settings.file,
        mailboxes_file=placed(settings.mailboxes_file),
        waivers=placed(settings.waivers),
        attestations=placed(settings.attestations),
        suite=placed(settings.suite),
        microsoft365=online,
        evidence=replace(settings.evidence, folder=placed(settings.evidence.folder)),
        network=replace(
            network,
            ca_file=placed(network.ca_file),
            vendor_addresses=placed(network.vendor_addresses),
            firewall_export=placed(network.firewall_export),
        ),
    )


def _shortened(path: Path, folder: Path) -> str:
    inside = path.is_absolute() and path.is_relative_to(folder.absolute())
    return path.relative_to(folder.absolute()).as_posix() if inside else path.name


def _value(data: Mapping[str, Any], keys: Sequence[str]) -> Any:
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _escapes(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:  # half a character, which names nothing
        return True
    if "\0" in value:
        return True
    kinds = (PurePosixPath(value), PurePath(value))
    return any(path.is_absolute() or path.drive or ".." in path.parts for path in kinds)
