"""``calconnect explain``: what led to a verdict."""

from __future__ import annotations

from pathlib import Path

import click

from calconnect.cli import options
from calconnect.cli.console import data, json_data, say
from calconnect.cli.exits import ExitCode


@click.command(short_help="Show what led to the verdict of one requirement in a saved run.")
@click.argument("run", metavar="RUN", type=options.GivenText())
@click.argument("requirement", metavar="REQUIREMENT", type=options.GivenText())
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help="The folder of all runs; left out: the settings' own, else reports.",
)
@options.as_json
def explain(run: str, requirement: str, *, out: Path | None, as_json: bool) -> int:
    """Show what led to the verdict of one requirement: clause, scenario, observations, verdict, next step.

    RUN is the run's id, its folder, "last", or the day on which it started, such as 2026-11-22: the last one of that
    day. REQUIREMENT is such as SVC-01. Needs no tenant and no permissions.
    """
    from calconnect.foundation.wrapping import wrapped
    from calconnect.reporting.run_lookup import find_run, runs_folder
    from calconnect.reporting.trace import read_not_asked, read_trace
    from calconnect.reporting.trace_text import render_trace

    folder = find_run(run, runs_folder(out))
    reading = read_not_asked(folder, requirement)
    if reading is not None:
        if as_json:
            json_data({"run": folder.name, "not_asked": reading.model_dump(mode="json")})
        else:
            for line in (f"{reading.versioned_id}  {reading.title}", "", *wrapped(f"Not asked. {reading.sentence}")):
                data(line)
        return ExitCode.SATISFIED
    trace = read_trace(folder, requirement)
    if as_json:
        json_data(trace.record())
    else:
        for line in render_trace(trace):
            data(line)
    if trace.intact:
        return ExitCode.SATISFIED
    say("The observations were changed after the run: they are not what its verdicts were drawn from.")
    return ExitCode.FAILS_VERIFICATION
