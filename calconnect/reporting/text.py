"""The report as plain text: what a notebook shows where it cannot show HTML."""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.reporting.model import Results
from calconnect.reporting.timeline_text import render_timeline
from calconnect.reporting.view import ReportView
from calconnect.reporting.words import day, milliseconds, plural, visible, when, word

MAILBOXES_NAMED = 50
"""How many mailboxes that fall short are named."""


def render_text(name: str, view: ReportView) -> str:
    """Return one part of the report as text: ``answer``, ``next_steps``, ``charts``, ``trace``, ``mailboxes``,
    ``overlay``, ``timeline``."""
    parts = {
        "answer": _answer,
        "next_steps": _next_steps,
        "charts": _charts,
        "trace": _trace,
        "mailboxes": _mailboxes,
        "overlay": _overlay,
        "timeline": _timeline,
    }
    return "\n".join(visible(line) for line in parts[name](view))


def _answer(view: ReportView) -> Iterator[str]:
    results = view.results
    yield results.answer.headline
    if view.ends_next:
        yield view.ends_next
    if results.tenant.mock is not None:
        yield f"Made against the mock tenant {results.tenant.mock}; it says nothing about your organisation."
    for reason in results.answer.reasons:
        yield f"  {word(reason.verdict)}: {reason.requirement} {reason.sentence}"
    yield from (f"  {line}" for line in announcements(results))
    must = results.counts.must
    yield f"Requirements that decide: {must.passed} of {must.total - must.not_applicable} passed."
    mailboxes = results.counts.mailboxes
    yield f"Mailboxes: {mailboxes.passed} of {mailboxes.listed} passed."
    yield f"Observed: {when(results.run.started)}, {plural(results.counts.observations.total, 'observation')}."


def announcements(results: Results) -> Iterator[str]:
    """Yield a line for each waiver and attestation that is over, ends within 14 days, or can be removed."""
    for waiver in results.waivers:
        if waiver.state != "in-force":
            yield f"Waiver of {waiver.requirement} (line {waiver.line}): {waiver.sentence}"
    for one in results.attestations:
        if one.state != "in-force":
            yield f"Attestation of {one.requirement or one.scenario} (line {one.line}): {one.sentence}"


def _next_steps(view: ReportView) -> Iterator[str]:
    if not view.results.next_steps:
        yield "Nothing stands in the way."
    for number, step in enumerate(view.results.next_steps, 1):
        yield f"{number}. {step.title} ({', '.join(step.requirements)}; {step.level}, {step.severity})"
        yield f"   Seen: {step.why}"
        yield f"   Do: {step.text}"
        for command in step.commands:
            yield f"     {command}"


def _charts(view: ReportView) -> Iterator[str]:
    for area in view.areas:
        verdicts = ", ".join(f"{item.requirement.id} {word(item.requirement.verdict)}" for item in area.requirements)
        yield f"{area.name}: {verdicts}"
    for timing in view.results.operations:
        yield (
            f"{timing.operation}: {plural(timing.count, 'time')}, median {milliseconds(timing.p50_ms)}, "
            f"95 % {milliseconds(timing.p95_ms)}, slowest {milliseconds(timing.max_ms)}"
        )


def _trace(view: ReportView) -> Iterator[str]:
    if view.disagreements:
        yield "Where the exports say otherwise (what was observed decides):"
    for place in view.disagreements:
        yield f"   {place.requirement} {place.what.target}: {place.what.sentence}"
    for area in view.areas:
        for item in area.requirements:
            requirement = item.requirement
            rank = f"{requirement.level}, {requirement.severity}"
            yield f"{requirement.versioned_id} {word(requirement.verdict)}: {requirement.title} ({rank})"
            yield f'   Clause: "{requirement.clause.quote}" ({requirement.clause.section})'
            yield f"   {requirement.sentence}"
            if requirement.caveat:
                yield f"   Mind: {requirement.caveat}"
            if requirement.waived_until is not None:
                yield f"   Waived until {day(requirement.waived_until)}."
    for one in view.results.not_asked:
        yield f"{one.versioned_id} not asked: {one.title}"
        yield f"   {one.sentence}"
    for own in view.own:
        yield f"own {word(own.scenario.verdict)}: {own.scenario.name}"
        yield f"   {own.scenario.sentence}"


def _mailboxes(view: ReportView) -> Iterator[str]:
    results: Results = view.results
    counts = results.counts.mailboxes
    yield f"{counts.passed} of {counts.listed} passed, {counts.failed} fall short, {counts.unknown} unknown."
    short = [mailbox for mailbox in results.mailboxes if mailbox.verdict != "passed"]
    for mailbox in short[:MAILBOXES_NAMED]:
        codes = {outcome.code for outcome in mailbox.outcomes.values() if outcome.verdict != "passed" and outcome.code}
        yield f"  {word(mailbox.verdict)}: {mailbox.address} {', '.join(sorted(codes))}".rstrip()
    if len(short) > MAILBOXES_NAMED:
        yield f"  and {len(short) - MAILBOXES_NAMED} more, in results.json"


def _timeline(view: ReportView) -> Iterator[str]:
    timeline = view.results.timeline
    if timeline is None:
        yield "This run recorded none."
    else:
        yield from render_timeline(timeline)


def _overlay(view: ReportView) -> Iterator[str]:
    results = view.results
    yield f"Waivers: {len(results.waivers) or 'none'}."
    for waiver in results.waivers:
        until = f"until {day(waiver.expires)}, approved by {waiver.approved_by}"
        yield f"  {word(waiver.state)}: {waiver.requirement} {until}"
        yield f"    {waiver.sentence}"
    yield f"Attestations: {len(results.attestations) or 'none'}."
    for one in results.attestations:
        about = one.requirement or one.scenario
        said = " ".join(one.statement.split())
        yield f"  {word(one.state)}: {about} until {day(one.valid_until)}, by {one.attested_by}: {said}"
        yield f"    {one.sentence}"
