"""``calconnect timeline``: what ends when, for one organisation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from calconnect.cli import options
from calconnect.cli.console import data, json_data, say
from calconnect.cli.exits import ExitCode


@click.command(short_help="Show what ends when: dates, for whom, and what to do before.")
@click.argument("run", metavar="[RUN]", required=False, type=options.GivenText())
@click.option(
    "--config",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help="The settings; left out: calconnect.toml in this folder.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help="The folder of all runs; left out: the settings' own, else reports.",
)
@click.option(
    "--on",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day from which days are counted, such as 2027-03-31; left out: today.",
)
@options.as_json
def timeline(run: str | None, *, config: Path | None, out: Path | None, on: datetime | None, as_json: bool) -> int:
    """Show which dates matter for this tenant and these mailboxes, what stops working on each, and what to do before.

    RUN is a saved run: its id, its folder, "last", or the day on which it started. What it observed then decides whom
    a date concerns; days are counted from today, for a mock tenant from the day of the run. Without RUN, the settings
    alone decide, and what only a run can see is said to be unknown.

    Every date names its source and the day on which that was last checked. Needs no tenant and no permissions; sends
    nothing.
    """
    from calconnect.foundation.clock import system_clock
    from calconnect.reporting.timeline_run import timeline_of_run, timeline_of_settings
    from calconnect.reporting.timeline_text import render_timeline

    day = on.date() if on is not None else None
    if run is not None:
        found = timeline_of_run(run, clock=system_clock, on=day, out=out, config=config)
    else:
        found = timeline_of_settings(config, clock=system_clock, on=day)
    if as_json:
        json_data(found.record())
    else:
        for line in render_timeline(found.timeline, found.about):
            data(line)
    if found.intact:
        return ExitCode.SATISFIED
    say("The run was changed after it was made: what it observed may not be what stands there.")
    return ExitCode.FAILS_VERIFICATION
