"""What the commands write: data on stdout, talk on stderr, UTF-8 on both."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from calconnect.foundation.problems import Problem

MOST_PROBLEMS_SHOWN = 50
"""A list of 100,000 lines may have as many problems; a screen has not so many lines."""


def prepare_streams() -> None:
    """Write UTF-8 whatever the console's own encoding is, and never fail on a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def colours_wanted() -> bool | None:
    """Whether to colour: False where NO_COLOR is set (https://no-color.org), None to let the stream decide."""
    return False if os.environ.get("NO_COLOR") else None


def say(text: str = "") -> None:
    """Write a line of talk to stderr."""
    say_styled(printable(text))


def say_styled(text: str) -> None:
    """Write a line of talk that may hold colours (click.style); everything else in it must be printable already."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(text, err=True)


def data(text: str) -> None:
    """Write a line of data to stdout."""
    _write_out(printable(text))


def json_data(value: Any) -> None:
    """Write a value to stdout as indented JSON, exactly as it is."""
    _write_out(json.dumps(value, indent=2, ensure_ascii=False))


def _write_out(text: str) -> None:
    try:
        click.echo(text)
    except BrokenPipeError:
        # The reader has gone away (``| head``), which is no error. Python flushes stdout once more at its end: give it
        # somewhere to go.
        sys.stdout = io.TextIOWrapper(open(os.devnull, "wb"), encoding="utf-8")  # noqa: SIM115, PTH123


def printable(text: str) -> str:
    """Return a text without control characters: what comes from files and servers must not drive the terminal."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out in columns, two spaces apart; the last column is as long as it is."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]) - 1)] if rows else []
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]


def say_problems(problems: Sequence[Problem]) -> None:
    """Write what is wrong with what the user gave: the first 50 problems, and how many there are."""
    for problem in problems[:MOST_PROBLEMS_SHOWN]:
        say(str(problem))
    if len(problems) > MOST_PROBLEMS_SHOWN:
        say(f"… and {len(problems) - MOST_PROBLEMS_SHOWN:,} more.")
    count = "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"
    say(f"{count}. Nothing was sent to any server.")


def problem_record(problem: Problem) -> dict[str, Any]:
    """Return a problem as plain JSON values."""
    return {
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
        "hint": problem.hint,
    }
