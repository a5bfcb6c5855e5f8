"""What a thin path is: one probe over one protocol, asked of one mailbox or several in one attempt.

A path sends and reads. When to ask, how many at once, whether to ask again, and when to stop is the sweep's to decide,
so a path never waits for a server and never repeats anything by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from calconnect.evidence.observation import Observation


class Probe(StrEnum):
    """What is asked of every mailbox."""

    REACH = "reach"
    """Open the calendar."""
    READ = "read"
    """List the events of a window."""
    FREE_BUSY = "free-busy"
    """When the mailbox is busy, many mailboxes in one request."""
    WRITE = "write"
    """Create, read back, change and delete a marked event without attendees. Leaves nothing behind."""
    REFUSED = "refused"
    """Open the calendar, which must be denied."""


class Side(StrEnum):
    """Where a mailbox is asked: a hybrid organisation has both."""

    SERVER = "server"
    """The organisation's own Exchange Server, over EWS."""
    ONLINE = "online"
    """Exchange Online, over Graph or, while it lives, over EWS."""


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many requests may be in flight at once; each figure has its source where the path takes it from."""

    start: int
    """So many are safe from the beginning."""
    most: int
    """More are never sent, however fast the server answers."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What one attempt came to, for one mailbox."""

    mailbox: str
    observations: tuple[Observation, ...]
    """One; of the probe ``write``, one for each step that was taken. Never empty, ids empty, ``attempts`` 1."""
    retry_after: float | None = None
    """Seconds that the server asks to be left alone for (``BackOffMilliseconds``, ``Retry-After``); None: not said."""
    repeatable: bool = True
    """Whether asking once more does no more than asking once: not after an event may have been created."""

    @property
    def last(self) -> Observation:
        """The observation in which the attempt ended."""
        return self.observations[-1]


class ThinPath(Protocol):
    """One probe over one protocol. Used from one event loop, by many tasks at once."""

    @property
    def probe(self) -> Probe:
        """What is asked."""

    @property
    def side(self) -> Side:
        """Where."""

    @property
    def mailboxes_per_request(self) -> int:
        """At most so many mailboxes go into one attempt."""

    @property
    def concurrency(self) -> Concurrency:
        """How many attempts may be in flight at once."""

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt and return one shot for each mailbox, in their order.

        Never raises for what the server or the network does; being cancelled cleans up after itself.
        """

    async def close(self) -> None:
        """Close all connections."""
