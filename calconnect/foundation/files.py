"""Files that are either whole or not there: written beside their place and then moved into it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write ``content`` to ``path`` so that nobody ever sees half of it. Text is UTF-8 with ``\\n`` line ends.

    Raises:
        OSError: the folder cannot be written to; ``path`` is then as it was before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    partial = path.parent / f".{path.name}.{secrets.token_hex(6)}.partial"
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_private(path: Path, content: str | bytes) -> None:
    """Write a new file that nobody but its owner can read, from its first moment on (where the system knows modes).

    Raises:
        OSError: the file is there already, or the folder cannot be written to.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def is_there(path: Path) -> bool:
    """Whether something lies at ``path``; False for a name that nothing can have."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a character that no name may have
        return False


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented UTF-8 JSON, atomically."""
    write_atomic(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
