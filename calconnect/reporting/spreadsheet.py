"""Writes a table as a workbook that any spreadsheet opens, row by row: nothing of it needs to lie in memory.

Only what such a table needs of Office Open XML is written (one sheet, text and numbers, a heading that stays in sight,
a filter), because a library that can do all of it takes seven times as long for a hundred thousand rows. No cell is a
formula or a link: text is written as text, and what looks like a formula is marked as quoted, so that it stays text
when somebody edits the cell. Source of the format:
https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape

MOST_ROWS = 1_048_576
"""Rows that a sheet can hold: https://support.microsoft.com/office/excel-specifications-and-limits"""
LONGEST_CELL = 32_767
"""Characters that a cell can hold; from the same page."""

EMPTY = "<c/>"
"""A cell with nothing in it."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Cell formats: 0 text, 1 the heading, 2 text that looks like a formula.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill'
    ' patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    "<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs"
    ' count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = "=+-@\t\r\n|%＝＋－＠ '"
"""What may stand before or be the beginning of a formula; see action_plan."""
_HEADING, _QUOTED = 1, 2
_COMPRESSION = 2
_ROWS_AT_ONCE = 500


class SheetWriter:
    """One sheet. As a context manager it is whole when the block has ended well."""

    def __init__(self, file: IO[bytes], name: str, columns: Sequence[tuple[str, int]]) -> None:
        """Begin the workbook.

        Args:
            file: what it is written to.
            name: of the sheet; at most 31 letters.
            columns: heading and width (in digits) of each.
        """
        self._columns = columns
        self._last = _letters(len(columns) - 1)
        self._name = name
        self._row = 0
        self._parts = ExitStack()
        self._zip = self._parts.enter_context(
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        )
        self._buffer: list[str] = []

    def __enter__(self) -> Self:
        for part, text in _PARTS.items():
            self._put(part, text)
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w")
        widths = "".join(
            f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
            for number, (_, width) in enumerate(self._columns, 1)
        )
        self._sheet.write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{widths}</cols><sheetData>".encode()
        )
        self.write(text_cell(heading, _HEADING) for heading, _ in self._columns)
        return self

    def write(self, cells: Iterable[str]) -> None:
        """Write one row of cells, one for each column and in their order: of :func:`text_cell`,
        :func:`number_cell` or :data:`EMPTY`, or several of them put together.

        Raises:
            OSError: the file cannot be written to.
        """
        # Rows and cells go without their place: it is optional, and counted out by whoever reads them.
        self._row += 1
        self._buffer.append(f"<row>{''.join(cells)}</row>")
        if len(self._buffer) >= _ROWS_AT_ONCE:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._parts:
            with self._sheet:
                if kind is None:
                    self._flush()
                    reach = f"A1:{self._last}{self._row}"
                    self._sheet.write(f'</sheetData><autoFilter ref="{reach}"/></worksheet>'.encode())
            if kind is None:
                self._put("xl/workbook.xml", self._book())

    def _book(self) -> str:
        name = escape(self._name)
        return (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews><sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets><definedNames>'
            '<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
            f"'{name}'!$A$1:${self._last}${self._row}</definedName></definedNames></workbook>"
        )

    def _put(self, part: str, text: str) -> None:
        # Opened by name, so that it has no time of its own: the same table is the same file to the byte.
        with self._zip.open(part, "w") as entry:
            entry.write((_HEAD + text).encode())

    def _flush(self) -> None:
        self._sheet.write("".join(self._buffer).encode())
        self._buffer.clear()


def text_cell(text: str, style: int = 0) -> str:
    """Return a cell with a text; what a spreadsheet could take for a formula is marked as text."""
    if not text:
        return EMPTY
    kept = text[:LONGEST_CELL]
    if not (kept.isascii() and kept.isprintable()):
        kept = _NOT_XML.sub("\ufffd", kept)
    mark = _QUOTED if not style and kept[0] in _FORMULA else style
    styled = f' s="{mark}"' if mark else ""
    space = ' xml:space="preserve"' if kept[0].isspace() or kept[-1].isspace() or "\n" in kept else ""
    return f'<c t="inlineStr"{styled}><is><t{space}>{escape(kept)}</t></is></c>'


def number_cell(number: float) -> str:
    """Return a cell with a number."""
    return f"<c><v>{number}</v></c>"


def _letters(number: int) -> str:
    """Return the name of a column, from 0 on: ``A`` … ``Z``, ``AA`` …"""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
