"""The next steps as a list to work through: ``action-plan.csv`` for a spreadsheet, ``action-plan.md`` for a ticket.

What stands in them comes in part from lists and servers. In the spreadsheet no cell can become a formula, and in the
ticket nothing can break out of its block or bring markup along.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from calconnect.foundation.files import write_atomic
from calconnect.reporting.model import NextStep, Results
from calconnect.reporting.timeline_words import ends_next
from calconnect.reporting.words import plural, visible, when

CSV_FILE = "action-plan.csv"
MARKDOWN_FILE = "action-plan.md"
COLUMNS = (
    *("order", "requirement", "severity", "level", "what is wrong", "what to do", "where", "commands", "targets"),
    *("owner", "due date", "done"),
)
"""The columns of the spreadsheet; the last three are for those who work through it."""
LONGEST_CELL = 30_000
"""Characters; Excel takes 32,767 at most (https://support.microsoft.com/office/excel-specifications-and-limits)."""

_BOM = "\ufeff"
_FORMULA = frozenset("=+-@\t\r\n|%＝＋－＠")
"""What a spreadsheet may take for the beginning of a formula; also in its wide forms, as East Asian versions do.
Source: https://owasp.org/www-community/attacks/CSV_Injection"""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#|~&$!])")
_BACKTICKS = re.compile("`+")


def write_action_plan(folder: Path, results: Results) -> tuple[Path, Path]:
    """Write both forms into a run's folder, each whole or not at all, and return their paths.

    Raises:
        OSError: the folder cannot be written to.
    """
    table, ticket = folder / CSV_FILE, folder / MARKDOWN_FILE
    write_atomic(table, action_plan_csv(results))
    write_atomic(ticket, action_plan_markdown(results))
    return table, ticket


def action_plan_csv(results: Results) -> bytes:
    """Return the plan as CSV, a row for each step: RFC 4180, in UTF-8 with the mark by which Excel knows that."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, step in enumerate(results.next_steps, 1):
        waived = f" Waived until {step.waived_until.isoformat()}." if step.waived_until is not None else ""
        cells = [str(number), ", ".join(step.requirements), step.severity, step.level, step.why + waived, step.text]
        cells.append(step.shell)
        cells += [_joined(step.commands), _joined(_targets(step)), "", "", ""]
        writer.writerow([defused(cell) for cell in cells])
    return (_BOM + text.getvalue()).encode()


def action_plan_markdown(results: Results) -> str:
    """Return the plan as a checklist in Markdown (CommonMark with the task lists of GitHub and GitLab)."""
    return "\n".join(_ticket(results)) + "\n"


def defused(cell: str) -> str:
    """Return the text of a cell so that no spreadsheet takes it for a formula: it then begins with an apostrophe.

    What hides in it (control characters, direction marks) is made visible.
    """
    text = visible(cell)
    return f"'{text}" if may_be_formula(text) else text


def may_be_formula(text: str) -> bool:
    """Say whether a spreadsheet may take the text of a cell for a formula."""
    return text.lstrip(" \u00a0\u3000")[:1] in _FORMULA


def escaped(text: str) -> str:
    """Return text as one line of Markdown that is nothing but that text."""
    return _MARKUP.sub(r"\\\1", " ".join(visible(text).split()))


def code_span(text: str) -> str:
    """Return text as code within a line, whatever backticks are in it."""
    flat = " ".join(visible(text).split())
    ticks = "`" * (_longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    """Yield the lines of a fenced block. Its fence is longer than any row of backticks inside, so nothing ends it."""
    inside = [part for line in lines for part in visible(line).split("\n")]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in inside)) if inside else "```"
    yield f"{fence}{language}"
    yield from inside
    yield fence


def _ticket(results: Results) -> Iterator[str]:
    run, answer = results.run, results.answer
    yield "# Action plan"
    yield ""
    yield f"Run {code_span(run.id)} of {when(run.started)}. {escaped(answer.headline)}"
    if ends := ends_next(results.timeline):
        yield ""
        yield escaped(ends)
    if results.tenant.mock is not None:
        yield ""
        yield f"Made against the mock tenant {code_span(results.tenant.mock)}: it says nothing about your organisation."
    yield ""
    if not results.next_steps:
        yield "Nothing stands in the way."
        return
    yield "In this order. Run the audit again afterwards; what waits for these steps is seen only then:"
    yield ""
    yield from fenced([run.command], "text")
    for number, step in enumerate(results.next_steps, 1):
        yield ""
        yield from _step(number, step, results.caveats_of(step.requirements))


def _step(number: int, step: NextStep, caveats: Sequence[str]) -> Iterator[str]:
    ids = f"{', '.join(step.requirements)}; " if step.requirements else ""
    yield f"- [ ] **{number}. {escaped(step.title)}** ({ids}{step.level}, {step.severity})"
    yield "  - Owner:"
    yield "  - Due date:"
    if step.waived_until is not None:
        yield f"  - Waived until {step.waived_until.isoformat()}"
    yield f"  - Seen: {escaped(step.why)}"
    yield from (f"  - Mind: {escaped(caveat)}" for caveat in caveats)
    yield f"  - Do: {escaped(step.text)}"
    if step.targets:
        named = ", ".join(code_span(target) for target in step.targets)
        more = step.targets_total - len(step.targets)
        yield f"  - Concerns: {named}" + (f" and {more:,} more" if more > 0 else "")
    if step.unblocks:
        yield f"  - Waiting for it: {', '.join(step.unblocks)}"
    if step.commands:
        where = f" in {escaped(step.shell)}" if step.shell else ""
        yield f"  - {plural(len(step.commands), 'command')}{where}:"
        yield ""
        language = "powershell" if "shell" in step.shell.lower() else "text"
        yield from (f"    {line}" if line else "" for line in fenced(step.commands, language))


def _targets(step: NextStep) -> list[str]:
    more = step.targets_total - len(step.targets)
    return [*step.targets, *([f"and {more:,} more: see the report"] if more > 0 else [])]


def _joined(lines: Sequence[str]) -> str:
    """Return the lines of a cell; whole lines are left out where it would be longer than a spreadsheet takes."""
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > LONGEST_CELL:
            return "\n".join([*kept, f"and {len(lines) - len(kept):,} more: see the report"])
        kept.append(line)
    return "\n".join(kept)


def _longest_run(text: str) -> int:
    return max((len(found) for found in _BACKTICKS.findall(text)), default=0)
