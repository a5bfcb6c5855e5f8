"""The tenants that come with calconnect, and how a tenant that somebody names is found."""

from __future__ import annotations

import difflib
import functools
import os
from pathlib import Path

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import read_toml
from calconnect.mock_tenant.description.model import CatalogueEntry

_FOLDER = Path(__file__).resolve().parent.parent / "catalogue"


def catalogue() -> list[CatalogueEntry]:
    """Return the tenants that come with calconnect: ``healthy`` first, the others by name."""
    return list(_shipped())


def find_tenant_file(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """Return the file of a tenant.

    Args:
        name_or_path: a name of the catalogue; or a path, which ends in ``.toml`` or has a folder in it.
        beside: the file that mentions it: a relative path counts from there.

    Raises:
        InvalidInput: there is no such tenant.
    """
    text = str(name_or_path)
    if looks_like_path(name_or_path):
        path = Path(name_or_path)
        if beside is not None:
            path = beside.parent / path
        if path.is_file():
            return path
        raise InvalidInput([Problem(text, None, "", "There is no such file.")])
    names = _names()
    if text in names:
        return _FOLDER / f"{text}.toml"
    close = difflib.get_close_matches(text, sorted(names), 1)
    hint = f"Did you mean {close[0]}?" if close else f"The tenants are: {', '.join(sorted(names))}."
    raise InvalidInput([Problem("", None, "", f"There is no tenant named {text!r}.", hint)])


def looks_like_path(name_or_path: str | Path) -> bool:
    """Whether this means a file rather than a name of the catalogue."""
    text = str(name_or_path)
    separators = {"/", os.sep, os.altsep or "/"}
    return isinstance(name_or_path, Path) or text.endswith(".toml") or any(mark in text for mark in separators)


@functools.cache
def _names() -> frozenset[str]:
    """Return the names, as they are written: where a folder does not tell small letters from capitals, names do."""
    return frozenset(file.stem for file in _FOLDER.glob("*.toml"))


@functools.cache
def _shipped() -> tuple[CatalogueEntry, ...]:
    """Read the files once: they are part of the program."""
    files = sorted(_FOLDER.glob("*.toml"), key=lambda file: (file.stem != "healthy", file.stem))
    return tuple(_entry(file) for file in files)


def _entry(file: Path) -> CatalogueEntry:
    data = read_toml(file).data
    expected = data.get("expected")
    failed = expected.get("failed", []) if isinstance(expected, dict) else []
    return CatalogueEntry(file.stem, str(data.get("title", "")), file, tuple(failed))
