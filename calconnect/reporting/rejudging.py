"""Judges a saved run again, and says where that comes to something else than what the run wrote down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Literal

from calconnect import __version__
from calconnect.acceptance.engine import RunOutcome
from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import lay_over
from calconnect.acceptance.replay import judge_again
from calconnect.evidence.observation import Observation
from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.model import RequirementResult, Results, ScenarioResult
from calconnect.reporting.records import read_event
from calconnect.reporting.results import build_results
from calconnect.reporting.run_lookup import RESULTS_FILE
from calconnect.reporting.saved_run import EVENTS_FILE, MOST_NAMED, Damage, SavedRun, lines_with
from calconnect.reporting.verdict_text import verdicts_text
from calconnect.requirements.catalogue import Catalogue, load_catalogue
from calconnect.settings.model import Settings

By = Literal["run", "today"]
"""Whose requirements a run is judged by: its own, or today's on the day of today."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that is another than the one that the run wrote down."""

    requirement: str
    """Versioned id; empty for a scenario of the user's own."""
    title: str
    before: str
    """The verdict of the run; empty: it had none."""
    after: str
    """The verdict now; empty: there is none."""
    sentence: str
    """What is concluded now."""

    def __str__(self) -> str:
        name = self.requirement or self.title
        if not self.before:
            return f"{name}: is new, and comes to {self.after}. {self.sentence}".rstrip()
        if not self.after:
            return f"{name}: was {self.before}, and is not asked for any more."
        if self.before == self.after:
            return f"{name}: is {self.after} as before, but not for the same reasons. {self.sentence}".rstrip()
        return f"{name}: was {self.before}, and comes to {self.after}. {self.sentence}".rstrip()


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What a saved run comes to."""

    run: SavedRun
    by: By
    results: Results | None
    """The verdicts now; None: the run is so damaged that nothing can be judged."""
    damages: tuple[Damage, ...]
    """What is not as the run left it."""
    broken: tuple[Difference, ...]
    """Verdicts that the run's own observations and requirements do not come to: it fails verification."""
    differences: tuple[Difference, ...]
    """Where the verdicts now are others than those that the run wrote down."""
    left_out: tuple[str, ...]
    """Scenarios of the user's own whose verdicts were taken over, and not judged again."""

    @property
    def verified(self) -> bool:
        """Whether the run is as it was left, and its verdicts are what its observations come to."""
        return not self.damages and not self.broken

    @property
    def other_version(self) -> str:
        """The version of calconnect that made the run, where it is not this one."""
        made_by = self.run.results.run.calconnect_version
        return made_by if made_by != __version__ else ""


def judge_saved(run: SavedRun, *, clock: Clock, by: By = "run", own_steps: bool = False) -> JudgedAgain:
    """Judge a saved run again. Nothing is sent, nothing in its folder is changed.

    Args:
        run: the run.
        clock: tells today, for ``by="today"``.
        by: whose requirements count. With today's, what the run did not look at is ``unknown``.
        own_steps: whether the user's own steps are run, from the copies in the run's folder: they are Python code. If
            not, the verdicts of the user's own scenarios are taken over.

    Raises:
        InvalidInput: the files of the run are whole, and cannot be judged by these requirements.
        RunError: calconnect itself failed.
    """
    damages = list(run.damages())
    try:
        settings, catalogue = run.inputs()
        observations = run.observations()
        judged = _Judging(run, settings, observations, own_steps=own_steps)
        own = judged.results(catalogue)
        broken = tuple(_differences(run.results, own))
        now = own if by == "run" else judged.results(load_catalogue(), clock)
    except InvalidInput as error:
        if not damages:
            raise
        unread = _unread(error, run.folder)
        return JudgedAgain(run, by, None, tuple(dict.fromkeys((*damages, *unread))), (), (), ())
    if not broken and not damages and _concluded(own) != _concluded(run.results):
        damages.append(Damage(RESULTS_FILE, "does not say what its observations come to."))
    differences = broken if by == "run" else tuple(_differences(run.results, now))
    return JudgedAgain(run, by, now, tuple(damages), broken, differences, judged.left_out)


def _unread(error: InvalidInput, folder: Path) -> Iterator[Damage]:
    """Yield what cannot be read of a run that is damaged: the first of it, and how much more there is."""
    for problem in error.problems[:MOST_NAMED]:
        path = Path(problem.file).absolute()
        inside = path.is_relative_to(folder.absolute())
        file = path.relative_to(folder.absolute()).as_posix() if inside else problem.file
        message = f"{problem.key}: {problem.message}" if problem.key else problem.message
        yield Damage(file, message, problem.line)
    if len(error.problems) > MOST_NAMED:
        yield Damage(file, f"{len(error.problems) - MOST_NAMED:,} more places cannot be read.")


class _Judging:
    """Judges the observations of one run."""

    def __init__(
        self, run: SavedRun, settings: Settings, observations: tuple[Observation, ...], *, own_steps: bool
    ) -> None:
        self._run = run
        self._settings = settings
        self._observations = observations
        taken_over = settings.suite is not None and not own_steps
        self._own = tuple(_own_scenarios(run, settings)) if taken_over else ()
        if taken_over:
            self._settings = replace(settings, suite=None)
        self.left_out = tuple(scenario.scenario for scenario in self._own)

    def results(self, catalogue: Catalogue, clock: Clock | None = None) -> Results:
        """Return what the run comes to by a catalogue, on its own day or on that of ``clock``."""
        saved = self._run.results
        started = clock() if clock is not None else saved.run.started
        outcome = judge_again(self._settings, self._observations, catalogue=catalogue, started=started)
        return _results(outcome, saved, self._settings, catalogue, self._own)


def _results(
    outcome: RunOutcome, saved: Results, settings: Settings, catalogue: Catalogue, own: tuple[ScenarioFinished, ...]
) -> Results:
    topology = saved.tenant.topology
    scenarios = (*outcome.scenarios, *own)
    requirements = catalogue.current(topology, outcome.started.date())
    overlay = lay_over(  # anew, because the user's own scenarios have a say in what is waived
        outcome.overlay.given,
        requirements,
        scenarios,
        outcome.observations,
        listed=[mailbox.address for mailbox in settings.mailboxes],
        today=outcome.started.astimezone(UTC).date(),
    )
    return build_results(
        scenarios,
        outcome.observations,
        overlay=overlay,
        run=saved.run.model_copy(update={"started": outcome.started}),
        settings=settings,
        requirements=requirements,
        not_asked=catalogue.not_asked(topology, outcome.started.date()),
        topology=topology,
        mock=saved.tenant.mock,
        environment=saved.environment,
        evidence=saved.evidence,
    )


def _own_scenarios(run: SavedRun, settings: Settings) -> Iterator[ScenarioFinished]:
    """Yield the user's own scenarios as the run's events tell of them."""
    folder = f"{settings.suite.name}/" if settings.suite is not None else ""
    for _, line in lines_with(run.folder / EVENTS_FILE, b'"event":"ScenarioFinished"'):
        try:
            event = read_event(line)
        except ValueError:  # an edited line, whose file's hash tells of it
            continue
        if isinstance(event, ScenarioFinished) and event.feature_file.startswith(folder):
            yield event


def _differences(before: Results, after: Results) -> Iterator[Difference]:
    old = {one.versioned_id: one for one in before.requirements}
    new = {one.versioned_id: one for one in after.requirements}
    for id_ in dict.fromkeys((*old, *new)):
        was, now = old.get(id_), new.get(id_)
        if was is not None and now is not None and _said(was) == _said(now):
            continue
        known = now or was
        assert known is not None
        yield Difference(
            id_,
            known.title,
            was.verdict if was is not None else "",
            now.verdict if now is not None else "",
            now.sentence if now is not None else "",
        )
    mine = {one.name: one for one in before.own_scenarios}
    yours = {one.name: one for one in after.own_scenarios}
    for name in dict.fromkeys((*mine, *yours)):
        first, second = mine.get(name), yours.get(name)
        if first is None or second is None or _found(first) != _found(second):
            yield Difference(
                "",
                name,
                first.verdict if first is not None else "",
                second.verdict if second is not None else "",
                second.sentence if second is not None else "",
            )


def _concluded(results: Results) -> tuple[object, ...]:
    """Return what a run says about its settings, and all that follows from them and from the observations."""
    settings = results.settings.model_dump(exclude={"suite"})  # it is left out where its steps are not run
    counts = results.counts.model_dump(exclude={"observations"})  # likewise what those steps asked for
    return verdicts_text(results), settings, counts


def _said(one: RequirementResult) -> tuple[object, ...]:
    laid = one.waived_until, one.waivers, one.attestations
    return one.verdict, one.unknown_reason, one.sentence, laid, [_found(scenario) for scenario in one.scenarios]


def _found(one: ScenarioResult) -> tuple[object, ...]:
    return one.verdict, one.reason, one.sentence, one.finding_counts, one.findings, one.disagreements
