from __future__ import annotations

import pytest

from calconnect.requirements.catalogue import load_catalogue
from tests.cli.conftest import Call


def test_list_names_every_requirement_with_level_and_title(call: Call) -> None:
    ended = call("requirements", "list")
    assert ended.code == 0
    lines = ended.out.splitlines()
    catalogue = load_catalogue()
    assert [line.split()[0] for line in lines] == list(catalogue)
    for line, requirement in zip(lines, catalogue.values(), strict=True):
        assert requirement.title in line
        assert f" {requirement.level.value} " in line


def test_list_as_json_holds_all_fields(call: Call) -> None:
    found = call("requirements", "list", "--json").json
    assert [one["versioned_id"] for one in found] == list(load_catalogue())
    assert {"id", "version", "title", "clause", "remediation", "valid_from", "links"} <= found[0].keys()


@pytest.mark.parametrize("text", ["SVC-01", "svc-01", "SVC-01v1", "Svc-01V1"])
def test_show_takes_ids_with_or_without_version_in_any_case(call: Call, text: str) -> None:
    ended = call("requirements", "show", text)
    requirement = load_catalogue()["SVC-01"]
    assert ended.code == 0
    for part in (requirement.title, requirement.clause.quote, requirement.remediation.commands[0], "ErrorMissingEmail"):
        assert part in ended.out
    assert call("requirements", "show", text, "--json").json["versioned_id"] == "SVC-01v1"


@pytest.mark.parametrize("name", list(load_catalogue()))
def test_every_requirement_can_be_shown(call: Call, name: str) -> None:
    assert load_catalogue()[name].title in call("requirements", "show", name).out


def test_an_unknown_id_is_answered_with_the_nearest(call: Call) -> None:
    ended = call("requirements", "show", "SCV-01")
    assert ended.code == 2
    assert ended.out == ""
    assert "Did you mean SVC-01?" in ended.err
    assert 'See "calconnect requirements list".' in call("requirements", "show", "zzzzzz").err
