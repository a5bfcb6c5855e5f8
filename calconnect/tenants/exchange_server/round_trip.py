"""The test event's life: created, read, changed, read, deleted, found gone. What other runs left is cleared away.

Whatever happens in between, an interruption included, the event is deleted before this returns; if even that fails, the
journal leads the next run to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.journal import Entry, Journal, is_old
from calconnect.tenants.common.mark import SUBJECT_CHANGED, Mark, event_time
from calconnect.tenants.common.observing import Question, Reply, Said, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES, SoapAnswer
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.calendars import Ask
from calconnect.tenants.exchange_server.marked_event import marks_in

_PROBE = "event-round-trip"
_GONE = "ErrorItemNotFound"
_MAY_HAVE_CREATED = frozenset({Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT, Kind.UNLISTED, Kind.SUCCESS})
"""Kinds of answer to CreateItem that do not rule out that there is an event now."""


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
            question = Question(_PROBE, "CreateItem", mode, mailbox)
            return (self._scribe.not_asked(question, "journal-unwritable", {"step": "create"}),)
        life = _Life(self._ask, self._scribe, entry, mode)
        try:
            return tuple(life.live(self._clock))
        finally:
            if life.over or self._clear(mailbox, entry.mark, mode) is not None:
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
        """Return the reply, and the marked items: id and marks of each."""
        reply = self._ask(questions.find_marked(mailbox, None if mark is None else str(mark), mode))
        if reply.answer.soap is None or reply.answer.code != "NoError":
            return reply, {}
        return reply, {
            item.get("Id", ""): marks_in(parent)
            for item in reply.answer.soap.find_all(f"{TYPES}ItemId")
            if (parent := item.getparent()) is not None
        }

    def _clear(self, mailbox: str, mark: Mark, mode: Mode) -> int | None:
        """Delete whatever carries the mark; return how many there were, or None if it is not known to be gone."""
        reply, items = self._find(mailbox, mark, mode)
        if reply.answer.code != "NoError":
            return None
        if items and self._ask(questions.delete_events(mailbox, list(items), mode)).answer.code != "NoError":
            return None
        return len(items)


class _Life:
    """One event's life, step by step."""

    def __init__(self, ask: Ask, scribe: Scribe, entry: Entry, mode: Mode) -> None:
        self._ask = ask
        self._scribe = scribe
        self._mailbox = entry.mailbox
        self._mode = mode
        self._mark = str(entry.mark)
        self.over = False
        """Whether it is certain that there is no event, or no longer."""

    def live(self, clock: Clock) -> Iterator[Observation]:
        """Yield the observation of each step."""
        start, end = event_time(clock())
        reply = self._ask(questions.create_event(self._mailbox, self._mark, start, end, self._mode))
        item = _item_id(reply)
        if reply.answer.code == "NoError" and item is None:
            yield self._step("create", "CreateItem", reply, Said(Outcome.REFUSED, "no-item-id"))
            return
        yield self._step("create", "CreateItem", reply)
        if item is None:
            self.over = reply.attempts == 0 or reply.answer.kind not in _MAY_HAVE_CREATED
            return
        yield self._read("read", item)
        reply = self._ask(questions.update_event(self._mailbox, item, self._mode))
        yield self._step("update", "UpdateItem", reply)
        if reply.answer.code == "NoError":
            item = _item_id(reply) or item
            yield self._read("read-again", item, changed=True)
        reply = self._ask(questions.delete_events(self._mailbox, [item[0]], self._mode))
        yield self._step("delete", "DeleteItem", reply)
        if reply.answer.code not in ("NoError", _GONE):
            return
        yield self._miss(item)

    def _read(self, step: str, item: tuple[str, str], *, changed: bool = False) -> Observation:
        reply = self._ask(questions.get_event(self._mailbox, item, self._mode))
        soap = reply.answer.soap
        if reply.answer.code != "NoError" or soap is None:
            return self._step(step, "GetItem", reply)
        if not _is_marked(soap, self._mark):
            return self._step(step, "GetItem", reply, Said(Outcome.REFUSED, "mark-not-kept"))
        if changed and soap.text(f"{TYPES}Subject") != SUBJECT_CHANGED:
            return self._step(step, "GetItem", reply, Said(Outcome.REFUSED, "change-not-kept"))
        return self._step(step, "GetItem", reply)

    def _miss(self, item: tuple[str, str]) -> Observation:
        """Look for the event that must be gone: that the server does not find it is what is wanted."""
        reply = self._ask(questions.get_event(self._mailbox, item, self._mode))
        if reply.answer.code == _GONE:
            self.over = True
            return self._step("find-gone", "GetItem", reply, Said(Outcome.OK, _GONE))
        if reply.answer.code == "NoError":
            return self._step("find-gone", "GetItem", reply, Said(Outcome.REFUSED, "still-there"))
        return self._step("find-gone", "GetItem", reply)

    def _step(self, step: str, operation: str, reply: Reply, said: Said | None = None) -> Observation:
        question = Question(_PROBE, operation, self._mode, self._mailbox)
        return self._scribe.observe(question, reply, {"step": step}, said)


def _item_id(reply: Reply) -> tuple[str, str] | None:
    """Return id and change key of the item in an answer; None if there is none."""
    if reply.answer.soap is None or reply.answer.code != "NoError":
        return None
    item = reply.answer.soap.find(f"{TYPES}ItemId")
    if item is None or not item.get("Id"):
        return None
    return item.get("Id", ""), item.get("ChangeKey", "")


def _is_marked(soap: SoapAnswer, mark: str) -> bool:
    items = soap.find(f"{MESSAGES}Items")
    return items is not None and mark in marks_in(items)
