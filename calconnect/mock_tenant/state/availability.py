"""Free and busy: what may be told of a calendar, and how events become a stream of intervals.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from calconnect.mock_tenant.state.access import Access, Right
from calconnect.mock_tenant.state.calendar import Occurrence, appointment_of, occurrences
from calconnect.mock_tenant.state.directory import Directory, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox

MOST_MAILBOXES = 100
"""How many mailboxes one request, or one group, may name."""
LONGEST_WINDOW = timedelta(days=62)
_RANKS = {"Free": 0, "WorkingElsewhere": 1, "Tentative": 2, "Busy": 3, "OOF": 4, "NoData": 5}


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a mailbox's owner works: Exchange's defaults, in the mailbox's own time zone."""

    days: tuple[str, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    start_minutes: int = 8 * 60
    end_minutes: int = 17 * 60


@dataclass(frozen=True, slots=True)
class BusySpan:
    """A stretch of time and what it is taken by."""

    start: datetime
    end: datetime
    status: str
    """LegacyFreeBusyStatus: ``Free``, ``Tentative``, ``Busy``, ``OOF``, ``WorkingElsewhere``, ``NoData``."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What somebody may know of a mailbox's calendar in a window."""

    mailbox: Mailbox
    events: tuple[Occurrence, ...]
    rights: Right
    sees_private: bool

    @property
    def spans(self) -> list[BusySpan]:
        """The events as stretches of time."""
        return [BusySpan(one.start, one.end, one.busy) for one in self.events]


def read_calendar(
    access: Access, recipient: Recipient, start: datetime, end: datetime, *, without_uid: str = ""
) -> Calendar:
    """Return what may be known of a recipient's calendar in a window.

    Args:
        access: who wants to know.
        recipient: whose calendar.
        start: of the window, aware.
        end: of the window, aware.
        without_uid: a meeting to leave out.

    Raises:
        EwsError: ``ErrorMailRecipientNotFound`` (no mailbox here), ``ErrorNoFreeBusyAccess``, or the mailbox's state.
    """
    if not recipient.has_mailbox:
        raise EwsError("ErrorMailRecipientNotFound", f"Unable to resolve e-mail address {recipient.email}.")
    mailbox = access.organization.mailbox(recipient)
    folder = mailbox.distinguished("calendar")
    access.demand(mailbox, folder, Right.FREE_BUSY, "ErrorNoFreeBusyAccess")
    rights = access.rights(mailbox, folder)
    events = occurrences(mailbox, folder, start, end)
    if without_uid:
        events = (one for one in events if appointment_of(one.item).uid.casefold() != without_uid.casefold())
    acting = access.acting.email.lower() if access.acting is not None else ""
    delegate = mailbox.delegates.get(acting, {})
    private = Right.OWNER in rights or bool(delegate.get("view_private_items"))
    return Calendar(mailbox, tuple(events), rights, private)


def group_members(directory: Directory, group: Recipient) -> list[Recipient]:
    """Return the recipients in a group and in the groups in it, each once.

    Raises:
        EwsError: ``ErrorFreeBusyDLLimitReached``: there are too many.
    """
    found: dict[str, Recipient] = {}
    seen = {group.email.lower()}
    waiting = [group]
    while waiting:
        for address in waiting.pop().members:
            member = directory.by_address(address)
            if member is None or member.email.lower() in seen:
                continue
            seen.add(member.email.lower())
            if member.is_group:
                waiting.append(member)
            else:
                found[member.email.lower()] = member
                if len(found) > MOST_MAILBOXES:
                    raise EwsError("ErrorFreeBusyDLLimitReached", "The group has too many members.")
    return list(found.values())


def strongest(statuses: Iterable[str]) -> str:
    """Return the status that counts where several meet; ``Free`` if there is none."""
    return max(statuses, key=lambda status: _RANKS.get(status, 0), default="Free")


def status_in(spans: Sequence[BusySpan], start: datetime, end: datetime) -> str:
    """Return what counts between two moments."""
    return strongest(one.status for one in spans if one.start < end and one.end > start)


def merged(spans: Sequence[BusySpan], start: datetime, end: datetime, minutes: int) -> Iterator[str]:
    """Return what counts in each interval of a window; the last one may reach beyond it."""
    step = timedelta(minutes=minutes)
    waiting = sorted(spans, key=lambda one: one.start)
    current: list[BusySpan] = []
    number = 0
    while start < end:
        until = start + step
        while number < len(waiting) and waiting[number].start < until:
            current.append(waiting[number])
            number += 1
        if current:  # most of a calendar is free
            current = [one for one in current if one.end > start]
        yield strongest(one.status for one in current) if current else "Free"
        start = until
