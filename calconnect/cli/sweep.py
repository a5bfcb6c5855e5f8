"""``calconnect sweep``: one probe or several against every mailbox of a list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calconnect.cli import options
from calconnect.cli.session import Session

if TYPE_CHECKING:
    from calconnect.cli.sweep_begin import Begun

PROBES = ("reach", "read", "free-busy", "write", "refused")
"""As in ``calconnect.tenants.thin.interface.Probe``, whose import would make every command start later."""
_DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?")


class Duration(click.ParamType[float]):
    """A span of time such as ``90s``, ``10m`` or ``1h30m``, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(str(value).strip().lower())
        hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        whole = hours * 3600 + minutes * 60 + seconds
        if not whole:
            self.fail(f"{value!r} is no span of time. Write 90s, 10m or 1h30m.", param, ctx)
        return float(whole)


@click.command(short_help="Ask every mailbox of a list, as fast as the server allows.")
@click.option(
    "--config",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help="The settings; left out: calconnect.toml in this folder.",
)
@click.option(
    "--tenant",
    metavar="NAME|FILE",
    type=options.GivenText(),
    help="Sweep a mock tenant instead: one of the list, or a tenant file.",
)
@click.option(
    "--list",
    "listed",
    metavar="FILE|group:ADDRESS|all",
    type=options.GivenText(),
    help="Whom to ask: a list (CSV, text, Excel), a group's members, or everybody; left out: the settings' own list.",
)
@click.option(
    "--probe",
    "probes",
    multiple=True,
    type=click.Choice(PROBES),
    help="What to ask; may be given more than once. Left out: reach, or free-busy where nothing else was agreed.",
)
@click.option(
    "--for",
    "seconds",
    metavar="TIME",
    type=Duration(),
    help="Stop after this time, such as 90s, 10m or 1h30m; it can be resumed.",
)
@click.option(
    "--resume", metavar="RUN", type=options.GivenText(), help="Go on with a sweep that was stopped or killed."
)
@click.option(
    "--out",
    metavar="DIR",
    type=options.GivenPath(file_okay=False, path_type=Path),
    help="Where the sweep's folder is made; left out: the settings' own, else reports.",
)
@click.option(
    "--dask",
    metavar="tcp://HOST:PORT",
    type=options.GivenText(),
    help="Share the mailboxes out among the workers of the Dask cluster with this scheduler.",
)
@options.as_json
@options.quiet
@click.pass_obj
def sweep(
    session: Session,
    *,
    config: Path | None,
    tenant: str | None,
    listed: str | None,
    probes: tuple[str, ...],
    seconds: float | None,
    resume: str | None,
    out: Path | None,
    dask: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Put a probe to every mailbox of a list, and write a table with one row for each.

    Without settings it sweeps a mock tenant on this machine.

    \b
    Probes:
      reach      open the calendar
      read       list the events of the coming days
      free-busy  when the mailbox is busy, many mailboxes in one request
      write      create, read, change and delete a marked test event without attendees
      refused    open the calendar, which must be denied: for a list of those who must not be reached

    What it needs of the tenant is what the audit needs: the service account, or the application of your own, with the
    rights that the calendar connection itself will have. For --list group:ADDRESS and all, the directory must be
    readable: on an Exchange Server by the service account, in Exchange Online with Group.Read.All and User.Read.All.

    It signs in once before the first mailbox is asked; if that is refused, nothing else is sent. It asks as much at
    once as the service documents, and waits as long as it is told to. A sweep that was stopped or killed is resumed
    with --resume RUN, where RUN is its id, its folder, "last", or the day on which it began.

    With --dask the workers ask: each finds the settings by the same path as here, and the secrets by their references
    there. Together they keep the tenant's limits. The list, the results and the report stay here.

    Exit codes: 0 every mailbox passed; 1 some failed, or rows of the list are unusable; 2 it could not be begun; 3 some
    could not be judged, or it ended early; 130 stopped.
    """
    # The parts of a sweep take a while to import, and --help needs none of them.
    from calconnect.cli.sweep_begin import begin, go_on
    from calconnect.cli.sweep_end import carry_out

    if dask is not None:
        _check_cluster(dask, probes)
    begun: Begun
    if resume is None:
        begun = begin(session, config=config, tenant=tenant, listed=listed, probes=probes, out=out)
    else:
        _only_resume(tenant=tenant, listed=listed, probes=probes)
        begun = go_on(session, resume, config=config, out=out)
    with begun:
        return carry_out(begun, seconds=seconds, dask=dask, as_json=as_json, quiet=quiet)


def _check_cluster(address: str, probes: tuple[str, ...]) -> None:
    """Make sure that there is a cluster, before a sweep is begun.

    Raises:
        UsageError: there is none.
    """
    if "write" in probes:
        raise click.UsageError(
            "--dask and --probe write exclude each other: the journal of test events lies on the machine that writes, "
            "and would be lost with a worker. Write without --dask."
        )
    from calconnect.fleet.sweeping import check_cluster

    check_cluster(address)


def _only_resume(*, tenant: str | None, listed: str | None, probes: tuple[str, ...]) -> None:
    wrong = (("--list", "list", listed), ("--probe", "probes", probes), ("--tenant", "tenant", tenant))
    for option, what, value in wrong:
        if value:
            raise click.UsageError(
                f"--resume and {option} exclude each other: a sweep goes on with the {what} that it was begun with. "
                f"Leave {option} out, or begin a new sweep."
            )
