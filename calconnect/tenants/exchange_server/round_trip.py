"""The test event's life: created, read, changed, read, deleted, found gone. What other runs left is cleared away.

Whatever happens in between, an interruption included, the event is deleted before this returns; if even that fails, the
journal leads the next run to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.event_life import (
    PROBE,
    CreateEvent,
    DeleteEvents,
    EventLife,
    EventRequest,
    FindMarked,
    GetEvent,
    Result,
    Steps,
    UpdateEvent,
    clear,
    find,
)
from calconnect.tenants.common.journal import Entry, Journal, is_old
from calconnect.tenants.common.mark import Mark
from calconnect.tenants.common.observing import Question, Reply, Scribe
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.calendars import Ask
from calconnect.tenants.exchange_server.ews import Request


class RoundTrip:
    """Takes test events through their life in one tenant."""

    def __init__(self, ask: Ask, scribe: Scribe, journal: Journal, clock: Clock) -> None:
        self._ask = ask
        self._scribe = scribe
        self._journal = journal
        self._clock = clock

    def run(self, endpoint: str, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """Create, read, change, read, delete and miss an event; one observation a step, as far as it got."""
        try:
            entry = self._journal.begin(endpoint, mailbox)
        except OSError:
            question = Question(PROBE, "CreateItem", mode, mailbox)
            return (self._scribe.not_asked(question, "journal-unwritable", {"step": "create"}),)
        life = EventLife(self._scribe, mailbox, str(entry.mark), mode)
        try:
            self._drive(life.live(self._clock()), mailbox, mode)
            return tuple(life.observations)
        finally:
            if life.over or self._drive(clear(str(entry.mark)), mailbox, mode) is not None:
                self._journal.end(entry)

    def remove_strays(self, endpoint: str, trial_mailbox: str, mode: Mode = Mode.IMPERSONATED) -> Iterator[Observation]:
        """Delete the events that interrupted runs left: those in the journal, and old ones in ``trial_mailbox``."""
        entries, unreadable = self._journal.entries(endpoint)
        for path in unreadable:
            question = Question("remove-strays", "journal", Mode.CONFIGURATION, path.name)
            yield self._scribe.not_asked(question, "journal-unreadable")
        alive = {entry.mark.number for entry in entries if not self._journal.is_left_over(entry)}
        for entry in entries:
            if entry.mark.number not in alive:
                yield self._remove_entry(entry, mode)
        yield self._remove_old(trial_mailbox, alive, mode)

    def _remove_entry(self, entry: Entry, mode: Mode) -> Observation:
        reply, items = self._find(entry.mailbox, entry.mark, mode)
        removed = 0
        if items:
            reply = self._ask(questions.delete_events(entry.mailbox, list(items), mode))
            removed = len(items) if reply.answer.code == "NoError" else 0
        if reply.answer.code == "NoError":
            self._journal.end(entry)
        return self._removal(entry.mailbox, reply, mode, (len(items), len(items), removed), run=entry.mark.run)

    def _remove_old(self, mailbox: str, alive: set[str], mode: Mode) -> Observation:
        reply, items = self._find(mailbox, None, mode)
        now = self._clock()
        old = [
            item
            for item, texts in items.items()
            if any(
                mark is not None and mark.number not in alive and is_old(mark, now) for mark in map(Mark.parse, texts)
            )
        ]
        removed = 0
        if old:
            reply = self._ask(questions.delete_events(mailbox, old, mode))
            removed = len(old) if reply.answer.code == "NoError" else 0
        return self._removal(mailbox, reply, mode, (len(items), len(old), removed))

    def _removal(
        self, mailbox: str, reply: Reply, mode: Mode, counts: tuple[int, int, int], run: str = ""
    ) -> Observation:
        found, stray, removed = counts
        question = Question("remove-strays", "DeleteItem" if stray else "FindItem", mode, mailbox)
        details: dict[str, Fact] = {"found": found, "strays": stray, "removed": removed}
        if run:
            details["left_by"] = run
        return self._scribe.observe(question, reply, details)

    def _find(self, mailbox: str, mark: Mark | None, mode: Mode) -> tuple[Reply, dict[str, list[str]]]:
        return self._drive(find(None if mark is None else str(mark)), mailbox, mode)

    def _drive(self, steps: Steps[Result], mailbox: str, mode: Mode) -> Result:
        """Ask what the steps want to be asked, until they are done; return their result."""
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send(self._ask(_request(wanted, mailbox, mode)))
        except StopIteration as end:
            result: Result = end.value
            return result


def _request(wanted: EventRequest, mailbox: str, mode: Mode) -> Request:
    match wanted:
        case CreateEvent(mark, start, end):
            return questions.create_event(mailbox, mark, start, end, mode)
        case GetEvent(item):
            return questions.get_event(mailbox, item, mode)
        case UpdateEvent(item):
            return questions.update_event(mailbox, item, mode)
        case DeleteEvents(items):
            return questions.delete_events(mailbox, items, mode)
        case FindMarked(mark):
            return questions.find_marked(mailbox, mark, mode)
