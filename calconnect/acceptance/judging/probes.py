"""The two kinds of probe: one that must pass, and one that must be refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Observation


def passed(target: str, sentence: str, *observations: Observation, code: str = "") -> Finding:
    """Return a finding that passed."""
    return Finding(target, Verdict.PASSED, sentence, code, observations=ids(observations))


def failed(target: str, sentence: str, *observations: Observation, code: str = "", remediation: str = "") -> Finding:
    """Return a finding that failed."""
    return Finding(target, Verdict.FAILED, sentence, code, observations=ids(observations), remediation=remediation)


def unknown(target: str, sentence: str, reason: UnknownReason, *observations: Observation, code: str = "") -> Finding:
    """Return a finding that proves nothing."""
    return Finding(target, Verdict.UNKNOWN, sentence, code, reason, ids(observations))


def blocked(target: str, requirement: str, why: str, *observations: Observation, code: str = "") -> Finding:
    """Return a finding that could not be made, because another requirement is not met."""
    sentence = f"It could not be seen, because {requirement} stands in the way: {why}"
    return unknown(target, sentence, UnknownReason.BLOCKED, *observations, code=code)


def waiting(other: Finding, requirement: str) -> Finding:
    """Return what a finding that did not pass comes to for a requirement that needs it: ``unknown``.

    Args:
        other: the finding of the other requirement: it failed, or is not known.
        requirement: id of that one.
    """
    if other.verdict is Verdict.FAILED:
        sentence = f"It could not be looked at, because {requirement} is not met. {other.sentence}"
        reason = UnknownReason.BLOCKED
    elif other.reason is UnknownReason.BLOCKED:  # it names what stands in its way
        return other
    else:
        sentence = f"It could not be looked at, because it is not known whether {requirement} is met. {other.sentence}"
        reason = other.reason or UnknownReason.NO_EVIDENCE
    return replace(other, verdict=Verdict.UNKNOWN, reason=reason, sentence=sentence, remediation="")


def not_asked(target: str, answer: NotAsked) -> Finding:
    """Return the finding for a question that was not sent."""
    return Finding(target, Verdict.UNKNOWN, answer.sentence, answer.code, answer.reason, answer.observations)


def must_pass(
    target: str,
    answer: Answer,
    *,
    done: str,
    refused: str,
    blocking: Mapping[str, str] | None = None,
    remediation: Mapping[str, str] | None = None,
) -> Finding:
    """Judge a probe that must pass.

    Args:
        target: what it was about.
        answer: what came back.
        done: the sentence if it passed.
        refused: the sentence, without its full stop, if it did not; the code and its meaning follow.
        blocking: codes that tell of another requirement, and the id of that.
        remediation: what mends it, by code, where that is another thing than the requirement's own remediation.
    """
    if isinstance(answer, NotAsked):
        return not_asked(target, answer)
    if answer.ok:
        return passed(target, done, answer, code=codes.said(answer))
    code = codes.said(answer)
    if blocking and code in blocking:
        return blocked(target, blocking[code], codes.because(answer), answer, code=code)
    sentence = f"{refused}. {codes.because(answer)}"
    reason = codes.proves_nothing(answer)
    if reason is not None:
        return unknown(target, sentence, reason, answer, code=code)
    return failed(target, sentence, answer, code=code, remediation=(remediation or {}).get(code, ""))


def must_be_refused(
    target: str,
    answer: Answer,
    *,
    expected: str | Collection[str],
    refused: str,
    admitted: str,
    remediation: str = "",
) -> Finding:
    """Judge a probe that must be refused: only the expected refusal proves anything, and success is the failure.

    Args:
        target: what it was about.
        answer: what came back.
        expected: the code that proves that it is refused as it should be, or the codes of which any does.
        refused: the sentence if it was.
        admitted: the sentence if it was not refused.
        remediation: what mends it then, where that is another thing than the requirement's own remediation.
    """
    if isinstance(answer, NotAsked):
        return not_asked(target, answer)
    if answer.ok:
        return failed(target, admitted, answer, code=codes.said(answer), remediation=remediation)
    code = codes.said(answer)
    wanted = {expected} if isinstance(expected, str) else set(expected)
    if code in wanted:
        return passed(target, refused, answer, code=code)
    reason = codes.proves_nothing(answer) or UnknownReason.UNEXPECTED_REFUSAL
    named = " or ".join(sorted(wanted))
    sentence = f"It was not refused with {named}, which alone would prove it. {codes.because(answer)}"
    return unknown(target, sentence, reason, answer, code=code)


def ids(observations: tuple[Observation, ...]) -> tuple[str, ...]:
    """Return the ids of observations, each once."""
    return tuple(dict.fromkeys(observation.id for observation in observations))
