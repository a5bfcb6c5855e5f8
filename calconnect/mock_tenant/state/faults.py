"""How a server is flaky: which requests fail, and how. Says what is to happen; the server's front makes it happen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_DRAWS = 2**32


class FaultKind(StrEnum):
    """What happens to a request that is struck."""

    UNAVAILABLE = "503"
    RESET = "reset"
    """The connection is cut, and nothing of what was asked is done."""
    SERVER_BUSY = "server-busy"
    """ErrorServerBusy (Graph: 429), with the time to wait."""
    TIMEOUT = "timeout"
    """No answer ever comes, and nothing of what was asked is done."""
    TRUNCATED = "truncated"
    """It is done; the answer arrives with half of its body, as if that were all of it."""
    CUT_OFF = "cut-off"
    """It is done; the connection ends in the middle of the answer's body."""

    @property
    def is_done(self) -> bool:
        """Whether what was asked is done nevertheless, and only the answer suffers."""
        return self in (FaultKind.TRUNCATED, FaultKind.CUT_OFF)


@dataclass(frozen=True, slots=True)
class Faults:
    """How a flaky server fails, among the requests of clients that have signed in."""

    every: int = 0
    """Every so many-th request fails by ``kind``; 1: each; 0: none."""
    kind: FaultKind = FaultKind.UNAVAILABLE
    percent: Mapping[FaultKind, float] = field(default_factory=dict)
    """So many requests in a hundred fail in each way, 0 to 100 in all."""
    seed: int = 0
    """Other requests fail with another seed, and the same ones with the same."""
    back_off: tuple[str, ...] = ()
    """What the first busy answers ask a client to wait, each in turn, as written; empty: nothing. Later ones ask what
    the policies say."""
    hanging: frozenset[str] = frozenset()
    """Mailboxes, lower-case, for which no answer ever comes."""
    hanging_one_in: int = 0
    """So does one mailbox of so many, chosen by a hash; 0: none."""

    @property
    def any(self) -> bool:
        """Whether anything ever fails."""
        return bool(self.every or self.percent or self.hanging or self.hanging_one_in)

    def hangs(self, mailbox: str) -> bool:
        """Whether no answer ever comes for a mailbox (lower-case address)."""
        if mailbox in self.hanging:
            return True
        return bool(self.hanging_one_in and mailbox) and self._draw("hangs", mailbox) % self.hanging_one_in == 0

    def drawn(self, mailbox: str, attempt: int) -> FaultKind | None:
        """Return how the n-th request for a mailbox fails by ``percent``; None: it does not.

        It hangs on nothing else, so that a run fails as the one before, in whatever order its requests arrive.
        """
        left = self._draw(str(attempt), mailbox) * 100 / _DRAWS
        for kind, share in self.percent.items():
            left -= share
            if left < 0:
                return kind
        return None

    def _draw(self, what: str, mailbox: str) -> int:
        text = f"{self.seed}\n{what}\n{mailbox}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big")
