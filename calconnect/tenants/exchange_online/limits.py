"""The limits of Microsoft 365 and of calconnect's own patience, read from ``limits.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("limits.toml")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once. The units stand in ``limits.toml``, with the source of each."""

    requests_in_batch: int
    requests_per_mailbox: int
    """In one ``requests_per_mailbox_window``."""
    requests_per_mailbox_window: int
    """Seconds."""
    concurrent_per_mailbox: int
    what_if_interval: int
    """Seconds."""
    mailboxes_per_schedule: int
    availability_window: int
    """Days."""
    page_size: int
    clock_skew: int
    """Seconds."""
    connections: int
    attempts: int
    back_off: int
    """Seconds that calconnect waits at most before it tries once more."""
    patience: int
    """Seconds that calconnect waits in all for one question."""
    pages: int
    answer_size: int
    """Bytes of an answer that are read at most."""
    token_answer_size: int
    """Bytes of an answer of the authority that are read at most."""


@functools.cache
def limits() -> Limits:
    """Return the limits; they are read once."""
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Limits(**{name: int(entry["value"]) for name, entry in data.items()})
