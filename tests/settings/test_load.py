from __future__ import annotations

import re
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.settings.load import KEYS, load_settings
from calconnect.settings.model import DEFAULT_OUTSIDERS_DRAWN, AccessLevel
from tests.settings.loading import CANARY, MINIMAL, clock, load, only, problems, replace

LIMITED = MINIMAL + "[limit]\ngroup = 'g@example.com'\n"


def test_the_least_that_is_needed_is_read_and_the_rest_has_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, MINIMAL)
    assert found.connection.service_account_email == "svc@example.com"
    assert str(found.connection.service_account_password) == "env:SVC_PASSWORD"
    assert found.connection.exchange_server_url is None
    assert found.connection.service_account_username is None
    assert found.connection.terms_agreed is True
    assert [mailbox.address for mailbox in found.mailboxes] == ["ann@example.com", "bob@example.com"]
    assert found.mailboxes[0].line == 8
    assert found.limit is None
    assert found.trial.administrators == ()
    assert found.network.timeout_seconds == 30
    assert found.network.connect_to == {}
    assert (found.rooms_wanted, found.window_days, found.suite, found.reports) == (False, 14, None, None)


def test_everything_that_can_be_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_bytes(b"name;work mail\r\nAnn;ann@example.com\r\nBob;bob@example.com\r\n")
    (tmp_path / "admins.txt").write_text("root@example.com\n")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "vendor.txt").write_text("192.0.2.1\n")
    (tmp_path / "firewall.csv").write_text("order,action,source,destination,port,enabled\n")
    (tmp_path / "suite").mkdir()
    found = load(
        tmp_path,
        """\
[connection]
service_account_email = " svc@example.com "
service_account_password = "file:secret.txt"
exchange_server_url = "https://mail.example.com:8443/EWS/Exchange.asmx"
service_account_username = 'EXAMPLE\\svc'
email_to_impersonate = "ann@example.com"
terms_agreed = false
[mailboxes]
file = "users.csv"
column = "Work Mail"
[limit]
group = "calendars@example.com"
outsiders = [
  "eve@example.com",  # not in the group
  "mallory@example.com",
]
[trial]
administrators = "admins.txt"
administrator_groups = ["admins@example.com"]
[network]
ca_file = "ca.pem"
connect_to = { "Mail.example.com:443" = "127.0.0.1:8443", "[2001:db8::1]:443" = "[::1]:9" }
vendor_addresses = "vendor.txt"
firewall_export = "firewall.csv"
timeout_seconds = 2.5
[rooms]
wanted = true
[run]
window_days = 42
suite = "suite"
reports = "out/reports"
""",
    )
    assert found.file == tmp_path / "calconnect.toml"
    assert found.connection.service_account_email == "svc@example.com"
    assert found.connection.service_account_username == "EXAMPLE\\svc"
    assert found.connection.exchange_server_url == "https://mail.example.com:8443/EWS/Exchange.asmx"
    assert found.connection.service_account_password is not None
    assert found.connection.service_account_password.path == tmp_path / "secret.txt"
    assert [(mailbox.address, mailbox.line) for mailbox in found.mailboxes][1] == ("bob@example.com", 3)
    assert found.mailboxes_file == tmp_path / "users.csv"
    assert found.limit is not None
    assert found.limit.outsiders == ("eve@example.com", "mallory@example.com")
    assert found.trial.administrators == ("root@example.com",)
    assert found.trial.administrator_groups == ("admins@example.com",)
    assert found.network.ca_file == tmp_path / "ca.pem"
    assert found.network.connect_to == {"mail.example.com:443": "127.0.0.1:8443", "[2001:db8::1]:443": "[::1]:9"}
    assert found.network.vendor_addresses == tmp_path / "vendor.txt"
    assert found.network.firewall_export == tmp_path / "firewall.csv"
    assert found.network.timeout_seconds == 2.5
    assert (found.rooms_wanted, found.window_days) == (True, 42)
    assert found.suite == tmp_path / "suite"
    assert found.reports == tmp_path / "out" / "reports"


def test_all_problems_are_told_at_once_with_file_line_and_key(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("mail\nann@example.com\nwrong\nANN@example.com\n")
    found = problems(
        tmp_path,
        f"""\
[connection]
service_account_email = "svc.example.com"
service_account_pasword = "{CANARY}"
exchange_server_url = "http://mail.example.com/EWS/Exchange.asmx"
terms_agreed = "yes"
[mailboxes]
file = "users.csv"
[limits]
group = 5
[network]
timeout_seconds = 0
ca_file = "none.pem"
[run]
window_days = 1000
""",
    )
    told = {(Path(problem.file).name, problem.line, problem.key) for problem in found}
    assert told == {
        ("calconnect.toml", 1, "connection.service_account_password"),
        ("calconnect.toml", 1, "connection.email_to_impersonate"),
        ("calconnect.toml", 2, "connection.service_account_email"),
        ("calconnect.toml", 3, "connection.service_account_pasword"),
        ("calconnect.toml", 4, "connection.exchange_server_url"),
        ("calconnect.toml", 5, "connection.terms_agreed"),
        ("calconnect.toml", 8, "limits"),
        ("calconnect.toml", 11, "network.timeout_seconds"),
        ("calconnect.toml", 12, "network.ca_file"),
        ("calconnect.toml", 14, "run.window_days"),
        ("users.csv", 3, "mail"),
        ("users.csv", 4, "mail"),
    }
    assert CANARY not in "\n".join(str(problem) for problem in found)


@pytest.mark.parametrize(
    ("text", "line", "key", "message", "hint"),
    [
        (MINIMAL + "[conection]\n", 9, "conection", "is not known", "Did you mean [connection]?"),
        (
            "exchange_server_url = 1\n" + MINIMAL,
            1,
            "exchange_server_url",
            "not known",
            "It belongs under [connection].",
        ),
        ("url = 1\n" + MINIMAL, 1, "url", "is not known", "Did you mean exchange_server_url, under [connection]?"),
        ("zzz = 1\n" + MINIMAL, 1, "zzz", "is not known", "Known tables: connection"),
        (MINIMAL + "[run]\nwindow_day = 3\n", 10, "run.window_day", "is not known", "Did you mean window_days?"),
        (MINIMAL + "[run]\nca_file = 3\n", 10, "run.ca_file", "is not known", "It belongs under [network]."),
        (MINIMAL + "[run]\nzzz = 3\n", 10, "run.zzz", "is not known", "Known keys of [run]"),
        ("rooms = 1\n" + MINIMAL, 1, "rooms", "must be a table, not a number", "[rooms]"),
        (MINIMAL + "[run]\nwindow_days = 1.5\n", 10, "run.window_days", "a whole number, not a number", ""),
        (MINIMAL + "[run]\nwindow_days = true\n", 10, "run.window_days", "not true or false", ""),
        (MINIMAL + "[run]\nwindow_days = 0\n", 10, "run.window_days", "from 1 to 42 days, and is 0", ""),
        (MINIMAL + "[run]\nsuite = 'none'\n", 10, "run.suite", "There is no folder", "Relative paths"),
        (MINIMAL + "[run]\nreports = 'calconnect.toml'\n", 10, "run.reports", "must be a folder", ""),
        (MINIMAL + "[run]\nreports = ''\n", 10, "run.reports", "is empty", ""),
        (MINIMAL + "[rooms]\nwanted = 'yes'\n", 10, "rooms.wanted", "must be true or false, not a string", ""),
        (MINIMAL + "[network]\ntimeout_seconds = inf\n", 10, "network.timeout_seconds", "from 1 to 600", ""),
        (MINIMAL + "[network]\ntimeout_seconds = nan\n", 10, "network.timeout_seconds", "from 1 to 600", ""),
        (MINIMAL + "[network]\nca_file = 'calconnect.toml'\n", 10, "network.ca_file", "no PEM certificate", "Base-64"),
        (MINIMAL + "[network]\nca_file = '.'\n", 10, "network.ca_file", "is a folder, and must be a file", ""),
        (MINIMAL + "[run]\nsuite = 'calconnect.toml'\n", 10, "run.suite", "is a file, and must be a folder", ""),
        (
            MINIMAL + "[network]\nca_file = '" + "a" * 5000 + "'\n",
            10,
            "network.ca_file",
            "no path that can be used",
            "",
        ),
        (MINIMAL + "[run]\nreports = '~nobody-of-this-name/x'\n", 10, "run.reports", "home folder is not known", ""),
        (MINIMAL + "[run]\nwindow_days = 1" + "0" * 400 + "\n", 10, "run.window_days", "from 1 to 42 days.", ""),
        (MINIMAL + "[[rooms]]\nwanted = true\n", 9, "rooms", "must be a table, not a list", "[rooms]"),
        (MINIMAL + '[network]\nca_file = "a\\u0000b"\n', 10, "network.ca_file", "NUL", ""),
        (MINIMAL + "[network]\nvendor_addresses = 'x'\n", 10, "network.vendor_addresses", "There is no file", ""),
        (MINIMAL + "[network]\nfirewall_export = 1\n", 10, "network.firewall_export", "must be a string", ""),
        (MINIMAL + "[network]\nconnect_to = 1\n", 10, "network.connect_to", "must be a table", ""),
        (MINIMAL + "[access]\nlevel = 'calendar'\n", 10, "access.level", "no level", "Did you mean calendar-only?"),
        (MINIMAL + "[access]\nlevel = 'Full'\n", 10, "access.level", "no level of access", "Did you mean full?"),
        (MINIMAL + "[access]\nlevel = 'all of it'\n", 10, "access.level", "no level", "calendar-only, free-busy."),
        (MINIMAL + "[access]\nlevel = 3\n", 10, "access.level", "must be a string, not a number", ""),
        (MINIMAL + "[access]\nlevel = ''\n", 10, "access.level", "is empty", ""),
        (MINIMAL + "[access]\nlevels = 'full'\n", 10, "access.levels", "is not known", "Did you mean level?"),
        (LIMITED + "outsiders_drawn = 0\n", 11, "limit.outsiders_drawn", "from 1 to 50 mailboxes, and is 0", ""),
        (LIMITED + "outsiders_drawn = 51\n", 11, "limit.outsiders_drawn", "from 1 to 50 mailboxes, and is 51", ""),
        (LIMITED + "outsiders_drawn = 2.5\n", 11, "limit.outsiders_drawn", "must be a whole number", ""),
        (MINIMAL + "[limit]\n", 9, "limit.group", "is missing", "Add it under [limit]."),
        (MINIMAL + "[limit]\ngroup = 'x'\n", 10, "limit.group", "has no @", ""),
        (MINIMAL + "[limit]\ngroup = 'g@example.com'\noutsiders = []\n", 11, "limit.outsiders", "an empty list", ""),
        (MINIMAL + "[trial]\nadministrators = 'none.txt'\n", 10, "trial.administrators", "There is no file", ""),
        (MINIMAL + "[trial]\nadministrators = [1]\n", 10, "trial.administrators[0]", "must be a string", ""),
        (MINIMAL + "[trial]\nadministrator_groups = ['x@y']\n", 10, "trial.administrator_groups[0]", "no dot", ""),
        (replace("svc@example.com", "svc@"), 2, "connection.service_account_email", "has nothing after the @", ""),
        (
            replace('"svc@example.com"', "5"),
            2,
            "connection.service_account_email",
            "must be a string, not a number",
            "",
        ),
        (replace('"svc@example.com"', "2026-01-01"), 2, "connection.service_account_email", "not a date", ""),
        (replace("terms_agreed = true", ""), 1, "connection.terms_agreed", "is missing", "[connection]"),
        (
            replace("[mailboxes]\naddresses", "[mailboxes]\nfile = 'x.csv'\naddresses"),
            9,
            "mailboxes.addresses",
            "beside",
            "",
        ),
        (replace("addresses = ", 'column = "x"\naddresses = '), 8, "mailboxes.column", "for a list in a file", ""),
        (replace('["ann@example.com", "bob@example.com"]', "[]"), 8, "mailboxes.addresses", "is an empty list", ""),
        (replace("bob@", "ANN@"), 8, "mailboxes.addresses[1]", "is listed twice", ""),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, *, text: str, line: int, key: str, message: str, hint: str) -> None:
    found = problems(tmp_path, text)
    problem = found[0]
    if "beside" not in message:  # two ways of giving the list: the file is missing, too
        assert len(found) == 1, "\n".join(map(str, found))
    else:
        problem = next(one for one in found if one.key == key)
    assert (problem.line, problem.key) == (line, key)
    assert message in problem.message
    assert hint in problem.hint
    assert problem.file == str(tmp_path / "calconnect.toml")


def test_a_table_that_is_missing_names_its_keys(tmp_path: Path) -> None:
    assert {problem.key for problem in problems(tmp_path, "")} == {
        "connection.service_account_email",
        "connection.service_account_password",
        "connection.email_to_impersonate",
        "connection.terms_agreed",
        "mailboxes.file",
    }


def test_items_of_a_long_list_carry_their_own_lines(tmp_path: Path) -> None:
    text = replace('["ann@example.com", "bob@example.com"]', '[\n  "ann@example.com",\n\n  # Bob\n  "bob@", "x]y",\n]')
    assert [(problem.line, problem.key) for problem in problems(tmp_path, text)] == [
        (12, "mailboxes.addresses[1]"),
        (12, "mailboxes.addresses[2]"),
    ]


@pytest.mark.parametrize("level", list(AccessLevel))
def test_the_level_of_access(tmp_path: Path, level: AccessLevel) -> None:
    assert load(tmp_path, f"{MINIMAL}[access]\nlevel = '{level}'\n").access is level
    assert load(tmp_path, MINIMAL).access is AccessLevel.FULL


def test_how_many_outsiders_are_drawn(tmp_path: Path) -> None:
    found = load(tmp_path, LIMITED)
    assert found.limit is not None
    assert (found.limit.outsiders, found.limit.outsiders_drawn) == ((), DEFAULT_OUTSIDERS_DRAWN)
    found = load(tmp_path, LIMITED + "outsiders_drawn = 50\n")
    assert found.limit is not None
    assert found.limit.outsiders_drawn == 50


def test_outsiders_are_either_named_or_drawn(tmp_path: Path) -> None:
    problem = only(tmp_path, LIMITED + "outsiders = ['eve@example.com']\noutsiders_drawn = 5\n")
    assert (problem.line, problem.key) == (12, "limit.outsiders_drawn")
    assert "beside limit.outsiders" in problem.message


def test_an_outsider_cannot_be_on_the_list(tmp_path: Path) -> None:
    text = f"{MINIMAL}[limit]\ngroup = 'g@example.com'\noutsiders = ['Bob@example.com']\n"
    problem = only(tmp_path, text)
    assert (problem.line, problem.key) == (11, "limit.outsiders")
    assert "Bob@example.com" in problem.message


@pytest.mark.parametrize(
    ("address", "why"), [("SVC@example.com", "is the service account"), ("boss@example.com", "is the e-mail to impers")]
)
def test_whoever_the_connection_names_is_no_outsider(tmp_path: Path, address: str, why: str) -> None:
    minimal = re.sub("email_to_impersonate = .*", 'email_to_impersonate = "boss@example.com"', MINIMAL)
    minimal = re.sub("service_account_email = .*", 'service_account_email = "svc@example.com"', minimal)
    problem = only(tmp_path, f"{minimal}[limit]\ngroup = 'g@example.com'\noutsiders = ['{address}']\n")
    assert (problem.line, problem.key) == (11, "limit.outsiders")
    assert problem.message.startswith(f"{address} {why}")


def test_a_file_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    problem = only(tmp_path, MINIMAL + "[network\n")
    assert problem.line == 9
    assert "is not valid TOML" in problem.message
    (tmp_path / "calconnect.toml").write_bytes(MINIMAL.encode() + b"# \xfc\n")
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_settings(tmp_path / "calconnect.toml", clock=clock)
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_settings(tmp_path / "none.toml", clock=clock)


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    (tmp_path / "calconnect.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert len(load_settings(tmp_path / "calconnect.toml", clock=clock).mailboxes) == 2


def test_a_list_of_a_hundred_thousand_lines_tells_every_bad_one(tmp_path: Path) -> None:
    rows = [f"user{number}@example.com" if number % 3 else f"user{number}" for number in range(100_000)]
    (tmp_path / "users.csv").write_text("mail\n" + "\n".join(rows))
    text = replace('addresses = ["ann@example.com", "bob@example.com"]', 'file = "users.csv"')
    assert len(problems(tmp_path, text)) == 33_334


def test_relative_files_start_at_the_settings_and_are_named_as_the_user_named_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "users.csv").write_text("wrong\n")
    text = replace('addresses = ["ann@example.com", "bob@example.com"]', 'file = "users.csv"')
    (tmp_path / "conf" / "a.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        load_settings(Path("conf/a.toml"), clock=clock)
    assert [problem.file for problem in caught.value.problems] == [str(Path("conf/users.csv"))]


VALUES = st.one_of(
    st.text(alphabet="aé@.:/ \u200b[]0", max_size=12),
    st.integers(-5, 5),
    st.booleans(),
    st.floats(allow_nan=True),
    st.lists(st.one_of(st.text(alphabet="a@.b", max_size=6), st.integers(0, 3)), max_size=3),
)


def toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(character):04x}" for character in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return repr(value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(sorted(KEYS)),
        st.dictionaries(
            st.sampled_from(sorted({key for keys in KEYS.values() for key in keys})), VALUES, min_size=1, max_size=6
        ),
        max_size=7,
    )
)
def test_whatever_is_written_ends_in_settings_or_problems_with_lines(
    tmp_path: Path, tables: dict[str, dict[str, object]]
) -> None:
    lines = []
    for table, keys in tables.items():
        lines += [f"[{table}]", *(f"{key} = {toml_value(value)}" for key, value in keys.items())]
    try:
        found = load(tmp_path, "\n".join(lines))
    except InvalidInput as error:
        assert error.problems
        for problem in error.problems:
            assert problem.key
            assert problem.message.endswith(".")
            if problem.key.split(".")[0] in tables:
                assert problem.line is not None
    else:
        assert found.mailboxes


def test_files_of_evidence_are_checked_with_the_rest(tmp_path: Path) -> None:
    def refuse(path: Path, name: str) -> None:
        raise InvalidInput([Problem(name, 7, "port", f"is wrong in {path.name}.")])

    (tmp_path / "firewall.csv").write_text("x")
    (tmp_path / "calconnect.toml").write_text(MINIMAL + "[network]\nfirewall_export = 'firewall.csv'\nca_file = 'x'\n")
    with pytest.raises(InvalidInput) as caught:
        load_settings(tmp_path / "calconnect.toml", clock=clock, file_checks={"firewall_export": refuse})
    told = {(Path(problem.file).name, problem.line, problem.key) for problem in caught.value.problems}
    assert told == {("calconnect.toml", 11, "network.ca_file"), ("firewall.csv", 7, "port")}
