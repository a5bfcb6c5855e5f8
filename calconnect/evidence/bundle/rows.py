"""Takes an exported file apart: bytes to text to rows. What the rows mean is not looked at here."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MARKS = (  # UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AGAIN = "Export it again with -Encoding UTF8."
_TYPE_LINE = "#TYPE"
"""The first line that Export-Csv of Windows PowerShell 5.1 writes unless it is told -NoTypeInformation."""


class Broken(Exception):
    """A file as a whole cannot be read."""

    def __init__(self, message: str, hint: str = "", line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an export."""

    values: dict[str, Any]
    """By the property's name in lower case."""
    line: int | None
    """1-based line in a CSV file; None for JSON."""
    place: str
    """What a message puts before the property's name: ``[3].`` in JSON, nothing in CSV."""


def decode(raw: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 and UTF-32 with a byte order mark.

    Raises:
        Broken: it is neither.
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in raw:
        raise Broken("is not UTF-8 text; it seems to be UTF-16 without a byte order mark.", _AGAIN)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1 if encoding.startswith("utf-8") else None
        if encoding.startswith("utf-8"):
            message = "is not UTF-8 text, and has no byte order mark that names another encoding."
        else:
            message = f"begins as {encoding.upper()} and does not go on so; it may be cut off."
        raise Broken(message, _AGAIN, line) from None


def json_rows(text: str) -> list[Row]:
    """Return the rows of what ConvertTo-Json wrote: a list of objects, or one object in place of a list of one.

    Raises:
        Broken: it is no JSON, or holds something else.
    """
    value = parse_json(text)
    if isinstance(value, dict) and set(value) == {"value", "Count"} and isinstance(value["value"], list):
        value = value["value"]  # Windows PowerShell 5.1 wraps an array that something was added to
    if value is None:
        value = []
    items = value if isinstance(value, list) else [value]
    rows = []
    for index, item in enumerate(items):
        place = f"[{index}]." if isinstance(value, list) else ""
        if not isinstance(item, dict):
            raise Broken(f"holds something else than objects{f' (item {index})' if place else ''}.", "", None)
        rows.append(Row({key.lower(): one for key, one in reversed(item.items())}, None, place))
    return rows


def parse_json(text: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        Broken: it is no JSON.
    """
    if not text.strip():
        raise Broken("is empty: its export found nothing, or broke off.", "Use ConvertTo-Json -InputObject @(…).")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            message = "ends in the middle: it is cut off."
        else:
            message = "is not valid JSON."
        raise Broken(message, "Export it again.", error.lineno) from None
    except RecursionError:
        raise Broken("is nested too deeply.") from None
    except ValueError:  # Python's own limit on the digits of a number
        raise Broken("holds a number that is too long.") from None


def csv_rows(text: str) -> tuple[tuple[str, ...], list[Row]]:
    """Return the names of the columns, as written, and the rows of what Export-Csv wrote.

    Columns are separated by commas, semicolons (``-UseCulture`` in many countries) or tabs; the header decides.

    Raises:
        Broken: it is no CSV, or is cut off.
    """
    if not text.strip():
        raise Broken("is empty: its export found nothing, or broke off.", "Export JSON, which can say that.")
    skipped = 0
    if text.startswith(_TYPE_LINE):
        skipped = 1
        text = text.partition("\n")[2]
    if not text.endswith(("\n", "\r")):
        line = text.count("\n") + 1 + skipped
        raise Broken("does not end with a line end: it is cut off.", "Export it again.", line)
    first = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=lambda one: _outside_quotes(first, one))
    rows: list[Row] = []
    header: tuple[str, ...] = ()
    for line, cells in _csv_lines(text, separator, skipped):
        if not header:
            header = tuple(cell.strip() for cell in cells)
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            kind = "fewer" if len(cells) < len(header) else "more"
            raise Broken(f"has {kind} fields here than in its header.", "Export it again.", line)
        named = zip((name.lower() for name in header), cells, strict=True)
        rows.append(Row(dict(reversed(list(named))), line, ""))
    return header, rows


def _csv_lines(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Broken("is not valid CSV: a quotation mark is missing, or it is cut off.", "", line) from None
        yield line, cells


def _outside_quotes(text: str, mark: str) -> int:
    return sum(part.count(mark) for part in text.split('"')[::2])
