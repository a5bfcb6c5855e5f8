"""The pytest plugin of a run: collects the scenarios, and turns what pytest and pytest-bdd report into events."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
from pytest_bdd.parser import ScenarioTemplate, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry

from calconnect.acceptance.conclusion import Conclusion, caveat, concluded
from calconnect.acceptance.events import Event, RunStarted, ScenarioFinished, ScenarioStarted, StepFinished
from calconnect.acceptance.exported import Exports
from calconnect.acceptance.exported_online import OnlineExports
from calconnect.acceptance.judgement import Judgement, worst
from calconnect.acceptance.leftout import LeftOutScenarios, why_left_out
from calconnect.acceptance.manual import ManualScenarios, vouched
from calconnect.acceptance.noted import topology_found
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.sides import at_the_server
from calconnect.acceptance.suite import MANUAL, FeatureFile, Suite, requirement_of, tags_of
from calconnect.acceptance.verdicts import Finding, NotApplicable, NotKnown, Shortfall, Verdict
from calconnect.evidence.bundle.model import Bundle
from calconnect.foundation.clock import Clock
from calconnect.overlay.model import Given
from calconnect.requirements.catalogue import Catalogue
from calconnect.requirements.model import Requirement
from calconnect.settings.model import Settings, Topology

_BIND = "pytest_bdd.scenarios(__feature__, features_base_dir='')"


class StepWatcher(Protocol):
    """Hears of a scenario's steps while they run, beside the events. Allure needs it, to put what a step attaches in
    its place."""

    def scenario_started(self, event: ScenarioStarted, requirement: Requirement | None, own: bool) -> None:
        """A scenario begins."""

    def step_started(self, keyword: str, text: str) -> None:
        """A step begins."""

    def step_finished(self, event: StepFinished, sentence: str, findings: Sequence[Finding]) -> None:
        """A step ended, with these findings."""

    def scenario_finished(self, event: ScenarioFinished) -> None:
        """The scenario ended."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run is made of."""

    run: str
    settings: Settings
    catalogue: Catalogue
    topology: str
    suite: Suite
    observer: Observer
    online: OnlineObserver | None
    """What asks Exchange Online; None: the topology does not have it."""
    clock: Clock
    emit: Callable[[Event], None]
    clean: Callable[[str], str]
    """Takes secrets out of a text that calconnect did not write itself."""
    given: Given = field(default_factory=Given)
    """The waivers and attestations of the run."""
    bundle: Bundle | None = None
    """The configuration evidence; None: none was imported."""
    select: tuple[str, ...] = ()
    """Ids, versioned ids and tags of the scenarios to run; empty: all."""
    watchers: tuple[StepWatcher, ...] = ()


@dataclass(slots=True)
class _Running:
    """The scenario that is being run."""

    template: ScenarioTemplate
    file: FeatureFile
    requirement: Requirement | None
    name: str
    began: float
    judgement: Judgement
    steps: list[StepFinished] = field(default_factory=list)
    step_began: float = 0.0
    findings_before: int = 0
    conclusion: Conclusion | None = None
    sentence: str = ""


class FeatureModule(pytest.Module):
    """A feature file, collected as if it were a module that binds all its scenarios."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.feature_path: Path = self.path

    def _getobj(self) -> ModuleType:
        module = ModuleType(f"calconnect_feature_{self.path.stem}")
        module.__dict__.update(pytest_bdd=__import__("pytest_bdd"), __feature__=str(self.path))
        exec(compile(_BIND, str(self.path), "exec"), module.__dict__)  # noqa: S102 - pytest-bdd binds to its caller
        return module


class SuitePlugin:
    """Registered with the pytest of one run, and used for that run alone."""

    def __init__(self, context: RunContext) -> None:
        """Take what the run is made of."""
        self._context = context
        self._files = {str(file.path): file for file in context.suite.features}
        self._running: _Running | None = None
        self.scenarios: list[ScenarioFinished] = []
        """The scenarios that ended, in their order."""
        self.interrupted = False
        """Whether the run was stopped from outside."""
        self.internal_error: BaseException | None = None
        """What went wrong in pytest or in calconnect outside of any scenario."""

    # --- fixtures for steps ----------------------------------------------------------------------------------------

    @pytest.fixture
    def observer(self) -> Observer:
        """What asks the tenant."""
        return self._context.observer

    @pytest.fixture
    def online(self) -> OnlineObserver | None:
        """What asks Exchange Online; None: the topology does not have it."""
        return self._context.online

    @pytest.fixture
    def judgement(self) -> Judgement:
        """What takes the findings of the scenario."""
        return self._now().judgement

    @pytest.fixture
    def settings(self) -> Settings:
        """The settings of the run."""
        return self._context.settings

    @pytest.fixture
    def at_server(self) -> Settings:
        """The settings of the run; in a hybrid organisation with the server's mailboxes alone."""
        context = self._context
        if context.online is None or context.settings.topology is not Topology.HYBRID:
            return context.settings
        return at_the_server(context.observer, context.online, context.settings)

    @pytest.fixture
    def bundle(self) -> Bundle | None:
        """The configuration evidence; None: none was imported."""
        return self._context.bundle

    @pytest.fixture
    def exports(self) -> Exports:
        """What is asked of the configuration evidence."""
        return Exports(self._context.bundle, self._context.observer, self._context.settings)

    @pytest.fixture
    def online_exports(self) -> OnlineExports:
        """What is asked of the configuration evidence of Exchange Online."""
        return OnlineExports(self._context.bundle, self._context.observer, self._context.settings)

    @pytest.fixture
    def requirement(self) -> Requirement | None:
        """The requirement that the scenario proves; None for a scenario that names none."""
        return self._now().requirement

    # --- collection ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collect the suite's scenarios and nothing else, whatever folder this runs in."""
        items: list[pytest.Item] = []
        for number, file in enumerate(self._context.suite.features, 1):
            if not any(self._selects(scenario) for scenario in file.scenarios):
                continue
            module = FeatureModule.from_parent(session, path=file.path, name=file.name, nodeid=f"{number}/{file.name}")
            items += [item for item in session.genitems(module) if self._selected(item)]
        for item in items:
            item.repr_failure = _repr_failure  # type: ignore
        session.items = items
        session.testscollected = len(items)
        at = self._context.clock().astimezone(UTC).isoformat()
        context = self._context
        mailboxes = len(context.settings.mailboxes)
        context.emit(RunStarted(context.run, len(items), mailboxes, at, str(context.topology)))
        if items and context.online is not None:
            topology_found(context.observer, context.online, context.settings)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_apply_tag(self) -> bool:
        """Keep tags from becoming markers of pytest's: they are read from the feature."""
        return True

    def pytest_configure(self, config: pytest.Config) -> None:
        """Take manual scenarios, and make the tags of examples known, which pytest-bdd does turn into markers."""
        config.pluginmanager.register(ManualScenarios(self._take_attestations))
        config.pluginmanager.register(LeftOutScenarios(self._leave_out))
        for file in self._context.suite.features:
            for scenario in file.scenarios:
                for tag in {tag for examples in scenario.examples for tag in examples.tags}:
                    config.addinivalue_line("markers", f"{tag}: a tag of {file.name}")

    # --- running ---------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Frame the events of a scenario."""
        template = _template(item)
        requirement = self._context.catalogue.get(requirement_of(template))
        example = item.name.partition("[")[2].removesuffix("]")
        name = f"{template.name} ({example})" if example else template.name
        file = self._files[template.feature.filename]
        judgement = Judgement(own=file.own and requirement is None)
        self._running = running = _Running(template, file, requirement, name, time.perf_counter(), judgement)
        started = ScenarioStarted(requirement.versioned_id if requirement else "", name)
        for watcher in self._context.watchers:
            watcher.scenario_started(started, requirement, file.own)
        self._context.emit(started)
        result = yield
        self._finish(running)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """Conclude a scenario if no step did."""
        running = self._now()
        result = yield
        own_way = running.file.own and running.requirement is None
        if not own_way or running.judgement.findings:
            running.sentence = running.judgement.conclude()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Read the verdict off the exception; the first one counts."""
        report = yield
        running = self._now()
        if call.excinfo is not None and running.conclusion is None:
            running.conclusion = self._concluded(running, call.excinfo.value)
            if running.conclusion.verdict is Verdict.NOT_APPLICABLE:
                report.outcome = "skipped"
                report.longrepr = (running.file.name, running.template.line_number, running.conclusion.sentence)
        return report

    def pytest_bdd_before_step(self, step: Step) -> None:
        """A step begins."""
        running = self._now()
        running.step_began = time.perf_counter()
        running.findings_before = len(running.judgement.findings)
        for watcher in self._context.watchers:
            watcher.step_started(step.keyword, step.name)

    def pytest_bdd_after_step(self, step: Step) -> None:
        """A step ended by itself: what it recorded may be anything."""
        running = self._now()
        new = running.judgement.findings[running.findings_before :]
        self._step_finished(step, Conclusion(worst(new)), new)

    def pytest_bdd_step_error(self, step: Step, exception: Exception) -> None:
        """A step ended with an exception."""
        if isinstance(exception, pytest.exit.Exception):
            return
        running = self._now()
        new = running.judgement.findings[running.findings_before :]
        self._step_finished(step, self._concluded(running, exception), new)

    def pytest_keyboard_interrupt(self) -> None:
        """Somebody stopped the run."""
        self.interrupted = True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Something outside of any scenario went wrong: told by the engine, not printed."""
        self.internal_error = excinfo.value
        return True

    # --- inside ----------------------------------------------------------------------------------------------------

    def _now(self) -> _Running:
        assert self._running is not None, "there is no scenario but while one runs"
        return self._running

    def _selected(self, item: pytest.Item) -> bool:
        return self._selects(_template(item))

    def _selects(self, template: ScenarioTemplate) -> bool:
        named = requirement_of(template)
        requirement = self._context.catalogue.get(named)
        if named and requirement is None:
            return False  # of another catalogue than this saved run's
        names = tags_of(template) | ({requirement.id} if requirement else set())
        return not self._context.select or bool(names & set(self._context.select))

    def _leave_out(self) -> bool:
        """Conclude the scenario that begins if its requirement is not one of this topology and day."""
        running = self._now()
        why = why_left_out(running.requirement, self._context.topology, lambda: self._context.observer.window.start)
        if why:
            running.conclusion = self._concluded(running, NotApplicable(why))
        return bool(why)

    def _concluded(self, running: _Running, error: BaseException) -> Conclusion:
        conclusion = concluded(error, own=running.file.own, name_of=self._context.suite.name_of)
        if isinstance(error, Shortfall | NotKnown | NotApplicable) and not running.file.own:
            # Our own words over observations that were redacted as they were made. A password that is an ordinary
            # word must not be guessable from the gap that it would leave in a sentence that everybody knows.
            return conclusion
        clean = self._context.clean(conclusion.sentence)
        return Conclusion(conclusion.verdict, clean, conclusion.reason, conclusion.findings)

    def _take_attestations(self, item: pytest.Function) -> bool:
        """Judge a manual scenario by attestations, all its steps alike, and return whether it is one."""
        running = self._now()
        template = running.template
        if MANUAL not in tags_of(template):
            return False
        given, observer = self._context.given, self._context.observer
        findings = vouched(running.requirement, template.name, given, observer)
        running.judgement.record(findings)
        callspec = getattr(item, "callspec", None)
        example = callspec.params.get("_pytest_bdd_example", {}) if callspec is not None else {}
        for step in template.render(example).steps:
            self.pytest_bdd_before_step(step)
            self._step_finished(step, Conclusion(worst(findings)), findings)
        return True

    def _step_finished(self, step: Step, conclusion: Conclusion, findings: Sequence[Finding]) -> None:
        running = self._now()
        duration = (time.perf_counter() - running.step_began) * 1000
        event = StepFinished(step.keyword, step.name, conclusion.verdict, round(duration, 3))
        running.steps.append(event)
        for watcher in self._context.watchers:
            watcher.step_finished(event, conclusion.sentence, findings)
        self._context.emit(event)

    def _finish(self, running: _Running) -> None:
        conclusion = running.conclusion or Conclusion(Verdict.PASSED, running.sentence or "All its steps passed.")
        findings = running.judgement.findings or conclusion.findings
        disagreements = running.judgement.disagreements
        scenario = running.template
        rests_on = tuple(
            dict.fromkeys(
                [
                    *(one for finding in findings for one in finding.observations),
                    *(one for disagreement in disagreements for one in disagreement.observations),
                ]
            )
        )
        event = ScenarioFinished(
            requirement=running.requirement.versioned_id if running.requirement else "",
            feature=scenario.feature.name,
            feature_file=running.file.name,
            rule=scenario.rule.name if scenario.rule is not None else "",
            scenario=running.name,
            steps=tuple(running.steps),
            verdict=conclusion.verdict,
            reason=conclusion.reason,
            sentence=conclusion.sentence,
            findings=findings,
            observations=rests_on,
            duration_ms=round((time.perf_counter() - running.began) * 1000, 3),
            at=self._context.clock().astimezone(UTC).isoformat(),
            disagreements=disagreements,
            manual=MANUAL in tags_of(scenario),
            caveat=caveat(running.requirement, conclusion.verdict, rests_on, self._context.observer.observations),
        )
        self.scenarios.append(event)
        self._running = None
        for watcher in self._context.watchers:
            watcher.scenario_finished(event)
        self._context.emit(event)


def _repr_failure(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    """What failed stands in the scenario's conclusion; pytest's own report, which nobody reads, takes long to make."""
    del style
    return excinfo.typename


def _template(item: pytest.Item) -> ScenarioTemplate:
    assert isinstance(item, pytest.Function)
    return scenario_wrapper_template_registry[item.function]
