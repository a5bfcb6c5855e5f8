"""A sweep as plain text: what the command says at its end, and the notebook where it cannot show HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from calconnect.reporting.model_sweep import GroupTable, Outcomes, SweepResults
from calconnect.reporting.words import milliseconds, plural, visible, when, word

TERMINAL_CODES = 8
TERMINAL_GROUPS = 5
TERMINAL_WORST = 10
_LABEL = 34


class _Part(Protocol):
    def __call__(self, results: SweepResults) -> Iterator[str]: ...


def render_sweep_text(name: str, results: SweepResults) -> str:
    """Return one part as text: ``answer``, ``steps``, ``outcomes``, ``groups``, ``course``, ``worst``, ``list``."""
    return "\n".join(visible(line) for line in _PARTS[name](results))


def outcome_lines(results: SweepResults) -> Iterator[str]:
    """Yield what the command says at its end: the answer, the outcomes, the groups, the worst, and how to go on."""
    for line in _whole(results):
        yield visible(line)


def _whole(results: SweepResults) -> Iterator[str]:
    yield results.answer.headline
    if results.run.ended_sentence:
        yield results.run.ended_sentence
    yield ""
    yield from _outcomes(results)
    for table in results.groups[:3]:
        if results.counts.failed or results.counts.unknown:
            yield ""
            yield from _table(table, TERMINAL_GROUPS)
    if results.worst:
        yield ""
        yield "What did not pass:"
        yield from _named(results, TERMINAL_WORST)
    if results.steps:
        yield ""
        yield "What to do:"
        yield from (f"  {one.title} ({plural(one.mailboxes, 'mailbox', 'mailboxes')})" for one in results.steps[:5])
    if results.run.resume:
        yield ""
        yield f"To go on with it: {results.run.resume}"


def _answer(results: SweepResults) -> Iterator[str]:
    yield results.answer.headline
    if results.tenant.mock is not None:
        yield f"Made against the mock tenant {results.tenant.mock}; it says nothing about your organisation."
    if results.run.ended_sentence:
        yield results.run.ended_sentence
    if results.run.resume:
        yield f"To go on with it: {results.run.resume}"
    yield f"Asked: {when(results.run.started)} to {when(results.run.finished)}."


def _steps(results: SweepResults) -> Iterator[str]:
    if not results.steps:
        yield "Nothing stands in the way."
    for number, step in enumerate(results.steps, 1):
        yield f"{number}. {step.title} ({plural(step.mailboxes, 'mailbox', 'mailboxes')} {step.verdict})"
        yield f"   Do: {step.text}"
        yield from (f"     {command}" for command in step.commands)


def _outcomes(results: SweepResults) -> Iterator[str]:
    yield _columns("", "passed", "failed", "unknown")
    yield from (_counted(one.probe, one) for one in results.by_probe)
    if len(results.by_probe) > 1:
        yield _counted("all together", results.counts)
    short = [one for one in results.codes if one.verdict != "passed"]
    if short:
        yield ""
    for code in short[:TERMINAL_CODES]:
        yield f"  {code.mailboxes:>9,} {word(code.verdict)}: {code.code or 'no code'}  {code.meaning}".rstrip()
    if len(short) > TERMINAL_CODES:
        yield f"  and {len(short) - TERMINAL_CODES} more codes, in the report"


def _groups(results: SweepResults) -> Iterator[str]:
    if not results.groups:
        yield "There is nothing by which the mailboxes make groups."
    for table in results.groups:
        yield from _table(table, len(table.groups))


def _table(table: GroupTable, most: int) -> Iterator[str]:
    yield _columns(f"By {table.column}", "passed", "failed", "unknown")
    yield from (_counted(one.value or "not said", one) for one in table.groups[:most])
    rest = [*table.groups[most:], table.rest]
    left = len(rest) - 1 + table.left_out
    if left:
        together = Outcomes(
            passed=sum(one.passed for one in rest),
            failed=sum(one.failed for one in rest),
            unknown=sum(one.unknown for one in rest),
        )
        yield _counted(f"{left:,} more", together)


def _worst(results: SweepResults) -> Iterator[str]:
    if not results.worst:
        yield "Every mailbox passed."
    yield from _named(results, len(results.worst))


def _named(results: SweepResults, most: int) -> Iterator[str]:
    for one in results.worst[:most]:
        codes = ", ".join(
            dict.fromkeys(found.code for found in one.results if found.verdict != "passed" and found.code)
        )
        yield f"  {word(one.verdict)}: {one.address}  {codes}".rstrip()
    left = results.counts.failed + results.counts.unknown - min(most, len(results.worst))
    if left > 0:
        yield f"  and {left:,} more, in mailboxes.csv"


def _course(results: SweepResults) -> Iterator[str]:
    for one in results.course:
        pace = f" in {milliseconds(one.seconds * 1000)}, {one.per_second:,.1f} a second" if len(one.points) > 1 else ""
        yield (
            f"{one.probe}, {one.side}: {plural(one.mailboxes, 'mailbox', 'mailboxes')}{pace}; "
            f"{one.throttled:,} of {plural(one.answers, 'answer')} turned away for load"
        )
    for found in results.latency:
        yield (
            f"{found.probe}, {found.side}: median {milliseconds(found.p50_ms)}, 95 % {milliseconds(found.p95_ms)}, "
            f"99 % {milliseconds(found.p99_ms)}, slowest {milliseconds(found.max_ms)}"
        )


def _list(results: SweepResults) -> Iterator[str]:
    listed = results.listed
    yield f"List: {listed.source or 'of the settings'}, {plural(listed.rows, 'row')}."
    if listed.sha256:
        yield f"SHA-256: {listed.sha256}"
    yield f"Unusable: {listed.unusable:,}. Repeated: {listed.repeated:,}. Aliases: {listed.aliases:,}."
    if listed.caveat:
        yield listed.caveat
    for row in results.unusable:
        place = f"line {row.line}" if row.line is not None else "a row"
        yield f"  {place}: {row.text}: {row.reason}"
    if results.unusable_left_out:
        yield f"  and {results.unusable_left_out:,} more, in mailboxes.csv"


def _columns(label: str, *cells: str) -> str:
    return f"{label[:_LABEL]:<{_LABEL}}" + "".join(f"{cell:>11}" for cell in cells)


def _counted(label: str, counts: Outcomes) -> str:
    return _columns(f"  {label}", f"{counts.passed:,}", f"{counts.failed:,}", f"{counts.unknown:,}")


_PARTS: Mapping[str, _Part] = {
    "answer": _answer,
    "steps": _steps,
    "outcomes": _outcomes,
    "groups": _groups,
    "course": _course,
    "worst": _worst,
    "list": _list,
}
