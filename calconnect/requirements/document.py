"""The catalogue as a page to read: ``python -m calconnect.requirements.document`` writes ``docs/requirements.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from calconnect.foundation.files import write_atomic
from calconnect.requirements.catalogue import Catalogue, load_catalogue
from calconnect.requirements.model import OWN_APPLICATION, Remediation, Requirement

PAGE = Path("docs") / "requirements.md"

_OPENING = """\
# The requirements

Each demand of the setup document *Bulk Calendar Connect Setup*, as calconnect verifies it. This page is written from
the catalogue in `calconnect/requirements/catalogue/` by `python -m calconnect.requirements.document`; a test holds the
two equal. The id carries the version: a changed demand is a new requirement.

Most of them speak of an Exchange Server. On the other topologies (`exchange-online-graph`, `exchange-online-ews`,
`hybrid`) a demand is verified in its own words, or another one takes its place, or it does not apply; each says which.

A `must` decides whether an organisation is ready; a `should` is advice. In commands, names in braces stand for your
own: the report fills them in.
"""


def requirements_page(catalogue: Catalogue) -> str:
    """Return the page, as Markdown."""
    return "\n".join([_OPENING, *_overview(catalogue), *(line for one in catalogue.values() for line in _section(one))])


def _overview(catalogue: Catalogue) -> Iterator[str]:
    yield "| requirement | level | clause |"
    yield "| --- | --- | --- |"
    for one in catalogue.values():
        anchor = one.versioned_id.lower()
        yield f"| [{one.versioned_id}](#{anchor}) {_cell(one.title)} | {one.level} | {_cell(one.clause.section)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _section(one: Requirement) -> Iterator[str]:
    yield f"## {one.versioned_id}\n"
    yield f"**{one.title}.** {one.area}; {one.level}, severity {one.severity}.\n"
    yield f"> {one.clause.quote}\n>\n> *{one.clause.document}, {one.clause.section}*\n"
    yield f"{one.reason.strip()}\n"
    yield f"- **Verified so:** {one.verified_by.strip()}"
    if one.needs:
        yield f"- **Needs first:** {', '.join(one.needs)}"
    if one.permissions:
        yield f"- **Permissions at the tenant:** {' '.join(one.permissions)}"
    if one.settings:
        yield f"- **From the settings:** {_codes(one.settings)}"
    if one.evidence:
        yield f"- **From exports:** {_codes(one.evidence)}"
    yield f"- **Success looks like:** {_codes(one.success)}"
    yield f"- **Failure looks like:** {_codes(one.failure)}"
    if one.own_application:
        yield f"- **Mind:** {OWN_APPLICATION}"
    yield f"- **Holds for:** {', '.join(one.topologies)}, {_validity(one)}"
    for topology, reading in one.readings.items():
        yield f"- **On {topology}:** {reading.sentence}"
    yield ""
    if one.mended_after:
        yield f"**Mend first, where it falls short too:** {', '.join(one.mended_after)}\n"
    yield from _remedy("To mend it", one.remediation)
    for first, remedy in one.remediation_from.items():
        yield from _remedy(f"To mend it, from {first.isoformat()} on", remedy)
    for code, remedy in one.remediation_by_code.items():
        yield from _remedy(f"To mend it, where the code is {code}", remedy)
    for link in one.links:
        yield f"- [{link.title}]({link.url})"
    if one.links:
        yield ""


def _remedy(heading: str, remedy: Remediation) -> Iterator[str]:
    yield f"**{heading}:** {remedy.text.strip()}\n"
    if remedy.commands:
        yield f"{remedy.shell}:\n"
        yield "\n".join(("```powershell", *remedy.commands, "```\n"))


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _validity(one: Requirement) -> str:
    until = f" until {one.valid_until.isoformat()}" if one.valid_until else ""
    return f"from {one.valid_from.isoformat()}{until}"


def main() -> int:
    """Write the page below the current folder."""
    write_atomic(PAGE, requirements_page(load_catalogue()))
    sys.stderr.write(f"{PAGE} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
