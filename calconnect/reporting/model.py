"""The shape of ``results.json``: one run, its answer, and everything that the answer rests on.

The file is read by programs, so its shape is versioned and published (``docs/results.schema.json``, and beside this
module for who has only the package). ``schema_version`` is ``MAJOR.MINOR``: a new optional field raises the minor
number; a field that goes, or comes to mean something else, raises the major one.

Sizes: where a scenario made more than 200 findings, those that *passed* for a listed mailbox are counted there and
stand in ``mailboxes[].outcomes`` alone. What fell short or could not be observed always stands in full.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from calconnect.reporting.model_overlay import AttestationResult, WaiverResult
from calconnect.reporting.model_run import EnvironmentInfo, EvidenceFile, Part, RunInfo, SettingsSummary, TenantInfo
from calconnect.reporting.model_timeline import TimelineResult

SCHEMA_VERSION: Literal["1.2"] = "1.2"
"""The version that this calconnect writes."""

VerdictWord = Literal["passed", "failed", "unknown", "error", "not-applicable"]
ReasonWord = Literal[
    "unreachable",
    "throttled",
    "timed-out",
    "no-evidence-supplied",
    "evidence-stale",
    "access-pending-propagation",
    "unexpected-refusal",
    "not-permitted-to-look",
    "blocked-by-another-requirement",
]


class Reason(Part):
    """One ground of the answer."""

    requirement: str
    """Versioned id of the requirement; empty where the ground is not one requirement."""
    verdict: VerdictWord
    """What became of it."""
    sentence: str
    """For people."""


class Answer(Part):
    """Ready, not ready, or not known."""

    state: Literal["ready", "not-ready", "not-known"]
    """``ready``: every applicable ``must`` passed, or is waived. ``not-ready``: one failed and is not waived, or a
    waiver has expired. ``not-known``: none of these, but one could not be observed."""
    exit_code: Literal[0, 1, 3]
    """The exit code of the command: 0 ready, 1 not ready, 3 not known."""
    headline: str
    """The answer as one sentence."""
    reasons: list[Reason]
    """What the answer rests on, if it is not ``ready``."""


class VerdictCounts(Part):
    """How many of each verdict."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    error: int = 0
    not_applicable: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.unknown + self.error + self.not_applicable


class MailboxCounts(Part):
    """How the listed mailboxes stand."""

    listed: int
    passed: int
    failed: int
    unknown: int


class OutcomeCounts(Part):
    """How the tenant took what it was asked."""

    ok: int
    refused: int
    no_answer: int
    total: int


class Counts(Part):
    """The run in numbers."""

    must: VerdictCounts
    """Requirements that decide."""
    should: VerdictCounts
    """Requirements that advise."""
    own: VerdictCounts
    """The user's own scenarios that name no requirement."""
    mailboxes: MailboxCounts
    observations: OutcomeCounts
    waived: int = 0
    """Requirements that fall short and are waived; their verdicts are counted above as they are."""


class ClauseInfo(Part):
    """Where in the source document the demand stands."""

    document: str
    section: str
    quote: str


class LinkInfo(Part):
    """Where to read more."""

    title: str
    url: str


class RemediationInfo(Part):
    """How to mend it, filled in with this run's names."""

    text: str
    shell: str
    """Where the commands are to be run."""
    commands: list[str]


class StepResult(Part):
    """One step of a scenario."""

    keyword: str
    text: str
    verdict: VerdictWord
    duration_ms: float


class FindingResult(Part):
    """What was found for one target."""

    target: str
    verdict: VerdictWord
    sentence: str
    code: str
    """The code that decided it; empty where there is none."""
    reason: ReasonWord | None
    """Why, if ``unknown``."""
    observations: list[str]
    """Ids in ``observations.jsonl``."""
    remediation: str
    """What mends it; empty where the requirement's own remediation fits."""


class DisagreementResult(Part):
    """Configuration evidence that says otherwise than what was observed live, which decides."""

    target: str
    live: str
    """What was observed, in a few words."""
    exported: str
    """What the export says, in a few words."""
    sentence: str
    observations: list[str]
    """Ids in ``observations.jsonl``, of both sides."""


class ScenarioResult(Part):
    """One scenario that was run."""

    feature: str
    feature_file: str
    rule: str
    name: str
    steps: list[StepResult]
    verdict: VerdictWord
    reason: ReasonWord | None
    sentence: str
    duration_ms: float
    finished: AwareDatetime
    finding_counts: VerdictCounts
    """All findings, by verdict."""
    findings: list[FindingResult]
    """All findings; of more than 200, those that passed for a listed mailbox stand in ``mailboxes`` alone."""
    observations: list[str]
    """Ids in ``observations.jsonl`` of everything that it rests on."""
    disagreements: list[DisagreementResult] = Field(default=[])
    """Where the exports of the configuration say otherwise."""
    caveat: str = ""
    """What the verdict does not show; empty: nothing needs saying."""
    manual: bool = False
    """Whether it takes its verdict from attestations alone (``@manual``)."""


class RequirementResult(Part):
    """One requirement, from the words of the document to the verdict."""

    id: str
    version: int
    versioned_id: str
    title: str
    level: Literal["must", "should"]
    severity: Literal["critical", "high", "medium", "low"]
    area: str
    clause: ClauseInfo
    topologies: list[str]
    valid_from: date
    valid_until: date | None
    reason: str
    """Why it matters."""
    verified_by: str
    """How calconnect verifies it."""
    needs: list[str]
    """Ids of the requirements that must hold before this one can be observed."""
    success: list[str]
    failure: list[str]
    remediation: RemediationInfo
    links: list[LinkInfo]
    verdict: VerdictWord
    """The worst verdict of its scenarios; ``unknown`` if none was run."""
    unknown_reason: ReasonWord | None
    """Why, if ``unknown``; null if its scenario was not run."""
    sentence: str
    """What was concluded, for people."""
    scenarios: list[ScenarioResult]
    """The scenario that proves it; more, if the user's own ones name it too; none, if it was not reached."""
    evidence: list[str] = Field(default=[])
    """Exports of the configuration that it is verified from, beside or in place of what is observed."""
    waived_until: date | None = None
    """The last day on which it counts as satisfied although it falls short; null if it is not waived as a whole."""
    waivers: list[WaiverResult] = Field(default=[])
    """The waivers that name it. The verdict stays as it is."""
    attestations: list[AttestationResult] = Field(default=[])
    """The attestations that name it."""
    permissions: list[str] = Field(default=[])
    """What verifying it needs at the tenant, a sentence each."""
    mended_after: list[str] = Field(default=[])
    """Ids of requirements that are to be mended before this one, where they fall short too."""
    caveat: str = ""
    """What the verdict does not show; empty: nothing needs saying. A conclusion that rests on what calconnect's own
    application may do does not show what the vendor's may."""


class NotAsked(Part):
    """A requirement that is not asked of this topology, or not on this day."""

    id: str
    versioned_id: str
    title: str
    level: Literal["must", "should"]
    sentence: str
    """Why not, and what is asked in its place."""
    replaced_by: list[str]
    """Ids of the requirements that prove the same intent here; empty: it does not apply."""


class MailboxOutcome(Part):
    """What one requirement found for one mailbox."""

    verdict: VerdictWord
    code: str
    reason: ReasonWord | None
    observations: list[str]


class MailboxResult(Part):
    """One listed mailbox."""

    address: str
    line: int | None
    """1-based line in the list's file."""
    verdict: Literal["passed", "failed", "unknown"]
    """``failed`` if a ``must`` failed for it; else ``unknown`` if one could not be observed, or nothing was."""
    outcomes: dict[str, MailboxOutcome]
    """By versioned id of the requirement."""


class NextStep(Part):
    """One thing to do, with what it unblocks."""

    requirements: list[str]
    """Versioned ids of what it mends; empty for a scenario of the user's own."""
    level: Literal["must", "should"]
    severity: Literal["critical", "high", "medium", "low"]
    state: Literal["not-met", "not-observed", "error"]
    """Whether the requirement is not met, could not be observed, or calconnect itself failed."""
    title: str
    why: str
    """What was seen."""
    text: str
    """What to do."""
    shell: str
    """Where the commands are to be run."""
    commands: list[str]
    targets: list[str]
    """What it concerns (mailboxes, settings), at most 10."""
    targets_total: int
    """How many it concerns."""
    unblocks: list[str]
    """Versioned ids of the requirements that wait for it."""
    mailboxes: int = 0
    """How many of the listed mailboxes hang on it; all of them, where it is critical."""
    waived_until: date | None = None
    """The day until which waivers cover all of it; null if they do not."""


class OperationTiming(Part):
    """How one operation of the protocol fared. Times in milliseconds."""

    operation: str
    count: int
    """Requests."""
    observations: int
    """What they showed: one request can ask about many mailboxes."""
    ok: int
    """Observations that were ``ok``."""
    refused: int
    no_answer: int
    min_ms: float
    p25_ms: float
    p50_ms: float
    p75_ms: float
    p95_ms: float
    max_ms: float


class Results(Part):
    """One run of the acceptance audit."""

    schema_version: Literal["1.2"]
    """The version of this shape."""
    run: RunInfo
    answer: Answer
    tenant: TenantInfo
    settings: SettingsSummary
    counts: Counts
    next_steps: list[NextStep]
    """In the order in which to take them: what decides first, then what unblocks most, then by severity."""
    requirements: list[RequirementResult]
    """In the catalogue's order."""
    not_asked: list[NotAsked] = Field(default=[])
    """The requirements that are not asked of this topology, or not on this day, with their readings."""
    own_scenarios: list[ScenarioResult]
    """The user's own scenarios that name no requirement of the catalogue."""
    operations: list[OperationTiming]
    environment: EnvironmentInfo
    evidence: list[EvidenceFile]
    waivers: list[WaiverResult] = Field(default=[])
    """In the order of their file."""
    attestations: list[AttestationResult] = Field(default=[])
    """In the order of their file."""
    timeline: TimelineResult | None = None
    """What ends when, counted from the day of the run."""
    mailboxes: list[MailboxResult]
    """In the list's order."""

    def caveats_of(self, ids: Collection[str]) -> list[str]:
        """Return what the verdicts of requirements (versioned ids) do not show, each once."""
        said = (one.caveat for one in self.requirements if one.versioned_id in ids)
        return [caveat for caveat in dict.fromkeys(said) if caveat]
