"""The dated fact, and the entry that it comes to for one organisation on one day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from calconnect.evidence.builds import Build


class Side(StrEnum):
    """Which half of an organisation holds a mailbox."""

    SERVER = "server"
    """An Exchange Server of its own."""
    ONLINE = "online"
    """Exchange Online."""


class EwsEnabled(StrEnum):
    """The organisation's setting ``EwsEnabled`` in Exchange Online."""

    NULL = "null"
    """Never set: allowed, until the retirement reaches the organisation."""
    TRUE = "true"
    FALSE = "false"


class VendorListed(StrEnum):
    """Whether the vendor's application stands in ``EwsAllowedAppIDs``."""

    LISTED = "listed"
    NOT_LISTED = "not-listed"
    EMPTY = "empty"
    """The list is empty, or was never set: sources disagree on what that comes to."""


class Licence(StrEnum):
    """What the licence of a mailbox in Exchange Online allows of EWS."""

    FRONT_LINE = "front-line"
    """Kiosk, F1 or F3 alone (service plan ``EXCHANGE_S_DESKLESS``)."""
    OTHER = "other"
    """Plan 1 or 2, E3, E5 …"""


class Certainty(StrEnum):
    """How good a fact's source is."""

    PRIMARY = "primary"
    """Read at whoever decides it."""
    SECONDARY = "secondary"
    """Read only in what others wrote about it."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a fact concerns an organisation. Empty ones hold always; all of them must hold."""

    access: tuple[str, ...] = ()
    """Agreed access: ``full``, ``calendar-only``, ``free-busy``."""
    limited: bool | None = None
    """Whether a group is said to limit which mailboxes are reached."""
    ews_enabled: tuple[EwsEnabled, ...] = ()
    vendor_listed: tuple[VendorListed, ...] = ()
    from_build: Build | None = None
    """The server's build is this one or a later one."""
    below_build: Build | None = None
    """The server's build is an earlier one."""
    side: Side | None = None
    """Of each mailbox: which half holds it."""
    licence: Licence | None = None
    """Of each mailbox: what it is licensed for."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a fact comes to in one state of the organisation."""

    when: Conditions
    stops: str = ""
    """What stops; empty: nothing does, and ``spared`` says why."""
    action: str = ""
    spared: str = ""
    disagreement: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated fact."""

    id: str
    starts: date | None
    """The first day; None: no day is announced."""
    ends: date | None
    """The last day of a span; None: it is one day, from which on it holds."""
    to_the_month: bool
    """The source names the month and no day."""
    title: str
    topologies: tuple[str, ...]
    """Of which topologies mailboxes are concerned."""
    when: Conditions
    stops: str
    """What stops working, in a sentence or two."""
    action: str
    """What to do before."""
    spared: str
    """Why organisations are not concerned that do not meet the topologies or the conditions."""
    source: str
    """URL."""
    certainty: Certainty
    last_checked: date
    """The day on which the source was last held against this."""
    disagreement: str = ""
    """Where sources disagree, what each says."""
    overtaken_by: str = ""
    """Id of the fact that ends this one: from its first day on, its action is what is left to do."""
    cases: tuple[Case, ...] = ()
    """What it comes to in each state of the organisation; the first that holds is taken."""


class Status(StrEnum):
    """How a date stands on the day of the timeline."""

    PAST = "past"
    NOW = "now"
    """The day is within the span."""
    COMING = "coming"
    UNDATED = "undated"
    """No day is announced."""


class Kind(StrEnum):
    """What an entry comes from."""

    FACT = "fact"
    """A dated fact about the products."""
    PLAN = "plan"
    """A day that the settings name."""
    CERTIFICATE = "certificate"
    """The end of the server's certificate, as observed."""
    EVIDENCE = "evidence"
    """The day on which an export of the configuration is too old."""
    WAIVER = "waiver"
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one date comes to for this organisation, on the day of the timeline."""

    id: str
    kind: Kind
    status: Status
    starts: date | None
    ends: date | None
    to_the_month: bool
    days_left: int | None
    """Days until it begins (``coming``) or ends (``now``); else None."""
    title: str
    stops: str
    action: str
    unknown: tuple[str, ...] = ()
    """What would have to be known to say whether it concerns this organisation; empty: it does."""
    mailboxes: tuple[str, ...] = ()
    """Listed mailboxes that it concerns, in the list's order."""
    mailboxes_unknown: tuple[str, ...] = ()
    """Listed mailboxes of which what decides was not observed."""
    of: int = 0
    """How many mailboxes are listed."""
    source: str = ""
    certainty: Certainty | None = None
    last_checked: date | None = None
    disagreement: str = ""


@dataclass(frozen=True, slots=True)
class Spared:
    """A fact that does not concern this organisation, and why."""

    id: str
    starts: date | None
    ends: date | None
    to_the_month: bool
    title: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What ends when, for one organisation, as of one day."""

    as_of: date
    entries: tuple[Entry, ...]
    """By day; what has none comes last."""
    spared: tuple[Spared, ...] = ()


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """What was observed of one mailbox; None where it was not."""

    side: Side | None = None
    licence: Licence | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed of the organisation, as far as dates hang on it; None where it was not."""

    ews_enabled: EwsEnabled | None = None
    vendor_listed: VendorListed | None = None
    build: Build | None = None
    certificate_ends: date | None = None
    mailboxes: dict[str, MailboxFacts] = field(default_factory=dict)
    """By :func:`~calconnect.settings.addresses.address_key`."""


NOTHING_OBSERVED = Observed()
