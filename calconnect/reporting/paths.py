"""Paths as they may be written down: without the folder of the user's home, relative where that is shorter."""

from __future__ import annotations

import os
import re
from pathlib import Path


def portable(path: str | Path) -> str:
    """Return ``path`` so that it names neither the user nor the machine, and still leads there from this folder.

    Inside the current folder it becomes relative, inside the home folder it begins with ``~``; any other path stays.
    """
    text = str(path)
    if not text:
        return ""
    given = Path(text).expanduser()
    if not given.is_absolute():
        return text
    for base, prefix in ((Path.cwd(), ""), (_home(), "~")):
        if base is not None and given.is_relative_to(base):
            rest = given.relative_to(base)
            if not prefix:
                return str(rest)
            return str(Path(prefix) / rest)
    return text


def without_home(text: str) -> str:
    """Return ``text`` with the home folder written as ``~`` wherever it stands as a path's beginning."""
    home = _home()
    if home is None:
        return text
    return re.sub(rf"(?<![\w/\\.~-]){re.escape(str(home))}(?=[/\\]|[\s\"'):,]|$)", "~", text)


def _home() -> Path | None:
    """Return the home folder; None if it is unknown or too short to be told from other text."""
    text = os.path.expanduser("~")  # noqa: PTH111 (Path.home raises where there is none)
    home = Path(text)
    return home if home.is_absolute() and len(home.parts) > 1 else None
