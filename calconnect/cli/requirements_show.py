"""``calconnect requirements show``."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from calconnect.cli import options
from calconnect.cli.console import data, json_data
from calconnect.cli.requirement_record import requirement_record

if TYPE_CHECKING:
    from calconnect.requirements.model import Requirement


@click.command("show")
@click.argument("requirement_id", metavar="ID")
@options.as_json
def show_requirement(requirement_id: str, *, as_json: bool) -> None:
    """Show one requirement: what is demanded, where, how it is verified, what mends it.

    ID is such as SVC-01, or SVC-01v1 for a version. Needs no tenant and no permissions.
    """
    requirement = _find(requirement_id)
    if as_json:
        json_data(requirement_record(requirement))
        return
    for line in _lines(requirement):
        data(line)


def _find(text: str) -> Requirement:
    from calconnect.requirements.catalogue import load_catalogue

    catalogue = load_catalogue()
    names: dict[str, Requirement] = {}
    for requirement in catalogue.values():
        names[requirement.versioned_id.upper()] = requirement
        names[requirement.id.upper()] = catalogue[requirement.id]
    found = names.get(text.strip().upper())
    if found is not None:
        return found
    close = difflib.get_close_matches(text.strip().upper(), list(names), 1)
    hint = f"Did you mean {names[close[0]].id}?" if close else 'See "calconnect requirements list".'
    raise click.UsageError(f"There is no requirement {text}. {hint}")


def _lines(requirement: Requirement) -> list[str]:
    until = f" to {requirement.valid_until.isoformat()}" if requirement.valid_until else ""
    lines = [
        f"{requirement.versioned_id}  {requirement.title}",
        "",
        f"level        {requirement.level.value}, severity {requirement.severity.value}",
        f"topologies   {', '.join(requirement.topologies)}",
        f"valid        from {requirement.valid_from.isoformat()}{until}",
        f"source       {requirement.clause.document}, {requirement.clause.section}",
        f"             “{requirement.clause.quote}”",
    ]
    if requirement.needs:
        lines.append(f"needs        {', '.join(requirement.needs)}")
    lines += [
        "",
        "Why it matters",
        f"  {requirement.reason}",
        "",
        "How it is verified",
        f"  {requirement.verified_by}",
        "",
    ]
    lines += [f"success      {', '.join(requirement.success)}", f"failure      {', '.join(requirement.failure)}"]
    lines += ["", "What mends it", f"  {requirement.remediation.text}"]
    if requirement.remediation.commands:
        lines += ["", f"  In the {requirement.remediation.shell}:"]
        lines += [f"    {command}" for command in requirement.remediation.commands]
    if requirement.links:
        lines += ["", "Read more", *(f"  {link.title}: {link.url}" for link in requirement.links)]
    return lines
