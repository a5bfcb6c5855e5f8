"""The shape of ``sweep.json``: one sweep, its answer and its figures.

The mailboxes stand one by one in ``mailboxes.csv``.
The file is read by programs, so its shape is versioned and published (``docs/sweep.schema.json``, and beside this
module). ``schema_version`` counts as that of ``results.json`` does. Its size does not grow with the list: what is
many is cut short, and how much is left out is said.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from calconnect.reporting.model_run import Part

SWEEP_SCHEMA_VERSION: Literal["1.0"] = "1.0"
"""The version that this calconnect writes."""

VerdictWord = Literal["passed", "failed", "unknown"]
ProbeWord = Literal["reach", "read", "free-busy", "write", "refused"]
SideWord = Literal["server", "online"]


class SweepRun(Part):
    """The execution itself."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The run's id, which is also the name of its folder."""
    started: AwareDatetime
    finished: AwareDatetime
    """When asking ended."""
    calconnect_version: str
    command: str
    """The command that does the same again. Holds paths and names, never a secret."""
    resume: str
    """The command that goes on with it; empty where nothing is left."""
    resumed: int
    """How often it was gone on with."""
    ended_by: Literal["done", "time-up", "interrupted", "credentials-refused", "silence", "throttled", "store-full"]
    ended_sentence: str
    """What happened and what to do; empty where all is done."""


class SweptTenant(Part):
    """Who was asked."""

    topology: str
    mock: str | None
    """The mock tenant that was asked; null where the settings named the tenant."""
    server: str
    """Host of the server; empty: it was not asked."""
    service_account: str
    """As which the server was asked; empty: it was not asked."""
    application: str
    """App ID as which Exchange Online was asked; empty: it was not asked. The vendor's may do more, or less."""


class SweptList(Part):
    """The list of mailboxes."""

    source: str
    """Where it comes from: the file's name, ``group:ADDRESS`` or ``all``."""
    caveat: str
    """What of the organisation it may leave out; empty: nothing that is known of."""
    sha256: str = Field(pattern=r"^([0-9a-f]{64})?$")
    """Of the file; empty where there is none."""
    rows: int
    """Rows with something in them."""
    unusable: int
    """Of these, rows that name no mailbox."""
    repeated: int
    """Of these, rows that name a mailbox which another row has named before."""
    aliases: int
    """Of these, rows that name a mailbox by another address than its primary one."""
    added: int
    """Primary addresses of aliases that the list does not name; they were asked, too."""


class SweepAnswer(Part):
    """What the sweep says as a whole."""

    state: Literal["all-passed", "some-failed", "not-known", "not-finished"]
    """``not-finished``: it ended early. Else ``some-failed``: a mailbox failed, or a row of the list is unusable;
    ``not-known``: none failed, but one could not be judged."""
    exit_code: Literal[0, 1, 3, 130]
    """The exit code of the command."""
    headline: str
    """The answer in a sentence."""


class Outcomes(Part):
    """How many mailboxes came to what."""

    passed: int
    failed: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.unknown


class SweepCounts(Outcomes):
    """How many mailboxes came to what, by all probes together."""

    not_reached: int
    """Of the unknown ones, those that were not asked at all, because the sweep ended before."""


class ProbeOutcomes(Outcomes):
    """How many mailboxes came to what by one probe."""

    probe: ProbeWord


class CodeCount(Part):
    """How many results of a probe were decided by one code."""

    probe: ProbeWord
    verdict: VerdictWord
    code: str
    meaning: str
    """In a sentence; empty where it is not known."""
    mailboxes: int


class GroupOutcomes(Outcomes):
    """How many mailboxes of one group came to what."""

    value: str
    """``example.com``, ``Finance``; empty: the list does not say."""


class GroupTable(Part):
    """The mailboxes by one property, those with the most failures first."""

    column: str
    """``domain``, ``location``, ``database``, or a heading of the list."""
    groups: list[GroupOutcomes]
    left_out: int
    """How many groups are not named."""
    rest: Outcomes
    """All those together."""


class SweepStep(Part):
    """What to do about mailboxes with one cause in common."""

    id: str
    verdict: VerdictWord
    title: str
    text: str
    shell: str
    commands: list[str]
    mailboxes: int
    """How many it is about."""
    named: list[str]
    """The first of them."""


class ProbedMailbox(Part):
    """What one probe came to for one mailbox."""

    probe: ProbeWord
    verdict: VerdictWord
    code: str
    sentence: str
    side: SideWord | None
    """The side whose answer decided; null: neither alone."""
    attempts: int
    latency_ms: float


class SweptMailboxResult(Part):
    """One mailbox that did not pass."""

    number: int
    """Its place in the list, from 1 on."""
    line: int | None
    address: str
    verdict: VerdictWord
    held: str
    """In a hybrid, which side holds it; empty: not known, or no hybrid."""
    primary: str
    """Its primary address, where the list names another one."""
    results: list[ProbedMailbox]
    next_step: str
    """What to do, in a sentence."""


class UnusableRowResult(Part):
    """A row of the list that names no mailbox."""

    line: int | None
    text: str
    reason: str


class LatencyResult(Part):
    """How long the server took for one mailbox, by probe and side, in milliseconds."""

    probe: ProbeWord
    side: SideWord
    mailboxes: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class CoursePoint(Part):
    """A stretch of the sweep."""

    second: float
    """Where it begins, in seconds of asking."""
    per_second: float
    """Mailboxes settled a second."""
    throttled_per_second: float
    """Attempts that were turned away for load, a second."""
    latency_ms: float
    """Mean of the seconds' medians; 0 if nothing was answered."""
    in_flight: float
    limit: float
    """How many might have been in flight."""


class CourseResult(Part):
    """How one probe went on one side over time. The time between an end and its going on is left out."""

    probe: ProbeWord
    side: SideWord
    seconds: float
    """How long was asked."""
    mailboxes: int
    answers: int
    throttled: int
    per_second: float
    """Mailboxes settled a second, over all of it."""
    step_seconds: float
    """How long a stretch is."""
    resumed_at: list[float]
    """Where it was gone on with, in seconds of asking."""
    points: list[CoursePoint]


class SweepFile(Part):
    """A file of the sweep, so that anybody can check that it is the same one."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int


class SweepResults(Part):
    """One sweep."""

    schema_version: Literal["1.0"] = SWEEP_SCHEMA_VERSION
    kind: Literal["sweep"] = "sweep"
    run: SweepRun
    tenant: SweptTenant
    listed: SweptList
    probes: list[ProbeWord]
    sides: list[SideWord]
    answer: SweepAnswer
    counts: SweepCounts
    by_probe: list[ProbeOutcomes]
    codes: list[CodeCount]
    """The most frequent first, failures before all."""
    codes_left_out: int
    """How many codes are not named."""
    groups: list[GroupTable]
    steps: list[SweepStep]
    worst: list[SweptMailboxResult]
    worst_left_out: int
    """How many more did not pass."""
    unusable: list[UnusableRowResult]
    unusable_left_out: int
    latency: list[LatencyResult]
    course: list[CourseResult]
    attempts: int
    """Attempts by which the mailboxes were settled."""
    files: list[SweepFile]
