"""The action plan: no cell becomes a formula, nothing breaks out of its block, and what stands in it is all there."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from calconnect.acceptance.verdicts import Verdict
from calconnect.reporting.action_plan import (
    COLUMNS,
    LONGEST_CELL,
    action_plan_csv,
    action_plan_markdown,
    code_span,
    defused,
    escaped,
    fenced,
    write_action_plan,
)
from calconnect.reporting.model import NextStep, Results
from calconnect.reporting.words import visible
from tests.reporting.synthetic import addresses, make_run

STARTERS = "=+-@\t\r|%＝＋－＠"
hostile = st.one_of(
    st.text(),
    st.builds(
        "".join, st.lists(st.sampled_from([*STARTERS, "\n", "`", "```", "~~~", '"', ",", ";", " ", "\u202e", "a"]))
    ),
    st.sampled_from(["=cmd|' /C calc'!A0", "@SUM(1)", "-1+1", "```\n# Heading", "</details><script>", "[x](y)", "* a"]),
)


def step(**changes: object) -> NextStep:
    fields = {
        "requirements": ["SVC-01v1"],
        "level": "must",
        "severity": "high",
        "state": "not-met",
        "title": "T",
        "why": "W",
        "text": "D",
        "shell": "Exchange Management Shell",
        "commands": [],
        "targets": [],
        "targets_total": 0,
        "unblocks": [],
    }
    return NextStep.model_validate({**fields, **changes})


def with_steps(*steps: NextStep) -> Results:
    return PLAIN.model_copy(update={"next_steps": list(steps)})


PLAIN = make_run(2).results()


def rows_of(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by this mark"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def tokens_of(text: str) -> list[Token]:
    flat: list[Token] = []
    for token in MarkdownIt("commonmark", {"html": True}).parse(text):
        flat += [token, *(token.children or [])]
    return flat


@given(st.lists(hostile, min_size=6, max_size=6))
def test_no_cell_becomes_a_formula_and_none_is_lost(texts: list[str]) -> None:
    title, why, text, shell, command, target = texts
    plan = with_steps(step(title=title, why=why, text=text, shell=shell, commands=[command], targets=[target]))
    header, row = rows_of(action_plan_csv(plan))
    assert tuple(header) == COLUMNS
    assert len(row) == len(COLUMNS)
    for cell, given_text in zip(row[4:9], (why, text, shell, command, target), strict=True):
        assert cell[:1] not in set(STARTERS)
        assert cell.lstrip()[:1] not in set(STARTERS)
        assert cell.removeprefix("'") == visible(given_text).removeprefix("'")
        assert "\r" not in cell


@given(hostile)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    cell = defused(text)
    assert cell in (visible(text), f"'{visible(text)}")
    assert defused(f"Add {text}") == visible(f"Add {text}")


@given(st.lists(hostile, min_size=1, max_size=4))
def test_nothing_breaks_out_of_a_fenced_block(lines: list[str]) -> None:
    block = "\n".join(fenced(lines, "powershell"))
    (token,) = tokens_of(block)
    assert (token.type, token.info) == ("fence", "powershell")
    assert token.content == "".join(f"{part}\n" for line in lines for part in visible(line).split("\n"))


@given(st.lists(hostile, min_size=5, max_size=5))
def test_a_ticket_holds_its_own_markup_alone(texts: list[str]) -> None:
    title, why, text, command, target = texts
    plan = with_steps(step(title=title, why=why, text=text, commands=[command], targets=[target], targets_total=1))
    tokens = tokens_of(action_plan_markdown(plan))
    kinds = [token.type for token in tokens]
    assert not {"html_block", "html_inline", "link_open", "image", "hr", "blockquote_open", "code_block"} & set(kinds)
    assert kinds.count("heading_open") == 1
    assert kinds.count("fence") == 2, "the command that does it again, and the step's own"
    assert kinds.count("list_item_open") == 1 + 6
    assert [token.content for token in tokens if token.type == "fence"][1] == f"{visible(command)}\n"


@given(hostile)
def test_text_within_a_line_is_that_text(text: str) -> None:
    flat = " ".join(visible(text).split())
    rendered = [token for token in tokens_of(f"x {escaped(text)} x") if token.type != "inline"]
    assert "".join(token.content for token in rendered) == f"x {flat} x".replace("x  x", "x  x")
    (code,) = [token for token in tokens_of(f"x {code_span(text)} x") if token.type == "code_inline"]
    assert code.content.strip() == flat.strip()


def test_the_plan_of_a_run_says_everything(tmp_path: Path) -> None:
    denied = addresses(30)[3:18]
    results = make_run(
        30, denied=denied, verdicts={"OPS-04": (Verdict.FAILED, None, "No room list was found.")}
    ).results(mock="healthy")
    table, ticket = write_action_plan(tmp_path, results)
    header, first, second = rows_of(table.read_bytes())
    assert header[-3:] == ["owner", "due date", "done"]
    assert first[:4] == ["1", "IMP-02v1", "high", "must"]
    assert first[4] == "15 of 30 fall short."
    assert first[6] == "Exchange Management Shell"
    assert first[7].split("\n")[-1].startswith("foreach ($mailbox in 'edsger.abe@contoso.example',")
    assert first[8].split("\n")[-1] == "and 5 more: see the report"
    assert len(first[8].split("\n")) == 11
    assert first[9:] == second[9:] == ["", "", ""]
    assert second[1] == "OPS-04v1"
    text = ticket.read_text(encoding="utf-8")
    assert text.startswith("# Action plan\n\nRun `2026-03-09T083000Z` of 9 March 2026, 08:30:00 UTC. Not ready: 1 of ")
    assert "the mock tenant `healthy`" in text
    assert text.count("- [ ] **") == 2
    assert text.count("  - Owner:\n  - Due date:\n") == 2
    assert "- [ ] **2. Rooms can be listed, where they are wanted** (OPS-04v1; should, low)" in text
    assert f"`{denied[0]}`" in text
    assert " and 5 more\n" in text


def test_the_same_results_give_the_same_plan() -> None:
    results = make_run(5, denied=addresses(5)[:1]).results()
    assert action_plan_csv(results) == action_plan_csv(results)
    assert action_plan_csv(results).count(b"\r\n") == 2
    assert b"\n" not in action_plan_csv(make_run(5).results()).replace(b"\r\n", b"")


def test_where_nothing_is_to_be_done_the_plan_says_so() -> None:
    assert rows_of(action_plan_csv(PLAIN)) == [list(COLUMNS)]
    assert action_plan_markdown(PLAIN).rstrip().endswith("Nothing stands in the way.")


@pytest.mark.parametrize("length", [100, LONGEST_CELL])
def test_a_cell_is_never_longer_than_a_spreadsheet_takes(length: int) -> None:
    commands = [f"Get-Mailbox {'x' * length}" for _ in range(20)]
    _, row = rows_of(action_plan_csv(with_steps(step(commands=commands))))
    assert len(row[7]) <= 32_767
    lines = row[7].split("\n")
    assert lines[-1] == (commands[-1] if length == 100 else "and 20 more: see the report")
