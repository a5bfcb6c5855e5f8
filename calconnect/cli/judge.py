"""``calconnect judge``: a saved run, judged again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from calconnect.cli import options
from calconnect.cli.console import json_data, printable, say, say_styled
from calconnect.cli.exits import ExitCode

if TYPE_CHECKING:
    from calconnect.reporting.model import Results
    from calconnect.reporting.rejudging import Difference, JudgedAgain

_COLOURS = {"ready": "green", "not-ready": "red", "not-known": "yellow"}


@click.command(short_help="Judge a saved run again, with no tenant in reach.")
@click.argument("run", metavar="RUN", type=options.GivenText())
@click.option(
    "--requirements",
    "by",
    type=click.Choice(["run", "today"]),
    default="run",
    show_default=True,
    help="Whose requirements count: those of the run, on its day, or today's.",
)
@click.option("--own-steps", is_flag=True, help="Run the run's own steps, too: Python code from the run's folder.")
@click.option(
    "--config",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help="The settings that name the folder of all runs; left out: calconnect.toml in this folder.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help="The folder of all runs; left out: the settings' own, else reports.",
)
@options.as_json
@options.quiet
def judge(
    run: str,
    *,
    by: Literal["run", "today"],
    own_steps: bool,
    config: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge a saved run again from its observations, and verify that it is as the run left it.

    RUN is the run's id, its folder, "last", or the day on which it started, such as 2026-11-22: the last one of that
    day. Needs no tenant and no permissions, sends nothing, and changes nothing in the run's folder.

    The exit code is that of the audit; 4 if the run fails verification: a file or an observation was changed, or the
    verdicts are not what its observations come to.

    Scenarios of your own keep the verdicts that the run wrote down, unless --own-steps is given. Give it only for runs
    that come from people whose programs you would run.
    """
    from calconnect.foundation.clock import system_clock
    from calconnect.reporting.paths import portable
    from calconnect.reporting.rejudging import judge_saved
    from calconnect.reporting.run_lookup import runs_folder
    from calconnect.reporting.saved_run import SavedRun

    saved = SavedRun.open(run, runs_folder(out, config))
    judged = judge_saved(saved, clock=system_clock, by=by, own_steps=own_steps)
    exit_code = _exit_code(judged)
    if not quiet and judged.results is not None:
        _say_verdicts(judged.results)
    _say_verification(judged, portable(saved.folder))
    if not quiet:
        _say_differences(judged)
    if as_json:
        json_data(_record(judged, exit_code))
    return exit_code


def _exit_code(judged: JudgedAgain) -> int:
    if not judged.verified or judged.results is None:
        return ExitCode.FAILS_VERIFICATION
    return int(judged.results.answer.exit_code)


def _say_verdicts(results: Results) -> None:
    from calconnect.acceptance.verdicts import Verdict
    from calconnect.cli.progress import verdict_line

    for one in results.requirements:
        say_styled(verdict_line(Verdict(one.verdict), one.versioned_id, one.title, one.sentence))
    for own in results.own_scenarios:
        say_styled(verdict_line(Verdict(own.verdict), "", own.name, own.sentence))
    say()
    answer = results.answer
    say_styled(click.style(printable(answer.headline), fg=_COLOURS[answer.state], bold=True))
    if results.tenant.mock:
        say(f"That is the mock tenant {results.tenant.mock!r}: it says nothing about your organisation.")


def _say_verification(judged: JudgedAgain, folder: str) -> None:
    if judged.verified:
        return
    say()
    say(f"The run in {folder} fails verification:")
    for damage in judged.damages:
        say(f"  {damage}")
    for difference in judged.broken:
        say(f"  {difference}")
    if judged.results is None:
        say("Nothing can be judged from what is left of it.")
    if judged.broken and judged.other_version:
        say(f"It was made by calconnect {judged.other_version}; a version that judges otherwise may be the cause.")


def _say_differences(judged: JudgedAgain) -> None:
    if judged.by == "today":
        say()
        if judged.differences:
            say("By today's requirements, otherwise than the run wrote down:")
        else:
            say("By today's requirements all verdicts are as the run wrote them down.")
        for difference in judged.differences:
            say(f"  {difference}")
    elif judged.verified:
        say()
        say("The run is as it was left, and all verdicts are as it wrote them down.")
    if judged.left_out:
        count = len(judged.left_out)
        what = "1 scenario of your own keeps its verdict" if count == 1 else f"{count} of your own keep their verdicts"
        say(f"{what} and was not judged again: --own-steps does.")


def _record(judged: JudgedAgain, exit_code: int) -> dict[str, Any]:
    from calconnect.cli.outcome import outcome_record

    run = judged.run
    results = judged.results.model_dump(mode="json") if judged.results is not None else None
    return outcome_record(run.results.run.id, run.folder.absolute(), exit_code, results) | {
        "requirements_of": judged.by,
        "verified": judged.verified,
        "damages": [{"file": one.file, "line": one.line, "message": one.message} for one in judged.damages],
        "broken": [_difference(one) for one in judged.broken],
        "differences": [_difference(one) for one in judged.differences],
        "not_judged_again": list(judged.left_out),
        "calconnect_version": run.results.run.calconnect_version,
    }


def _difference(one: Difference) -> dict[str, str]:
    return {
        "requirement": one.requirement,
        "title": one.title,
        "before": one.before,
        "after": one.after,
        "sentence": one.sentence,
    }
