from __future__ import annotations

import pytest

from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import KEYS
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


def test_list_and_show_say_what_holds_on_which_topology(call: Call) -> None:
    listed = {line.split()[0]: line for line in call("requirements", "list").out.splitlines()}
    assert " server hybrid " in listed["SVC-01v1"]
    assert " all " in listed["LOC-01v1"]
    assert " graph hybrid " in listed["GR-01v1"]
    shown = " ".join(call("requirements", "show", "SVC-01").out.split())
    assert "exchange-online-graph A service account's mailbox is not needed" in shown
    assert "In its place: GR-01, GR-14." in shown
    assert "rests on the rights of calconnect's own application" in " ".join(
        call("requirements", "show", "GR-07").out.split()
    )


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


def test_show_says_what_it_needs_and_what_the_signs_mean(call: Call) -> None:
    out = call("requirements", "show", "IMP-03").out
    flat = " ".join(out.split())
    for part in (
        "first IMP-01, SVC-01",
        "permissions The service account's sign-in and the role ApplicationImpersonation",
        "settings limit.group, limit.outsiders",
        "nested-member It is a member through another group, which the scope's filter does not see.",
        "calconnect tenant serve imp-03-no-scope",
        "Read more",
    ):
        assert part in flat, part


def test_show_as_json_says_the_same(call: Call) -> None:
    found = call("requirements", "show", "IMP-02", "--json").json
    assert found["meanings"]["ErrorImpersonateUserDenied"].startswith("The service account may not")
    assert set(found["meanings"]) == {*found["success"], *found["failure"]}
    assert {"name", "title", "command"} == set(found["tenants"][0])
    assert "calconnect tenant serve imp-02-user-outside-scope" in [one["command"] for one in found["tenants"]]
    assert found["permissions"]
    assert found["settings"]


@pytest.mark.parametrize("name", list(load_catalogue()))
def test_every_requirement_is_shown_in_80_columns_with_what_it_needs(call: Call, name: str) -> None:
    ended = call("requirements", "show", name)
    wide = [line for line in ended.out.splitlines()[1:] if len(line) > 80]
    assert all(line.startswith("    ") for line in wide), wide
    assert load_catalogue()[name].settings, "name the settings that it is verified from"


def test_every_key_of_settings_that_a_requirement_names_is_one() -> None:
    named = {key for requirement in load_catalogue().values() for key in requirement.settings}
    known = {f"{table}.{key}" for table, keys in KEYS.items() for key in keys} | set(KEYS)
    assert named <= known
