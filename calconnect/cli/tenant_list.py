"""``calconnect tenant list``."""

from __future__ import annotations

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data


@click.command("list")
@options.as_json
def list_tenants(*, as_json: bool) -> None:
    """List the mock tenants that come with calconnect.

    Needs no tenant and no permissions.
    """
    from calconnect.mock_tenant.description.catalogue import catalogue

    entries = catalogue()
    if as_json:
        json_data([{"name": entry.name, "title": entry.title} for entry in entries])
        return
    for line in columns([[entry.name, entry.title] for entry in entries]):
        data(line)
