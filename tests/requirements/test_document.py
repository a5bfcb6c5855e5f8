"""The page of requirements says what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.document import PAGE, requirements_page


def test_the_page_in_docs_is_written_from_this_catalogue() -> None:
    page = Path(__file__).parents[2] / PAGE
    assert page.read_text(encoding="utf-8") == requirements_page(load_catalogue()), (
        "docs/requirements.md is not up to date: run python -m calconnect.requirements.document"
    )


def test_every_requirement_has_its_section_with_clause_and_remediation() -> None:
    catalogue = load_catalogue()
    page = requirements_page(catalogue)
    for one in catalogue.values():
        section = page.split(f"## {one.versioned_id}\n")[1].split("\n## ")[0]
        assert one.clause.quote in section
        assert one.remediation.text.strip() in section
        assert all(command in section for command in one.remediation.commands)
