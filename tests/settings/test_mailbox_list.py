from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.settings.mailboxes import COLUMNS, AddressList, check_addresses, parse_list, read_list


def parse(text: str, column: str | None = None, encoding: str = "utf-8") -> AddressList:
    return parse_list(text.encode(encoding), "list.csv", column)


def addresses(found: AddressList) -> list[str]:
    assert found.problems == ()
    return [mailbox.address for mailbox in found.mailboxes]


TWO = ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "lines",
    [
        ["ann@example.com", "bob@example.com"],
        ["  ann@example.com ", "", "# a comment", "\tbob@example.com   # Bob"],
        ["email", "ann@example.com", "bob@example.com"],
        ['"PrimarySmtpAddress"', '"ann@example.com"', '"bob@example.com"'],
        ["name,mail", "Ann,ann@example.com", "Bob,bob@example.com"],
        ["Name;E-Mail", "Ann;ann@example.com", "Bob;bob@example.com", ";"],
        ["sep=;", "Name;Email Address", "Ann, Dr;ann@example.com", "Bob;bob@example.com"],
        ["Name\tUserPrincipalName", "Ann\tann@example.com", "Bob\tbob@example.com"],
        ["Ann,ann@example.com", "Bob,bob@example.com"],
        ["ann@example.com;", "bob@example.com;"],
        [
            "#TYPE Selected.Microsoft.Exchange",
            '"Name","Address"',
            '"Smith, Ann","ann@example.com"',
            '"","bob@example.com"',
        ],
        ["UPN,PrimarySmtpAddress", "a@x.example,ann@example.com", "b@x.example,bob@example.com"],
    ],
)
def test_every_common_form_of_the_list_reads_the_same(lines: list[str], end: str, encoding: str) -> None:
    assert addresses(parse(end.join(lines) + end, encoding=encoding)) == TWO


def test_big_endian_utf16_with_its_mark_is_read() -> None:
    data = b"\xfe\xff" + "ann@example.com\n".encode("utf-16-be")
    assert addresses(parse_list(data, "list.csv")) == ["ann@example.com"]


def test_lines_are_those_that_an_editor_shows() -> None:
    found = parse('mail,note\nann@example.com,"two\nlines"\n\nbob@example.com,\u2028\nwrong,\n')
    assert [(mailbox.address, mailbox.line) for mailbox in found.mailboxes] == [(TWO[0], 2), (TWO[1], 5)]
    assert [(problem.line, problem.key) for problem in found.problems] == [(6, "mail")]


def test_the_named_column_is_used_and_a_wrong_name_is_answered_with_the_nearest() -> None:
    text = "Mail,Backup Mail\nann@example.com,bob@example.com\n"
    assert addresses(parse(text, column="backup_mail")) == ["bob@example.com"]
    (problem,) = parse(text, column="Backup Mial").problems
    assert (problem.line, problem.message, problem.hint) == (
        1,
        "There is no column Backup Mial.",
        "Did you mean Backup Mail?",
    )
    (problem,) = parse(text, column="zzz").problems
    assert problem.hint == "The columns are: Mail, Backup Mail."
    (problem,) = parse("a,mail,MAIL\n", column="mail").problems
    assert "more than once" in problem.message
    (problem,) = parse("ann@example.com,x\n", column="mail").problems
    assert "There is no header" in problem.message


def test_a_header_without_a_column_of_addresses_is_a_problem_and_reading_stops_there() -> None:
    (problem,) = parse("Name;Phone\nAnn;1\n").problems
    assert problem.line == 1
    assert "mailboxes.column" in problem.hint


def test_two_addresses_in_the_first_line_need_a_header() -> None:
    (problem,) = parse("ann@example.com;bob@example.com\n").problems
    assert "more than one address" in problem.message


def test_two_addresses_in_a_later_line_are_not_read_as_one() -> None:
    found = parse("ann@example.com\nbob@example.com,eve@example.com\n")
    assert [problem.line for problem in found.problems] == [2]
    assert [mailbox.address for mailbox in found.mailboxes] == ["ann@example.com"]


def test_each_bad_line_is_named_with_line_and_reason_and_the_good_ones_are_kept() -> None:
    found = parse("mail;n\nann@example.com;1\nno-at;2\nbob@;3\nx\n;5\nbob@example.com;6\n")
    assert [mailbox.address for mailbox in found.mailboxes] == TWO
    assert [(problem.line, problem.message) for problem in found.problems] == [
        (3, "is no e-mail address: it has no @."),
        (4, "bob@ is no e-mail address: it has nothing after the @."),
        (5, "is no e-mail address: it has no @."),
        (6, "is no e-mail address: it is empty."),
    ]
    assert {problem.file for problem in found.problems} == {"list.csv"}


def test_a_line_that_is_too_short_for_the_column_is_named() -> None:
    (problem,) = parse("name;mail\nAnn;ann@example.com\nBob\n").problems
    assert (problem.line, problem.key) == (3, "mail")
    assert "too short" in problem.message


def test_duplicates_are_named_with_both_lines_whatever_their_case() -> None:
    found = parse("ann@example.com\nbob@example.com\nANN@Example.com\n")
    (problem,) = found.problems
    assert problem.line == 3
    assert "in line 1" in problem.message
    assert [mailbox.address for mailbox in found.mailboxes] == TWO


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n  \n", "\ufeff", "sep=;\n"])
def test_an_empty_list_is_a_problem(text: str) -> None:
    (problem,) = parse(text).problems
    assert "no address" in problem.message


def test_a_header_alone_is_an_empty_list() -> None:
    (problem,) = parse("mail;name\n").problems
    assert "a header and no address" in problem.message


def test_one_stray_quote_does_not_hide_the_lines_after_it() -> None:
    rows = [f"Nr {number};user{number}@example.com" for number in range(100)]
    rows[10] = '"Nr 10;user10@example.com'
    found = parse("\n".join(["name;mail", *rows]))
    assert [problem.line for problem in found.problems] == [12]
    assert "quote" in found.problems[0].message
    assert len(found.mailboxes) == 99


def test_two_stray_quotes_near_each_other_swallow_nothing() -> None:
    rows = [f"Nr {number};user{number}@example.com" for number in range(30)]
    rows[10] = '"Nr 10;user10@example.com'
    rows[14] = '"Nr 14;user14@example.com'
    found = parse("\n".join(["name;mail", *rows]))
    assert [problem.line for problem in found.problems] == [12, 16]
    assert len(found.mailboxes) == 28


def test_other_columns_may_be_in_the_machines_own_encoding_but_not_the_addresses() -> None:
    data = "name;mail\nJürgen;juergen@example.com\nUte;üte@example.com\n".encode("cp1252")
    found = parse_list(data, "list.csv")
    assert [mailbox.address for mailbox in found.mailboxes] == ["juergen@example.com"]
    (problem,) = found.problems
    assert problem.line == 3
    assert "is not UTF-8 text" in problem.message
    str(problem).encode()


@pytest.mark.parametrize("data", ["ann@example.com\n".encode("utf-16-le"), b"a\0b\n", b"\xff\xfea", b"PK\x03\x04\0\0"])
def test_a_file_that_is_no_text_is_one_problem(data: bytes) -> None:
    (problem,) = parse_list(data, "list.xlsx").problems
    assert problem.file == "list.xlsx"
    assert "UTF-8" in problem.hint


def test_what_has_no_at_is_never_repeated_for_it_may_be_a_secret() -> None:
    for text in ("pass-word-canary\n", "pass-word-canary;x\n"):
        for column in (None, "mail"):
            assert "canary" not in "".join(
                str(problem) for problem in parse(text.split(";", maxsplit=1)[0], column).problems
            )


def test_control_characters_of_a_bad_line_do_not_reach_the_screen() -> None:
    (problem,) = parse("ann@example.com\nbo\x1b[31mb@example.com\n").problems
    assert "\x1b" not in str(problem)


def test_a_list_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (problem,) = read_list(tmp_path / "none.csv", "none.csv").problems
    assert problem.file == "none.csv"
    assert "cannot be read" in problem.message


def test_addresses_in_the_settings_carry_their_keys() -> None:
    items = [("ann@example.com", 3, "mailboxes.addresses[0]"), (" Ann@example.com", 3, "mailboxes.addresses[1]")]
    (problem,) = check_addresses(items, "calconnect.toml").problems
    assert problem.key == "mailboxes.addresses[1]"
    assert "at mailboxes.addresses[0]" in problem.message


def test_a_hundred_thousand_lines_with_bad_ones_among_them() -> None:
    lines = ["Display Name;PrimarySmtpAddress"]
    lines += [f'"Name, {number}";user{number}@example.com' for number in range(100_000)]
    for number in range(1, 100_001, 10):
        lines[number] = f"Name;user{number}.example.com"
    lines[50_000] = lines[49_999]
    data = "\r\n".join(lines).encode("utf-8-sig")
    found = parse_list(data, "list.csv")
    assert len(found.problems) == 10_001
    assert len(found.mailboxes) == 89_999
    assert found.problems[0].line == 2


def test_unclosed_quotes_in_every_line_are_told_line_by_line() -> None:
    data = b"n;mail\n" + b'"x;user@example.com\nmail;y\n' * 50_000
    assert len(parse_list(data, "list.csv").problems) > 10_000


@given(st.binary(max_size=300), st.sampled_from([None, "mail"]))
def test_any_bytes_end_in_addresses_or_problems(data: bytes, column: str | None) -> None:
    found = parse_list(data, "list.csv", column)
    assert found.mailboxes or found.problems
    for problem in found.problems:
        assert problem.file == "list.csv"
        str(problem).encode("utf-8", "surrogateescape")


NAMES = st.text(alphabet="abcdefgh", min_size=1, max_size=8)
CELLS = st.text(alphabet='ab ,;"\tüé', max_size=8)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NAMES, CELLS), min_size=1, max_size=30, unique_by=lambda row: row[0]),
    st.sampled_from(COLUMNS),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    rows: list[tuple[str, str]], column: str, delimiter: str, end: str, encoding: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["note", column.upper(), "more"])
    writer.writerows([["x" + note, f"{name}@example.com", note] for name, note in rows])
    found = parse_list(text.getvalue().encode(encoding), "list.csv")
    assert addresses(found) == [f"{name}@example.com" for name, _ in rows]
    assert [mailbox.line for mailbox in found.mailboxes] == list(range(2, len(rows) + 2))


@given(st.lists(st.tuples(NAMES, st.booleans()), min_size=1, max_size=40))
def test_each_line_is_either_taken_or_named(lines: list[tuple[str, bool]]) -> None:
    text = "mail\n" + "\n".join(f"{name}@example.com" if good else name for name, good in lines)
    found = parse(text)
    told = [problem.line for problem in found.problems] + [mailbox.line for mailbox in found.mailboxes]
    assert sorted(line or 0 for line in told) == list(range(2, len(lines) + 2))
