"""Reads the database of a sweep: for its report, for an audit that uses its observations, and for going on.

    with SweepReader.read(folder) as store:
        for result in store.results(): ...

Everything is read as it is needed: a hundred thousand mailboxes do not have to fit into memory.
"""

from __future__ import annotations

import functools
import itertools
import json
import operator
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic_core import from_json

from calconnect.evidence.observation import Observation
from calconnect.evidence.store import from_record, load_observation
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.addresses import address_key
from calconnect.sweep.listing import Alias, RepeatedRow
from calconnect.sweep.model import EndedBy, Ending, Sample, SweptMailbox, UnusableRow
from calconnect.sweep.store_schema import APPLICATION_ID, VERSION
from calconnect.tenants.thin.interface import Probe, Side

STORE_FILE = "sweep.sqlite"
_BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe on one side came to for one mailbox."""

    number: int
    probe: Probe
    side: Side
    observations: tuple[Observation, ...]
    """Never empty; their ids are empty."""


@dataclass(frozen=True, slots=True)
class MailboxResults:
    """One mailbox of the list, with everything that was observed of it."""

    mailbox: SweptMailbox
    results: tuple[Result, ...]
    """By probe and side, in no order; empty: it was not asked yet."""
    added: bool = False
    """The list does not name it: it is the primary address of an alias there."""
    alias: Alias | None = None
    """Its address is not its primary one: what holds for it is what holds for ``alias.primary_number``."""


@dataclass(frozen=True, slots=True)
class AskedSession:
    """One time that asking began, and how it ended."""

    number: int
    started: datetime
    finished: datetime | None
    """None: it did not come to an end of its own; it was killed, or is still at work."""
    ending: Ending | None


class SweepReader:
    """One sweep's database. Used from one thread. Close it, or use it with ``with``."""

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        """Take over a connection; see :meth:`read`."""
        self.folder = folder
        self._db = db

    @classmethod
    def read(cls, folder: Path, *, write: bool = False) -> Self:
        """Open the database of a sweep; without ``write`` nothing is changed.

        Raises:
            InvalidInput: there is none, it is damaged, or another version of calconnect wrote it.
        """
        path = folder / STORE_FILE
        if not path.is_file():
            raise InvalidInput([Problem(str(path), None, "", "is not there: the folder holds no sweep.")])
        try:
            db = connect(path, write=write)
        except sqlite3.DatabaseError:
            raise damaged(path) from None
        try:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError:
            db.close()
            raise damaged(path) from None
        if application != APPLICATION_ID or version != VERSION:
            db.close()
            if application == APPLICATION_ID and version:
                message = f"was written by another version of calconnect (its tables are of version {version})."
                raise InvalidInput([Problem(str(path), None, "", message, "Use that version, or begin a new sweep.")])
            raise damaged(path)
        return cls(folder, db)

    def fact(self, name: str) -> str:
        """Return what was noted of the sweep when it began: ``list_source``, ``list_caveat``, those of ``SweepStore``;
        empty if it was not."""
        found = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    @property
    def is_listed(self) -> bool:
        """Whether the list is known."""
        return self._db.execute("SELECT 1 FROM facts WHERE name = 'list_source'").fetchone() is not None

    @property
    def has_results(self) -> bool:
        """Whether any mailbox was asked."""
        return self._db.execute("SELECT 1 FROM settled LIMIT 1").fetchone() is not None

    @property
    def mailbox_count(self) -> int:
        """How many mailboxes there are, primary addresses that came by an alias among them."""
        return self._count("SELECT count(*) FROM mailboxes")

    def mailboxes(self) -> Iterator[SweptMailbox]:
        """Yield the mailboxes, in the list's order."""
        rows = self._db.execute("SELECT number, address, line, columns FROM mailboxes ORDER BY number")
        return (_mailbox(*row) for row in rows)

    def unusable(self) -> list[UnusableRow]:
        """Return the rows that name no mailbox which could be asked."""
        rows = self._db.execute("SELECT line, text, reason FROM unusable ORDER BY rowid")
        return [UnusableRow(line, text, reason) for line, text, reason in rows]

    def repeated(self) -> list[RepeatedRow]:
        """Return the rows that repeat a mailbox."""
        rows = self._db.execute("SELECT line, address, number FROM repeated ORDER BY rowid")
        return [RepeatedRow(*row) for row in rows]

    def aliases(self) -> dict[int, Alias]:
        """Return the mailboxes that are listed by an address which is not their primary one, by number."""
        rows = self._db.execute("SELECT number, primary_address, primary_number FROM aliases")
        return {row[0]: Alias(*row) for row in rows}

    def sessions(self) -> list[AskedSession]:
        """Return when asking began and how it ended, first to last."""
        rows = self._db.execute("SELECT number, started, finished, by, sentence FROM sessions ORDER BY number")
        return [
            AskedSession(
                number,
                datetime.fromisoformat(started),
                datetime.fromisoformat(finished) if finished else None,
                Ending(EndedBy(by), sentence) if by else None,
            )
            for number, started, finished, by, sentence in rows
        ]

    def noted(self, session: int | None = None) -> list[Observation]:
        """Return the observations that are about no mailbox's probe: of the gate, of groups, of stray events.

        Args:
            session: only those of one session, by its number.
        """
        query, given = "SELECT observation FROM noted", []
        if session is not None:
            query, given = f"{query} WHERE session = ?", [session]
        return [load_observation(line) for (line,) in self._db.execute(f"{query} ORDER BY ordinal", given)]

    def settled_count(self, probe: Probe, side: Side) -> int:
        """Return how many mailboxes are through with a probe on a side."""
        return self._count("SELECT count(*) FROM settled WHERE probe = ? AND side = ?", probe.value, side.value)

    def todo(self, probe: Probe, side: Side) -> list[SweptMailbox]:
        """Return the mailboxes that a probe was not put to yet, without those that are known to be aliases."""
        rows = self._db.execute(
            """SELECT number, address, line, columns FROM mailboxes
               WHERE number NOT IN (SELECT number FROM settled WHERE probe = ? AND side = ?)
                 AND number NOT IN (SELECT number FROM aliases) ORDER BY number""",
            (probe.value, side.value),
        )
        return [_mailbox(*row) for row in rows]

    def results(self) -> Iterator[MailboxResults]:
        """Yield every mailbox, in the list's order, with everything that was observed of it."""
        aliases = self.aliases()
        listed = int(self.fact("listed") or 0)
        rows = self._db.execute(
            """SELECT mailboxes.number, address, line, columns, probe, side, observations
               FROM mailboxes LEFT JOIN settled USING (number) ORDER BY mailboxes.number"""
        )
        for number, group in itertools.groupby(rows, key=operator.itemgetter(0)):
            parts = list(group)
            results = tuple(
                Result(number, Probe(probe), Side(side), _observations(lines))
                for *_, probe, side, lines in parts
                if probe is not None
            )
            mailbox = _mailbox(number, *parts[0][1:4])
            yield MailboxResults(mailbox, results, number > listed, aliases.get(number))

    def settled(self) -> Iterator[Result]:
        """Yield every result, in the order in which mailboxes were through."""
        rows = self._db.execute("SELECT number, probe, side, observations FROM settled ORDER BY ordinal")
        return (Result(row[0], Probe(row[1]), Side(row[2]), _observations(row[3])) for row in rows)

    def settled_saying(self, probe: Probe, side: Side, texts: Sequence[str]) -> Iterator[Result]:
        """Yield the results of a probe on a side whose JSON holds one of some texts, without those of known aliases."""
        like = " OR ".join("instr(observations, ?)" for _ in texts)
        rows = self._db.execute(
            f"""SELECT number, observations FROM settled WHERE probe = ? AND side = ? AND ({like})
                AND number NOT IN (SELECT number FROM aliases) ORDER BY number""",  # noqa: S608 - question marks
            (probe.value, side.value, *texts),
        ).fetchall()
        return (Result(number, probe, side, _observations(lines)) for number, lines in rows)

    def observation_lines(self) -> Iterator[str]:
        """Yield every observation as a line of JSON, ids empty: what was noted first, then every mailbox's."""
        for (line,) in self._db.execute("SELECT observation FROM noted ORDER BY ordinal"):
            yield line
        for (lines,) in self._db.execute("SELECT observations FROM settled ORDER BY ordinal"):
            yield from lines.split("\n")

    def observations_of(self, address: str, probe: Probe, side: Side) -> tuple[Observation, ...]:
        """Return what a probe came to for one mailbox; none if it was not asked. Their ``at`` tells when.

        Args:
            address: in any way of writing it; an alias leads to what was observed of its primary address.
            probe: what was asked.
            side: where.
        """
        found = self._db.execute(
            """SELECT observations FROM settled WHERE probe = ? AND side = ? AND number = (
                   SELECT coalesce(primary_number, mailboxes.number)
                   FROM mailboxes LEFT JOIN aliases USING (number) WHERE key = ?)""",
            (probe.value, side.value, address_key(address)),
        ).fetchone()
        return _observations(found[0]) if found else ()

    def samples(self) -> Iterator[Sample]:
        """Yield how each second went."""
        for at, probe, side, *figures in self._db.execute("SELECT * FROM samples ORDER BY rowid"):
            yield Sample(datetime.fromisoformat(at), Probe(probe), Side(side), *figures)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _count(self, query: str, *given: str) -> int:
        (count,) = self._db.execute(query, given).fetchone()
        return int(count)

    def _check(self) -> None:
        """Look whether the database is whole.

        Raises:
            sqlite3.DatabaseError: it is not.
        """
        (answer,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise sqlite3.DatabaseError("damaged")


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file; every statement is a transaction of its own unless one is begun.

    Raises:
        sqlite3.DatabaseError: it cannot be opened.
    """
    if write:
        return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def damaged(path: Path) -> InvalidInput:
    """Return the error for a file that is no database of a sweep, or no longer."""
    hint = "Take it from a backup, or begin a new sweep."
    return InvalidInput([Problem(str(path), None, "", "is damaged, or is no sweep.", hint)])


def _mailbox(number: int, address: str, line: int | None, columns: str) -> SweptMailbox:
    return SweptMailbox(number, address, line, _columns(columns))


@functools.lru_cache(maxsize=4096)
def _columns(text: str) -> Mapping[str, str]:
    """Return the columns of a row; what mailboxes are grouped by comes again and again."""
    held: Mapping[str, str] = json.loads(text) if text else {}
    return held


def _observations(lines: str) -> tuple[Observation, ...]:
    return tuple(map(_observation, lines.split("\n")))


def _observation(line: str) -> Observation:
    try:
        return from_record(from_json(line))  # twice as fast as json, which takes what this does not: half a character
    except ValueError:
        return load_observation(line)
