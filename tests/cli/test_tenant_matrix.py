"""``calconnect tenant matrix``: the table, the figures, the JSON and the exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calconnect.detection import matrix as detection_matrix
from calconnect.mock_tenant.description import CatalogueEntry, catalogue
from tests.cli.conftest import Call

Put = Callable[..., None]

BLIND = """\
title = "A mistake that is none"
base = "healthy"

[settings.connection]
exchange_server_url = "http://mail.contoso.test/EWS/Exchange.asmx"

[expected]
problems = ["connection.terms_agreed"]
"""


def entries(*names: str) -> list[CatalogueEntry]:
    return [entry for entry in catalogue() if entry.name in names]


@pytest.fixture
def catalogue_of(monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a few tenants in the place of the catalogue."""

    def put(*found: CatalogueEntry) -> None:
        monkeypatch.setattr(detection_matrix, "catalogue", lambda: list(found))

    return put


def test_the_table_and_the_figures(call: Call, catalogue_of: Put) -> None:
    catalogue_of(*entries("net-03-untrusted", "settings-http-url"))
    ended = call("tenant", "matrix")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split() == ["tenant", "caught", "must", "be", "found", "turned"]
    assert lines[1].startswith("net-03-untrusted   yes     NET-03 (certificate-untrusted); ")
    assert "settings refused (connection.exchange_server_url)" in lines[2]
    assert lines[-2].startswith("Sensitivity 100.0 %: of 2 tenants with a mistake 2 were caught")
    assert lines[-1].startswith("Specificity 100.0 %: of ")
    assert ended.err == ""


def test_json_and_a_mistake_that_is_not_caught(call: Call, catalogue_of: Put, tmp_path: Path) -> None:
    blind = tmp_path / "blind.toml"
    blind.write_text(BLIND, encoding="utf-8")
    catalogue_of(*entries("settings-http-url"), CatalogueEntry("blind", "A mistake that is none", blind))
    ended = call("tenant", "matrix", "--json")
    assert ended.code == 1
    found = ended.json
    assert (found["tenants"], found["sensitivity"]) == (2, 0.5)
    assert found["specificity"] == 0.0  # of one other key, one was refused without need
    assert [row["tenant"] for row in found["rows"]] == ["settings-http-url", "blind"]
    assert found["rows"][0]["caught"] is True
    assert found["rows"][1]["missed"] == ["connection.terms_agreed"]
    assert "blind: " in ended.err


def test_a_tenant_that_cannot_be_run_makes_it_not_known(call: Call, catalogue_of: Put, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "Broken"\n', encoding="utf-8")
    catalogue_of(*entries("settings-http-url"), CatalogueEntry("broken", "Broken", broken))
    ended = call("tenant", "matrix")
    assert ended.code == 3
    assert "Not run, and in neither figure: broken." in ended.out
