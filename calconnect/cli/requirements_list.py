"""``calconnect requirements list``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data
from calconnect.cli.requirement_record import requirement_record
from calconnect.settings.model import Topology


@click.command("list")
@options.as_json
def list_requirements(*, as_json: bool) -> None:
    """List the requirements, each with its level and the topologies where it is verified in its own words.

    What it comes to on the others, "calconnect requirements show" tells. Needs no tenant and no permissions.
    """
    from calconnect.requirements.catalogue import load_catalogue

    found = list(load_catalogue().values())
    if as_json:
        json_data([requirement_record(requirement) for requirement in found])
        return
    for line in columns([[one.versioned_id, one.level.value, _where(one.topologies), one.title] for one in found]):
        data(line)


def _where(topologies: Sequence[str]) -> str:
    """Return topologies in short: ``server``, ``graph``, ``ews``, ``hybrid``, or ``all``."""
    if len(topologies) == len(Topology):
        return "all"
    return " ".join(topology.rpartition("-")[2] for topology in topologies)
