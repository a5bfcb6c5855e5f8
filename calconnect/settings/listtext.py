"""Text as spreadsheets, directories and editors save it: bytes to lines, lines to the fields of CSV records.

Knows nothing of addresses. Line numbers are those that an editor shows.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE = re.compile(r"^\"?sep=(.)\"?\s*$", re.I)
_MOST_LINES_IN_A_RECORD = 20
"""A quoted field that runs on for longer is taken for a quote that was never closed."""

DELIMITERS = (";", "\t", ",")


class NotText(Exception):
    """The bytes are no text in any encoding that is known here. The message says so, as the rest of a sentence."""


class Record(NamedTuple):
    """One record: the line where it begins (1-based) and its fields, or what is wrong with it."""

    line: int
    fields: list[str]
    fault: str = ""


def decode(data: bytes) -> str:
    """Decode by byte order mark (UTF-8, UTF-16, UTF-32), else as UTF-8.

    Bytes that are not UTF-8 become lone surrogates, so that only the lines where they matter need be complained of:
    a list that Excel saved in the machine's own encoding is good as long as its addresses are ASCII.

    Raises:
        NotText: it is UTF-16 or UTF-32 cut off in the middle, or holds NUL bytes.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                text = data.decode(encoding, "surrogateescape" if encoding == "utf-8-sig" else "strict")
            except UnicodeDecodeError:
                raise NotText(f"begins as {encoding.upper()} text and does not go on so") from None
            break
    else:
        text = data.decode("utf-8", "surrogateescape")
    if "\0" in text:
        raise NotText("is not text (it holds NUL bytes)")
    return text


def numbered_lines(text: str) -> list[str]:
    """Split at ``\\n``, ``\\r\\n`` and ``\\r`` alone: line separators that editors do not count stay in the line."""
    return [line.rstrip("\r\n") for line in StringIO(text, newline="")]


def is_blank(line: str) -> bool:
    """Whether a line says nothing: empty, or a comment (``#``)."""
    start = line.lstrip()[:1]
    return not start or start == "#"


def find_delimiter(lines: list[str]) -> tuple[str | None, int]:
    """Return the delimiter of the list, None if it has one field a line, and the index of the first line to read.

    The first line that says something decides; Excel's ``sep=;`` line is heard.
    """
    for index, line in enumerate(lines):
        if is_blank(line):
            continue
        if found := _SEPARATOR_LINE.match(line):
            return found.group(1), index + 1
        outside = re.sub(r'"[^"]*"', "", line)
        counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
        best = max(DELIMITERS, key=lambda delimiter: counts[delimiter])
        return (best if counts[best] else None), index
    return None, len(lines)


def records(lines: list[str], delimiter: str, first: int = 0) -> Iterator[Record]:
    """Read CSV records (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180), leaving out blank lines and comments.

    A quoted field may run over several lines. A record that is not well-formed is yielded with its ``fault``, and
    reading goes on at the next line: one stray quote must not hide the lines that follow.
    """
    index = first
    text = ""
    reader = csv.reader(iter(lambda: text, None), delimiter=delimiter, strict=True)  # reads what ``text`` is by then
    while index < len(lines):
        text = lines[index]
        end: int | None = index + 1
        if is_blank(text):
            pass
        elif '"' not in text:
            yield Record(index + 1, text.split(delimiter))
        elif (end := _end_of_record(lines, index)) is None:
            yield Record(index + 1, [], 'has a quote (") that is not closed')
        else:
            if end > index + 1:
                text = "\n".join(lines[index:end])
            try:
                yield Record(index + 1, next(reader))
            except csv.Error:
                yield Record(index + 1, [], 'has a quote (") in the wrong place')
                end = None
        index = end or index + 1


def _end_of_record(lines: list[str], start: int) -> int | None:
    """Return the index behind the record: where the number of quotes is even again; None if that is too far away."""
    quotes = lines[start].count('"')
    if quotes % 2 == 0:
        return start + 1
    for index in range(start + 1, min(start + _MOST_LINES_IN_A_RECORD, len(lines))):
        quotes += lines[index].count('"')
        if quotes % 2 == 0:
            return index + 1
    return None
