"""Puts ``sweep.json`` together: judges every mailbox once, in the list's order, and counts as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Literal

from calconnect import __version__
from calconnect.acceptance.judging.sweeping import Asked, Judged, judge, without_right
from calconnect.reporting.model_sweep import (
    CourseResult,
    SweepAnswer,
    SweepCounts,
    SweepResults,
    SweepRun,
    SweptList,
    SweptTenant,
    UnusableRowResult,
)
from calconnect.reporting.records import well_formed
from calconnect.reporting.sweep_course import Course
from calconnect.reporting.sweep_tally import DATABASE, DOMAIN, LOCATION, Line, Tally, lined
from calconnect.reporting.words import plural
from calconnect.requirements.remediation import Names
from calconnect.settings.addresses import address_key
from calconnect.sweep.model import EndedBy, Sample, UnusableRow
from calconnect.sweep.record import SweepFacts, SweepRecord, SweptRow
from calconnect.tenants.thin.interface import Probe, Side

UNUSABLE_SHOWN = 100


class SweepJudge:
    """Judges the mailboxes of a sweep, and says by what they are grouped."""

    def __init__(self, record: SweepRecord, databases: Mapping[str, str]) -> None:
        """Look at what holds for all of them.

        Args:
            record: the sweep.
            databases: by address (see :func:`address_key`), the mailbox database that configuration evidence names.
        """
        facts = record.facts
        self._databases = databases
        self._columns = facts.listed.columns
        self._hybrid = len(facts.sides) > 1
        # Only where the token shows no right does it matter whether any mailbox opened: the rows are then read twice.
        no_right = without_right(record.gate(), opened=False) and without_right(
            record.gate(), opened=_opened_online(record.rows())
        )
        self._asked = Asked(facts.probes, facts.sides, no_right)

    @property
    def groups(self) -> list[str]:
        """By what mailboxes are grouped."""
        return list(dict.fromkeys([*self.own_groups, *self._columns]))

    @property
    def own_groups(self) -> list[str]:
        """By what mailboxes are grouped beside the headings of the list."""
        return [DOMAIN, *([LOCATION] if self._hybrid else []), *([DATABASE] if self._databases else [])]

    def line(self, row: SweptRow) -> Line:
        """Judge one mailbox."""
        judged = judge(row, self._asked)
        return lined(row, judged, self._groups(row, judged))

    def _groups(self, row: SweptRow, judged: Judged) -> dict[str, str]:
        mailbox = row.mailbox
        groups = {DOMAIN: mailbox.address.rpartition("@")[2].lower()}
        if self._hybrid:
            groups[LOCATION] = judged.held
        if self._databases:
            groups[DATABASE] = self._databases.get(address_key(mailbox.address), "")
        for column in self._columns:
            groups.setdefault(column, mailbox.columns.get(column, ""))
        return groups


def sweep_results(
    record: SweepRecord,
    names: Names,
    judge_of: SweepJudge,
    *,
    each: Callable[[Line], None],
    each_unusable: Callable[[UnusableRow], None],
) -> SweepResults:
    """Judge all mailboxes and return the results; the list of files is empty.

    Args:
        record: the sweep.
        names: what commands are filled with.
        judge_of: judges a row.
        each: is given every mailbox, in the list's order.
        each_unusable: is given every row that names none, after these.
    """
    facts = record.facts
    tally = Tally(facts.probes, judge_of.groups)
    for row in record.rows():
        line = judge_of.line(row)
        tally.add(line)
        each(line)
    unusable = list(record.unusable())
    for one in unusable:
        each_unusable(one)
    counts, (codes, codes_left), (worst, worst_left) = tally.counts(), tally.codes(), tally.worst()
    return SweepResults(
        run=_run(facts),
        tenant=SweptTenant(
            topology=facts.topology,
            mock=facts.mock,
            server=facts.server,
            service_account=facts.service_account,
            application=facts.application,
        ),
        listed=SweptList(
            source=well_formed(facts.listed.source),
            caveat=well_formed(facts.listed.caveat),
            sha256=facts.listed.sha256,
            rows=tally.mailboxes - tally.added + len(unusable) + facts.listed.repeated,
            unusable=len(unusable),
            repeated=facts.listed.repeated,
            aliases=tally.aliases,
            added=tally.added,
        ),
        probes=[one.value for one in facts.probes],
        sides=[one.value for one in facts.sides],
        answer=_answer(facts, counts, len(unusable)),
        counts=counts,
        by_probe=tally.by_probe(),
        codes=codes,
        codes_left_out=codes_left,
        groups=tally.groups(),
        steps=tally.steps(names, facts.resume),
        worst=worst,
        worst_left_out=worst_left,
        unusable=[
            UnusableRowResult(line=one.line, text=well_formed(one.text), reason=well_formed(one.reason))
            for one in islice(unusable, UNUSABLE_SHOWN)
        ],
        unusable_left_out=max(0, len(unusable) - UNUSABLE_SHOWN),
        latency=tally.latency(),
        course=courses(record.samples()),
        attempts=tally.attempts,
        files=[],
    )


def courses(samples: Iterable[Sample]) -> list[CourseResult]:
    """Return how each probe went on each side, in the order in which they began."""
    found: dict[tuple[Probe, Side], Course] = {}
    for sample in samples:
        key = (sample.probe, sample.side)
        if key not in found:
            found[key] = Course(*key)
        found[key].add(sample)
    return [one.result() for one in found.values()]


def _run(facts: SweepFacts) -> SweepRun:
    return SweepRun(
        id=facts.id,
        started=facts.started,
        finished=facts.finished,
        calconnect_version=__version__,
        command=well_formed(facts.command),
        resume=well_formed(facts.resume) if facts.ending.resumable else "",
        resumed=facts.resumed,
        ended_by=facts.ending.by.value,
        ended_sentence=well_formed(facts.ending.sentence),
    )


def _answer(facts: SweepFacts, counts: SweepCounts, unusable: int) -> SweepAnswer:
    """Return the answer. One that ended early is not finished, whatever it has found until then."""
    total = plural(counts.total, "mailbox", "mailboxes")
    state: Literal["all-passed", "some-failed", "not-known", "not-finished"]
    code: Literal[0, 1, 3, 130]
    if facts.ending.resumable:
        asked = counts.total - counts.not_reached
        state, code = "not-finished", 130 if facts.ending.by is EndedBy.INTERRUPTED else 3
        of_these = _told(counts.failed, counts.unknown - counts.not_reached, unusable) or "all of these passed"
        headline = f"{asked:,} of {total} were asked; {of_these if asked else 'nothing is known of any'}."
    elif counts.failed or unusable:
        state, code = "some-failed", 1
        headline = f"Of {total}, {_told(counts.failed, counts.unknown, unusable)}."
    elif counts.unknown or not counts.total:
        state, code = "not-known", 3
        headline = f"Of {total}, {_told(0, counts.unknown, 0) or 'none was asked'}; none failed."
    else:
        state, code = "all-passed", 0
        headline = f"{'The mailbox' if counts.total == 1 else f'All {total}'} passed."
    return SweepAnswer(state=state, exit_code=code, headline=headline)


def _told(failed: int, unknown: int, unusable: int) -> str:
    parts = [f"{failed:,} failed"] if failed else []
    parts += [f"{unknown:,} could not be judged"] if unknown else []
    rows = "row of the list is" if unusable == 1 else "rows of the list are"
    parts += [f"{unusable:,} {rows} unusable"] if unusable else []
    return ", ".join(parts)


def _opened_online(rows: Iterable[SweptRow]) -> bool:
    return any(one.ok for row in rows for (_, side), seen in row.answers.items() if side is Side.ONLINE for one in seen)
