"""What the report shows of the results, and how much of it: picked and ordered here, drawn by the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from calconnect.evidence.observation import Observation, Outcome
from calconnect.reporting.charts import CoverageBar, LatencyChart, MailboxMap, coverage_bars, latency_chart, mailbox_map
from calconnect.reporting.model import (
    DisagreementResult,
    FindingResult,
    MailboxResult,
    RequirementResult,
    Results,
    ScenarioResult,
)
from calconnect.reporting.timeline_words import ends_next

FINDINGS_SHOWN = 60
"""How many findings of one scenario the report shows; those that fell short come first."""
PASSED_FINDINGS_SHOWN = 8
"""How many of them at most have passed."""
OBSERVATIONS_SHOWN = 24
"""How many observations of one scenario the report shows; those that were not ``ok`` come first."""
OK_OBSERVATIONS_SHOWN = 8
"""How many of them at most were ``ok``, where others were not."""
DISAGREEMENTS_SHOWN = 100
"""How many of the places are shown where an export says otherwise than what was observed."""
MAILBOXES_SHOWN = 400
"""Up to how many listed mailboxes all of them are shown."""
SHORT_MAILBOXES_SHOWN = 1000
"""With more, how many of those that fall short are."""


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario with what is shown of its findings and observations."""

    scenario: ScenarioResult
    findings: tuple[FindingResult, ...]
    findings_left_out: int
    observations: tuple[Observation, ...]
    observations_left_out: int


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement with its scenarios."""

    requirement: RequirementResult
    scenarios: tuple[ScenarioView, ...]


@dataclass(frozen=True, slots=True)
class AreaView:
    """The requirements of one area, in the catalogue's order."""

    name: str
    requirements: tuple[RequirementView, ...]


@dataclass(frozen=True, slots=True)
class MailboxView:
    """The table of mailboxes."""

    columns: tuple[RequirementResult, ...]
    rows: tuple[MailboxResult, ...]
    complete: bool
    """Whether every listed mailbox has its row."""
    left_out: int
    """How many that fall short have none."""


@dataclass(frozen=True, slots=True)
class GroundView:
    """One ground of the answer, for all requirements that have it."""

    verdict: str
    requirements: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class DisagreementView:
    """Where an export says otherwise than what was observed, and for which requirement that was noticed."""

    requirement: str
    """Versioned id; empty for a scenario of the user's own."""
    what: DisagreementResult


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that the templates ask for."""

    results: Results
    headline: str
    """The answer's sentence without the word that stands above it."""
    ends_next: str
    """What ends next, as a sentence; empty: nothing before long."""
    grounds: tuple[GroundView, ...]
    areas: tuple[AreaView, ...]
    own: tuple[ScenarioView, ...]
    mailboxes: MailboxView
    coverage: tuple[CoverageBar, ...]
    map: MailboxMap | None
    latency: LatencyChart | None
    disagreements: tuple[DisagreementView, ...]
    disagreements_left_out: int


def report_view(results: Results, observations: Iterable[Observation]) -> ReportView:
    """Return what is to be shown. Of the observations, only those that are shown are kept."""
    scenarios = [scenario for requirement in results.requirements for scenario in requirement.scenarios]
    scenarios += results.own_scenarios
    wanted = {id_ for scenario in scenarios for id_ in scenario.observations}
    known = {observation.id: observation for observation in observations if observation.id in wanted}

    def shown(scenario: ScenarioResult) -> ScenarioView:
        return _scenario_view(scenario, known.get)

    areas: dict[str, list[RequirementView]] = {}
    for requirement in results.requirements:
        view = RequirementView(requirement, tuple(shown(scenario) for scenario in requirement.scenarios))
        areas.setdefault(requirement.area, []).append(view)
    disagreements = list(_disagreements(results))
    return ReportView(
        results=results,
        headline=_headline(results),
        ends_next=ends_next(results.timeline),
        grounds=_grounds(results),
        areas=tuple(AreaView(name, tuple(views)) for name, views in areas.items()),
        own=tuple(shown(scenario) for scenario in results.own_scenarios),
        mailboxes=_mailbox_view(results),
        coverage=tuple(coverage_bars(results.requirements, results.mailboxes)),
        map=mailbox_map(results.mailboxes),
        latency=latency_chart(results.operations),
        disagreements=tuple(disagreements[:DISAGREEMENTS_SHOWN]),
        disagreements_left_out=max(0, len(disagreements) - DISAGREEMENTS_SHOWN),
    )


def _disagreements(results: Results) -> Iterator[DisagreementView]:
    for requirement in results.requirements:
        for scenario in requirement.scenarios:
            yield from (DisagreementView(requirement.versioned_id, one) for one in scenario.disagreements)
    for own in results.own_scenarios:
        yield from (DisagreementView("", one) for one in own.disagreements)


def _headline(results: Results) -> str:
    text = results.answer.headline
    _, colon, rest = text.partition(": ")
    return rest[:1].upper() + rest[1:] if colon else text


def _grounds(results: Results) -> tuple[GroundView, ...]:
    groups: dict[tuple[str, str], list[str]] = {}
    for reason in results.answer.reasons:
        groups.setdefault((reason.verdict, reason.sentence), []).append(reason.requirement)
    return tuple(
        GroundView(verdict, tuple(id_ for id_ in ids if id_), sentence) for (verdict, sentence), ids in groups.items()
    )


def _scenario_view(scenario: ScenarioResult, find: Callable[[str], Observation | None]) -> ScenarioView:
    short = [finding for finding in scenario.findings if finding.verdict != "passed"]
    passed = [finding for finding in scenario.findings if finding.verdict == "passed"]
    findings = short[:FINDINGS_SHOWN]
    findings += passed[: min(PASSED_FINDINGS_SHOWN, FINDINGS_SHOWN - len(findings))]
    ids = list(dict.fromkeys(id_ for finding in short for id_ in finding.observations))
    ids = list(dict.fromkeys([*ids, *scenario.observations]))
    observations = [observation for id_ in ids if (observation := find(id_)) is not None]
    fine = [observation for observation in observations if observation.outcome is Outcome.OK]
    kept = [observation for observation in observations if observation.outcome is not Outcome.OK][:OBSERVATIONS_SHOWN]
    most = OK_OBSERVATIONS_SHOWN if kept else OBSERVATIONS_SHOWN
    kept += fine[: min(most, OBSERVATIONS_SHOWN - len(kept))]
    kept.sort(key=lambda observation: (observation.at, observation.id))
    return ScenarioView(
        scenario,
        tuple(findings),
        scenario.finding_counts.total - len(findings),
        tuple(kept),
        max(len(ids), len(scenario.observations)) - len(kept),
    )


def _mailbox_view(results: Results) -> MailboxView:
    judged = {id_ for mailbox in results.mailboxes for id_ in mailbox.outcomes}
    columns = tuple(requirement for requirement in results.requirements if requirement.versioned_id in judged)
    short = [mailbox for mailbox in results.mailboxes if mailbox.verdict != "passed"]
    if len(results.mailboxes) <= MAILBOXES_SHOWN:
        passed = [mailbox for mailbox in results.mailboxes if mailbox.verdict == "passed"]
        return MailboxView(columns, (*short, *passed), True, 0)
    return MailboxView(columns, tuple(short[:SHORT_MAILBOXES_SHOWN]), False, max(0, len(short) - SHORT_MAILBOXES_SHOWN))
