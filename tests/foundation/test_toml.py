"""Lines of TOML keys, and what is said of files that are no TOML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.foundation.problems import InvalidInput
from calconnect.foundation.toml import dotted, parse_toml, read_toml

TEXT = '''\
title = "x"

[connection]   # the form
service_account_email = "svc@contoso.test"
"quoted key" = 1

[[mailboxes]]
email = "a@contoso.test"

[[mailboxes]]
  email = """
fake = 3
"""
  [mailboxes.more]
  depth.of.key = true
'''


def test_every_key_and_table_has_its_line() -> None:
    file = parse_toml(TEXT, "tenant.toml")
    assert file.line_of(("title",)) == 1
    assert file.line_of(("connection",)) == 3
    assert file.line_of(("connection", "service_account_email")) == 4
    assert file.line_of(("connection", "quoted key")) == 5
    assert file.line_of(("mailboxes", 0, "email")) == 8
    assert file.line_of(("mailboxes", 1, "email")) == 11
    assert file.line_of(("mailboxes", 1, "more", "depth", "of", "key")) == 15


def test_a_missing_key_gets_the_line_of_what_is_above_it() -> None:
    file = parse_toml(TEXT, "tenant.toml")
    assert file.line_of(("connection", "absent")) == 3
    assert file.line_of(("absent",)) is None
    problem = file.problem(("mailboxes", 1, "name"), "is missing.", "Add it.")
    assert str(problem) == "tenant.toml:10: mailboxes[1].name: is missing. Add it."


def test_a_line_inside_a_multi_line_string_is_no_key() -> None:
    assert ("mailboxes", 1, "fake") not in parse_toml(TEXT, "f").lines


def test_a_table_has_the_line_where_it_is_first_spoken_of() -> None:
    file = parse_toml("\n[a.b]\nc = 1\n[[d]]\n[[d]]\n", "f")
    assert file.line_of(("a",)) == 2
    assert file.line_of(("d",)) == 4
    assert file.line_of(("d", 1)) == 5


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"a = " + b"[" * 20000, None, "nested too deeply"),
        (b"a = " + b"{a=" * 20000, None, "nested too deeply"),
        (b"a = " + b"9" * 5000, None, "a number that is too long"),
        (b"a = 1\nb = \n", 2, "not valid TOML"),
        (b"a = 1\nb = 'x", 2, "not valid TOML"),
        (b"a = 1\nb = '\xff'\n", 2, "not UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, raw: bytes, line: int | None, words: str) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(raw)
    with pytest.raises(InvalidInput) as caught:
        read_toml(path)
    (problem,) = caught.value.problems
    assert problem.line == line
    assert words in problem.message


def test_a_file_that_is_not_there_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_toml(tmp_path / "absent.toml")
    assert "cannot be read" in caught.value.problems[0].message


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_toml(path).data == {"a": 1, "b": 2}


@given(st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), min_size=1, max_size=12, unique=True))
def test_the_line_of_a_key_is_the_line_it_stands_on(keys: list[str]) -> None:
    text = "".join(f"{key} = {number}\n" for number, key in enumerate(keys, 1))
    file = parse_toml(text, "f")
    assert [file.line_of((key,)) for key in keys] == [file.data[key] for key in keys]


def test_paths_are_written_as_users_read_them() -> None:
    assert dotted(("a", 0, "b", "c")) == "a[0].b.c"
