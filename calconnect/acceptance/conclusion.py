"""What the end of a scenario comes to: the verdict of an exception, and a sentence for it that gives nothing away."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import pytest

from calconnect.acceptance.judging import codes
from calconnect.acceptance.verdicts import Finding, NotApplicable, NotKnown, Shortfall, UnknownReason, Verdict
from calconnect.evidence.observation import Mode, Observation
from calconnect.requirements.model import OWN_APPLICATION, Requirement

_SENTENCE_LENGTH = 500
_SIGN_INS = frozenset({"application-sign-in", "online-ews-sign-in"})


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a scenario, or a step of it, ended."""

    verdict: Verdict
    sentence: str = ""
    reason: UnknownReason | None = None
    findings: tuple[Finding, ...] = ()


def concluded(error: BaseException, *, own: bool, name_of: Callable[[str], str]) -> Conclusion:
    """Return what an exception comes to.

    A plain assertion, or ``pytest.fail``, in a step of the user's own says that what it asserts is not so; in one of
    calconnect's it is calconnect's own fault, like every exception that is no verdict.

    Args:
        error: what was raised.
        own: whether the scenario is the user's own.
        name_of: what reports call a file of the suite; empty if it is none of it.
    """
    if isinstance(error, Shortfall):
        return Conclusion(Verdict.FAILED, str(error), None, error.findings)
    if isinstance(error, NotKnown):
        return Conclusion(Verdict.UNKNOWN, str(error), error.reason, error.findings)
    if isinstance(error, NotApplicable):
        return Conclusion(Verdict.NOT_APPLICABLE, str(error))
    if isinstance(error, pytest.skip.Exception) and own:
        return Conclusion(Verdict.NOT_APPLICABLE, _short(str(error)) or "The scenario was skipped.")
    place = _place(error, name_of)
    text = _short(str(error))
    if own and isinstance(error, AssertionError | pytest.fail.Exception):
        return Conclusion(Verdict.FAILED, f"{text or 'What was asserted is not so'} ({place})" if place else text)
    sentence = type(error).__name__ + (f" in {place}" if place else "") + (f": {text}" if text else "")
    return Conclusion(Verdict.ERROR, sentence)


def caveat(
    requirement: Requirement | None, verdict: Verdict, rests_on: Collection[str], seen: Iterable[Observation]
) -> str:
    """Return what a verdict does not show, because it rests on what calconnect's own application may do; else nothing.

    That it signed in says nothing about a mailbox, nor does an answer that proves nothing.

    Args:
        requirement: whose scenario it is; None: a scenario of the user's own.
        verdict: what it came to.
        rests_on: ids of the observations that it rests on.
        seen: all that was observed.
    """
    if requirement is None or not requirement.own_application:
        return ""
    if verdict not in (Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN):
        return ""
    shown = any(
        one.mode is Mode.APPLICATION
        and one.id in rests_on
        and one.probe not in _SIGN_INS
        and codes.proves_nothing(one) is None
        for one in seen
    )
    return OWN_APPLICATION if shown else ""


def _place(error: BaseException, name_of: Callable[[str], str]) -> str:
    """Return file and line of the innermost frame that is in the suite, with the source of an assertion."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        name = name_of(frame.filename)
        if name:
            source = f": {frame.line}" if frame.line and isinstance(error, AssertionError) else ""
            return f"{name}:{frame.lineno}{source}"
    return ""


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SENTENCE_LENGTH else flat[: _SENTENCE_LENGTH - 1] + "…"
