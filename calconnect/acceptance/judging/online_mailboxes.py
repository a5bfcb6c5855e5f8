"""Judges mailboxes over Microsoft Graph: that each opens (GR-07), is read (GR-15) and written (GR-13), and the rooms
(GR-14). What is seen here is seen as calconnect's own application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.consent import named
from calconnect.acceptance.judging.probes import failed, must_pass, not_asked, passed, unknown, waiting
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict

NOT_ON_GRAPH = frozenset(
    {"MailboxNotEnabledForRESTAPI", "MailboxNotHostedInExchangeOnline", "RESTAPINotEnabledForUser"}
)
"""There is no mailbox that Microsoft Graph could open: it is on a server, without a licence, or deleted. Source:
https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/6519"""
NOBODY = frozenset({"Request_ResourceNotFound", "ResourceNotFound", "ErrorInvalidUser", "ErrorNonExistentMailbox"})
"""The address leads to nobody in the tenant."""

ROOMS = "rooms"


def opens(answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge GR-07: one finding for each mailbox.

    Args:
        answers: by mailbox, what came of opening its calendar.
    """
    findings = []
    for mailbox, answer in answers.items():
        refused = "Its calendar does not open over Microsoft Graph"
        findings.append(
            with_code(must_pass(mailbox, answer, done="Its calendar opened.", refused=refused), "calendar-opened")
        )
    return findings


def read(what: str, code: str, calendars: Sequence[Finding], answers: Mapping[str, Answer]) -> list[Finding]:
    """Judge that something of each calendar was read (GR-15): one finding for each mailbox.

    Args:
        what: what was read, in the plural: ``events``, ``busy times``.
        code: what a success is called.
        calendars: of GR-07, one for each mailbox.
        answers: by mailbox, what came of reading; for those whose calendar opened.
    """
    findings = []
    for calendar in calendars:
        mailbox = calendar.target
        if mailbox not in answers:
            findings.append(waiting(calendar, "GR-07"))
            continue
        refused = f"Its {what} cannot be read over Microsoft Graph"
        findings.append(
            with_code(must_pass(mailbox, answers[mailbox], done=f"Its {what} were read.", refused=refused), code)
        )
    return findings


def event_lived(mailbox: str, answers: Answers) -> list[Finding]:
    """Judge GR-13: one finding for each step of a test event's life, and for what is missing of it."""
    if isinstance(answers, NotAsked):
        return [not_asked(mailbox, answers)]
    findings = []
    for answer in answers:
        step = str(answer.details.get("step") or answer.operation)
        refused = f"The step {step} of the test event did not succeed"
        finding = must_pass(mailbox, answer, done=f"The step {step} succeeded.", refused=refused)
        findings.append(with_code(finding, "event-lived"))
    if all(answer.ok for answer in answers):
        done = {str(answer.details.get("step")) for answer in answers}
        missing = [step for step in ("create", "read", "update", "follow", "delete") if step not in done]
        if missing:
            sentence = f"It was not seen that these steps succeed: {', '.join(missing)}."
            findings.append(unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, *answers))
    return findings


def trial_opens(trial: str, answer: Answer) -> tuple[list[Finding], str]:
    """Return the findings of the trial's mailbox opening, and the requirement that they are of."""
    return opens({trial: answer}), "GR-07"


def rooms_listed(answers: Answers) -> list[Finding]:
    """Judge GR-14: that there are room lists, and that each has rooms."""
    if isinstance(answers, NotAsked):
        return [not_asked(ROOMS, answers)]
    first = answers[0]
    if not first.ok:
        sentence = f"The room lists could not be read. {codes.because(first)}"
        return [unknown(ROOMS, sentence, codes.unseen(first), first, code=codes.said(first))]
    if not named(first, "lists"):
        return [failed(ROOMS, "The tenant has no room lists.", first, code="no-room-lists")]
    findings = []
    for answer in answers[1:]:
        if not answer.ok:
            sentence = f"Its rooms could not be read. {codes.because(answer)}"
            findings.append(unknown(answer.target, sentence, codes.unseen(answer), answer, code=codes.said(answer)))
        elif named(answer, "rooms"):
            count = len(named(answer, "rooms"))
            findings.append(passed(answer.target, f"It has {count} rooms.", first, answer, code="rooms-listed"))
        else:
            findings.append(failed(answer.target, "No rooms are in it.", first, answer, code="no-rooms"))
    if not findings:
        findings.append(unknown(ROOMS, "The rooms of the lists were not told.", UnknownReason.NO_EVIDENCE, first))
    return findings


def with_code(finding: Finding, code: str) -> Finding:
    """Return a finding that passed under a word of calconnect's own, where the protocol has no code for a success."""
    return replace(finding, code=code) if finding.verdict is Verdict.PASSED else finding
