"""Excel workbooks (.xlsx) as lists: the cells of the first sheet as text, row by row. Knows nothing of addresses."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from calconnect.settings.listtext import NotText, Record

_XLSX = b"PK\x03\x04"
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins .xls files, and .xlsx files with a password: https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb"""
_MOST_BYTES = 256 * 1024 * 1024
"""So much at most is unpacked of one workbook."""
_MOST_EMPTY = 10_000
"""After so many empty rows in a row the sheet is taken to be over: a stray cell may stand in its millionth row."""


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are an Excel workbook, of a kind that can be read or not."""
    return data.startswith((_XLSX, _OLD_OR_LOCKED))


def workbook_records(data: bytes) -> Iterator[Record]:
    """Yield the rows of a workbook's first sheet that hold anything; ``line`` is the row's number.

    Raises:
        NotText: it cannot be read.
    """
    if data.startswith(_OLD_OR_LOCKED):
        raise NotText("is an Excel workbook of the old kind (.xls), or has a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise NotText(f"holds more than {_MOST_BYTES // 1024 // 1024} MiB when it is unpacked")
    except (zipfile.BadZipFile, OSError, ValueError):
        raise NotText("is a damaged Excel workbook") from None
    yield from _rows(data)


def _rows(data: bytes) -> Iterator[Record]:
    import openpyxl

    fault = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of formats that do not matter here
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            empty = 0
            for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
                fields = [_text(value) for value in row]
                if any(fields):
                    empty = 0
                    yield Record(number, fields)
                    continue
                empty += 1
                if empty >= _MOST_EMPTY:
                    break
            book.close()
        # Whatever is in a file that only looks like a workbook: openpyxl has no error of its own for most of it.
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OSError, zipfile.BadZipFile):
            fault = "is a damaged Excel workbook, or none at all"
    if fault:
        raise NotText(fault)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
