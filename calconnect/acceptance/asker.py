"""What every observer has in common: each question is put once, its answer recorded and remembered.

Many questions of a kind are put a few at a time, and stopped early where nobody answers or the credentials are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calconnect.acceptance import gates
from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.fanout import WORKERS, fan_out
from calconnect.acceptance.judging import codes
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key
from calconnect.tenants.recorded import was_recorded

if TYPE_CHECKING:
    from calconnect.acceptance.earlier import Earlier
    from calconnect.sweep.model import Ending
    from calconnect.sweep.sweeper import Asked, Told
    from calconnect.tenants.thin.interface import Probe, Side

MANY = 50
"""From so many on they are asked by the engine of the sweep; a few are asked as fast one by one."""

NOT_LOOKED = NotAsked("The run that is judged again did not look at this.", UnknownReason.NO_EVIDENCE)
"""What a question of today comes to that the saved run did not put."""


@dataclass(frozen=True, slots=True)
class Batches:
    """How a question is put to many at once."""

    size: int
    """At most so many in one request."""
    ask: Callable[[tuple[str, ...]], tuple[Observation, ...]]
    """Puts it, and returns one observation for each; or one that stands for them all."""
    what: str
    """What is being done, for the progress line."""


class Asker:
    """Puts questions and remembers what they came to. To be used from one thread; it asks in several by itself."""

    def __init__(self, recorder: Recorder, *, again: bool, earlier: Earlier | None = None) -> None:
        """Prepare to ask.

        Args:
            recorder: who takes what is observed.
            again: whether a saved run is judged again: then one question is put after the other, and none held back.
            earlier: a sweep whose observations serve this run; None: there is none.
        """
        self._earlier = earlier
        self._recorder = recorder
        self._again = again
        self._answers: dict[Hashable, Answers] = {}
        self._breaker = gates.Breaker()
        self._brake = gates.Brake()

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Everything that was observed so far."""
        return self._recorder.observations

    @property
    def _workers(self) -> int:
        return 1 if self._again else WORKERS

    def _once(self, key: Hashable, ask: Callable[[], Observation]) -> Answer:
        return last_of(self._many(key, lambda: (ask(),)))

    def _many(self, key: Hashable, ask: Callable[[], tuple[Observation, ...]]) -> Answers:
        if key not in self._answers:
            found = ask()
            if not found:
                return NotAsked("The tenant had nothing to say.", UnknownReason.NO_EVIDENCE)
            if not was_recorded(found[-1]):
                return NOT_LOOKED
            self._answers[key] = tuple(self._recorder.record(observation) for observation in found)
        return self._answers[key]

    def _sweep(
        self, probe: str, targets: Sequence[str], ask: Callable[[str], Observation], what: str, *, watched: bool = True
    ) -> dict[str, Answer]:
        """Ask all that were not asked yet, and return the answers by target, in the order of ``targets``.

        Args:
            probe: what the answers are remembered by.
            targets: whom or what the question is about.
            ask: puts it.
            what: what is being done, for the progress line.
            watched: whether to stop early where nobody answers or the credentials are refused.
        """
        todo = [target for target in dict.fromkeys(targets) if (probe, target) not in self._answers]
        braked = watched and not self._again

        def ask_if_going(target: str) -> Observation | None:
            if braked and self._brake.pulled:
                return None
            observation = ask(target)
            if braked:
                self._brake.saw(observation)
            return observation

        for done, (target, seen) in enumerate(fan_out(ask_if_going, todo, self._workers), 1):
            if seen is not None and was_recorded(seen):
                recorded = self._recorder.record(seen)
                self._answers[probe, target] = (recorded,)
                if watched:
                    self._breaker.saw(recorded)
            if len(todo) > 1:
                self._recorder.progress(what, done, len(todo))
        return self._remembered(probe, targets, todo, watched=watched)

    def _in_batches(self, probe: str, targets: Sequence[str], batches: Batches) -> dict[str, Answer]:
        """Ask all that were not asked yet, several in one request, and return the answers by target."""
        todo = [target for target in dict.fromkeys(targets) if (probe, target) not in self._answers]
        size = batches.size
        parts = [tuple(todo[start : start + size]) for start in range(0, len(todo), size)]
        braked = not self._again

        def ask_if_going(part: tuple[str, ...]) -> tuple[Observation, ...]:
            if braked and self._brake.pulled:
                return ()
            found = batches.ask(part)
            for observation in found if braked else ():
                self._brake.saw(observation)
            return found

        done = 0
        for part, found in fan_out(ask_if_going, parts, self._workers):
            recorded = [self._recorder.record(one) for one in found if was_recorded(one)]
            for seen in recorded:
                self._breaker.saw(seen)
            for target, seen in matched(part, recorded).items():
                self._answers[probe, target] = (seen,)
            done += len(part)
            if len(todo) > 1:
                self._recorder.progress(batches.what, done, len(todo))
        return self._remembered(probe, targets, todo, watched=True)

    def _swept(
        self, probe: str, targets: Sequence[str], ask: Callable[[Sequence[str], Told], Asked], what: str
    ) -> tuple[dict[str, Answer], Ending | None]:
        """Ask all that were not asked yet by the engine of the sweep, and return the answers by target.

        Beside them: how asking ended, where that was before all were through.
        """
        todo = [target for target in dict.fromkeys(targets) if (probe, target) not in self._answers]
        asked = ask(todo, lambda done, total: self._recorder.progress(what, done, total))
        for target in todo:
            if target in asked.observations:
                recorded = self._recorder.record(asked.observations[target])
                self._answers[probe, target] = (recorded,)
                self._breaker.saw(recorded)
        if asked.ending.seen is not None:
            self._breaker.saw(self._recorder.record(asked.ending.seen))
        if asked.interrupted:
            raise KeyboardInterrupt
        ending = asked.ending if asked.ending.resumable else None
        return self._remembered(probe, targets, todo, watched=True), ending

    def _keep(self, probe: str, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """Remember why some were not asked: nor are they later, or the saved run would be judged otherwise."""
        for target, answer in answers.items():
            if isinstance(answer, NotAsked):
                self._answers[probe, target] = answer
        return dict(answers)

    def _take_earlier(self, name: str, targets: Sequence[str], probe: Probe, side: Side) -> None:
        """Remember what an earlier sweep observed of those that were not asked yet.

        What proves nothing is left out: it is asked anew.
        """
        earlier = self._earlier
        if earlier is None:
            return
        for target in dict.fromkeys(targets):
            seen = earlier.find(target, probe, side) if (name, target) not in self._answers else None
            if seen is not None and codes.proves_nothing(seen) is None:
                self._answers[name, target] = (self._recorder.record(seen),)
                earlier.took(seen)

    def _remembered(
        self, probe: str, targets: Sequence[str], asked: Sequence[str], *, watched: bool
    ) -> dict[str, Answer]:
        not_sent: NotAsked = NOT_LOOKED
        if watched and any((probe, target) not in self._answers for target in asked):
            not_sent = self._breaker.stopped() or NOT_LOOKED
        return {target: last_of(self._answers.get((probe, target), not_sent)) for target in targets}


def last_of(answers: Answers) -> Answer:
    """Return the observation in which a question's answer ends, or why it was not sent."""
    return answers if isinstance(answers, NotAsked) else answers[-1]


def matched(batch: Sequence[str], found: Sequence[Observation]) -> dict[str, Observation]:
    """Return by mailbox what a batch came to: one for each, or one for them all."""
    by_target = {address_key(observation.target): observation for observation in found}
    pairs = {mailbox: by_target[address_key(mailbox)] for mailbox in batch if address_key(mailbox) in by_target}
    if not pairs and len(found) == 1:
        return dict.fromkeys(batch, found[0])
    return pairs
