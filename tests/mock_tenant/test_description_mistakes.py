"""Tenant files: what is wrong with one is told all at once, with file, line, table and key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant.description import load
from tests.mock_tenant.tenant_files import HEAD, load_text, problems_of

_FIRST = HEAD.count("\n") + 1
"""The line that the text behind the head begins in."""
_A = '[[mailboxes]]\nemail = "a@contoso.test"\n'
_SVC = '[[service_accounts]]\nemail = "svc@contoso.test"\npassword = "x"\n'


_MISTAKES = tomllib.loads((Path(__file__).parent / "tenant_file_mistakes.toml").read_text(encoding="utf-8"))["mistake"]


@pytest.mark.parametrize("mistake", _MISTAKES, ids=lambda mistake: mistake["key"])
def test_one_mistake(tmp_path: Path, mistake: dict[str, Any]) -> None:
    found = problems_of(tmp_path, mistake["text"])
    assert [(one.line, one.key) for one in found] == [(_FIRST + mistake["line"], mistake["key"])]
    assert mistake["words"] in f"{found[0].message} {found[0].hint}"
    assert found[0].file == str(tmp_path / "tenant.toml")


def test_a_value_where_a_table_should_be(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "", head='title = "A tenant"\norganization = "Contoso"\n')
    assert [(one.line, one.key, one.message) for one in found] == [(2, "organization", "must be a table.")]


@pytest.mark.parametrize(
    ("event", "key", "words"),
    [
        ("", "", "either start or day"),
        ("day = 1\nstart = 2026-11-23T09:00:00\n", ".day", "exclude each other"),
        ("start = 2026-11-23T09:00:00\nat = 09:00:00\n", ".at", "goes with day"),
        ("day = 1\nminutes = 30\nend = 2026-11-24T10:00:00\n", ".minutes", "exclude each other"),
        ("start = 2026-11-23T09:00:00\nend = 2026-11-23T08:00:00\n", ".end", "ends before it starts"),
        ('start = "2026-11-23"\n', ".start", "date and time"),
        ("day = 1\nstatus = 'busy'\n", ".status", "Did you mean Busy"),
        ("day = 1\nrepeat = { unit = 'week', times = 3, until = 2027-01-01 }\n", ".repeat.until", "exclude"),
        ("day = 1\nrepeat = { unit = 'week', until = 2020-01-01 }\n", ".repeat.until", "never takes place"),
        ("day = 1\nrepeat = { unit = 'week', on = ['Mon'] }\n", ".repeat.on[0]", "Did you mean Monday"),
        ("day = 1\nrepeat = { unit = 'month', on = ['Monday'] }\n", ".repeat.on", "needs which"),
        ("day = 1\nrepeat = { unit = 'week', on = ['Monday'], which = 'First' }\n", ".repeat.which", "which goes with"),
        ("day = 1\nrepeat = { unit = 'year', every = 2 }\n", ".repeat.every", "every year"),
        ("day = 1\nrepeat = { every = 2 }\n", ".repeat.unit", "is missing"),
        ("day = 1\nattendees = ['x']\n", ".attendees[0]", "no e-mail address"),
    ],
)
def test_one_mistake_in_an_event(tmp_path: Path, event: str, key: str, words: str) -> None:
    found = problems_of(tmp_path, _A + '[[mailboxes.events]]\nsubject = "S"\n' + event)
    assert [one.key for one in found] == [f"mailboxes[0].events[0]{key}"]
    assert words in f"{found[0].message} {found[0].hint}"
    assert found[0].line is not None and found[0].line >= _FIRST + 2


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        """\
[[mailboxes]]
email = "a@contoso.test"
time_zone = "Nowhere"
[[mailboxes]]
email = "not an address"
[[groups]]
email = "g@contoso.test"
name = "G"
members = ["a@contoso.test", "not an address", "b@contoso.test"]
[[role_assignments]]
name = "r"
assignee = "nobody"
scope = "none"
[extra]
""",
    )
    assert [(one.line, one.key) for one in found] == [
        (_FIRST + 2, "mailboxes[0].time_zone"),
        (_FIRST + 4, "mailboxes[1].email"),
        (_FIRST + 8, "groups[0].members[1]"),
        (_FIRST + 8, "groups[0].members[2]"),
        (_FIRST + 11, "role_assignments[0].assignee"),
        (_FIRST + 12, "role_assignments[0].scope"),
        (_FIRST + 13, "extra"),
    ]


def test_who_refers_to_an_entry_that_is_wrong_itself_has_made_no_mistake(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        """\
[[rooms]]
email = "r@contoso.test"
[[groups]]
email = "g@contoso.test"
name = "G"
members = ["r@contoso.test"]
[[management_scopes]]
name = "S"
[[role_assignments]]
name = "r"
assignee = "svc@contoso.test"
scope = "S"
[[service_accounts]]
email = "svc@contoso.test"
""",
    )
    assert [one.key for one in found] == [
        "rooms[0].name",
        "management_scopes[0].filter",
        "service_accounts[0].password",
    ]


def test_a_secret_is_not_repeated_in_a_message(tmp_path: Path) -> None:
    text = '[[service_accounts]]\nemail = "svc@contoso.test"\npassword = ["canary-1"]\nusernames = 7\n'
    found = problems_of(tmp_path, text)
    assert [one.key for one in found] == ["service_accounts[0].password", "service_accounts[0].usernames"]
    assert "canary-1" not in "".join(map(str, found))


def test_a_title_and_an_organisation_are_needed(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "", head="")
    assert [(one.line, one.key) for one in found] == [(None, "title"), (None, "organization")]
    found = problems_of(tmp_path, "", head='title = "x"\n[organization]\ndomains = []\n')
    assert [(one.line, one.key) for one in found] == [(2, "organization.name"), (3, "organization.domains")]


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "[[mailboxes]\n")
    assert [one.line for one in found] == [_FIRST]
    assert "TOML" in found[0].message


def test_a_tenant_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Did you mean healthy"):
        load("helthy")
    with pytest.raises(InvalidInput, match=r"The tenants are: .*healthy.*large"):
        load("zzz")
    with pytest.raises(InvalidInput, match="no such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(InvalidInput, match="no such file"):
        load("folder/none.toml")


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "", head='base = "helthy"\n' + HEAD)
    assert [(one.line, one.key) for one in found] == [(1, "base")]
    assert "healthy" in found[0].hint
    found = problems_of(tmp_path, "", head='base = "other.toml"\n' + HEAD)
    assert [(one.line, one.key) for one in found] == [(1, "base")]
    found = problems_of(tmp_path, "", head="base = 3\n" + HEAD)
    assert [(one.line, one.key, one.message) for one in found] == [(1, "base", "must be text in quotes.")]


def test_without_its_base_only_what_stands_in_the_file_is_looked_at(tmp_path: Path) -> None:
    text = 'title = "x"\nbase = "helthy"\n[[groups]]\nemail = "it-admins@contoso.test"\nmembers = ["x@contoso.test"]\n'
    text += '[[rooms]]\nemail = "boardroom@contoso.test"\nremove = true\n[[mailboxes]]\nemail = "malformed"\n'
    found = problems_of(tmp_path, "", head=text)
    assert [(one.line, one.key) for one in found] == [(2, "base"), (10, "mailboxes[0].email")]


def test_a_circle_of_bases(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('base = "tenant.toml"\n' + HEAD, encoding="utf-8")
    found = problems_of(tmp_path, "", head='base = "b.toml"\n' + HEAD)
    assert [(Path(one.file).name, one.line, one.key) for one in found] == [("b.toml", 1, "base")]
    assert "based on itself" in found[0].message
    found = problems_of(tmp_path, "", head='base = "tenant.toml"\n' + HEAD)
    assert [(one.line, one.key) for one in found] == [(1, "base")]


def test_a_mistake_in_the_base_is_told_where_it_stands(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text(HEAD + _A + "hidden = 1\n" + _SVC, encoding="utf-8")
    found = problems_of(
        tmp_path, '[[mailboxes]]\nemail = "b@contoso.test"\nhidden = 2\n', head='title = "x"\nbase = "base.toml"\n'
    )
    assert [(Path(one.file).name, one.line, one.key) for one in found] == [
        ("tenant.toml", 5, "mailboxes[0].hidden"),
        ("base.toml", _FIRST + 2, "mailboxes[0].hidden"),
    ]  # fmt: skip


def test_what_the_change_puts_right_is_no_mistake_any_more(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD + _A + "hidden = 1\n", encoding="utf-8")
    change = '[[mailboxes]]\nemail = "a@contoso.test"\nhidden = true\n'
    tenant = load_text(tmp_path, change, head='title = "x"\nbase = "base.toml"\n')
    assert [one.hidden for one in tenant.organization.directory] == [True]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_does_not_reach(tmp_path: Path, moment: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_text(tmp_path, "", head=f"now = {moment}\n{HEAD}")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (1, "now")
    assert "before the year 1" in problem.message
