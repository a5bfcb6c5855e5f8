"""What ``docs/`` says of the matrix: the page is the record in words, and both are about the catalogue as it is."""

from __future__ import annotations

import re

from calconnect.detection.baseline import baseline_of, topology_of
from calconnect.detection.comparison import Machine, expectation
from calconnect.detection.document import matrix_page
from calconnect.foundation.toml import read_toml
from calconnect.mock_tenant.description import CatalogueEntry, Expected, catalogue, load
from calconnect.requirements.catalogue import load_catalogue
from tests.detection.published import ROOT, UPDATE, page, published, published_rows


def expected_of(entry: CatalogueEntry) -> Expected:
    """Return what a tenant's file expects; the tenant itself is not built."""
    table = read_toml(entry.file).data.get("expected", {})
    failed, unknown, not_applicable, passed, problems = (
        tuple(table.get(name, ())) for name in ("failed", "unknown", "not_applicable", "passed", "problems")
    )
    return Expected(failed, unknown, not_applicable, passed, codes=table.get("codes", {}), problems=problems)


def topology_in(entry: CatalogueEntry) -> str:
    """Return the topology of a tenant; one based on ``healthy`` is not built to know it."""
    root = entry.file
    while isinstance(base := read_toml(root).data.get("base"), str):
        root = root.with_name(f"{base}.toml")
    return "exchange-server" if root.stem == "healthy" else topology_of(load(entry.name))


def test_the_page_says_what_the_record_says() -> None:
    assert page() == matrix_page(published()), UPDATE


def test_every_tenant_of_the_catalogue_has_its_row() -> None:
    entries = catalogue()
    assert [row.tenant for row in published().rows] == [entry.name for entry in entries], UPDATE
    assert [row.title for row in published().rows] == [entry.title for entry in entries], UPDATE
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", page(), re.M)
    assert named == [entry.name for entry in entries], UPDATE


def test_each_row_expects_what_the_tenant_file_says() -> None:
    requirements = load_catalogue().values()
    said = {entry.name: expected_of(entry) for entry in catalogue()}
    for entry in catalogue():
        topology = topology_in(entry)
        expected, healthy, row = said[entry.name], said[baseline_of(topology)], published_rows()[entry.name]
        must = expectation(expected, healthy, requirements, Machine(), topology=topology)
        decisive = {*row.expected.failed, *row.expected.unknown}
        assert decisive == must.decisive, f"{entry.name}: {UPDATE}"
        assert {one: codes[0] for one, codes in row.expected.codes.items()} == must.codes, f"{entry.name}: {UPDATE}"
        assert set(row.expected.problems) == set(expected.problems), f"{entry.name}: {UPDATE}"


def test_every_mistake_is_caught_and_nothing_else_turns() -> None:
    matrix = published()
    assert len(matrix.rows) >= 60
    assert len(matrix.with_mistake) >= 60
    assert matrix.holds
    assert (matrix.sensitivity, matrix.specificity) == (1.0, 1.0)
    assert "Sensitivity 100.0 %" in page()
    assert "Specificity 100.0 %" in page()
    assert f"| tenants with a mistake | {len(matrix.with_mistake)} |" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )


def test_every_requirement_is_failed_by_a_tenant_or_hangs_on_an_attestation() -> None:
    """A requirement that nothing breaks is one whose judgement nothing tries."""
    broken = {requirement for row in published().rows for requirement in row.expected.failed}
    vouched = {requirement for row in published().rows for requirement in row.expected.unknown}
    for requirement in load_catalogue().values():
        manual = requirement.id in ("APP-01", "APP-05", "NET-05")
        assert requirement.id in (vouched if manual else broken), requirement.id
