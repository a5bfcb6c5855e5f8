"""The timeline of a run: the dated facts, and what of the organisation's own ends, as the results hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath

from calconnect.evidence.bundle.dating import most_age
from calconnect.evidence.observation import Observation
from calconnect.reporting.model_overlay import AttestationResult, WaiverResult
from calconnect.reporting.model_run import EvidenceFile
from calconnect.reporting.model_timeline import SparedFact, TimelineEntry, TimelineResult
from calconnect.reporting.records import well_formed
from calconnect.reporting.words import plural
from calconnect.settings.model import Settings
from calconnect.timeline.compute import compute, entry
from calconnect.timeline.model import Entry, Kind, Timeline
from calconnect.timeline.observed import observed_in

MAILBOXES_NAMED = 200
"""How many mailboxes of an entry the results name."""


def run_timeline(
    settings: Settings,
    observations: Iterable[Observation],
    now: datetime,
    *,
    waivers: Sequence[WaiverResult] = (),
    attestations: Sequence[AttestationResult] = (),
    evidence: Sequence[EvidenceFile] = (),
) -> TimelineResult:
    """Return what ends when for the tenant of a run.

    Args:
        settings: the run's.
        observations: everything that it observed.
        now: the moment (aware) as of which days are counted: the run's start, or the present one.
        waivers: the run's, whose ends are entries, too.
        attestations: likewise.
        evidence: the run's files; an export of the configuration is one day too old.
    """
    today = now.astimezone(UTC).date()
    own = [*_overlaid(waivers, attestations, today), *_exports(settings, evidence, today)]
    return timeline_result(compute(settings, now, observed_in(observations, settings), more=own))


def timeline_result(timeline: Timeline) -> TimelineResult:
    """Return a timeline as the results hold it."""
    return TimelineResult(
        as_of=timeline.as_of,
        entries=[_entry(one) for one in timeline.entries],
        spared=[
            SparedFact(
                id=one.id,
                starts=one.starts,
                ends=one.ends,
                to_the_month=one.to_the_month,
                title=one.title,
                why=one.why,
                source=one.source,
            )
            for one in timeline.spared
        ],
    )


def _entry(one: Entry) -> TimelineEntry:
    everybody = bool(one.of) and len(one.mailboxes) == one.of
    return TimelineEntry(
        id=one.id,
        kind=one.kind.value,
        status=one.status.value,
        starts=one.starts,
        ends=one.ends,
        to_the_month=one.to_the_month,
        days_left=one.days_left,
        title=well_formed(one.title),
        stops=well_formed(one.stops),
        action=well_formed(one.action),
        unknown=list(one.unknown),
        mailboxes=[] if everybody else [well_formed(address) for address in one.mailboxes[:MAILBOXES_NAMED]],
        mailboxes_total=len(one.mailboxes),
        mailboxes_unknown=len(one.mailboxes_unknown),
        all_mailboxes=everybody,
        source=one.source,
        certainty=one.certainty.value if one.certainty is not None else None,
        last_checked=one.last_checked,
        disagreement=one.disagreement,
    )


def _overlaid(
    waivers: Sequence[WaiverResult], attestations: Sequence[AttestationResult], today: date
) -> Iterator[Entry]:
    """Yield from which day on waivers and attestations no longer hold."""
    for waiver in waivers:
        name = waiver.requirement
        yield entry(
            f"waiver-line-{waiver.line}",
            Kind.WAIVER,
            waiver.expires + timedelta(days=1),
            today,
            title=f"The waiver of {name} no longer holds",
            stops="What it covers counts as not met from this day on, and while the waiver stands in its file a run is"
            f" not ready. It was approved by {waiver.approved_by}.",
            action=f"Mend what {name} demands before this day, or have the waiver approved anew.",
        )
    for attested in attestations:
        name = attested.requirement or attested.scenario
        yield entry(
            f"attestation-line-{attested.line}",
            Kind.ATTESTATION,
            attested.valid_until + timedelta(days=1),
            today,
            title=f"The attestation of {name} no longer holds",
            stops=f"The word of {attested.attested_by}: what rests on it alone is unknown from this day on.",
            action="Have it attested anew before this day.",
        )


def _exports(settings: Settings, evidence: Sequence[EvidenceFile], today: date) -> Iterator[Entry]:
    """Yield on which day exports of the configuration are too old, the ones of one day together."""
    most = settings.evidence.most_days_old
    days: dict[tuple[date, int], list[str]] = {}
    for file in evidence:
        if file.role == "configuration-evidence" and file.exported is not None:
            age = most_age(PurePath(file.name).stem, most)
            last = (file.exported + age).astimezone(UTC).date()
            days.setdefault((last, max(1, age.days)), []).append(file.name)
    for (day, age_in_days), names in sorted(days.items()):
        sooner = ", because what it holds soon changes" if age_in_days < most else ""
        yield entry(
            f"exports-{day.isoformat()}-{age_in_days}",
            Kind.EVIDENCE,
            day,
            today,
            title=f"{plural(len(names), 'export')} of the configuration will be too old",
            stops=f"As evidence: {', '.join(sorted(names))}. An export that is older than it may be (here"
            f" {plural(age_in_days, 'day')}{sooner}) proves nothing.",
            action="Run collect-evidence.ps1 again, and import what it wrote: calconnect evidence import.",
        )
