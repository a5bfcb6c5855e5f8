"""What a question came to: an observation, or the word that it was not sent, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Observation


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A question that was not sent: its answer could have proved nothing, or asking could have done harm."""

    sentence: str
    """Why, for people."""
    reason: UnknownReason
    by: str = ""
    """Id of the requirement that stands in the way; empty where it is none."""
    observations: tuple[str, ...] = ()
    """Ids of the observations that say so."""
    code: str = ""
    """The code that stands in the way, where calconnect's own application is what falls short; else empty."""


Answer = Observation | NotAsked
Answers = tuple[Observation, ...] | NotAsked


def opened(answers: Mapping[str, Answer]) -> dict[str, Observation]:
    """Return the mailboxes whose calendars opened, with what came of it."""
    return {mailbox: answer for mailbox, answer in answers.items() if isinstance(answer, Observation) and answer.ok}
