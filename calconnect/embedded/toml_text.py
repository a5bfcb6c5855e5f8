"""Writes a settings file: plain values to TOML text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(data: Mapping[str, Any]) -> str:
    """Return ``data`` as a TOML document: single values first, then one ``[table]`` for each table, and one
    ``[[table]]`` for each entry of a list of tables.

    Raises:
        TypeError: a value is of a kind that TOML does not have.
    """
    tables: list[tuple[str, Mapping[str, Any]]] = []
    lines = []
    for name, value in data.items():
        if isinstance(value, Mapping):
            tables.append((f"[{_key(name)}]", value))
        elif isinstance(value, list | tuple) and value and all(isinstance(entry, Mapping) for entry in value):
            tables += [(f"[[{_key(name)}]]", entry) for entry in value]
        else:
            lines.append(f"{_key(name)} = {_value(value)}")
    for header, table in tables:
        lines += ["", header, *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    # JSON's escapes are all TOML's, too; TOML wants the delete character escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)  # TOML writes inf and nan as Python does
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    raise TypeError(f"TOML has no {type(value).__name__}")
