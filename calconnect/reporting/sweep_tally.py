"""What the mailboxes of a sweep come to together: counted one by one, so that none needs to be kept."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from calconnect.acceptance.judging.sweeping import NOT_REACHED, Judged, ProbeResult
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.words import sign_meaning
from calconnect.reporting.model_sweep import (
    CodeCount,
    GroupOutcomes,
    GroupTable,
    LatencyResult,
    Outcomes,
    ProbedMailbox,
    ProbeOutcomes,
    ProbeWord,
    SweepCounts,
    SweepStep,
    SweptMailboxResult,
    VerdictWord,
)
from calconnect.reporting.records import well_formed
from calconnect.reporting.sweep_steps import SweepAdvice, advice_for
from calconnect.requirements.remediation import Names
from calconnect.sweep.record import SweptRow
from calconnect.tenants.thin.interface import Probe, Side

WORST_SHOWN = 50
CODES_SHOWN = 60
GROUPS_SHOWN = 30
NAMED = 10
"""How many mailboxes a step names."""
MOST_GROUPS = 5_000
"""A column with more different values than this makes no groups."""
DOMAIN = "domain"
LOCATION = "location"
DATABASE = "database"

_ORDER = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.PASSED)
_FAILED, _UNKNOWN, _PASSED = range(3)


@dataclass(slots=True)
class _Cause:
    advice: SweepAdvice
    verdict: Verdict
    mailboxes: int = 0
    named: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One mailbox, judged, with what the tables show of it."""

    row: SweptRow
    judged: Judged
    advice: SweepAdvice | None
    """What to do; None: it passed."""
    groups: Mapping[str, str]
    """By column, the group that it belongs to; empty: not said."""


class Tally:
    """Counts mailboxes. Its size does not grow with their number, but for eight bytes for each latency."""

    def __init__(self, probes: Sequence[Probe], columns: Iterable[str]) -> None:
        """Begin with nothing.

        Args:
            probes: what was asked of every mailbox.
            columns: by what they are grouped.
        """
        self._probes = tuple(probes)
        self._verdicts = [0, 0, 0]
        # Counted by the places of probe and verdict: members of an enumeration take their time to be hashed.
        self._codes: Counter[tuple[int, int, str]] = Counter()
        self._groups: dict[str, dict[str, list[int]]] = {column: {} for column in columns}
        self._latencies: dict[tuple[Probe, Side], array[float]] = {}
        self._causes: dict[str, _Cause] = {}
        self._worst: list[tuple[tuple[int, ...], int, Line]] = []
        self.attempts = self.aliases = self.added = self.not_reached = 0

    @property
    def mailboxes(self) -> int:
        """How many were counted."""
        return sum(self._verdicts)

    def add(self, line: Line) -> None:
        """Count one mailbox."""
        judged = line.judged
        place = _place(judged.verdict)
        self._verdicts[place] += 1
        self.aliases += bool(judged.primary)
        self.added += line.row.added
        if place == _UNKNOWN:
            self.not_reached += all(one.finding.code == NOT_REACHED and not one.seen for one in judged.results)
        for number, one in enumerate(judged.results):
            self._codes[number, _place(one.finding.verdict), one.finding.code] += 1
        for question, seen in line.row.answers.items():
            self.attempts += seen[0].attempts if len(seen) == 1 else max(one.attempts for one in seen)
            latencies = self._latencies.get(question)
            if latencies is None:
                latencies = self._latencies[question] = array("d")
            latencies.append(seen[0].duration_ms if len(seen) == 1 else sum(one.duration_ms for one in seen))
        for column, value in line.groups.items():
            self._count(column, value, place)
        if line.advice is not None:
            self._note(line, line.advice)

    def counts(self) -> SweepCounts:
        """Return how many mailboxes came to what."""
        return SweepCounts(**_outcomes(self._verdicts), not_reached=self.not_reached)

    def by_probe(self) -> list[ProbeOutcomes]:
        """Return the same for each probe."""
        found = [[0, 0, 0] for _ in self._probes]
        for (number, place, _), count in self._codes.items():
            found[number][place] += count
        return [
            ProbeOutcomes(probe=_probe(probe), **_outcomes(counts))
            for probe, counts in zip(self._probes, found, strict=True)
        ]

    def codes(self) -> tuple[list[CodeCount], int]:
        """Return the codes that decided, failures first and the most frequent of them first, and how many are left."""
        found = sorted(self._codes.items(), key=lambda one: (one[0][1], -one[1], one[0][0], one[0][2]))
        named = [
            CodeCount(
                probe=_probe(self._probes[number]),
                verdict=_verdict(_ORDER[place]),
                code=well_formed(code),
                meaning=well_formed(sign_meaning(code)),
                mailboxes=count,
            )
            for (number, place, code), count in found[:CODES_SHOWN]
        ]
        return named, len(found) - len(named)

    def groups(self) -> list[GroupTable]:
        """Return a table for each column by which there is something to tell apart."""
        return [_table(column, found) for column, found in self._groups.items() if self._tells(column, found)]

    def latency(self) -> list[LatencyResult]:
        """Return how long mailboxes took, by probe and side."""
        results = []
        for (probe, side), values in self._latencies.items():
            ordered = sorted(values)
            results.append(
                LatencyResult(
                    probe=_probe(probe),
                    side=side.value,
                    mailboxes=len(ordered),
                    p50_ms=percentile(ordered, 50),
                    p95_ms=percentile(ordered, 95),
                    p99_ms=percentile(ordered, 99),
                    max_ms=round(ordered[-1], 3),
                )
            )
        return results

    def steps(self, names: Names, resume: str) -> list[SweepStep]:
        """Return what to do: failures first, then what most mailboxes hang on."""
        causes = sorted(self._causes.values(), key=lambda one: (_place(one.verdict), -one.mailboxes, one.advice.id))
        steps = []
        for cause in causes:
            advice = cause.advice.filled(names, tuple(cause.named), resume)
            steps.append(
                SweepStep(
                    id=advice.id,
                    verdict=_verdict(cause.verdict),
                    title=advice.title,
                    text=advice.text,
                    shell=advice.shell,
                    commands=[well_formed(one) for one in advice.commands],
                    mailboxes=cause.mailboxes,
                    named=[well_formed(one) for one in cause.named],
                )
            )
        return steps

    def worst(self) -> tuple[list[SweptMailboxResult], int]:
        """Return the mailboxes that fall shortest, the worst first, and how many more did not pass."""
        kept = [line for *_, line in sorted(self._worst, key=lambda one: one[0], reverse=True)]
        left = self.mailboxes - self._verdicts[_PASSED] - len(kept)
        return [_mailbox(line) for line in kept], left

    def _count(self, column: str, value: str, place: int) -> None:
        found = self._groups.get(column)
        if found is None:
            return
        if value not in found and len(found) >= MOST_GROUPS:
            del self._groups[column]
            return
        found.setdefault(value, [0, 0, 0])[place] += 1

    def _tells(self, column: str, found: Mapping[str, object]) -> bool:
        """Say whether a column makes groups: not if all mailboxes are in one, or nearly each in its own."""
        if column == LOCATION:
            return bool(found)
        return len(found) > 1 and (column == DOMAIN or len(found) * 2 <= self.mailboxes)

    def _note(self, line: Line, advice: SweepAdvice) -> None:
        verdict, address = line.judged.verdict, line.row.mailbox.address
        cause = self._causes.setdefault(f"{advice.id} {verdict}", _Cause(advice, verdict))
        cause.mailboxes += 1
        if len(cause.named) < NAMED:
            cause.named.append(address)
        failures = sum(one.finding.verdict is Verdict.FAILED for one in line.judged.results)
        tries = max((one.attempts for seen in line.row.answers.values() for one in seen), default=0)
        number = line.row.mailbox.number
        entry = ((-_place(verdict), failures, tries, -number), number, line)
        if len(self._worst) < WORST_SHOWN:
            heapq.heappush(self._worst, entry)
        elif entry[0] > self._worst[0][0]:
            heapq.heapreplace(self._worst, entry)


def lined(row: SweptRow, judged: Judged, groups: Mapping[str, str]) -> Line:
    """Return a judged mailbox with what to do about it."""
    return Line(row, judged, None if judged.verdict is Verdict.PASSED else advice_for(judged), groups)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the value at or below which ``percent`` of an ordered, non-empty sequence lie (nearest rank)."""
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 3)


def attempts_of(result: ProbeResult) -> int:
    """Return how often a mailbox was asked for a result; 0: not at all."""
    return max((one.attempts for one in result.seen), default=0)


def latency_of(result: ProbeResult) -> float:
    """Return how long its last attempt took, in milliseconds: of all steps together, on all sides that count."""
    return round(sum(one.duration_ms for one in result.seen), 1)


def _table(column: str, found: Mapping[str, Sequence[int]]) -> GroupTable:
    ordered = sorted(found.items(), key=lambda one: (-one[1][0], -one[1][1], -one[1][2], one[0]))
    rest = [counts for _, counts in ordered[GROUPS_SHOWN:]]
    return GroupTable(
        column=well_formed(column),
        groups=[
            GroupOutcomes(value=well_formed(value), failed=failed, unknown=unknown, passed=passed)
            for value, (failed, unknown, passed) in ordered[:GROUPS_SHOWN]
        ],
        left_out=len(rest),
        rest=Outcomes(
            failed=sum(one[0] for one in rest), unknown=sum(one[1] for one in rest), passed=sum(one[2] for one in rest)
        ),
    )


def _mailbox(line: Line) -> SweptMailboxResult:
    mailbox, judged = line.row.mailbox, line.judged
    return SweptMailboxResult(
        number=mailbox.number,
        line=mailbox.line,
        address=well_formed(mailbox.address),
        verdict=_verdict(judged.verdict),
        held=judged.held,
        primary=well_formed(judged.primary),
        results=[
            ProbedMailbox(
                probe=_probe(one.probe),
                verdict=_verdict(one.finding.verdict),
                code=well_formed(one.finding.code),
                sentence=well_formed(one.finding.sentence),
                side=one.side.value if one.side else None,
                attempts=attempts_of(one),
                latency_ms=latency_of(one),
            )
            for one in judged.results
        ],
        next_step=line.advice.title if line.advice else "",
    )


def _outcomes(counted: Sequence[int]) -> dict[str, int]:
    return {verdict.value: count for verdict, count in zip(_ORDER, counted, strict=True)}


def _place(verdict: Verdict) -> int:
    if verdict is Verdict.PASSED:
        return _PASSED
    return _FAILED if verdict is Verdict.FAILED else _UNKNOWN


def _probe(probe: Probe) -> ProbeWord:
    return probe.value


def _verdict(verdict: Verdict) -> VerdictWord:
    return cast(VerdictWord, verdict.value)
