"""Where a sweep keeps what it has seen: one SQLite database in the run's folder, written as results come.

Each result is committed before the engine asks on, so a process that is killed loses what was in flight and nothing
else. Commits are not waited for until they are on the disk: a machine that loses its power may lose the last of them,
and those mailboxes are asked again. Source: https://www.sqlite.org/pragma.html#pragma_synchronous

While a sweep is at work the database belongs to its process. What others read of it is in :mod:`store_reading`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from calconnect.evidence.observation import Observation
from calconnect.evidence.store import dump_observation
from calconnect.settings.addresses import address_key
from calconnect.sweep.listing import Listing
from calconnect.sweep.model import Ending, Sample, Settled, SweptMailbox
from calconnect.sweep.owner import Owner
from calconnect.sweep.store_reading import STORE_FILE, SweepReader, connect, damaged
from calconnect.sweep.store_schema import APPLICATION_ID, SCHEMA, VERSION

_PAGES = 4096
"""So many pages (of 4 KiB) are gathered in the log before they go into the database itself."""


class StoreFull(OSError):
    """The database cannot be written to any more: the disk is full, or broken. What was written is whole."""


class StoreInUse(Exception):
    """Another process is at work on the sweep."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} is at work on it")
        self.pid = pid


class SweepStore(SweepReader):
    """One sweep's database, open for writing. Used from one thread. Close it, or use it with ``with``."""

    @classmethod
    def create(cls, folder: Path, facts: Mapping[str, str]) -> Self:
        """Make the database of a new sweep; it has no list yet.

        Args:
            folder: the run's; made if it is not there.
            facts: what is to be known of the sweep when it is resumed, by name.

        Raises:
            StoreFull: it cannot be written.
            FileExistsError: there is one already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / STORE_FILE
        if path.exists():
            raise FileExistsError(path)
        store = cls(folder, connect(path, write=True))
        try:
            with store._writing():
                store._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                store._prepare()
                store._db.execute("BEGIN IMMEDIATE")
                for statement in SCHEMA:
                    store._db.execute(statement)
                store._db.execute(f"PRAGMA user_version = {VERSION}")
                store._db.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
                store._db.execute("INSERT INTO facts VALUES ('owner', ?)", [Owner.this().text()])
                store._db.execute("COMMIT")
        except BaseException:
            store._db.close()
            raise
        return store

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the database of a sweep that is to go on.

        Raises:
            InvalidInput: there is none, it is damaged, or another version of calconnect wrote it.
            StoreInUse: another process is at work on it.
            StoreFull: it cannot be written to.
        """
        store = cls.read(folder, write=True)
        try:
            store._check()
            with store._writing():
                store._prepare()
                store._take()
        except sqlite3.DatabaseError:
            store._db.close()
            raise damaged(folder / STORE_FILE) from None
        except BaseException:
            store._db.close()
            raise
        return store

    def list_mailboxes(self, listing: Listing) -> None:
        """Keep the list. It is kept once, whole or not at all.

        Raises:
            StoreFull: it cannot be written.
        """
        columns = dict.fromkeys(name for one in listing.mailboxes for name in one.columns)
        with self._writing():
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO mailboxes VALUES (?, ?, ?, ?, ?)", map(_row, listing.mailboxes))
            self._db.executemany(
                "INSERT INTO unusable VALUES (?, ?, ?)", ((one.line, one.text, one.reason) for one in listing.unusable)
            )
            self._db.executemany(
                "INSERT INTO repeated VALUES (?, ?, ?)",
                ((one.line, one.address, one.number) for one in listing.repeated),
            )
            self._db.executemany(
                "INSERT INTO facts VALUES (?, ?)",
                [
                    ("list_source", listing.source),
                    ("list_caveat", listing.caveat),
                    ("listed", str(len(listing.mailboxes))),
                    ("list_columns", " ".join(columns)),
                ],
            )
            self._db.execute("COMMIT")

    def set_fact(self, name: str, value: str) -> None:
        """Note something about the sweep, or note it anew.

        Raises:
            StoreFull: it cannot be written.
        """
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def note(self, observations: Iterable[Observation]) -> None:
        """Keep observations that are about no mailbox's probe: of the gate, of groups, of stray events.

        Raises:
            StoreFull: they cannot be written.
        """
        lines = [_text(observation) for observation in observations]
        with self._writing():
            (session,) = self._db.execute("SELECT coalesce(max(number), 0) FROM sessions").fetchone()
            self._db.executemany(
                "INSERT INTO noted (session, observation) VALUES (?, ?)", [(session, line) for line in lines]
            )

    def settle(self, settled: Settled) -> None:
        """Keep the result of one mailbox. When this returns, being killed does not lose it.

        Raises:
            StoreFull: it cannot be written.
        """
        lines = "\n".join(map(_text, settled.shot.observations))
        with self._writing():
            self._db.execute(
                "INSERT INTO settled (number, probe, side, observations) VALUES (?, ?, ?, ?)",
                (settled.number, settled.probe.value, settled.side.value, lines),
            )

    def sample(self, sample: Sample) -> None:
        """Keep how a second went.

        Raises:
            StoreFull: it cannot be written.
        """
        with self._writing():
            self._db.execute(
                "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    sample.at.isoformat(),
                    sample.probe.value,
                    sample.side.value,
                    sample.done,
                    sample.answers,
                    sample.throttled,
                    sample.in_flight,
                    sample.limit,
                    sample.latency_ms,
                ),
            )

    def add_aliases(self, primaries: Mapping[int, str]) -> None:
        """Keep that mailboxes of the list have other primary addresses. Those that the list does not name are added.

        Args:
            primaries: the primary address by the number of the mailbox that the list names otherwise.

        Raises:
            StoreFull: it cannot be written.
        """
        with self._writing():
            self._db.execute("BEGIN IMMEDIATE")
            for number, primary in primaries.items():
                key = address_key(primary)
                self._db.execute(
                    """INSERT INTO mailboxes SELECT (SELECT max(number) + 1 FROM mailboxes), ?, ?, line, columns
                       FROM mailboxes WHERE number = ? AND NOT EXISTS (SELECT 1 FROM mailboxes WHERE key = ?)""",
                    (primary, key, number, key),
                )
                self._db.execute(
                    "INSERT INTO aliases SELECT ?, ?, number FROM mailboxes WHERE key = ?", (number, primary, key)
                )
            self._db.execute("COMMIT")

    def begin_session(self, at: datetime) -> None:
        """Note that asking begins, or goes on.

        Raises:
            StoreFull: it cannot be written.
        """
        with self._writing():
            self._db.execute("INSERT INTO sessions (started) VALUES (?)", (at.isoformat(),))

    def end_session(self, at: datetime, ending: Ending) -> None:
        """Note how asking ended this time.

        Raises:
            StoreFull: it cannot be written.
        """
        with self._writing():
            self._db.execute(
                """UPDATE sessions SET finished = ?, by = ?, sentence = ?
                   WHERE number = (SELECT max(number) FROM sessions)""",
                (at.isoformat(), ending.by.value, ending.sentence),
            )

    def close(self) -> None:
        """Give the database up: it becomes one file that can be read from anywhere, the log beside it is gone."""
        # On a full disk, or while it is being read, it stays as it is: whoever opens it next finds this process gone.
        with contextlib.closing(self._db), contextlib.suppress(sqlite3.DatabaseError):
            self._db.execute("DELETE FROM facts WHERE name = 'owner'")
            self._db.execute("PRAGMA journal_mode = DELETE")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")

    def _take(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        found = self._db.execute("SELECT value FROM facts WHERE name = 'owner'").fetchone()
        owner = Owner.parse(found[0]) if found else None
        if owner is not None and owner.is_at_work and owner.pid != os.getpid():
            self._db.execute("ROLLBACK")
            raise StoreInUse(owner.pid)
        self._db.execute("INSERT OR REPLACE INTO facts VALUES ('owner', ?)", [Owner.this().text()])
        self._db.execute("COMMIT")

    def _writing(self) -> _Writing:
        return _Writing(self._db)


class _Writing:
    """Turns what SQLite says of a disk that is full or broken into :class:`StoreFull`; undoes what was begun."""

    __slots__ = ("_db",)

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            return
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.DatabaseError):  # SQLite may have done so itself, on a full disk
                self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _NOT_WRITTEN:
            raise StoreFull(0, _NOT_WRITTEN[error.sqlite_errorcode & 0xFF]) from None


_NOT_WRITTEN = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be written to",
    sqlite3.SQLITE_READONLY: "the database may not be written to",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_BUSY: "another program holds the database",
}
"""Primary result codes: https://www.sqlite.org/rescode.html"""


def _text(observation: Observation) -> str:
    """Return a line as observations.jsonl has it; half a character is written as its JSON escape there, too."""
    return dump_observation(observation).encode("utf-8", "backslashreplace").decode()


def _row(mailbox: SweptMailbox) -> tuple[int, str, str, int | None, str]:
    columns = json.dumps(dict(mailbox.columns), ensure_ascii=False) if mailbox.columns else ""
    return mailbox.number, mailbox.address, address_key(mailbox.address), mailbox.line, columns
