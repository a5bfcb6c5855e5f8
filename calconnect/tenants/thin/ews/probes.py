"""The probes that only look: open the calendar, list events, ask when mailboxes are busy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from calconnect.evidence.observation import Fact, Mode
from calconnect.tenants.common.ews_facts import busy_facts, calendar_facts, event_facts
from calconnect.tenants.common.observing import Question, Reply, Scribe
from calconnect.tenants.common.wire import Answer, busy_shares
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.interface import Window
from calconnect.tenants.thin.ews import find_item, get_folder, get_user_availability
from calconnect.tenants.thin.ews.endpoint import ThinEndpoint
from calconnect.tenants.thin.ews.envelope import Dialect, Template, is_address
from calconnect.tenants.thin.interface import Concurrency, Probe, Shot, Side

INVALID = "invalid-address"


@dataclass(frozen=True, slots=True)
class Asking:
    """What every probe of one sweep has in common."""

    endpoint: ThinEndpoint
    scribe: Scribe
    dialect: Dialect
    concurrency: Concurrency


class EwsPath:
    """What all paths over EWS have in common: see :class:`calconnect.tenants.thin.interface.ThinPath`."""

    def __init__(self, probe: Probe, asking: Asking, *, mailboxes_per_request: int = 1) -> None:
        self.probe = probe
        self.side = Side.SERVER
        self.mailboxes_per_request = mailboxes_per_request
        self.concurrency = asking.concurrency
        self._endpoint = asking.endpoint
        self._scribe = asking.scribe

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()


@dataclass(frozen=True, slots=True)
class Look:
    """One request about one mailbox, and what its answer says."""

    name: str
    """The observation's probe: ``open-calendar``."""
    operation: str
    request: Template
    """With a place for ``{mailbox}``."""
    facts: Callable[[Answer], dict[str, Fact]]
    """Reads the details."""


class LookingPath(EwsPath):
    """A probe that makes one request about one mailbox."""

    def __init__(self, probe: Probe, asking: Asking, look: Look) -> None:
        super().__init__(probe, asking)
        self._mode = asking.dialect.mode
        self._look = look

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt at each mailbox, one after the other: see the interface."""
        return [await self._ask(mailbox) for mailbox in mailboxes]

    async def _ask(self, mailbox: str) -> Shot:
        look = self._look
        if is_address(mailbox):
            reply = await self._endpoint.ask(look.request.fill(mailbox=mailbox), mailbox)
        else:
            reply = self._endpoint.unasked(INVALID)
        question = Question(look.name, look.operation, self._mode, mailbox)
        seen = self._scribe.observe(question, reply, look.facts(reply.answer))
        return Shot(mailbox, (seen,), reply.answer.retry_after)


def opening_calendars(probe: Probe, asking: Asking) -> LookingPath:
    """Return the probe that opens the calendar (``reach``); that it must be denied (``refused``) asks nothing else."""
    request = get_folder.get_calendar(asking.dialect)
    return LookingPath(probe, asking, Look("open-calendar", get_folder.OPERATION, request, calendar_facts))


def listing_events(asking: Asking, window: Window) -> LookingPath:
    """Return the probe that lists the events of ``window``."""
    request = find_item.find_events(asking.dialect, window)
    return LookingPath(Probe.READ, asking, Look("list-events", find_item.OPERATION, request, event_facts))


class FreeBusyPath(EwsPath):
    """When mailboxes are busy, as many in one request as the server allows."""

    def __init__(self, asking: Asking, window: Window) -> None:
        """Prepare to ask for ``window``, or as much of it as the server looks at."""
        super().__init__(Probe.FREE_BUSY, asking, mailboxes_per_request=limits().mailboxes_per_availability_request)
        end = min(window.end, window.start + timedelta(days=limits().availability_window))
        self._days = round((end - window.start) / timedelta(days=1), 3)
        self._request = get_user_availability.AvailabilityRequest(asking.dialect, window.start, end)

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt at all mailboxes in one request: see the interface."""
        known = [mailbox for mailbox in mailboxes if is_address(mailbox)]
        shares: list[Reply] = []
        if known:
            reply = await self._endpoint.ask(self._request.of(known))
            shares = [replace(reply, answer=share) for share in busy_shares(reply.answer, len(known))]
        replies = iter(shares)
        return [
            self._shot(mailbox, next(replies) if is_address(mailbox) else self._endpoint.unasked(INVALID))
            for mailbox in mailboxes
        ]

    def _shot(self, mailbox: str, reply: Reply) -> Shot:
        question = Question("free-busy", get_user_availability.OPERATION, Mode.SERVICE_ACCOUNT, mailbox)
        seen = self._scribe.observe(question, reply, {"days": self._days, **busy_facts(reply.answer)})
        wanted = reply.answer.retry_after
        if wanted is None and reply.answer.soap is not None:
            wanted = reply.answer.soap.back_off
        return Shot(mailbox, (seen,), wanted)
