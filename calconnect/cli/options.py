"""Options that are the same at every command."""

from __future__ import annotations

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout, for a program to read.")
quiet = click.option(
    "--quiet", "-q", is_flag=True, help="Say nothing but what is wrong; the exit code tells the answer."
)
