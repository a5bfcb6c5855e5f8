"""Allure results out of scenarios: feature, rule, steps, findings, severity, links.

Only what belongs to the requirement is written: no containers for fixtures, no host, no thread, no path. A user's own
steps may use Allure's functions (``allure.attach``, ``allure.step``, ``allure.dynamic``): they reach the scenario that
runs. The files' shapes are Allure 2's, from allure-python-commons: https://github.com/allure-framework/allure-python
"""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import allure_commons
from allure_commons.model2 import (
    ATTACHMENT_PATTERN,
    Attachment,
    ExecutableItem,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.types import AttachmentType, LabelType
from attr import asdict

from calconnect.acceptance.events import ScenarioFinished, ScenarioStarted, StepFinished
from calconnect.acceptance.overlaying import NOTHING_LAID, Overlay
from calconnect.acceptance.verdicts import Finding, Verdict
from calconnect.foundation.clock import Clock
from calconnect.requirements.model import Requirement, Severity

EPIC = "Bulk calendar connection"
_NAMESPACE = uuid.UUID("5a2f3a52-4a0e-5d0b-8f0b-6b9f1c6f3c55")

_STATUS = {
    Verdict.PASSED: Status.PASSED,
    Verdict.FAILED: Status.FAILED,
    Verdict.UNKNOWN: Status.BROKEN,
    Verdict.ERROR: Status.BROKEN,
    Verdict.NOT_APPLICABLE: Status.SKIPPED,
}
_SEVERITY = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "normal",
    Severity.LOW: "minor",
}
_CATEGORIES = [
    {"name": "The requirement is not met", "matchedStatuses": [Status.FAILED]},
    {"name": "Not known", "matchedStatuses": [Status.BROKEN], "messageRegex": "(?s)unknown:.*"},
    {"name": "calconnect's own fault", "matchedStatuses": [Status.BROKEN]},
]


class AllureBridge:
    """Writes the results of one run. Hears of steps from the plugin, and of Allure's functions from Allure's hooks."""

    def __init__(self, folder: Path, run: str, clock: Clock) -> None:
        """Prepare to write.

        Args:
            folder: where the results will be; until they are complete, they are in ``<folder>.partial``.
            run: the run's id, which the files' names are derived from.
            clock: tells the time.
        """
        self._folder = folder
        self._partial = folder.with_name(f"{folder.name}.partial")
        self._run = run
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._written: dict[str, list[str]] = {}
        """By versioned id of the requirement, the names of the files of its results."""
        self._result: TestResult | None = None
        self._open: list[tuple[str, ExecutableItem]] = []
        """What is being written, the innermost last: the result, its step, and steps within it; with Allure's ids."""
        if self._partial.exists():
            shutil.rmtree(self._partial)
        self._partial.mkdir(parents=True)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to Allure's functions."""
        listener = _Listener(self)
        allure_commons.plugin_manager.register(listener)
        try:
            yield
        finally:
            allure_commons.plugin_manager.unregister(plugin=listener)

    def publish(self, overlay: Overlay = NOTHING_LAID) -> None:
        """Give the folder its name: everything is in it.

        Args:
            overlay: results of requirements that are waived get the label ``waived_until`` and the tag ``waived``;
                their status stays.

        Raises:
            OSError: it cannot be moved there.
        """
        for requirement in sorted(overlay.waived):
            for name in self._written.get(requirement, []):
                self._mark_waived(name, str(overlay.waived_until(requirement)))
        self._write("categories.json", _CATEGORIES)
        if self._folder.exists():
            shutil.rmtree(self._folder)
        self._partial.replace(self._folder)

    # --- from the plugin -------------------------------------------------------------------------------------------

    def scenario_started(self, event: ScenarioStarted, requirement: Requirement | None, own: bool) -> None:
        """Begin the result of a scenario."""
        identity = (
            event.requirement if event.requirement and not own else f"{event.requirement} {event.scenario}".strip()
        )
        result = TestResult(
            uuid=self._name(identity),
            name=event.scenario,
            fullName=f"calconnect: {identity}",
            historyId=str(uuid.uuid5(_NAMESPACE, identity)),
            testCaseId=str(uuid.uuid5(_NAMESPACE, identity)),
            start=self._now(),
            stage="finished",
        )
        result.labels += [Label("epic", EPIC), Label("framework", "calconnect"), Label("language", "gherkin")]
        if requirement is not None:
            result.labels += [
                Label(LabelType.SEVERITY, _SEVERITY[requirement.severity]),
                Label(LabelType.TAG, requirement.versioned_id),
                Label(LabelType.TAG, requirement.level.value),
            ]
            result.links += _links(requirement)
        result.description = _description(requirement, self._clock().date())
        self._result = result
        self._open = [(result.uuid, result)]

    def step_started(self, keyword: str, text: str) -> None:
        """Begin a Gherkin step."""
        self._begin(f"gherkin-{len(self._open)}", TestStepResult(name=f"{keyword} {text}"))

    def step_finished(self, event: StepFinished, sentence: str, findings: Sequence[Finding]) -> None:
        """End a Gherkin step, with what it found."""
        del self._open[2:]  # steps of the user's own that were left open
        _, step = self._open[-1]
        step.status = _STATUS[event.verdict]
        step.stop = self._now()
        if event.verdict is not Verdict.PASSED:
            step.statusDetails = StatusDetails(message=_message(event.verdict, sentence or _sentence(findings)))
        if findings:
            self.attach("\n".join(_line(finding) for finding in findings), "findings", AttachmentType.TEXT, None)
        self._open.pop()

    def scenario_finished(self, event: ScenarioFinished) -> None:
        """Write the result of a scenario."""
        assert self._result is not None, "a scenario ends after it began"
        result, self._result, self._open = self._result, None, []
        result.stop = self._now()
        result.status = _STATUS[event.verdict]
        if event.sentence:
            result.statusDetails = StatusDetails(message=_message(event.verdict, event.sentence))
        result.titlePath = [event.feature, event.rule] if event.rule else [event.feature]
        result.labels += [
            Label(LabelType.FEATURE, event.feature),
            Label(LabelType.STORY, event.rule or event.scenario),
            Label(LabelType.SUITE, event.feature),
            Label("verdict", event.verdict.value),
        ]
        name = f"{result.uuid}-result.json"
        self._write(name, asdict(result, filter=lambda _, value: value or value is False))
        self._written.setdefault(event.requirement, []).append(name)

    # --- from Allure's functions -----------------------------------------------------------------------------------

    def begin_step(self, identity: str, title: str, parameters: Mapping[str, Any]) -> None:
        """Begin a step of the user's own."""
        if self._open:
            found = [Parameter(name=name, value=str(value)) for name, value in parameters.items()]
            self._begin(identity, TestStepResult(name=title, parameters=found))

    def end_step(self, identity: str, error: BaseException | None) -> None:
        """End a step of the user's own; those within it end with it."""
        for position, (other, step) in enumerate(self._open):
            if other == identity:
                step.stop = self._now()
                failed = Status.FAILED if isinstance(error, AssertionError) else Status.BROKEN
                step.status = Status.PASSED if error is None else failed
                del self._open[position:]
                return

    def attach(self, body: str | bytes, name: str | None, kind: Any, extension: str | None) -> None:
        """Attach data to the innermost step; to nothing, where no scenario runs."""
        if self._open:
            path = self._attachment(name, kind, extension)
            path.write_bytes(body.encode("utf-8", "replace") if isinstance(body, str) else body)

    def attach_file(self, source: str | Path, name: str | None, kind: Any, extension: str | None) -> None:
        """Attach a copy of a file."""
        if self._open:
            shutil.copyfile(source, self._attachment(name, kind, extension))

    @property
    def result(self) -> TestResult | None:
        """The result that is being written."""
        return self._result

    # --- inside ----------------------------------------------------------------------------------------------------

    def _begin(self, identity: str, step: TestStepResult) -> None:
        step.start = self._now()
        step.status = Status.PASSED
        step.stage = "finished"
        self._open[-1][1].steps.append(step)
        self._open.append((identity, step))

    def _attachment(self, name: str | None, kind: Any, extension: str | None) -> Path:
        mime, end = kind, extension or "attach"
        if isinstance(kind, AttachmentType):
            mime, end = kind.mime_type, kind.extension
        file = ATTACHMENT_PATTERN.format(prefix=self._name(f"attachment of {self._open[0][0]}"), ext=end)
        self._open[-1][1].attachments.append(Attachment(name=name or file, source=file, type=mime))
        return self._partial / file

    def _name(self, identity: str) -> str:
        """Return a name that is the same in every repetition of the run, and no other's."""
        number = self._numbers[identity] = self._numbers.get(identity, 0) + 1
        return str(uuid.uuid5(_NAMESPACE, f"{self._run} {identity} {number}"))

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _mark_waived(self, name: str, until: str) -> None:
        result = json.loads((self._partial / name).read_text(encoding="utf-8"))
        result["labels"] += [{"name": "waived_until", "value": until}, {"name": "tag", "value": "waived"}]
        self._write(name, result)

    def _write(self, name: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1)
        (self._partial / name).write_bytes(text.encode("utf-8", "replace"))


class _Listener:
    """Allure's hooks, as far as its functions for users reach them."""

    def __init__(self, bridge: AllureBridge) -> None:
        self._bridge = bridge

    @allure_commons.hookimpl
    def start_step(self, uuid: str, title: str, params: Mapping[str, Any]) -> None:
        self._bridge.begin_step(uuid, title, params)

    @allure_commons.hookimpl
    def stop_step(self, uuid: str, exc_val: BaseException | None) -> None:
        self._bridge.end_step(uuid, exc_val)

    @allure_commons.hookimpl
    def attach_data(self, body: str | bytes, name: str | None, attachment_type: Any, extension: str | None) -> None:
        self._bridge.attach(body, name, attachment_type, extension)

    @allure_commons.hookimpl
    def attach_file(self, source: str, name: str | None, attachment_type: Any, extension: str | None) -> None:
        self._bridge.attach_file(source, name, attachment_type, extension)

    @allure_commons.hookimpl
    def add_title(self, test_title: str) -> None:
        if self._bridge.result is not None:
            self._bridge.result.name = test_title

    @allure_commons.hookimpl
    def add_description(self, test_description: str) -> None:
        if self._bridge.result is not None:
            self._bridge.result.description = test_description

    @allure_commons.hookimpl
    def add_link(self, url: str, link_type: str, name: str | None) -> None:
        if self._bridge.result is not None:
            self._bridge.result.links.append(Link(link_type, url, name or url))

    @allure_commons.hookimpl
    def add_label(self, label_type: str, labels: Sequence[str]) -> None:
        if self._bridge.result is not None:
            self._bridge.result.labels += [Label(label_type, str(label)) for label in labels]

    @allure_commons.hookimpl
    def add_parameter(self, name: str, value: Any) -> None:
        if self._bridge.result is not None:
            self._bridge.result.parameters.append(Parameter(name=name, value=str(value)))


def _links(requirement: Requirement) -> list[Link]:
    """Link the requirement to where its demand and its remediation are documented."""
    if not requirement.links:
        return []
    title = f"{requirement.versioned_id} {requirement.title}"
    mending = [Link("remediation", link.url, link.title) for link in requirement.links]
    return [Link("requirement", requirement.links[0].url, title), *mending]


def _description(requirement: Requirement | None, today: date) -> str:
    if requirement is None:
        return ""
    clause = requirement.clause
    return "\n\n".join(
        (
            f"**{requirement.id}** {requirement.title}",
            requirement.reason,
            f"{clause.document}, {clause.section}: “{clause.quote}”",
            f"If it is not met: {requirement.remediation_on(today).text}",
        )
    )


def _message(verdict: Verdict, sentence: str) -> str:
    return f"unknown: {sentence}" if verdict is Verdict.UNKNOWN else sentence


def _sentence(findings: Sequence[Finding]) -> str:
    return next((finding.sentence for finding in findings if finding.verdict is not Verdict.PASSED), "")


def _line(finding: Finding) -> str:
    parts = [finding.target, finding.verdict.value, finding.code, finding.sentence, ", ".join(finding.observations)]
    return " | ".join(part for part in parts if part)
