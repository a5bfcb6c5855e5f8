"""TOML with places: the standard parser for the values, a line index for error messages.

``tomllib`` gives no positions. The index below reads the file's lines for table headers and keys; it is used for
messages alone: a form that it does not see (a key deep in an inline table) gets the line of the nearest key above.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calconnect.foundation.problems import InvalidInput, Problem

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_TOKEN = re.compile(r"""#|[\[\]{},]|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s\[\]{},"'#]+""")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed TOML file and where its keys stand."""

    name: str
    """The file as the user named it."""
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """Line (1-based) of each table header and key, by path; array-of-tables entries carry their index."""

    def line_of(self, path: KeyPath) -> int | None:
        """Return the line of ``path``, or of the nearest thing above it; None where nothing above it is known."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return line
        return None

    def problem(self, path: KeyPath, message: str, hint: str = "") -> Problem:
        """Return a problem at ``path``."""
        return Problem(self.name, self.line_of(path), dotted(path), message, hint)


def dotted(path: KeyPath) -> str:
    """Write a key path as users read it: ``mailboxes[3].email``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def read_toml(path: Path, name: str = "") -> TomlFile:
    """Read a TOML file (UTF-8, with or without a byte order mark).

    Args:
        path: the file.
        name: what messages call it; empty: the path.

    Raises:
        InvalidInput: the file cannot be read, is not UTF-8, or is not TOML; the problem names the line.
    """
    name = name or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(name, None, "", f"cannot be read: {reason}.")]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput([Problem(name, line, "", "is not UTF-8 text.", "Save it as UTF-8.")]) from None
    return parse_toml(text, name)


def parse_toml(text: str, name: str) -> TomlFile:
    """Parse TOML text; ``name`` is what messages call the file.

    Raises:
        InvalidInput: the text is not TOML; the problem names the line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = int(where.group(1)) if where else text.count("\n") + 1
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise InvalidInput([Problem(name, line, "", f"is not valid TOML: {message}.")]) from None
    except RecursionError:
        raise InvalidInput([Problem(name, None, "", "is nested too deeply.")]) from None
    except ValueError:  # Python's own limit on the digits of a number, which tomllib passes on
        raise InvalidInput([Problem(name, None, "", "holds a number that is too long.")]) from None
    return TomlFile(name, data, _index(text))


def _index(text: str) -> dict[KeyPath, int]:
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    quote = ""
    array_end = 0
    all_lines = text.split("\n")
    for number, line in enumerate(all_lines, 1):
        if number <= array_end:  # inside a multi-line array, whose items are placed already
            continue
        if quote:  # inside a multi-line string
            if line.count(quote) % 2:
                quote = ""
            continue
        if header := _HEADER.match(line):
            table = _resolve(_parts(header.group(2)), counts, new=header.group(1) == "[[")
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)  # [a.b] is where a begins, too, and the first [[a]] is where all do
            continue
        if key := _KEY.match(line):
            path = (*table, *_parts(key.group(1)))
            lines.setdefault(path, number)
            if line[key.end() :].lstrip().startswith("["):
                items, array_end = _array_items(all_lines, number, key.end())
                lines.update({(*path, position): item for position, item in enumerate(items)})
                continue
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quote = mark
    return lines


def _array_items(lines: list[str], number: int, column: int) -> tuple[list[int], int]:
    """Return the line of each item of the array that begins in line ``number`` behind ``column``, and its last line."""
    items: list[int] = []
    depth, expecting = 0, False
    while number <= len(lines):
        for token in _TOKEN.finditer(lines[number - 1], column):
            mark = token.group()
            if mark[0] == "#":
                break
            if depth == 1 and mark == ",":
                expecting = True
                continue
            if depth == 1 and expecting and mark != "]":
                items.append(number)
                expecting = False
            if mark in "[{":
                depth += 1
                expecting = expecting or depth == 1
            elif mark in "]}":
                depth -= 1
                if depth == 0:
                    return items, number
        number, column = number + 1, 0
    return items, len(lines)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _resolve(parts: tuple[str, ...], counts: dict[KeyPath, int], *, new: bool) -> KeyPath:
    """Put the index of the current entry behind each part that is an array of tables."""
    path: KeyPath = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        if new and position == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
