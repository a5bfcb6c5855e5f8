"""Paths as they may be written down: without the folder of the user's home, relative where that is shorter."""

from __future__ import annotations

import os
import re
from pathlib import Path


def portable(path: str | Path) -> str:
    """Return ``path`` so that it names neither the user nor the machine, and still leads there from this folder.

    Inside the current folder it becomes relative, inside the home folder it begins with ``~``; any other path stays,
    one to a folder whose own name begins with ``~`` too.
    """
    text = str(path)
    if not text:
        return ""
    try:
        given = Path(text).expanduser()
    except RuntimeError:  # ~NAME, where nobody of that name has a home
        return text
    if not given.is_absolute():
        return text
    for base, prefix in ((Path.cwd(), ""), (_home(), "~")):
        if base is not None and given.is_relative_to(base):
            rest = given.relative_to(base)
            if not prefix:
                return text if str(rest).startswith("~") else str(rest)
            return str(Path(prefix) / rest)
    return text


def system_refusal(error: OSError) -> str:
    """Return the sentence for a run that ended because this machine refused something: a full disk, a missing right."""
    why = error.strerror or type(error).__name__
    place = portable(error.filename) if isinstance(error.filename, str | Path) else ""
    return f"The run cannot go on: {f'{place}: ' if place else ''}{why}. It leaves no result."


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
