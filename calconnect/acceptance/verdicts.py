"""Verdicts, and the findings that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a requirement. Nothing that was not observed is ever ``passed``."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be observed, or what was observed proves nothing."""
    ERROR = "error"
    """calconnect's own fault."""
    NOT_APPLICABLE = "not-applicable"


_WORST_FIRST = (Verdict.FAILED, Verdict.ERROR, Verdict.UNKNOWN, Verdict.PASSED, Verdict.NOT_APPLICABLE)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; ``unknown`` if there is none. One that does not apply counts only alone."""
    seen = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in seen), Verdict.UNKNOWN)


class UnknownReason(StrEnum):
    """The closed list of reasons for ``unknown``."""

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    TIMED_OUT = "timed-out"
    NO_EVIDENCE = "no-evidence-supplied"
    STALE = "evidence-stale"
    PENDING = "access-pending-propagation"
    UNEXPECTED_REFUSAL = "unexpected-refusal"
    NOT_PERMITTED = "not-permitted-to-look"
    BLOCKED = "blocked-by-another-requirement"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scenario found for one target (a mailbox, an address, a setting)."""

    target: str
    verdict: Verdict
    """``passed``, ``failed`` or ``unknown``."""
    sentence: str
    """For people: what was found. Names codes, holds no content."""
    code: str = ""
    """The code that decided it, as sent by the server; calconnect's lower-case word where it has none."""
    reason: UnknownReason | None = None
    """Why, if unknown."""
    observations: tuple[str, ...] = ()
    """Ids of the observations that it rests on."""
    remediation: str = ""
    """The command or act that mends it, filled in with the target; empty where the requirement's own one fits."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Configuration evidence that says otherwise than what was observed live. The live observation decides."""

    target: str
    """What it is about: an account, a mailbox, the server."""
    live: str
    """What was observed, in a few words."""
    exported: str
    """What the export says, in a few words."""
    sentence: str
    """For people: both, and what may explain it."""
    observations: tuple[str, ...] = ()
    """Ids of the observations on both sides."""


class Shortfall(AssertionError):
    """Raised by a step: the requirement is not met."""

    def __init__(self, sentence: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.findings = findings


class NotKnown(Exception):
    """Raised by a step: it could not be observed, or proves nothing."""

    def __init__(self, sentence: str, reason: UnknownReason, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.findings = findings


class NotApplicable(Exception):
    """Raised by a step: the requirement does not apply here. The sentence says why."""
