"""What an attempt's answer means for the sweep: for pace and for going on, never for the mailbox's verdict."""

from __future__ import annotations

from dataclasses import replace

from calconnect.evidence.codes import meaning
from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.tenants.thin.interface import Shot

_SIGNED = frozenset({Mode.SERVICE_ACCOUNT, Mode.IMPERSONATED, Mode.DELEGATE})
_ACCOUNT_REFUSED = frozenset({"credentials-refused", "no-token"})
_ACCOUNT_REFUSED_STATUS = frozenset({401, 456})
"""A sign-in that was not taken, and one that needs a person: see ``evidence/codes.toml``."""


def said(observation: Observation) -> str:
    """Return what an observation comes down to in a word: ``ErrorServerBusy``, ``HTTP 503``, ``timed-out``."""
    code, status = observation.code or "", observation.http_status
    if code[:1].isupper() or status in (None, 200) or observation.outcome is Outcome.NO_ANSWER:
        return code
    return f"HTTP {status}"


def because(observation: Observation) -> str:
    """Return the word and what it means: ``timed-out: The server did not answer in time.``"""
    word = said(observation)
    sentence = observation.reason or meaning(observation.code, observation.http_status).sentence
    return f"{word}: {sentence}" if word else sentence


def credentials_refused(observation: Observation) -> bool:
    """Say whether the account itself was refused, so that asking on is of no use and could lock it."""
    if observation.ok:
        return False
    signed = observation.mode in _SIGNED and observation.http_status in _ACCOUNT_REFUSED_STATUS
    return observation.code in _ACCOUNT_REFUSED or signed


def silent(observation: Observation) -> bool:
    """Say whether nothing usable came back."""
    return observation.outcome is Outcome.NO_ANSWER


def with_attempts(shot: Shot, attempts: int, first: str, step: tuple[str, str]) -> Shot:
    """Return the shot of a last attempt, with what came before it written into its observations.

    Args:
        shot: as the path made it.
        attempts: how many there were.
        first: what the first one came to, in a word.
        step: probe and operation of the observation in which it did: that one tells of it, else the last.
    """
    if attempts < 2:
        return shot
    observations = list(shot.observations)
    places = [place for place, one in enumerate(observations) if (one.probe, one.operation) == step]
    place = places[0] if places else len(observations) - 1
    told = observations[place]
    observations[place] = replace(told, attempts=attempts, details={**told.details, "retried_after": first})
    return replace(shot, observations=tuple(observations))
