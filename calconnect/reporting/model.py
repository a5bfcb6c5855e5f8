"""The shape of ``results.json``: one run, its answer, and everything that the answer rests on.

The file is read by programs, so its shape is versioned and published (``docs/results.schema.json``, and beside this
module for who has only the package). ``schema_version`` is ``MAJOR.MINOR``: a new optional field raises the minor
number; a field that goes, or comes to mean something else, raises the major one.

Sizes: where a scenario made more than 200 findings, those that *passed* for a listed mailbox are counted there and stand
in ``mailboxes[].outcomes`` alone. What fell short or could not be observed always stands in full.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

SCHEMA_VERSION: Literal["1.0"] = "1.0"
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


class Part(BaseModel):
    """The root of every part of the results: closed and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RunInfo(Part):
    """The execution itself."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The run's id, which is also the name of its folder."""
    started: AwareDatetime
    """When the first question was about to be asked, in UTC."""
    finished: AwareDatetime
    """When the last scenario had ended, in UTC."""
    calconnect_version: str
    """The version of calconnect that ran."""
    command: str
    """The command that does the same again. Holds paths and names, never a secret."""
    interrupted: bool
    """Whether the run was stopped before its end; what was not reached is then ``unknown``."""


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
    """``ready``: every applicable ``must`` passed. ``not-ready``: one failed. ``not-known``: none failed, but one could
    not be observed."""
    exit_code: Literal[0, 1, 3]
    """The exit code of the command: 0 ready, 1 not ready, 3 not known."""
    headline: str
    """The answer as one sentence."""
    reasons: list[Reason]
    """What the answer rests on, if it is not ``ready``."""


class TenantInfo(Part):
    """The organisation's server, as it was found."""

    topology: str
    """How the mailboxes are reached: ``exchange-server``."""
    mock: str | None
    """The mock tenant that this run started itself; null where the settings named the server."""
    server_host: str | None
    """Host of the EWS URL; null if no server was found."""
    ews_url: str | None
    """The EWS URL that was used; null if no server was found."""
    server_version: str | None
    """The build that the server said it is (``15.2.1748.10``); null if it did not."""
    found_by: Literal["settings", "autodiscover"] | None
    """How the URL was found; null if it was not."""


class NetworkSummary(Part):
    """How the server was reached, without anything secret."""

    ca_file: str | None
    """Name of the certification authority's file; null: the system's authorities alone."""
    connect_to: dict[str, str]
    """``host:port`` to ``address:port``, where something else than the name's own address was connected to."""
    vendor_addresses: str | None
    """Name of the file with the vendor's fixed IP addresses."""
    firewall_export: str | None
    """Name of the firewall's export."""
    timeout_seconds: float
    """How long one request may take."""


class SettingsSummary(Part):
    """What the run was told. The password's place is named by its kind only."""

    file: str
    """Name of the settings file."""
    service_account_email: str
    """The service account."""
    service_account_username: str | None
    """The login; null: left out, so the e-mail address is the login."""
    password_reference: Literal["keyring", "env", "file"]
    """What kind of place the password is kept in."""
    exchange_server_url: str | None
    """The server's URL; null: left out, so Autodiscover must find it."""
    email_to_impersonate: str
    """The mailbox of the trial."""
    terms_agreed: bool
    """Whether the vendor's terms are agreed to."""
    mailboxes_file: str | None
    """Name of the list's file; null: the list stands in the settings."""
    limit_group: str | None
    """The group that is said to limit impersonation."""
    outsiders: list[str]
    """Mailboxes outside that group, which must be refused."""
    administrators: list[str]
    """Who counts as an IT administrator by name."""
    administrator_groups: list[str]
    """Groups whose members count as IT administrators."""
    rooms_wanted: bool
    """Whether rooms are to be listed."""
    window_days: int
    """How many days were looked at."""
    suite: str | None
    """Name of the user's own folder of scenarios."""
    network: NetworkSummary
    """How the server was reached."""


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
    sentence: str
    """What was concluded, for people."""
    scenarios: list[ScenarioResult]
    """The scenario that proves it; more, if the user's own ones name it too; none, if it was not reached."""


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
    """Versioned ids of what it mends."""
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
    """What it concerns (mailboxes, settings), at most 20."""
    targets_total: int
    """How many it concerns."""
    unblocks: list[str]
    """Versioned ids of the requirements that wait for it."""


class OperationTiming(Part):
    """How one operation of the protocol fared. Times in milliseconds."""

    operation: str
    count: int
    ok: int
    refused: int
    no_answer: int
    min_ms: float
    p25_ms: float
    p50_ms: float
    p75_ms: float
    p95_ms: float
    max_ms: float


class EnvironmentInfo(Part):
    """What it ran on. No host name, no user name, no path."""

    python: str
    implementation: str
    system: str
    machine: str
    packages: dict[str, str]
    """Versions of what calconnect stands on."""


class EvidenceFile(Part):
    """A file that went into the verdicts, so that anybody can check that it is the same one."""

    role: Literal[
        "settings", "mailbox-list", "ca-file", "vendor-addresses", "firewall-export", "own-scenario", "observations"
    ]
    name: str
    """The file's name, without its folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int


class Results(Part):
    """One run of the acceptance audit."""

    schema_version: Literal["1.0"]
    """The version of this shape."""
    run: RunInfo
    answer: Answer
    tenant: TenantInfo
    settings: SettingsSummary
    counts: Counts
    next_steps: list[NextStep]
    """In the order in which to take them: what decides first, then by severity, then by how much each unblocks."""
    requirements: list[RequirementResult]
    """In the catalogue's order."""
    own_scenarios: list[ScenarioResult]
    """The user's own scenarios that name no requirement of the catalogue."""
    operations: list[OperationTiming]
    environment: EnvironmentInfo
    evidence: list[EvidenceFile]
    mailboxes: list[MailboxResult]
    """In the list's order."""
