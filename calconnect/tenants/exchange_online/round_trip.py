"""The test event's life on Graph: created, read, changed, read, followed, deleted, found gone; and what others left.

Whatever happens in between, an interruption included, the event is deleted before this returns; if even that fails, the
journal leads the next run to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.journal import Entry, Journal, is_old
from calconnect.tenants.common.mark import SUBJECT_CHANGED, Mark, event_time
from calconnect.tenants.common.observing import Question, Said
from calconnect.tenants.exchange_online import events
from calconnect.tenants.exchange_online.answers import GraphReply
from calconnect.tenants.exchange_online.asking import INVALID, Asking, is_address
from calconnect.tenants.exchange_online.following import Follower
from calconnect.tenants.exchange_online.paging import UNEXPECTED, all_pages
from calconnect.tenants.exchange_online.shapes import UnexpectedShape, text

_PROBE = "graph-event-round-trip"
_STRAYS = "graph-remove-strays"
_CREATE = "POST /users/{mailbox}/calendar/events"
_GET = "GET /users/{mailbox}/events/{id}"
_GONE = "ErrorItemNotFound"
_AS_WANTED = Said(Outcome.OK, _GONE)
_MAY_HAVE_CREATED = frozenset({Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT, Kind.UNLISTED, Kind.SUCCESS})
"""Kinds of answer to the creation that do not rule out that there is an event now."""


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of taking an event through its life."""

    observations: tuple[Observation, ...]
    """One a step, as far as it got."""
    gone: bool
    """Whether it is certain that nothing is left of it."""


class RoundTrip:
    """Takes test events through their life in one tenant."""

    def __init__(self, asking: Asking, journal: Journal | None, endpoint: str, run: str, clock: Clock) -> None:
        self._asking = asking
        self._journal = journal
        self._endpoint = endpoint
        self._run = run
        self._clock = clock

    def run(self, mailbox: str) -> Lived:
        """Take an event through its life."""
        question = Question(_PROBE, _CREATE, Mode.APPLICATION, mailbox)
        if not is_address(mailbox):
            return Lived((self._asking.scribe.not_asked(question, INVALID, {"step": "create"}),), gone=True)
        try:
            entry = self._journal.begin(self._endpoint, mailbox) if self._journal is not None else None
        except OSError:
            return Lived(
                (self._asking.scribe.not_asked(question, "journal-unwritable", {"step": "create"}),), gone=True
            )
        mark = entry.mark if entry is not None else Mark.new(self._run, self._clock())
        life = _Life(self._asking, mailbox, mark)
        gone = False
        try:
            observations = tuple(life.live(self._clock))
        finally:
            gone = life.over or self._clear(mailbox, mark)
            if gone and self._journal is not None and entry is not None:
                self._journal.end(entry)
        return Lived(observations, gone)

    def remove_strays(self, mailbox: str) -> Iterator[Observation]:
        """Delete the events that interrupted runs left: those in the journal, and old ones in ``mailbox``.

        Details: ``found`` (marked events), ``strays`` (of these, left over), ``removed``, ``left_by`` (the run).
        """
        entries, alive = self._left_over()
        for entry in entries:
            yield self._remove_entry(entry)
        if not is_address(mailbox):
            yield self._asking.not_asked((_STRAYS, "GET /users/{mailbox}/calendar/events", mailbox))
            return
        reply, marked = self._find(mailbox, None)
        now = self._clock()
        old = [
            event
            for event, marks in marked.items()
            if any(mark is not None and mark.number not in alive and is_old(mark, now) for mark in marks)
        ]
        yield self._removal(mailbox, reply, old, len(marked))

    def _left_over(self) -> tuple[list[Entry], set[str]]:
        """Return the entries of runs that are no longer at work, and the numbers of marks that are in use."""
        if self._journal is None:
            return [], set()
        entries, _ = self._journal.entries(self._endpoint)
        left = [entry for entry in entries if self._journal.is_left_over(entry)]
        return left, {entry.mark.number for entry in entries if entry not in left}

    def _remove_entry(self, entry: Entry) -> Observation:
        reply, marked = self._find(entry.mailbox, entry.mark)
        observation = self._removal(entry.mailbox, reply, list(marked), len(marked), left_by=entry.mark.run)
        if observation.ok and self._journal is not None:
            self._journal.end(entry)
        return observation

    def _removal(
        self, mailbox: str, reply: GraphReply, strays: list[str], found: int, left_by: str = ""
    ) -> Observation:
        removed, operation = 0, "GET /users/{mailbox}/calendar/events"
        for event in strays:
            operation = "DELETE /users/{mailbox}/events/{id}"
            reply = self._asking.session.ask(events.delete(mailbox, event))
            if not reply.ok:
                break
            removed += 1
        details: dict[str, Fact] = {"found": found, "strays": len(strays), "removed": removed}
        if left_by:
            details["left_by"] = left_by
        return self._asking.observe((_STRAYS, operation, mailbox), _with(reply, details))

    def _find(self, mailbox: str, mark: Mark | None) -> tuple[GraphReply, dict[str, list[Mark | None]]]:
        """Return the reply, and the marked events: id and marks of each."""
        pages = all_pages(self._asking.session, events.find(mailbox, mark))
        if not pages.reply.ok:
            return pages.reply, {}
        try:
            found = {text(one, "id"): [Mark.parse(value) for value in events.marks_in(one)] for one in pages.items}
        except UnexpectedShape:
            return pages.reply.but(UNEXPECTED), {}
        # What the search did not ask for is never deleted: an event without a mark of ours is somebody's.
        own = {
            event: marks
            for event, marks in found.items()
            if event and any(one is not None and mark in (None, one) for one in marks)
        }
        return pages.reply, own

    def _clear(self, mailbox: str, mark: Mark) -> bool:
        """Delete whatever carries the mark; say whether it is known to be gone."""
        reply, marked = self._find(mailbox, mark)
        gone = [self._asking.session.ask(events.delete(mailbox, event)) for event in marked]
        return reply.ok and all(one.ok or one.code == _GONE for one in gone)


class _Life:
    """One event's life, step by step."""

    def __init__(self, asking: Asking, mailbox: str, mark: Mark) -> None:
        self._asking = asking
        self._mailbox = mailbox
        self._mark = mark
        self.over = False
        """Whether it is certain that there is no event, or no longer."""

    def live(self, clock: Clock) -> Iterator[Observation]:
        """Yield the observation of each step."""
        start, end = event_time(clock())
        reply, event = self._create(start, end)
        yield self._step("create", _CREATE, reply)
        if not reply.ok:
            answer = reply.reply.answer
            self.over = reply.reply.attempts == 0 or answer.kind not in _MAY_HAVE_CREATED
            return
        yield self._read("read", event)
        follower = Follower(self._asking.session, events.changes(self._mailbox, start, end))
        reply = self._asking.session.ask(events.update(self._mailbox, event))
        yield self._step("update", "PATCH /users/{mailbox}/events/{id}", reply)
        if reply.ok:
            yield self._read("read-again", event, changed=True)
        yield self._step("follow", "GET /users/{mailbox}/calendarView/delta", follower.look_for(event))
        reply = self._asking.session.ask(events.delete(self._mailbox, event))
        yield self._step("delete", "DELETE /users/{mailbox}/events/{id}", reply)
        if reply.ok or reply.code == _GONE:
            yield self._miss(event)

    def _create(self, start: datetime, end: datetime) -> tuple[GraphReply, str]:
        reply = self._asking.session.ask(events.create(self._mailbox, self._mark, start, end))
        if not reply.ok:
            return reply, ""
        try:
            event = text(reply.body, "id")
        except UnexpectedShape:
            event = ""
        return (reply, event) if event else (reply.but("no-item-id"), "")

    def _read(self, step: str, event: str, *, changed: bool = False) -> Observation:
        reply = self._asking.session.ask(events.read(self._mailbox, event))
        if reply.ok:
            try:
                if str(self._mark) not in events.marks_in(reply.body):
                    reply = reply.but("mark-not-kept")
                elif changed and text(reply.body, "subject") != SUBJECT_CHANGED:
                    reply = reply.but("change-not-kept")
            except UnexpectedShape:
                reply = reply.but(UNEXPECTED)
        return self._step(step, _GET, reply)

    def _miss(self, event: str) -> Observation:
        """Look for the event that must be gone: that Graph does not find it is what is wanted."""
        reply = self._asking.session.ask(events.read(self._mailbox, event))
        self.over = reply.code == _GONE
        if reply.ok:
            reply = reply.but("still-there")
        return self._step("find-gone", _GET, reply, gone=self.over)

    def _step(self, step: str, operation: str, reply: GraphReply, *, gone: bool = False) -> Observation:
        found = _with(reply, {"step": step})
        if not gone:
            return self._asking.observe((_PROBE, operation, self._mailbox), found)
        question = Question(_PROBE, operation, Mode.APPLICATION, self._mailbox)
        return self._asking.scribe.observe(question, found.reply, found.details, _AS_WANTED)


def _with(reply: GraphReply, details: Mapping[str, Fact]) -> GraphReply:
    return replace(reply, details={**reply.details, **details})
