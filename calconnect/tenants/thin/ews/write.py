"""The probe that writes: takes a marked event through its life, and leaves nothing behind.

Being cancelled in the middle ends the life, not the cleaning up: the event is deleted before this gives way, and if
even that fails the journal leads the next run to it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from calconnect.evidence.codes import Kind
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.event_life import (
    PROBE,
    CreateEvent,
    DeleteEvents,
    EventLife,
    EventRequest,
    FindMarked,
    GetEvent,
    UpdateEvent,
    clear,
)
from calconnect.tenants.common.journal import Entry, Journal
from calconnect.tenants.common.observing import Question, Reply
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.thin.ews import create_item, delete_item, find_item, get_item, update_item
from calconnect.tenants.thin.ews.envelope import Dialect, is_address, moment
from calconnect.tenants.thin.ews.probes import INVALID, Asking, EwsPath
from calconnect.tenants.thin.interface import Probe, Shot

Pause = Callable[[float], Awaitable[object]]
"""Waits for a number of seconds."""

_LAST_WAIT = 5.0
"""Seconds that a creation under way is waited for where everything is to end: once it is answered, it is known what
there is to delete."""
_CANNOT_GO_ON = (Kind.TRANSIENT, Kind.NOT_ANSWER)
"""Kinds of answer to a later step after which the rest would be asked in vain: the life is ended, and cleared up."""


class WritePath(EwsPath):
    """Creates, reads, changes, reads, deletes and misses an event in each mailbox."""

    def __init__(self, asking: Asking, journal: Journal, clock: Clock, pause: Pause) -> None:
        super().__init__(Probe.WRITE, asking)
        self._mode = asking.dialect.mode
        self._journal = journal
        self._clock = clock
        self._pause = pause
        self._requests = _Requests(asking.dialect)

    async def ask(self, mailboxes: Sequence[str]) -> list[Shot]:
        """Make one attempt at each mailbox, one after the other: see the interface.

        A shot is repeatable if it is certain that its event is gone, or never was. Before it deletes what a server that
        is busy made it leave, this waits as the server asks, for a few seconds at most: somebody has to clear up.
        """
        return [await self._ask(mailbox) for mailbox in mailboxes]

    async def _ask(self, mailbox: str) -> Shot:
        try:
            entry = await self._begin(mailbox)
        except OSError:
            question = Question(PROBE, create_item.OPERATION, self._mode, mailbox)
            return Shot(mailbox, (self._scribe.not_asked(question, "journal-unwritable", {"step": "create"}),))
        trip = _Trip(mailbox, entry, EventLife(self._scribe, mailbox, str(entry.mark), self._mode))
        try:
            await self._live(trip)
        finally:
            await _to_its_end(self._clear_up(trip))
        return Shot(mailbox, tuple(trip.life.observations), trip.retry_after, trip.gone)

    async def _begin(self, mailbox: str) -> Entry:
        """Make the entry in the journal, in a thread: it is there only once the disk has it.

        Raises:
            OSError: it cannot be written.
        """
        beginning = asyncio.create_task(asyncio.to_thread(self._journal.begin, self._endpoint.url, mailbox))
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError):
                self._journal.end(await beginning)
            raise

    async def _live(self, trip: _Trip) -> None:
        steps = trip.life.live(self._clock())
        wanted = next(steps)
        while True:
            if isinstance(wanted, CreateEvent):
                reply = await self._create(trip, wanted)
            else:
                reply = await self._send(trip, wanted)
            try:
                wanted = steps.send(reply)
            except StopIteration:
                return
            if not isinstance(wanted, CreateEvent) and reply.answer.kind in _CANNOT_GO_ON:
                return

    async def _create(self, trip: _Trip, wanted: CreateEvent) -> Reply:
        """Create the event, and wait a moment for the answer even where everything is to end now."""
        trip.in_doubt = True
        creating = asyncio.create_task(self._send(trip, wanted))
        try:
            reply = await asyncio.shield(creating)
        except asyncio.CancelledError:
            await asyncio.wait({creating}, timeout=_LAST_WAIT)
            trip.in_doubt = not creating.done() or _in_doubt(creating.result())
            raise
        finally:
            creating.cancel()
        trip.in_doubt = _in_doubt(reply)
        return reply

    async def _clear_up(self, trip: _Trip) -> None:
        """Delete what the life has left, and take the entry out of the journal if that is certain to be all."""
        trip.gone = trip.life.over
        if not trip.gone:
            seconds = trip.retry_after or 0.0
            if seconds > limits().back_off:
                return
            if seconds:
                await self._pause(seconds)
            found = await self._clear(trip)
            trip.gone = found is not None and (found > 0 or not trip.in_doubt)
        if trip.gone:
            self._journal.end(trip.entry)

    async def _clear(self, trip: _Trip) -> int | None:
        steps = clear(str(trip.entry.mark))
        try:
            wanted = next(steps)
            while True:
                body = self._requests.write(trip.mailbox, wanted)
                reply = await self._endpoint.ask(body, trip.mailbox)
                if reply.answer.kind is Kind.NOT_ANSWER:  # nobody else would ask again
                    reply = await self._endpoint.ask(body, trip.mailbox)
                wanted = steps.send(reply)
        except StopIteration as end:
            found: int | None = end.value
            return found

    async def _send(self, trip: _Trip, wanted: EventRequest) -> Reply:
        if not is_address(trip.mailbox):
            return self._endpoint.unasked(INVALID)
        reply = await self._endpoint.ask(self._requests.write(trip.mailbox, wanted), trip.mailbox)
        trip.retry_after = reply.answer.retry_after
        return reply


@dataclass(slots=True)
class _Trip:
    """One attempt at one mailbox."""

    mailbox: str
    entry: Entry
    life: EventLife
    retry_after: float | None = None
    """What the server asked for in its latest answer."""
    in_doubt: bool = False
    """Whether the event may yet come into being: its creation was asked for, and no answer came in time."""
    gone: bool = False
    """Whether it is certain that there is no event of this attempt."""


class _Requests:
    """Writes the requests about the test event."""

    def __init__(self, dialect: Dialect) -> None:
        self._create = create_item.create_event(dialect)
        self._get = get_item.get_event(dialect)
        self._update = update_item.update_event(dialect)
        self._delete = delete_item.DeleteRequest(dialect)
        self._find = find_item.find_marked(dialect)

    def write(self, mailbox: str, wanted: EventRequest) -> bytes:
        """Return the envelope of a request."""
        match wanted:
            case CreateEvent(mark, start, end):
                return self._create.fill(mailbox=mailbox, mark=mark, start=moment(start), end=moment(end))
            case GetEvent(item):
                return self._get.fill(mailbox=mailbox, item=item[0])
            case UpdateEvent(item):
                return self._update.fill(mailbox=mailbox, item=item[0], change_key=item[1])
            case DeleteEvents(items):
                return self._delete.of(mailbox, items)
            case FindMarked(mark):
                return self._find.fill(mailbox=mailbox, mark=mark or "")


def _in_doubt(reply: Reply) -> bool:
    return reply.answer.code == "timed-out"


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do ``work`` to its end, however often this is cancelled meanwhile; then give way."""
    task = asyncio.create_task(work)
    given_up: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            given_up = error
    task.result()
    if given_up is not None:
        raise given_up
