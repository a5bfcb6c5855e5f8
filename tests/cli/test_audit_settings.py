"""``audit`` with something wrong in what it is given: all of it named, exit code 2, nothing sent, nothing written."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Call

CANARY = "canary-Tr0ub4dor"
SETTINGS = """\
[connection]
service_account_email = "svc@example.com"
service_account_password = "file:password.txt"
exchange_server_url = "https://mail.example.com/EWS/Exchange.asmx"
email_to_impersonate = "ann@example.com"
terms_agreed = true

[mailboxes]
file = "users.csv"
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def settings(text: str = SETTINGS, users: str = "ann@example.com\nbob@example.com\n") -> None:
    Path("calconnect.toml").write_text(text, encoding="utf-8")
    Path("users.csv").write_text(users, encoding="utf-8")
    Path("password.txt").write_text(CANARY, encoding="utf-8")


def assert_nothing_written() -> None:
    assert not Path("reports").exists()


def test_every_problem_is_told_at_once_with_file_line_and_key(call: Call) -> None:
    text = (
        SETTINGS.replace("https://", "http://").replace("svc@example.com", "svc").replace("terms_agreed", "terms_agred")
    )
    settings(
        text + "[network]\nvendor_addresses = 'vendor.txt'\nfirewall_export = 'fw.csv'\n", "ann@example.com\nbob@\n"
    )
    Path("vendor.txt").write_text("192.0.2.1\n192.0.2.999\n", encoding="utf-8")
    Path("fw.csv").write_text(
        "order,action,source,destination,port,enabled\n1,maybe,any,any,443,yes\n", encoding="utf-8"
    )
    ended = call("audit")
    assert (ended.code, ended.out) == (2, "")
    for place in (
        "calconnect.toml:2: connection.service_account_email",
        "calconnect.toml:4: connection.exchange_server_url",
        "calconnect.toml:6: connection.terms_agred",
        "calconnect.toml:1: connection.terms_agreed",
        "users.csv:2: address",
        "vendor.txt:2",
        "fw.csv:2: action",
    ):
        assert place in ended.err
    assert "7 problems. Nothing was sent to any server." in ended.err
    assert_nothing_written()


def test_the_same_as_json(call: Call) -> None:
    settings(SETTINGS.replace("https://", "http://"))
    ended = call("audit", "--json", "--quiet")
    assert ended.code == 2
    (problem,) = ended.json["problems"]
    assert (problem["file"], problem["line"], problem["key"]) == (
        "calconnect.toml",
        4,
        "connection.exchange_server_url",
    )


def test_a_long_list_shows_fifty_problems_and_how_many_there_are(call: Call) -> None:
    settings(users="mail\n" + "".join(f"user{number}\n" for number in range(1234)))
    ended = call("audit")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 52
    assert "… and 1,184 more." in ended.err
    assert "1,234 problems." in ended.err
    assert len(call("audit", "--json").json["problems"]) == 1234
    assert_nothing_written()


@pytest.mark.parametrize("users", ["", "mail\n", "ann@example.com\nANN@example.com\n"])
def test_an_empty_or_duplicated_list_is_refused(call: Call, users: str) -> None:
    settings(users=users)
    assert call("audit").code == 2
    assert_nothing_written()


def test_a_password_in_the_settings_is_refused_and_not_repeated(call: Call) -> None:
    settings(SETTINGS.replace("file:password.txt", CANARY))
    ended = call("audit", "--json")
    assert ended.code == 2
    assert CANARY not in ended.out + ended.err


def test_a_file_that_is_not_there_is_told(call: Call) -> None:
    ended = call("audit", "--config", "none.toml")
    assert ended.code == 2
    assert "none.toml: cannot be read" in ended.err


def test_settings_and_a_mock_tenant_exclude_each_other(call: Call) -> None:
    settings()
    ended = call("audit", "--config", "calconnect.toml", "--tenant", "healthy")
    assert (ended.code, ended.out) == (2, "")
    assert "exclude each other" in ended.err
    assert_nothing_written()


def test_an_unknown_tenant_is_refused(call: Call) -> None:
    ended = call("audit", "--tenant", "healthty")
    assert ended.code == 2
    assert "Did you mean healthy?" in ended.err
    assert_nothing_written()


def test_a_tenant_file_with_wrong_settings_is_named(call: Call) -> None:
    text = 'base = "healthy"\ntitle = "T"\n[settings.connection]\nservice_account_email = "nobody"\n'
    Path("tenant.toml").write_text(text, encoding="utf-8")
    ended = call("audit", "--tenant", "tenant.toml")
    assert ended.code == 2
    assert "tenant.toml:4: settings.connection.service_account_email" in ended.err
    assert_nothing_written()


@pytest.mark.parametrize("mock", [True, False])
def test_mistakes_in_scenarios_of_ones_own_are_told_with_the_rest(call: Call, *, mock: bool) -> None:
    Path("mine").mkdir()
    Path("mine/own.feature").write_text("Feature: Mine\n  Scenario: S\n    Given what nobody knows\n", encoding="utf-8")
    if mock:
        text = 'base = "healthy"\ntitle = "T"\n[settings.run]\nwindow_days = 0\nsuite = "mine"\n'
        Path("tenant.toml").write_text(text, encoding="utf-8")
        ended = call("audit", "--tenant", "tenant.toml")
    else:
        settings(SETTINGS + '[run]\nwindow_days = 0\nsuite = "mine"\n')
        ended = call("audit")
    assert (ended.code, ended.out) == (2, "")
    assert "own.feature:3" in ended.err
    assert "run.window_days" in ended.err
    assert_nothing_written()


def test_a_folder_that_cannot_be_made_is_told(call: Call) -> None:
    Path("taken").write_text("", encoding="utf-8")
    ended = call("audit", "--tenant", "healthy", "--out", str(Path("taken") / "reports"))
    assert ended.code == 2
    assert "cannot be made" in ended.err


@pytest.mark.parametrize("option", ["--config", "--tenant", "--out"])
def test_an_option_that_was_given_nothing_is_not_taken_for_one_left_out(call: Call, option: str) -> None:
    ended = call("audit", option, "")
    assert (ended.code, ended.out) == (2, "")
    assert "it is empty" in ended.err
    assert_nothing_written()


def test_a_settings_file_that_cannot_be_read_is_not_taken_for_none(call: Call) -> None:
    Path("calconnect.toml").mkdir()
    ended = call("audit")
    assert ended.code == 2
    assert "calconnect.toml: cannot be read" in ended.err
    assert_nothing_written()
