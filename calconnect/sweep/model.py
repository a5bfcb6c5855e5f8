"""What a sweep is told, what it tells while it goes on, and how it ends. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calconnect.evidence.observation import Observation
from calconnect.tenants.thin.interface import Probe, Shot, Side


@dataclass(frozen=True, slots=True)
class SweptMailbox:
    """One mailbox of the list."""

    number: int
    """Its place in the list, from 1 on; the key under which its results are kept."""
    address: str
    """As written in the list, without surrounding space."""
    line: int | None = None
    """1-based line or row of the list's file; None: it does not come from a file."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What else the list says of it, by lower-case heading: ``department`` …"""


@dataclass(frozen=True, slots=True)
class UnusableRow:
    """A row of the list that names no mailbox that could be asked. It is told of, and the rest is swept."""

    line: int | None
    text: str
    """As written, shortened."""
    reason: str
    """One sentence."""


class EndedBy(StrEnum):
    """How asking came to its end."""

    DONE = "done"
    """Every mailbox was observed, or given up on with a reason."""
    TIME_UP = "time-up"
    """The time that was given ran out; it can be resumed."""
    INTERRUPTED = "interrupted"
    """Somebody stopped it; it can be resumed."""
    CREDENTIALS_REFUSED = "credentials-refused"
    """The account itself was refused: asking on could lock it."""
    SILENCE = "silence"
    """The server gave no usable answer to many in a row; it can be resumed."""
    THROTTLED = "throttled"
    """The server wants to be left alone for longer than is waited, or turned everything away; it can be resumed."""
    STORE_FULL = "store-full"
    """What was seen could not be written down any more; it can be resumed."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How asking ended, in a word and a sentence."""

    by: EndedBy
    sentence: str = ""
    """For people: what happened and what to do; empty where all is done."""
    seen: Observation | None = None
    """The answer that ended it, where no mailbox was settled with it; its id is empty."""

    @property
    def resumable(self) -> bool:
        """Whether mailboxes are left that a resumed sweep would ask."""
        return self.by is not EndedBy.DONE


@dataclass(frozen=True, slots=True)
class Settled:
    """A mailbox that is through: its last shot, after as many attempts as were worth it."""

    number: int
    """Of :class:`SweptMailbox`."""
    probe: Probe
    side: Side
    shot: Shot
    """Its observations' ``attempts`` tell how often it was asked, and the detail ``retried_after`` why again."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How the sweep went in one second, for curves over time."""

    at: datetime
    probe: Probe
    side: Side
    done: int
    """Mailboxes settled so far."""
    answers: int
    """Attempts answered in this second."""
    throttled: int
    """Of these, turned away for load."""
    in_flight: int
    limit: int
    """How many might have been in flight."""
    latency_ms: float
    """Median time of the answers of this second; 0 if there were none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a sweep stands: what the live line shows."""

    probe: Probe
    side: Side
    done: int
    total: int
    per_second: float
    """Mailboxes settled a second, lately."""
    in_flight: int
    throttled: int
    """Attempts that were turned away for load so far."""
    seconds_left: float | None
    """At this pace; None: not known yet."""
    findings: Mapping[str, int]
    """How many mailboxes ended with each code that is not a success: ``ErrorImpersonateUserDenied`` → 3."""
