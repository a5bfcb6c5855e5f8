"""The mailboxes of a sweep one by one: ``mailboxes.csv`` and ``mailboxes.xlsx``, written row by row as they are judged.

What stands in them comes in part from the list and from servers. No cell can become a formula.
"""

from __future__ import annotations

import functools
import io
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from calconnect.reporting.action_plan import may_be_formula
from calconnect.reporting.spreadsheet import EMPTY, MOST_ROWS, SheetWriter, number_cell, text_cell
from calconnect.reporting.sweep_tally import Line, attempts_of, latency_of
from calconnect.reporting.words import visible
from calconnect.requirements.remediation import Names
from calconnect.sweep.model import UnusableRow
from calconnect.sweep.record import SweepFacts

CSV_FILE = "mailboxes.csv"
XLSX_FILE = "mailboxes.xlsx"
UNUSABLE = "unusable"
"""What stands in the column ``verdict`` for a row of the list that names no mailbox."""

Run = tuple[str, str]
"""Cells side by side: as they stand between the outer quotation marks in CSV (RFC 4180), and in the workbook."""

_BOM = "\ufeff"
_BETWEEN = '","'
_WIDTHS = {"address": 34, "what was found": 60, "next step": 50, "command": 40, "number": 8, "line": 8}
_WIDTH = 16


class MailboxTables:
    """Writes both tables. As a context manager: they get their names when the block has ended well."""

    def __init__(self, folder: Path, facts: SweepFacts, groups: Sequence[str], names: Names) -> None:
        """Begin the tables.

        Args:
            folder: the run's.
            facts: the sweep's; its probes and the list's headings make columns.
            groups: by what mailboxes are grouped beside the headings of the list: see ``SweepJudge.own_groups``.
            names: what commands are filled with.
        """
        self._folder = folder
        self._names = names
        self._resume = facts.resume
        self._probes = facts.probes
        self._groups = list(groups)
        self._columns = facts.listed.columns
        self._rows = 0
        self._open = ExitStack()

    @property
    def headings(self) -> list[str]:
        """The columns, in their order."""
        own = ["number", "line", "address", "verdict"]
        for probe in self._probes:
            own += [f"{probe.value}", f"{probe.value} code", f"{probe.value} attempts", f"{probe.value} ms"]
        own += ["what was found", "next step", "where", "command", "alias of", *self._groups]
        return [*own, *(f"{one} (list)" if one in own else one for one in self._columns)]

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            binary = opening.enter_context(replacing(self._folder / CSV_FILE))
            text = opening.enter_context(_text(binary))
            self._csv = text
            text.write(_BOM)
            text.write(f'"{_BETWEEN.join(_texts(one)[0] for one in self.headings)}"\r\n')
            columns = [(visible(one), _WIDTHS.get(one, _WIDTH)) for one in self.headings]
            workbook = opening.enter_context(replacing(self._folder / XLSX_FILE))
            self._sheet = opening.enter_context(SheetWriter(workbook, "Mailboxes", columns))
            self._open = opening.pop_all()
        return self

    def write(self, line: Line) -> None:
        """Write one mailbox.

        Raises:
            OSError: a file cannot be written to.
        """
        mailbox, judged = line.row.mailbox, line.judged
        runs = [_number(mailbox.number), _number(mailbox.line), _texts(mailbox.address), _texts(judged.verdict.value)]
        told: dict[str, None] = {}
        for one in judged.results:
            finding = one.finding
            runs.append(_texts(finding.verdict.value, finding.code))
            runs += (_number(attempts_of(one)), _number(latency_of(one) if one.seen else None))
            if finding.verdict is judged.verdict:
                told[finding.sentence] = None
        advice, commands = line.advice, ""
        if advice is not None:
            advice = advice.filled(self._names, (mailbox.address,), self._resume)
            commands = "\n".join(advice.commands)
            runs.append(_texts(" ".join(told), advice.text, advice.shell if commands else "", commands, judged.primary))
        else:
            runs.append(_texts(" ".join(told), "", "", "", judged.primary))
        runs += [_texts(line.groups.get(one, "")) for one in self._groups]
        runs += [_texts(mailbox.columns.get(one, "")) for one in self._columns]
        self._put(runs)

    def write_unusable(self, row: UnusableRow) -> None:
        """Write one row of the list that names no mailbox.

        Raises:
            OSError: a file cannot be written to.
        """
        runs = [
            _number(None),
            _number(row.line),
            _texts(row.text, UNUSABLE),
            *[_number(None)] * (4 * len(self._probes)),
        ]
        runs.append(_texts(row.reason, "Correct this row of the list, or take it out.", "", "", ""))
        self._put([*runs, *[_number(None)] * (len(self._groups) + len(self._columns))])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def _put(self, runs: Sequence[Run]) -> None:
        self._csv.write(f'"{_BETWEEN.join([quoted for quoted, _ in runs])}"\r\n')
        self._rows += 1
        if self._rows < MOST_ROWS:  # the heading is one; the CSV has them all
            self._sheet.write([cells for _, cells in runs])


@functools.lru_cache(maxsize=4096)
def _texts(*texts: str) -> Run:
    """Return texts that stand side by side. Most of a table comes again and again, so it is remembered for a while."""
    shown = [visible(text) for text in texts]
    quoted = [(f"'{text}" if may_be_formula(text) else text).replace('"', '""') for text in shown]
    return _BETWEEN.join(quoted), "".join(map(text_cell, shown))


def _number(number: float | None) -> Run:
    return ("", EMPTY) if number is None else (str(number), number_cell(number))


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that becomes ``path`` when the block ends well; else nothing is left of it.

    Raises:
        OSError: the folder cannot be written to.
    """
    partial = path.parent / f".{path.name}.{secrets.token_hex(6)}.partial"
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


@contextmanager
def _text(file: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    """Write text into an open file, which stays open. Half a character is written as its escape."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()
