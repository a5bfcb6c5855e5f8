"""``calconnect requirements list``."""

from __future__ import annotations

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data
from calconnect.cli.requirement_record import requirement_record


@click.command("list")
@options.as_json
def list_requirements(*, as_json: bool) -> None:
    """List the requirements.

    Needs no tenant and no permissions.
    """
    from calconnect.requirements.catalogue import load_catalogue

    found = list(load_catalogue().values())
    if as_json:
        json_data([requirement_record(requirement) for requirement in found])
        return
    for line in columns([[one.versioned_id, one.level.value, one.title] for one in found]):
        data(line)
