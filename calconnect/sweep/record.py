"""What a sweep leaves for those who judge and report it: its facts, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from calconnect.evidence.observation import Observation
from calconnect.sweep.model import Ending, Sample, SweptMailbox, UnusableRow
from calconnect.sweep.store_reading import SweepReader
from calconnect.tenants.thin.interface import Probe, Side

Answers = Mapping[tuple[Probe, Side], Sequence[Observation]]
"""By probe and side, what came back for one mailbox; a question that was not put is missing."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Which list was swept."""

    source: str = ""
    """Where it comes from, for people: the file's name, ``group:ADDRESS`` or ``all``."""
    caveat: str = ""
    """One sentence: what of the organisation it may leave out; empty: nothing that is known of."""
    sha256: str = ""
    """Of the file; empty where there is none."""
    columns: tuple[str, ...] = ()
    """Headings of what else it says of each mailbox."""
    repeated: int = 0
    """Rows that name a mailbox which another row has named before: it is asked once."""


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """One sweep: who, what, when, and how it ended."""

    id: str
    """The run's id, which is also the name of its folder."""
    started: datetime
    finished: datetime
    """When asking ended, for now."""
    probes: tuple[Probe, ...]
    sides: tuple[Side, ...]
    """Where each mailbox was asked: two in a hybrid organisation."""
    topology: str
    listed: ListFacts
    ending: Ending
    command: str = ""
    """The command that does the same again. Holds paths and names, never a secret."""
    resume: str = ""
    """The command that goes on with it."""
    mock: str | None = None
    """The mock tenant that was asked; None: the one that the settings name."""
    service_account: str = ""
    """As which the server was asked; empty: it was not asked."""
    application: str = ""
    """App ID as which Exchange Online was asked; empty: it was not asked."""
    server: str = ""
    """Host of the server."""
    resumed: int = 0
    """How often it was gone on with."""


@dataclass(frozen=True, slots=True)
class SweptRow:
    """One mailbox of the list with everything that came back for it."""

    mailbox: SweptMailbox
    answers: Answers = field(default_factory=dict)
    alias_of: str = ""
    """The mailbox's primary address, where the list names another one of its addresses; else empty. It has a row of
    its own."""
    added: bool = False
    """Whether the list does not name it: it is the primary address of an alias there."""


class SweepRecord(Protocol):
    """A sweep as it was kept. What is asked for twice is read twice: nothing of it needs to lie in memory."""

    @property
    def facts(self) -> SweepFacts:
        """The sweep itself."""

    def gate(self) -> Sequence[Observation]:
        """Return what was observed before the first mailbox was asked."""

    def rows(self) -> Iterable[SweptRow]:
        """Return the mailboxes in the list's order, each with what came back for it, if anything did."""

    def unusable(self) -> Iterable[UnusableRow]:
        """Return the rows that name no mailbox, in the list's order."""

    def samples(self) -> Iterable[Sample]:
        """Return how it went, second by second, in the order of time."""


class StoredSweep:
    """A sweep as its database keeps it: a :class:`SweepRecord`."""

    def __init__(self, store: SweepReader, facts: SweepFacts) -> None:
        """Take the open database, and what is known of the sweep beside it."""
        self._store = store
        self.facts = facts

    def gate(self) -> Sequence[Observation]:
        """Return what was observed beside the mailboxes' probes."""
        return self._store.noted()

    def rows(self) -> Iterator[SweptRow]:
        """Yield the mailboxes in the list's order."""
        for found in self._store.results():
            mailbox, alias = found.mailbox, found.alias
            answers = {(one.probe, one.side): one.observations for one in found.results}
            yield SweptRow(mailbox, answers, alias.primary if alias else "", found.added)

    def unusable(self) -> Sequence[UnusableRow]:
        """Return the rows that name no mailbox."""
        return self._store.unusable()

    def samples(self) -> Iterator[Sample]:
        """Yield how each second went."""
        return self._store.samples()
