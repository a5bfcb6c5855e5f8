"""What a finished run says to the user and to programs: read from its ``results.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from calconnect.cli.console import printable, say, say_styled

RESULTS_FILE = "results.json"
REPORT_FILE = "report.html"
PLAN_FILES = ("action-plan.md", "action-plan.csv")
MOST_STEPS = 5
"""How many next steps the console names; the report has them all."""
MOST_COMMANDS = 3
"""How many commands of a step the console names."""

_STATE_COLOURS = {"expired": "red", "ending": "yellow", "removable": "yellow"}
_COLOURS = {"ready": "green", "not-ready": "red", "not-known": "yellow"}


def read_results(folder: Path) -> dict[str, Any] | None:
    """Return the results of a run; None if it left none.

    Raises:
        ValueError: the file is no JSON object.
    """
    try:
        found = json.loads((folder / RESULTS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(found, dict):
        raise ValueError("results.json holds no object")
    return found


def say_outcome(results: Mapping[str, Any], folder: Path) -> None:
    """Write the answer, what to do next, and where the report is, to stderr."""
    answer = results["answer"]
    say()
    say_styled(click.style(printable(answer["headline"]), fg=_COLOURS[answer["state"]], bold=True))
    _say_next_end(results)
    if results["tenant"]["mock"]:
        say(f"That is the mock tenant {results['tenant']['mock']!r}: it says nothing about your organisation.")
    _say_reused(results["run"])
    _say_topology(results)
    _say_overlay(results)
    steps = results["next_steps"]
    if steps:
        say()
        say("What to do next:")
    for number, step in enumerate(steps[:MOST_STEPS], 1):
        say(f"{number:>2}. {step['title']} ({_tags(step)})")
        if step["why"]:
            say(f"    {step['why']}")
        for command in step["commands"][:MOST_COMMANDS]:
            say(f"      {command}")
        if not step["commands"] and step["text"]:
            say(f"    {step['text']}")
        if len(step["commands"]) > MOST_COMMANDS:
            say(f"      … and {len(step['commands']) - MOST_COMMANDS} more in the report")
    if len(steps) > MOST_STEPS:
        say(f"    … and {len(steps) - MOST_STEPS} more in the report")
    say()
    if steps:
        say(f"Action plan: {folder / PLAN_FILES[0]} for a ticket, {PLAN_FILES[1]} for a spreadsheet")
    say(f"Report: {folder / REPORT_FILE}")


def _say_reused(run: Mapping[str, Any]) -> None:
    """Write what an earlier sweep contributed, and how old that is."""
    reused = run["reused"]
    if reused is None:
        return
    if not reused["observations"]:
        say(f"The sweep {reused['run']} had nothing that this audit could use.")
        return
    age = datetime.fromisoformat(run["started"]) - datetime.fromisoformat(reused["oldest"])
    minutes = max(0, round(age.total_seconds() / 60))
    old = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    say(f"{reused['observations']:,} observations are of the sweep {reused['run']}, up to {old} old.")


def _say_topology(results: Mapping[str, Any]) -> None:
    """Write what the topology is, what is not asked of it, and what no verdict of the run shows."""
    not_asked = results["not_asked"]
    topology = results["tenant"]["topology"]
    if not_asked:
        are = "requirement is" if len(not_asked) == 1 else "requirements are"
        say(f"The topology is {topology}; {len(not_asked)} {are} not asked of it, and the report says why.")
    caveats = dict.fromkeys(one["caveat"] for one in results["requirements"] if one["caveat"])
    for caveat in caveats:
        ids = [one["id"] for one in results["requirements"] if one["caveat"] == caveat]
        say(f"Mind, for {', '.join(ids)}: {caveat}")


def _say_next_end(results: Mapping[str, Any]) -> None:
    """Write what ends next, if it is not far off."""
    from calconnect.reporting.model_timeline import TimelineResult
    from calconnect.reporting.timeline_words import ends_next

    timeline = results["timeline"]
    said = ends_next(TimelineResult.model_validate(timeline) if timeline is not None else None)
    if said:
        say_styled(click.style(printable(said), bold=True))
        say('"calconnect timeline last" tells all.')


def _say_overlay(results: Mapping[str, Any]) -> None:
    """Write how many requirements are waived, and what is over, ends soon or can be taken out."""
    if waived := results["counts"]["waived"]:
        are = "requirement is" if waived == 1 else "requirements are"
        say(f"{waived} {are} waived; the verdicts stay as they are.")
    for what in ("waivers", "attestations"):
        for one in results[what]:
            if one["state"] == "in-force":
                continue
            about = one["requirement"] or one["scenario"]
            line = f"{what.removesuffix('s').capitalize()} of {about} (line {one['line']}): {one['sentence']}"
            say_styled(click.style(printable(line), fg=_STATE_COLOURS[one["state"]]))


def _tags(step: Mapping[str, Any]) -> str:
    waived = f"waived until {step['waived_until']}" if step.get("waived_until") else ""
    parts = (", ".join(step["requirements"]), f"{step['level']}, {step['severity']}", waived)
    return "; ".join(part for part in parts if part)


def outcome_record(run_id: str, folder: Path, exit_code: int, results: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what ``audit --json`` writes (docs/command-line.md); without results, little more than the exit code."""
    record = {"run": run_id, "folder": str(folder), "exit_code": exit_code}
    if results is None:
        return record | {"answer": None}
    return record | {
        "report": str(folder / REPORT_FILE),
        "results": str(folder / RESULTS_FILE),
        "action_plan": [str(folder / name) for name in PLAN_FILES],
        "mock_tenant": results["tenant"]["mock"],
        "answer": results["answer"]["state"],
        "headline": results["answer"]["headline"],
        "counts": results["counts"],
        "topology": results["tenant"]["topology"],
        "not_asked": results["not_asked"],
        "timeline": results["timeline"],
        "waivers": results["waivers"],
        "attestations": results["attestations"],
        "requirements": [
            {
                "id": one["versioned_id"],
                "title": one["title"],
                "level": one["level"],
                "severity": one["severity"],
                "verdict": one["verdict"],
                "waived_until": one["waived_until"],
                "reason": one["unknown_reason"],
                "sentence": one["sentence"],
                "caveat": one["caveat"],
            }
            for one in results["requirements"]
        ],
    }
