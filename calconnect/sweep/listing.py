"""What a list of mailboxes comes to, beside the mailboxes that are asked."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.sweep.model import SweptMailbox, UnusableRow


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """A row that names a mailbox which another row has named before. It is asked once, for that row."""

    line: int | None
    address: str
    """As written."""
    number: int
    """Of the :class:`SweptMailbox` that it repeats."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A mailbox of the list whose address is not its primary one, as the tenant said."""

    number: int
    """Of the :class:`SweptMailbox` that is listed by another address."""
    primary: str
    """The primary address."""
    primary_number: int
    """Of the :class:`SweptMailbox` under which the primary address is asked."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, made ready: each mailbox once."""

    mailboxes: tuple[SweptMailbox, ...]
    unusable: tuple[UnusableRow, ...] = ()
    repeated: tuple[RepeatedRow, ...] = ()
    source: str = ""
    """Where it comes from, for people: the file's name, ``group:ADDRESS`` or ``all``."""
    caveat: str = ""
    """One sentence: what of the organisation it may leave out; empty: nothing that is known of."""
