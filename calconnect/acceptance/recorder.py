"""Numbers observations, keeps them, and tells of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calconnect.acceptance.events import Event, ObservationMade, Progress
from calconnect.evidence.observation import Observation

Emit = Callable[[Event], None]
"""Hands an event to whoever listens."""

MOST_PROGRESS = 200
"""A question to many is told of in at most so many steps."""


class Recorder:
    """Takes the observations of a run, in the thread that runs it. One that has an id already, from a saved run, keeps
    it."""

    def __init__(self, emit: Emit, first: int = 1) -> None:
        """Take observations; those that have no id are numbered from ``first``."""
        self._emit = emit
        self._next = first
        self._observations: list[Observation] = []

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What was recorded, in its order."""
        return tuple(self._observations)

    def record(self, observation: Observation) -> Observation:
        """Return the observation with its id, after everybody was told of it."""
        if not observation.id:
            observation = replace(observation, id=f"o-{self._next:04d}")
            self._next += 1
        self._observations.append(observation)
        self._emit(ObservationMade(observation))
        return observation

    def progress(self, what: str, done: int, total: int) -> None:
        """Tell how far a question to many has come; not of every step, if there are very many."""
        step = max(1, total // MOST_PROGRESS)
        if done == total or done % step == 0:
            self._emit(Progress(what, done, total))
