"""``calconnect requirements show``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from calconnect.cli import options
from calconnect.cli.console import data, json_data
from calconnect.cli.requirement_record import full_record, signs, tenants_that_break
from calconnect.foundation.wrapping import wrapped

if TYPE_CHECKING:
    from calconnect.mock_tenant.description.model import CatalogueEntry
    from calconnect.requirements.model import Remediation, Requirement

_COLUMN = 13
"""Where the values of the short lines begin."""


@click.command("show")
@click.argument("requirement_id", metavar="ID")
@options.as_json
def show_requirement(requirement_id: str, *, as_json: bool) -> None:
    """Show one requirement: what is demanded, where, how it is verified, what that needs, what success and failure look
    like, what mends it, and which mock tenants show the mistake.

    ID is such as SVC-01, or SVC-01v1 for a version. Needs no tenant and no permissions.
    """
    requirement = _find(requirement_id)
    tenants = tenants_that_break(requirement)
    if as_json:
        json_data(full_record(requirement, tenants))
        return
    for line in _lines(requirement, tenants):
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


def _lines(requirement: Requirement, tenants: Sequence[CatalogueEntry]) -> Iterator[str]:
    from calconnect.requirements.model import OWN_APPLICATION

    until = f" to {requirement.valid_until.isoformat()}" if requirement.valid_until else ""
    yield f"{requirement.versioned_id}  {requirement.title}"
    yield ""
    yield f"level        {requirement.level.value}, severity {requirement.severity.value}"
    yield from _field("topologies", ", ".join(requirement.topologies))
    if requirement.own_application:
        yield from _field("mind", OWN_APPLICATION)
    yield f"valid        from {requirement.valid_from.isoformat()}{until}"
    yield from _field("source", f"{requirement.clause.document}, {requirement.clause.section}")
    yield from wrapped(f"“{requirement.clause.quote}”", _COLUMN)
    yield from _paragraph("Why it matters", requirement.reason)
    yield from _paragraph("How it is verified", requirement.verified_by)
    if requirement.readings:
        yield from _section("On other topologies")
        for topology, reading in requirement.readings.items():
            yield f"  {topology}"
            yield from wrapped(reading.sentence, 6)
    yield from _section("What it needs")
    yield from _field("first", ", ".join(requirement.needs) or "no other requirement")
    yield from _field("permissions", " ".join(requirement.permissions) or "none at the tenant")
    yield from _field("settings", ", ".join(requirement.settings) or "none of its own")
    yield from _field("exports", ", ".join(requirement.evidence) or "none")
    meanings = dict(signs(requirement))
    for title, found in (
        ("What success looks like", requirement.success),
        ("What failure looks like", requirement.failure),
    ):
        yield from _section(title)
        for sign in found:
            yield f"  {sign}"
            yield from wrapped(meanings[sign], 6)
    yield from _remedy("What mends it", requirement.remediation)
    for first, remedy in requirement.remediation_from.items():
        yield from _remedy(f"What mends it from {first.isoformat()} on", remedy)
    for code, remedy in requirement.remediation_by_code.items():
        yield from _remedy(f"What mends it where the code is {code}", remedy)
    if tenants:
        yield from _section("Mock tenants that show the mistake")
        for one in tenants:
            yield f"  calconnect tenant serve {one.name}"
            yield from wrapped(one.title, 6)
    if requirement.links:
        yield from _section("Read more")
        for link in requirement.links:
            yield from wrapped(link.title)
            yield f"      {link.url}"


def _remedy(title: str, remedy: Remediation) -> Iterator[str]:
    yield from _paragraph(title, remedy.text)
    if remedy.commands:
        yield ""
        yield from wrapped(f"In the {remedy.shell}:")
        yield from (f"    {command}" for command in remedy.commands)


def _section(title: str) -> Iterator[str]:
    yield ""
    yield title


def _paragraph(title: str, text: str) -> Iterator[str]:
    yield from _section(title)
    yield from wrapped(text)


def _field(name: str, text: str) -> list[str]:
    return wrapped(text, _COLUMN, label=name)
