"""``calconnect evidence script``."""

from __future__ import annotations

from pathlib import Path

import click

from calconnect.cli import options
from calconnect.cli.console import data, say


@click.command("script")
@click.option(
    "--out",
    metavar="FILE",
    type=options.GivenPath(dir_okay=False, path_type=Path),
    help="Write it to a new file; left out: to stdout.",
)
@options.quiet
def evidence_script(*, out: Path | None, quiet: bool) -> None:
    """Write out collect-evidence.ps1, the script that exports the configuration evidence.

    An administrator runs it in the Exchange Management Shell and, for Exchange Online, with -ExchangeOnline after
    Connect-ExchangeOnline. It only reads; what permissions it needs stands on its top. Its syntax is tested; it was not
    executed against Exchange.

    The command itself needs no tenant and no permissions.
    """
    from calconnect.evidence.bundle.script import collect_script

    text = collect_script()
    if out is None:
        data(text.rstrip("\n"))
        return
    try:
        with out.expanduser().open("x", encoding="ascii", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{out} is there already; name another file.") from None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise click.UsageError(f"{out} cannot be written: {reason}.") from None
    if not quiet:
        say(f"Written to {out}. Its permissions and parameters stand on its top.")
