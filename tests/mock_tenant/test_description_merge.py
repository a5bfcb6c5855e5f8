"""Tenant files: one laid over another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.foundation.problems import InvalidInput
from calconnect.foundation.toml import TomlFile
from calconnect.mock_tenant.description.document import ENTRY_KEYS, Document, Located, locate, merge
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.people import make_people
from calconnect.mock_tenant.description.reading import keys_at, read_tables
from calconnect.mock_tenant.description.rights import check_grants, make_roles
from tests.mock_tenant.tenant_files import HEAD, load_text
from tests.mock_tenant.tenants import NOW

_CHANGE = 'title = "Changed"\nbase = "base.toml"\n'

# A document: tables of scalars, arrays with keyed entries, and other arrays.
_SCALARS = st.one_of(st.booleans(), st.integers(0, 9), st.sampled_from(["a", "b", "c"]))
_ADDRESSES = st.sampled_from([f"{letter}@contoso.test" for letter in "abcde"])
_ENTRIES = st.lists(
    st.fixed_dictionaries({"email": _ADDRESSES}, optional={"name": _SCALARS, "groups": st.lists(_SCALARS, max_size=3)}),
    max_size=4,
    unique_by=lambda entry: str(entry["email"]),
)
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "mailboxes": _ENTRIES,
        "groups": _ENTRIES,
        "policies": st.dictionaries(st.sampled_from(["basic", "ntlm", "x"]), _SCALARS, max_size=3),
        "settings": st.fixed_dictionaries({}, optional={"a": st.lists(_SCALARS, max_size=3), "b": _SCALARS}),
    },
)


def located(name: str, data: dict[str, Any]) -> Located:
    return locate(TomlFile(name, data), data)


@given(_DOCUMENTS)
def test_a_change_that_says_nothing_changes_nothing(base: dict[str, Any]) -> None:
    assert merge(located("base", base), located("change", {})).plain() == base


@given(_DOCUMENTS)
def test_nothing_can_be_changed_into_anything(change: dict[str, Any]) -> None:
    assert merge(located("base", {}), located("change", change)).plain() == change


@given(_DOCUMENTS)
def test_a_document_laid_over_itself_is_itself(base: dict[str, Any]) -> None:
    assert merge(located("base", base), located("change", base)).plain() == base


@given(_DOCUMENTS, _DOCUMENTS)
def test_what_the_change_says_holds_and_the_rest_stays(base: dict[str, Any], change: dict[str, Any]) -> None:
    merged = merge(located("base", base), located("change", change)).plain()
    assert set(merged) == set(base) | set(change)
    for name in ("mailboxes", "groups"):
        old = {one["email"]: one for one in base.get(name, [])}
        new = {one["email"]: one for one in change.get(name, [])}
        found = {one["email"]: one for one in merged.get(name, [])}
        assert found == {email: {**old.get(email, {}), **new.get(email, {})} for email in {**old, **new}}
        assert list(found) == list({**old, **new}), "entries of the base keep their order, new ones follow"
    assert merged.get("policies", {}) == {**base.get("policies", {}), **change.get("policies", {})}
    assert merged.get("settings", {}) == {**base.get("settings", {}), **change.get("settings", {})}


@given(_DOCUMENTS, _DOCUMENTS, _DOCUMENTS)
def test_it_does_not_matter_which_two_are_put_together_first(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    left = merge(merge(located("1", one), located("2", two)), located("3", three))
    right = merge(located("1", one), merge(located("2", two), located("3", three)))
    assert left.plain() == right.plain()


@given(_DOCUMENTS, _DOCUMENTS)
def test_every_value_knows_where_it_comes_from(base: dict[str, Any], change: dict[str, Any]) -> None:
    sources = {"base": base, "change": change}

    def hold(here: Located) -> None:
        found: Any = sources[here.file.name]
        for part in here.path:
            found = found[part]
        assert here.children or here.plain() == found
        for child in here.children.values():
            hold(child)

    hold(merge(located("base", base), located("change", change)))


@given(_DOCUMENTS, _ADDRESSES)
def test_an_entry_can_be_removed(base: dict[str, Any], email: str) -> None:
    change = {"mailboxes": [{"email": email.upper(), "remove": True}]}
    merged = merge(located("base", base), located("change", change)).plain()
    held = [one for one in base.get("mailboxes", []) if one["email"] != email]
    if any(one["email"] == email for one in base.get("mailboxes", [])):
        assert merged["mailboxes"] == held
    else:
        assert merged["mailboxes"] == [*held, *change["mailboxes"]], "kept, so that it can be told"


def test_files_laid_over_one_another(tmp_path: Path) -> None:
    (tmp_path / "lowest.toml").write_text(
        HEAD
        + """
description = "not taken over"
[[mailboxes]]
email = "a@contoso.test"
name = "Ada"
groups = ["g@contoso.test"]
[[mailboxes]]
email = "b@contoso.test"
[[groups]]
email = "g@contoso.test"
name = "G"
[expected]
failed = ["IMP-01"]
[settings.connection]
one = 1
two = 2
[[firewall.rules]]
order = 1
action = "allow"
source = "127.0.0.1"
""".replace("description", "# description"),
        encoding="utf-8",
    )
    (tmp_path / "base.toml").write_text(
        'title = "Middle"\nbase = "lowest.toml"\n[[mailboxes]]\nemail = "b@contoso.test"\nremove = true\n'
        '[settings.connection]\ntwo = "two"\n',
        encoding="utf-8",
    )
    tenant = load_text(
        tmp_path,
        """
[[mailboxes]]
email = "A@contoso.test"
groups = []
[[mailboxes]]
email = "c@contoso.test"
[[firewall.rules]]
order = 1
action = "drop"
[settings.connection]
three = 3
""",
        head=_CHANGE,
    )
    directory = tenant.organization.directory
    assert [one.email for one in directory] == ["A@contoso.test", "c@contoso.test", "g@contoso.test"]
    assert [one.name for one in directory] == ["Ada", "C", "G"]
    assert [one.members for one in directory] == [[], [], []]
    assert tenant.title == "Changed"
    assert tenant.expected.failed == ()
    assert tenant.settings == {"connection": {"one": 1, "two": "two", "three": 3}}
    assert [rule.action for rule in tenant.firewall.rules] == ["drop"]


def test_a_title_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(InvalidInput, match="title: is missing"):
        load_text(tmp_path, "", head='base = "base.toml"\n')


# Whatever stands in a file, it is either a tenant or a list of problems.

_VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-2, 3),
        st.dates(),
        st.datetimes(),
        st.sampled_from(["", "x", "a@contoso.test", "user{n}@contoso.test", "svc", "Editor", "UTC", "127.0.0.1", "{"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("abn"), inner, max_size=2)),
    max_leaves=4,
)


def _table(*path: str) -> st.SearchStrategy[dict[str, Any]]:
    keys = sorted(keys_at((path[0], 0, *path[1:]) if path else ()))
    return st.dictionaries(st.sampled_from([*keys, "date", "typo"]), _VALUES, max_size=5)


_TENANTS = st.fixed_dictionaries(
    {},
    optional={
        "title": _VALUES,
        "name": _VALUES,
        "base": _VALUES,
        "now": _VALUES,
        "settings": _VALUES,
        **{
            name: st.one_of(_VALUES, _table(name))
            for name in ("organization", "server", "policies", "certificate", "autodiscover", "expected", "firewall")
        },
        **{str(path[0]): st.lists(_table(str(path[0])), max_size=2) for path in ENTRY_KEYS if len(path) == 1},
    },
)


@given(_TENANTS)
def test_any_document_gives_a_tenant_or_problems(data: dict[str, Any]) -> None:
    document = Document(Path("t.toml"), located("t.toml", data))
    problems: list[Any] = []
    tables = read_tables(document, problems)
    assert all(problem.message and problem.file == "t.toml" for problem in problems)
    assert len({(problem.key, problem.message) for problem in problems}) == len(problems)
    if not problems:
        assert tables.title == data["title"]
    findings = Findings(document, problems, set())
    people = make_people(tables, findings, NOW.date())
    make_roles(tables, people, findings)
    check_grants(tables, people, findings)
    if not problems:
        named = {one["email"].lower() for one in data.get("mailboxes", [])}
        assert named <= {one.email.lower() for one in people.directory}
