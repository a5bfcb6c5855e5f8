"""Turns what came back into observations: outcome, code, sentence; redacted, without content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from calconnect.evidence.codes import meaning
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.evidence.redact import Redactor
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.wire import Answer, failed, split_url

_SHOWN = 300
"""Characters of a header that are shown: cut after redaction, so that no half of a secret is left."""
_SENTENCE = 600


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of whom, on whose behalf."""

    probe: str
    operation: str
    mode: Mode
    target: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and how it came about."""

    answer: Answer
    at: datetime
    url: str = ""
    duration_ms: float = 0.0
    """Of the last attempt."""
    attempts: int = 1
    retried_after: str = ""
    """What the first attempt came to, if there was a second one: the code, else ``HTTP 503``."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an operation makes of its answer, where that differs from what the wire says."""

    outcome: Outcome
    code: str | None


class Scribe:
    """Writes observations. Everything that it writes goes through the redactor."""

    def __init__(self, redactor: Redactor, clock: Clock) -> None:
        self._redactor = redactor
        self._clock = clock

    def observe(
        self,
        question: Question,
        reply: Reply,
        details: Mapping[str, Fact] | None = None,
        said: Said | None = None,
    ) -> Observation:
        """Return the observation of a reply; ``said`` overrides outcome and code of the wire."""
        answer = reply.answer
        outcome = said.outcome if said else answer.outcome
        code = said.code if said else answer.code
        clean = self._redactor.clean
        return Observation(
            id="",
            at=reply.at,
            probe=question.probe,
            operation=question.operation,
            mode=question.mode,
            target=clean(question.target),
            outcome=outcome,
            http_status=answer.status,
            code=_clean_code(code, clean),
            fault=answer.soap is not None and answer.soap.fault,
            reason=_reason(outcome, code, answer, clean)[:_SENTENCE],
            url=clean(reply.url),
            request_id=clean(answer.request_id)[:_SHOWN],
            server_version=answer.soap.server_version if answer.soap else "",
            duration_ms=round(reply.duration_ms, 3),
            attempts=reply.attempts,
            headers={name: value[:_SHOWN] for name, value in self._redactor.clean_mapping(answer.headers).items()},
            details=self._redactor.clean_facts({**_wire_details(reply), **(details or {})}),
        )

    def not_asked(
        self,
        question: Question,
        code: str,
        details: Mapping[str, Fact] | None = None,
    ) -> Observation:
        """Return the observation of a question that could not be asked, for the reason ``code``."""
        return self.observe(question, Reply(failed(code), self._clock(), attempts=0), details)


def _clean_code(code: str | None, clean: Callable[[str], str]) -> str | None:
    """Redact a code that the table does not know. Those that it knows hold no secret, and a gap in one shows one."""
    if not code:
        return None
    return code if meaning(code).source else clean(code)


def _reason(outcome: Outcome, code: str | None, answer: Answer, clean: Callable[[str], str]) -> str:
    """Return our sentence for the code, with the detail that an administrator needs to act on it.

    What the server said is redacted, our own words are not: a password that is an ordinary word must not be guessable
    from the gap that it would leave in them.
    """
    if outcome is Outcome.OK:
        return ""
    sentence = meaning(code, answer.status).sentence
    policy = answer.headers.get("X-EWS-Policy-Reason")
    if code == "ews-policy" and policy:
        return f"{sentence} The header says: {clean(policy)}"
    if answer.location and answer.status is not None and 300 <= answer.status < 400:
        host = split_url(answer.location).hostname
        return f"{sentence} It leads to {clean(host)}." if host else sentence
    if answer.headers.get("X-CasErrorCode") and code is None:
        return f"{sentence} The front end names the code {clean(answer.headers['X-CasErrorCode'])}."
    return sentence


def _wire_details(reply: Reply) -> dict[str, Fact]:
    """Return facts of the answer that hold for every operation."""
    answer = reply.answer
    details: dict[str, Fact] = {"retried_after": reply.retried_after} if reply.retried_after else {}
    if answer.soap is None:
        return details
    inner = answer.soap.values.get("InnerErrorResponseCode")
    if inner:
        details["inner_code"] = inner
    if answer.soap.back_off is not None:
        details["back_off_seconds"] = answer.soap.back_off
    primary = answer.soap.values.get("Primary", "")
    if answer.code == "ErrorNonPrimarySmtpAddress" and "@" in primary:
        details["primary_smtp"] = primary
    return details
