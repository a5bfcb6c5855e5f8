"""Judges one mailbox of a sweep by what came back for it: each probe, on the side that holds the mailbox.

In a hybrid organisation each mailbox is asked on both sides. Where the answers show which side holds it, that side's
answer decides. Where they do not, it passed only if it would have on either side, and failed only if it would have on
either: anything else is unknown.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.application_scope import REFUSED, is_refused
from calconnect.acceptance.judging.location import IN_BOTH, NOWHERE, Held, held_on_server, held_online
from calconnect.acceptance.judging.online_mailboxes import NOBODY
from calconnect.acceptance.judging.operations import ROUND_TRIP
from calconnect.acceptance.judging.probes import failed, ids, must_be_refused, must_pass, passed, unknown
from calconnect.acceptance.judging.scope_tests import NO_RIGHT, consented_by_token
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict, worst_verdict
from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.settings.addresses import address_key
from calconnect.sweep.record import Answers, SweptRow
from calconnect.tenants.thin.interface import Probe, Side

NOT_REACHED = "not-reached"
"""The sweep ended before the mailbox was asked."""
SIGNS_OF_ALIAS = frozenset({"ErrorNonPrimarySmtpAddress", *NOBODY})
"""What is answered for an alias, where it is known that it is one; Graph finds nobody under it."""

_DONE = {
    Probe.REACH: "Its calendar opened.",
    Probe.READ: "Its events were listed.",
    Probe.FREE_BUSY: "Its busy times were read.",
}
_REFUSED = {
    Probe.REACH: "Its calendar could not be opened",
    Probe.READ: "Its events could not be listed",
    Probe.FREE_BUSY: "Its busy times could not be read",
}
_WORDS = {
    Probe.REACH: "calendar-opened",
    Probe.READ: "events-listed",
    Probe.FREE_BUSY: "busy-times-read",
    Probe.WRITE: "event-lived",
    Probe.REFUSED: "calendar-opened",
}
"""What a success is called where the protocol has no code for it."""
_LIVED = "A test event was created, read, changed and deleted."
_STEPS = {Side.SERVER: ROUND_TRIP, Side.ONLINE: ("create", "read", "update", "delete")}
"""The steps of a test event's life that must be seen."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_WHERE = {Side.SERVER: "on the server", Side.ONLINE: "in Exchange Online"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of every mailbox of a sweep."""

    probes: tuple[Probe, ...]
    sides: tuple[Side, ...]
    no_right: bool = False
    """Whether calconnect's own application was shown to have no right to any calendar: see :func:`without_right`."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one probe came to for one mailbox."""

    probe: Probe
    finding: Finding
    side: Side | None
    """The side whose answer decided; None: neither alone, or nothing was asked."""
    seen: tuple[Observation, ...]
    """The observations that it rests on."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a mailbox came to."""

    verdict: Verdict
    """``failed`` if one probe failed, else ``unknown`` if one is, else ``passed``."""
    results: tuple[ProbeResult, ...]
    """One for each probe, in the order in which they were asked for."""
    held: str
    """In a hybrid, who holds it: ``server``, ``online``, ``in-both``, ``in-neither``; else, or not known: empty."""
    primary: str
    """Its primary address, where it was seen that the list names another one; else empty."""

    @property
    def deciding(self) -> ProbeResult:
        """The first result that has the mailbox's verdict."""
        return next(one for one in self.results if one.finding.verdict is self.verdict)


def judge(row: SweptRow, asked: Asked) -> Judged:
    """Judge one mailbox. Nothing that was not observed is passed; a refusal proves only what it is known to prove."""
    primary = row.alias_of or _primary(row.mailbox.address, row.answers)
    one = _Mailbox(row.mailbox.address, row.answers, primary, asked)
    sign = _sign_of_alias(row.answers) if primary else None
    if sign is not None:
        results = tuple(_alias(one, probe, sign) for probe in asked.probes)
        return Judged(worst_verdict(result.finding.verdict for result in results), results, "", primary)
    held, candidates = _held(row.answers, asked.sides) if len(asked.sides) > 1 else ("", asked.sides)
    results = tuple([_probed(one, probe, candidates, held) for probe in asked.probes])
    first = results[0].finding.verdict
    verdict = first if len(results) == 1 else worst_verdict(result.finding.verdict for result in results)
    return Judged(verdict, results, held, primary)


def without_right(gate: Sequence[Observation], *, opened: bool) -> bool:
    """Say whether refusals in Exchange Online show no more than that calconnect's own application has no right.

    Args:
        gate: what was observed before the first mailbox was asked, the application's sign-in among it.
        opened: whether any mailbox in Exchange Online did what was asked.
    """
    sign_in = next(
        (one for one in reversed(gate) if one.mode is Mode.APPLICATION and "permissions" in one.details), None
    )
    return not opened and sign_in is not None and consented_by_token(sign_in) is False


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """What is judged."""

    address: str
    answers: Answers
    primary: str
    asked: Asked


def _alias(one: _Mailbox, probe: Probe, sign: Observation) -> ProbeResult:
    """Return what a probe comes to for an alias: nobody is reached by it. The primary address has a row of its own."""
    code, told = (
        codes.said(sign),
        f"The list names an alias; the primary address is {one.primary}. {codes.because(sign)}",
    )
    if probe is Probe.REFUSED:
        finding = unknown(one.address, told, UnknownReason.UNEXPECTED_REFUSAL, sign, code=code)
    else:
        finding = failed(one.address, told, sign, code=code)
    return ProbeResult(probe, finding, None, (sign,))


def _sign_of_alias(answers: Answers) -> Observation | None:
    return next((seen[-1] for seen in answers.values() if codes.said(seen[-1]) in SIGNS_OF_ALIAS), None)


def _probed(one: _Mailbox, probe: Probe, candidates: tuple[Side, ...], held: str) -> ProbeResult:
    if held == NOWHERE:
        return _nowhere(one, probe)
    found = [_on_side(one, probe, side) for side in candidates]
    if held == IN_BOTH and probe is not Probe.REFUSED:
        seen = tuple(observation for result in found for observation in result.seen)
        sentence = "There is a mailbox on the server and another one in Exchange Online: mail and events go to either."
        return ProbeResult(probe, failed(one.address, sentence, *seen, code=IN_BOTH), None, seen)
    return found[0] if len(found) == 1 else _either(one.address, probe, found)


def _either(mailbox: str, probe: Probe, found: Sequence[ProbeResult]) -> ProbeResult:
    """Return the result where it is not known which side counts: what all say, or that it is open."""
    verdicts = {one.finding.verdict for one in found}
    seen = tuple(one for result in found for one in result.seen)
    admitted = next((one for one in found if one.finding.verdict is Verdict.FAILED), None)
    if probe is Probe.REFUSED and admitted is not None:
        return admitted
    if len(verdicts) == 1:
        first = found[0].finding
        told = " ".join(f"{_WHERE[one.side].capitalize()}: {one.finding.sentence}" for one in found if one.side)
        return ProbeResult(probe, replace(first, sentence=told, observations=ids(seen)), None, seen)
    open_end = next((one for one in found if one.finding.verdict is Verdict.UNKNOWN), found[0])
    told = " ".join(f"{_WHERE[one.side].capitalize()}: {one.finding.sentence}" for one in found if one.side)
    reason = open_end.finding.reason or UnknownReason.UNEXPECTED_REFUSAL
    finding = unknown(
        mailbox, f"Which side holds it was not to be seen. {told}", reason, *seen, code=open_end.finding.code
    )
    return ProbeResult(probe, finding, None, seen)


def _nowhere(one: _Mailbox, probe: Probe) -> ProbeResult:
    seen = tuple(answer for side in one.asked.sides for answer in one.answers.get((probe, side), ()))
    if not seen:
        return ProbeResult(probe, _not_reached(one.address), None, ())
    told = " and ".join(dict.fromkeys(codes.said(answer) for answer in seen))
    sentence = f"Neither the server nor Exchange Online has a mailbox for it ({told})."
    if probe is Probe.REFUSED:
        finding = unknown(one.address, sentence, UnknownReason.UNEXPECTED_REFUSAL, *seen, code=NOWHERE)
    else:
        finding = failed(one.address, sentence, *seen, code=NOWHERE)
    return ProbeResult(probe, finding, None, seen)


def _on_side(one: _Mailbox, probe: Probe, side: Side) -> ProbeResult:
    seen = tuple(one.answers.get((probe, side), ()))
    if not seen:
        return ProbeResult(probe, _not_reached(one.address), side, ())
    if probe is Probe.WRITE:
        finding = _lived(one.address, side, seen)
    elif probe is Probe.REFUSED:
        finding = _denied(one.address, side, seen[-1], one.answers)
    else:
        last = seen[-1]
        known = _looked(probe, last.outcome, last.code, last.http_status, last.reason)
        finding = Finding(one.address, known.verdict, known.sentence, known.code, known.reason, (last.id,))
    if not finding.code and seen[-1].ok:
        finding = replace(finding, code=_WORDS[probe])
    if side is Side.ONLINE and one.asked.no_right and codes.said(seen[-1]) == REFUSED:
        sentence = f"{finding.sentence} calconnect's own application has no right to any calendar."
        finding = unknown(one.address, sentence, UnknownReason.NOT_PERMITTED, *seen, code=NO_RIGHT)
    return ProbeResult(probe, _naming(one.primary, finding), side, seen)


@functools.lru_cache(maxsize=1024)
def _looked(probe: Probe, outcome: Outcome, code: str | None, status: int | None, reason: str) -> Finding:
    """Return what the answer to a probe that only looks comes to, for whichever mailbox: few answers come so often."""
    answer = Observation(
        "", datetime.min.replace(tzinfo=UTC), "", "", Mode.ANONYMOUS, "", outcome, status, code, reason=reason
    )
    return must_pass("", answer, done=_DONE[probe], refused=_REFUSED[probe])


def _lived(mailbox: str, side: Side, seen: tuple[Observation, ...]) -> Finding:
    """Return one finding for the event's life: the first step that did not succeed, or that all did."""
    first = next((answer for answer in seen if not answer.ok), None)
    if first is not None:
        step = str(first.details.get("step") or first.operation)
        finding = must_pass(mailbox, first, done=_LIVED, refused=f"The step {step} of the test event did not succeed")
        return replace(finding, observations=ids(seen))
    done = {str(answer.details.get("step")) for answer in seen}
    missing = [step for step in _STEPS[side] if step not in done]
    if missing:
        sentence = f"It was not seen that these steps of the test event succeed: {', '.join(missing)}."
        return unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, *seen, code=NOT_REACHED)
    return passed(mailbox, _LIVED, *seen, code=codes.said(seen[0]))


def _denied(mailbox: str, side: Side, answer: Observation, answers: Answers) -> Finding:
    """Judge that the calendar must not open: only the refusal that stands for a missing right proves that."""
    code = codes.said(answer)
    expected: frozenset[str] = frozenset({codes.IMPERSONATE_USER_DENIED})
    if answer.mode is Mode.DELEGATE:
        expected = codes.FOLDER_CLOSED
        if code in codes.FOLDER_NOT_SHOWN and not _shown_to_be_there(side, answers):
            sentence = (
                f"Its calendar is said not to be there ({code}). That shows a refusal only of a mailbox that answers"
                " otherwise, and this one was not seen to."
            )
            return unknown(mailbox, sentence, UnknownReason.UNEXPECTED_REFUSAL, answer, code=code)
    elif answer.mode is Mode.APPLICATION:
        over_graph = answer.operation.startswith("GET ")
        expected = frozenset({REFUSED}) if over_graph else frozenset({REFUSED, codes.IMPERSONATE_USER_DENIED})
        if over_graph and code == REFUSED and not is_refused(answer):
            sentence = f"It was refused with {code}, but not with HTTP 403, which alone would prove it."
            return unknown(mailbox, sentence, UnknownReason.UNEXPECTED_REFUSAL, answer, code=code)
    return must_be_refused(
        mailbox,
        answer,
        expected=expected,
        refused=f"It was refused with {code}, as it should be.",
        admitted="Its calendar opened, although it must be refused.",
    )


def _shown_to_be_there(side: Side, answers: Answers) -> bool:
    """Say whether another probe has shown that the mailbox is there: done, or withheld for want of a right."""
    others = (
        seen[-1] for (probe, where), seen in answers.items() if where is side and probe is not Probe.REFUSED and seen
    )
    return any(one.ok or codes.kind(one) is Kind.REFUSAL_OF_RIGHTS for one in others)


def _held(answers: Answers, sides: tuple[Side, ...]) -> tuple[str, tuple[Side, ...]]:
    """Return which side holds a mailbox, and the sides whose answers count for it."""
    known = {side: _held_by(side, answers) for side in sides}
    here = tuple(side for side in sides if known[side] is Held.HERE)
    if len(here) > 1:
        return IN_BOTH, here
    if here:
        return here[0].value, here
    left = tuple(side for side in sides if known[side] is Held.NOT_KNOWN)
    return ("", left) if left else (NOWHERE, sides)


def _held_by(side: Side, answers: Answers) -> Held:
    """Return what the probes show together: that one opened shows more than that another was not taken."""
    seen = {_held_in(side, probe, one) for (probe, where), of in answers.items() if where is side for one in of[:1]}
    return next((word for word in (Held.HERE, Held.NOT_HERE) if word in seen), Held.NOT_KNOWN)


def _held_in(side: Side, probe: Probe, answer: Observation) -> Held:
    # In a hybrid either side fetches busy times from the other (https://learn.microsoft.com/exchange/exchange-hybrid).
    if probe is Probe.FREE_BUSY and answer.ok:
        return Held.NOT_KNOWN
    return held_on_server(answer) if side is Side.SERVER else held_online(answer)


def _primary(mailbox: str, answers: Answers) -> str:
    """Return the primary address that an answer names; empty where none does, or it is the one of the list."""
    for seen in answers.values():
        for one in seen:
            named = one.details.get("primary_smtp")
            if isinstance(named, str) and named and address_key(named) != address_key(mailbox):
                return named
    return ""


def _naming(primary: str, finding: Finding) -> Finding:
    if not primary or finding.code == NOT_REACHED:
        return finding
    return replace(finding, sentence=f"The list names an alias; the primary address is {primary}. {finding.sentence}")


def _not_reached(mailbox: str) -> Finding:
    sentence = "The sweep ended before it was asked."
    return unknown(mailbox, sentence, UnknownReason.NO_EVIDENCE, code=NOT_REACHED)
