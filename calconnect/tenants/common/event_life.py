"""The test event's life, without a wire: created, read, changed, read, deleted, found gone.

The steps are generators: they yield what is to be asked and are sent the reply. Whoever drives them, waiting in a
thread or in an event loop, takes the same steps and comes to the same observations.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lxml import etree

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.tenants.common.mark import MARK_NAME, MARK_SET, SUBJECT_CHANGED, event_time
from calconnect.tenants.common.observing import Question, Reply, Said, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES, SoapAnswer
from calconnect.tenants.common.wire import DID_NOTHING

PROBE = "event-round-trip"
_GONE = "ErrorItemNotFound"
_MAY_HAVE_CREATED = frozenset({Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT, Kind.UNLISTED, Kind.SUCCESS})
"""Kinds of answer to CreateItem that do not rule out that there is an event now."""


@dataclass(frozen=True, slots=True)
class CreateEvent:
    """Create the event."""

    mark: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class GetEvent:
    """Read the event: id and change key."""

    item: tuple[str, str]


@dataclass(frozen=True, slots=True)
class UpdateEvent:
    """Change the subject of the event: id and change key."""

    item: tuple[str, str]


@dataclass(frozen=True, slots=True)
class DeleteEvents:
    """Delete events for good, by their ids."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindMarked:
    """Find the events with a mark; None: with any."""

    mark: str | None


EventRequest = CreateEvent | GetEvent | UpdateEvent | DeleteEvents | FindMarked
"""What is to be asked about the test event in one mailbox."""

Result = TypeVar("Result")
Steps = Generator[EventRequest, Reply, Result]
"""Yields what is to be asked, is sent the reply, returns a result."""


class EventLife:
    """One event's life in one mailbox."""

    def __init__(self, scribe: Scribe, mailbox: str, mark: str, mode: Mode) -> None:
        self._scribe = scribe
        self._mailbox = mailbox
        self._mark = mark
        self._mode = mode
        self.observations: list[Observation] = []
        """One a step, as far as it got."""
        self.over = False
        """Whether it is certain that there is no event, or no longer."""

    def live(self, now: datetime) -> Steps[None]:
        """Take the steps; their observations are kept in ``observations``."""
        start, end = event_time(now)
        reply = yield CreateEvent(self._mark, start, end)
        item = _item_id(reply)
        if reply.answer.code == "NoError" and item is None:
            self._note("create", "CreateItem", reply, Said(Outcome.REFUSED, "no-item-id"))
            return
        self._note("create", "CreateItem", reply)
        if item is None:
            answer = reply.answer
            self.over = reply.attempts == 0 or answer.kind not in _MAY_HAVE_CREATED or answer.code in DID_NOTHING
            return
        yield from self._read("read", item)
        reply = yield UpdateEvent(item)
        self._note("update", "UpdateItem", reply)
        if reply.answer.code == "NoError":
            item = _item_id(reply) or item
            yield from self._read("read-again", item, changed=True)
        reply = yield DeleteEvents((item[0],))
        self._note("delete", "DeleteItem", reply)
        if reply.answer.code in ("NoError", _GONE):
            yield from self._miss(item)

    def _read(self, step: str, item: tuple[str, str], *, changed: bool = False) -> Steps[None]:
        reply = yield GetEvent(item)
        soap, said = reply.answer.soap, None
        if reply.answer.code == "NoError" and soap is not None:
            if not _is_marked(soap, self._mark):
                said = Said(Outcome.REFUSED, "mark-not-kept")
            elif changed and soap.text(f"{TYPES}Subject") != SUBJECT_CHANGED:
                said = Said(Outcome.REFUSED, "change-not-kept")
        self._note(step, "GetItem", reply, said)

    def _miss(self, item: tuple[str, str]) -> Steps[None]:
        """Look for the event that must be gone: that the server does not find it is what is wanted."""
        reply = yield GetEvent(item)
        said = None
        if reply.answer.code == _GONE:
            self.over = True
            said = Said(Outcome.OK, _GONE)
        elif reply.answer.code == "NoError":
            said = Said(Outcome.REFUSED, "still-there")
        self._note("find-gone", "GetItem", reply, said)

    def _note(self, step: str, operation: str, reply: Reply, said: Said | None = None) -> None:
        question = Question(PROBE, operation, self._mode, self._mailbox)
        self.observations.append(self._scribe.observe(question, reply, {"step": step}, said))


def find(mark: str | None) -> Steps[tuple[Reply, dict[str, list[str]]]]:
    """Find marked items; return the reply, and id and marks of each item."""
    reply = yield FindMarked(mark)
    if reply.answer.soap is None or reply.answer.code != "NoError":
        return reply, {}
    return reply, {
        item.get("Id", ""): marks_in(parent)
        for item in reply.answer.soap.find_all(f"{TYPES}ItemId")
        if (parent := item.getparent()) is not None
    }


def clear(mark: str) -> Steps[int | None]:
    """Delete whatever carries the mark; return how many there were, or None if it is not known to be gone."""
    reply, items = yield from find(mark)
    if reply.answer.code != "NoError":
        return None
    if items:
        reply = yield DeleteEvents(tuple(items))
        if reply.answer.code != "NoError":
            return None
    return len(items)


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


def marks_in(item: etree._Element) -> list[str]:
    """Return the values of the mark that an item in an answer carries: one, or none."""
    found = []
    for stored in item.iter(f"{TYPES}ExtendedProperty"):
        uri, value = stored.find(f"{TYPES}ExtendedFieldURI"), stored.find(f"{TYPES}Value")
        if uri is None or value is None or uri.get("PropertyName") != MARK_NAME:
            continue
        if uri.get("PropertySetId", "").strip("{}").lower() == MARK_SET:
            found.append((value.text or "").strip())
    return found
