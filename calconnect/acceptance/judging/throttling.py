"""Judges OPS-05: that throttling leaves room for the connection."""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.bundle.model import ThrottlingRecord
from calconnect.evidence.observation import Mode, Observation, Outcome

LEAST_CONCURRENCY = 10
"""Connections at once that an account needs: Exchange 2010's default; later versions allow 27. Source:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"""
MOST_NAMED = 20
"""A finding about many questions rests on at most so many observations by id."""

RETRIED_AFTER = "retried_after"
"""The detail of an observation that holds what the first attempt came to, where there was a second one."""

_BY_POLICY = frozenset(
    {
        *("ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorExceededSubscriptionCount"),
        *("ErrorExceededFindCountLimit", "HTTP 429"),
    }
)
"""Answers that say that it was throttled. HTTP 503 alone may have other causes."""
_MAYBE = "HTTP 503"
_ASKED_AS = (Mode.SERVICE_ACCOUNT, Mode.IMPERSONATED, Mode.DELEGATE)


def not_throttled(server: str, signed_in: Answer, observations: Sequence[Observation]) -> list[Finding]:
    """Judge by what was asked of the server: none of it was throttled, not at the first attempt either.

    Args:
        server: what to call the server.
        signed_in: what came of signing in; without it nothing was asked that could be throttled.
        observations: everything that was observed.
    """
    if isinstance(signed_in, NotAsked):
        return [not_asked(server, signed_in)]
    asked = [one for one in observations if one.mode in _ASKED_AS and one.attempts > 0]
    throttled = [one for one in asked if _answers(one) & _BY_POLICY]
    if throttled:
        found = sorted({code for one in throttled for code in _answers(one) & _BY_POLICY})
        sentence = f"{len(throttled)} of {len(asked)} questions were throttled ({', '.join(found)})."
        return [failed(server, sentence, *throttled[:MOST_NAMED], code=found[0])]
    busy = [one for one in asked if _MAYBE in _answers(one)]
    if busy:
        sentence = (
            f"{len(busy)} of {len(asked)} questions were turned away with HTTP 503, which may be throttling or another"
            " trouble of the server."
        )
        return [unknown(server, sentence, UnknownReason.THROTTLED, *busy[:MOST_NAMED], code=_MAYBE)]
    answered = [one for one in asked if one.outcome is not Outcome.NO_ANSWER]
    # A server may let questions wait in place of turning them away: if most got no answer, the others prove nothing.
    if signed_in.ok and len(answered) * 2 <= len(asked):
        first = next(one for one in asked if one.outcome is Outcome.NO_ANSWER)
        sentence = (
            f"{len(asked) - len(answered)} of {len(asked)} questions got no answer, so whether they would have been"
            f" throttled was not to be seen. {codes.because(first)}"
        )
        reason = codes.proves_nothing(first) or UnknownReason.UNREACHABLE
        return [unknown(server, sentence, reason, first, code=codes.said(first))]
    if not signed_in.ok:
        code = codes.said(signed_in)
        sentence = f"Nothing was asked that could have been throttled. {codes.because(signed_in)}"
        reason = codes.proves_nothing(signed_in) or UnknownReason.BLOCKED
        return [unknown(server, sentence, reason, signed_in, code=code)]
    sentence = f"None of {len(answered)} questions that were answered was throttled."
    return [passed(server, sentence, *answered[:MOST_NAMED], code="not-throttled")]


def policy_leaves_room(account: str, throttling: Export[ThrottlingRecord]) -> list[Finding]:
    """Judge the throttling policy of the service account, if it was exported; else nothing is found.

    Args:
        account: the service account's address.
        throttling: the export of the policy that holds for it.
    """
    record = throttling.says
    if record is None:
        return []
    named = f"By {throttling.dated} its throttling policy is {record.policy}"
    limit = record.ews_max_concurrency
    if limit is None:
        sentence = (
            f"{named}, with no limit of connections at once (EWSMaxConcurrency), which Microsoft advises against."
        )
        return [failed(account, sentence, *throttling.seen, code="unlimited")]
    sentence = (
        f"{named}, with {limit} connections at once (EWSMaxConcurrency); {LEAST_CONCURRENCY} are needed at least."
    )
    if limit < LEAST_CONCURRENCY:
        return [failed(account, sentence, *throttling.seen, code="EWSMaxConcurrency")]
    return [passed(account, sentence, *throttling.seen, code="EWSMaxConcurrency")]


def _answers(observation: Observation) -> set[str]:
    """Return what a question was answered with: at the last attempt, and at the first if there were two."""
    first = observation.details.get(RETRIED_AFTER)
    return {codes.said(observation), *([first] if isinstance(first, str) else [])}
