"""Judges what the connection does: the test event (OPS-01), events and busy times (OPS-06), rooms (OPS-04)."""

from __future__ import annotations

from collections.abc import Mapping

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import blocked, failed, must_pass, not_asked, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation

ROUND_TRIP = ("create", "read", "update", "read-again", "delete", "find-gone")
"""The steps of the test event's round trip, in their order."""

_DONE = {
    "create": "A test event was created.",
    "read": "The test event was read.",
    "update": "The test event was changed.",
    "read-again": "The change was read.",
    "delete": "The test event was deleted.",
    "find-gone": "The test event is gone.",
}
_REFUSED = {
    "create": "No test event could be created",
    "read": "The test event could not be read",
    "update": "The test event could not be changed",
    "read-again": "The change could not be read",
    "delete": "The test event could not be deleted, and may still be there",
    "find-gone": "The test event is not known to be gone",
}
_IMPERSONATION = dict.fromkeys(codes.IMPERSONATION_DENIED, "IMP-02")
_OWN_MAILBOX = dict.fromkeys(codes.NO_OWN_MAILBOX, "SVC-01")


def round_trip(mailbox: str, steps: Answers) -> list[Finding]:
    """Judge OPS-01 by the observations of the round trip, each with its ``step``: one finding a step.

    A round trip that ended early leaves steps that were not seen, and these are unknown.
    """
    if isinstance(steps, NotAsked):
        return [not_asked(mailbox, steps)]
    findings = []
    for observation in steps:
        step = str(observation.details.get("step") or "")
        findings.append(
            must_pass(
                mailbox,
                observation,
                done=_DONE.get(step, f"The step {step} of the round trip was done."),
                refused=_REFUSED.get(step, f"The step {step} of the round trip was refused"),
                blocking=_IMPERSONATION,
            )
        )
    seen = {str(observation.details.get("step") or "") for observation in steps}
    missing = [step for step in ROUND_TRIP if step not in seen]
    if missing and all(observation.ok for observation in steps):
        sentence = f"The round trip ended before it was complete; not seen: {', '.join(missing)}."
        findings.append(unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, *steps))
    return findings


def events_listed(opened: Mapping[str, Answer], listed: Mapping[str, Answer], opening: str = "IMP-02") -> list[Finding]:
    """Judge that the events of every mailbox can be listed; one that did not open is not asked.

    Args:
        opened: by mailbox, what came of opening its calendar.
        listed: by mailbox, what came of listing its events.
        opening: the requirement by which calendars open.
    """
    return _read(opened, listed, opening, "Its events were listed.", "Its events could not be listed")


def busy_times_read(opened: Mapping[str, Answer], read: Mapping[str, Answer], opening: str = "IMP-02") -> list[Finding]:
    """Judge that the busy times of every mailbox can be read. The arguments are as in :func:`events_listed`."""
    return _read(opened, read, opening, "Its busy times were read.", "Its busy times could not be read")


def rooms_listed(answers: Answers) -> list[Finding]:
    """Judge OPS-04: there are room lists, and each has rooms."""
    if isinstance(answers, NotAsked):
        return [not_asked("rooms", answers)]
    lists, *rooms = answers
    if not lists.ok:
        return [must_pass("rooms", lists, done="", refused="Room lists could not be read", blocking=_OWN_MAILBOX)]
    if not _count(lists, "lists"):
        sentence = "The server has no room lists: no distribution group is marked as one."
        return [failed("rooms", sentence, lists, code="no-room-lists")]
    findings = []
    for observation in rooms:
        number = _count(observation, "rooms")
        if observation.ok and not number:
            findings.append(failed(observation.target, "The room list has no rooms.", observation, code="no-rooms"))
            continue
        done = f"The room list has {number} {'room' if number == 1 else 'rooms'}."
        refused = "Its rooms could not be listed"
        findings.append(must_pass(observation.target, observation, done=done, refused=refused, blocking=_OWN_MAILBOX))
    return findings or [unknown("rooms", "No room list was looked into.", UnknownReason.NO_EVIDENCE, lists)]


def _read(
    opened: Mapping[str, Answer], answers: Mapping[str, Answer], opening: str, done: str, refused: str
) -> list[Finding]:
    findings = []
    for mailbox, answer in opened.items():
        if mailbox in answers and _denied_since(answer, answers[mailbox]):
            findings.append(_pending(mailbox, answer, answers[mailbox]))
        elif mailbox in answers:
            blocking = {**_IMPERSONATION, **_OWN_MAILBOX}
            findings.append(must_pass(mailbox, answers[mailbox], done=done, refused=refused, blocking=blocking))
        elif isinstance(answer, NotAsked):
            findings.append(not_asked(mailbox, answer))
        else:
            findings.append(blocked(mailbox, opening, codes.because(answer), answer, code=codes.said(answer)))
    return findings


def _denied_since(opened: Answer, answer: Answer) -> bool:
    """Say whether the calendar opened by impersonation, and the right to impersonate was denied after that."""
    if not isinstance(opened, Observation) or not isinstance(answer, Observation):
        return False
    return opened.ok and codes.said(answer) in codes.IMPERSONATION_DENIED


def _pending(mailbox: str, *seen: Answer) -> Finding:
    both = [answer for answer in seen if isinstance(answer, Observation)]
    sentence = (
        "Its calendar opened by impersonation, and then the right was denied: not every server knows of it yet. "
        f"{codes.because(both[-1])}"
    )
    return unknown(mailbox, sentence, UnknownReason.PENDING, *both, code=codes.said(both[-1]))


def _count(observation: Observation, key: str) -> int:
    value = observation.details.get(key)
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int) else 0
