"""What the dated facts come to for one organisation on one day: a pure function of what is given to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings, Topology
from calconnect.timeline.facts import load_facts
from calconnect.timeline.model import (
    NOTHING_OBSERVED,
    Case,
    Conditions,
    Entry,
    Fact,
    Kind,
    MailboxFacts,
    Observed,
    Side,
    Spared,
    Status,
    Timeline,
)

EWS_ENABLED = "EwsEnabled of the organisation"
VENDOR_LISTED = "whether EwsAllowedAppIDs names the vendor's application"
BUILD = "the server's build"
SIDE = "which side holds each mailbox"
LICENCE = "the licences of the mailboxes"

_LAST = date.max
"""What has no day stands behind everything that has one."""


def compute(
    settings: Settings,
    now: datetime,
    observed: Observed = NOTHING_OBSERVED,
    *,
    facts: Sequence[Fact] | None = None,
    more: Iterable[Entry] = (),
) -> Timeline:
    """Return what ends when.

    Args:
        settings: what the organisation is said to be, with its list of mailboxes.
        now: the moment (aware) as of which days are counted, in UTC.
        observed: what was seen of it; what was not seen makes an entry say what it hangs on.
        facts: the dated facts; None: those that are shipped.
        more: entries of other kinds, such as the ends of waivers.
    """
    today = now.astimezone(UTC).date()
    entries = [*_of_settings(settings, observed, today), *more]
    spared: list[Spared] = []
    facts = load_facts() if facts is None else facts
    begun = {fact.id: fact for fact in facts if fact.starts is not None and fact.starts <= today}
    for fact in facts:
        found = _judged(fact, settings, observed, today, begun.get(fact.overtaken_by))
        if isinstance(found, Entry):
            entries.append(found)
        else:
            spared.append(found)
    entries.sort(key=lambda one: (one.starts or _LAST, one.ends or one.starts or _LAST))
    return Timeline(today, tuple(entries), tuple(spared))


def status_of(starts: date | None, ends: date | None, today: date) -> tuple[Status, int | None]:
    """Return how a date stands on a day, and the days left: until it begins, or until a span that has begun ends."""
    if starts is None:
        return Status.UNDATED, None
    if today < starts:
        return Status.COMING, (starts - today).days
    if ends is not None and today <= ends:
        return Status.NOW, (ends - today).days
    return Status.PAST, None


def entry(id_: str, kind: Kind, day: date, today: date, *, title: str, stops: str, action: str) -> Entry:
    """Return an entry of the organisation's own: one day, on which something of it ends."""
    status, left = status_of(day, None, today)
    return Entry(id_, kind, status, day, None, False, left, title, stops, action)


def side_of(topology: Topology, facts: MailboxFacts) -> Side | None:
    """Return which half holds a mailbox: in a hybrid what was observed, else what the topology has."""
    if topology is Topology.HYBRID:
        return facts.side
    return Side.SERVER if topology is Topology.EXCHANGE_SERVER else Side.ONLINE


def _judged(fact: Fact, settings: Settings, observed: Observed, today: date, overtaken: Fact | None) -> Entry | Spared:
    topology = settings.topology
    spared = Spared(fact.id, fact.starts, fact.ends, fact.to_the_month, fact.title, fact.spared, fact.source)
    if topology not in fact.topologies:
        return spared
    unknown: list[str] = []
    if not _holds(fact.when, settings, observed, unknown):
        return spared
    concerned, open_ = _mailboxes(fact.when, settings, observed)
    if not concerned and not open_ and (fact.when.side or fact.when.licence):
        return spared
    unknown += _open_questions(fact.when, settings, observed, open_)
    case = _case(fact.cases, settings, observed, unknown)
    if case is not None and case.spared:
        return Spared(fact.id, fact.starts, fact.ends, fact.to_the_month, fact.title, case.spared, fact.source)
    status, left = status_of(fact.starts, fact.ends, today)
    action = case.action if case is not None else fact.action
    return Entry(
        id=fact.id,
        kind=Kind.FACT,
        status=status,
        starts=fact.starts,
        ends=fact.ends,
        to_the_month=fact.to_the_month,
        days_left=left,
        title=fact.title,
        stops=case.stops if case is not None else fact.stops,
        action=overtaken.action if overtaken is not None else action,
        unknown=tuple(dict.fromkeys(unknown)),
        mailboxes=concerned,
        mailboxes_unknown=open_,
        of=len(settings.mailboxes),
        source=fact.source,
        certainty=fact.certainty,
        last_checked=fact.last_checked,
        disagreement=(case.disagreement if case is not None else "") or fact.disagreement,
    )


def _case(cases: Sequence[Case], settings: Settings, observed: Observed, unknown: list[str]) -> Case | None:
    """Return the first case that holds; None if none does, or if one that comes before could.

    What would have to be known to choose goes to ``unknown``.
    """
    for case in cases:
        lacking: list[str] = []
        if not _holds(case.when, settings, observed, lacking):
            continue
        if lacking:
            unknown += lacking
            return None
        return case
    return None


def _holds(when: Conditions, settings: Settings, observed: Observed, unknown: list[str]) -> bool:
    """Say whether nothing that is known speaks against the conditions; what is not known goes to ``unknown``."""
    if when.access and settings.access not in when.access:
        return False
    if when.limited is not None and when.limited != (settings.limit is not None):
        return False
    if when.ews_enabled:
        if observed.ews_enabled is None:
            unknown.append(EWS_ENABLED)
        elif observed.ews_enabled not in when.ews_enabled:
            return False
    if when.vendor_listed:
        if observed.vendor_listed is None:
            unknown.append(VENDOR_LISTED)
        elif observed.vendor_listed not in when.vendor_listed:
            return False
    if when.from_build is None and when.below_build is None:
        return True
    build = observed.build
    if build is None:
        unknown.append(BUILD)
        return True
    return (when.from_build or build) <= build and not (when.below_build and build >= when.below_build)


def _mailboxes(when: Conditions, settings: Settings, observed: Observed) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the listed mailboxes that are concerned, and those of which it is not known."""
    concerned: list[str] = []
    open_: list[str] = []
    for mailbox in settings.mailboxes:
        facts = observed.mailboxes.get(address_key(mailbox.address), MailboxFacts())
        seen = [(when.side, side_of(settings.topology, facts)), (when.licence, facts.licence)]
        asked = [(wanted, found) for wanted, found in seen if wanted is not None]
        if any(found is not None and found is not wanted for wanted, found in asked):
            continue
        (open_ if any(found is None for _, found in asked) else concerned).append(mailbox.address)
    return tuple(concerned), tuple(open_)


def _open_questions(when: Conditions, settings: Settings, observed: Observed, open_: Sequence[str]) -> Iterator[str]:
    """Yield what is not known of the mailboxes that the fact may concern."""
    of_them = [observed.mailboxes.get(address_key(one), MailboxFacts()) for one in open_]
    if when.side is not None and any(side_of(settings.topology, facts) is None for facts in of_them):
        yield SIDE
    if when.licence is not None and any(facts.licence is None for facts in of_them):
        yield LICENCE


def _of_settings(settings: Settings, observed: Observed, today: date) -> Iterator[Entry]:
    """Yield the days that the settings name, and the end of the server's certificate."""
    online = settings.microsoft365
    if online is not None and online.vendor_connected_on is not None:
        yield entry(
            "vendor-connected",
            Kind.PLAN,
            online.vendor_connected_on,
            today,
            title="The vendor is let in",
            stops="The time in which a limit can be set before anything is synced: what the vendor may reach on this"
            " day it takes up.",
            action="Have the limit in force before this day, with an hour or two for it to take effect.",
        )
    if observed.certificate_ends is not None:
        yield entry(
            "server-certificate",
            Kind.CERTIFICATE,
            observed.certificate_ends,
            today,
            title="The server's certificate ends",
            stops="Every connection to the server: clients no longer trust it.",
            action="Renew the certificate before this day, and bind it to IIS.",
        )
