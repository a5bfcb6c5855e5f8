"""The events of a run, as they happen. Everything that shows or stores a run is a handler of these.

In the run's ``events.jsonl`` each stands as one line of JSON: ``{"event": "ScenarioFinished", …fields}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Observation


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The suite begins."""

    run: str
    scenarios: int
    mailboxes: int
    at: str
    """ISO 8601, UTC."""
    topology: str = "exchange-server"
    """How the mailboxes are reached."""


@dataclass(frozen=True, slots=True)
class ObservationMade:
    """Something was seen."""

    observation: Observation


@dataclass(frozen=True, slots=True)
class Progress:
    """A step is working through many mailboxes."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """A scenario begins."""

    requirement: str
    """Versioned id (``SVC-01v1``); empty for a scenario of the user's own that names none."""
    scenario: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step of the current scenario ended."""

    keyword: str
    text: str
    verdict: Verdict
    duration_ms: float


@dataclass(frozen=True, slots=True)
class ScenarioFinished:
    """A scenario ended, with its verdict and everything that it rests on."""

    requirement: str
    feature: str
    feature_file: str
    rule: str
    scenario: str
    steps: tuple[StepFinished, ...]
    verdict: Verdict
    reason: UnknownReason | None
    sentence: str
    findings: tuple[Finding, ...]
    observations: tuple[str, ...]
    duration_ms: float
    at: str
    disagreements: tuple[Disagreement, ...] = ()
    """Where configuration evidence says otherwise than what was observed live."""
    manual: bool = False
    """Whether its verdict rests on attestations alone (``@manual``)."""
    caveat: str = ""
    """What the verdict does not show, in a sentence; empty: nothing needs saying. A conclusion that rests on what
    calconnect's own application may do does not show what the vendor's may."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The suite ended."""

    run: str
    at: str
    interrupted: bool


Event = RunStarted | ObservationMade | Progress | ScenarioStarted | StepFinished | ScenarioFinished | RunFinished


class EventHandler(Protocol):
    """Takes events as they happen. A handler that raises ends the run with calconnect's own error."""

    def handle(self, event: Event) -> None:
        """Take one event."""

    def close(self) -> None:
        """Take no more; flush what is held."""
