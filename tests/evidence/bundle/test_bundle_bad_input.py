from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.evidence.bundle.kinds import EXPORTS, SERVER_EXPORTS
from calconnect.evidence.bundle.read import examine, read_bundle
from calconnect.foundation.problems import InvalidInput
from tests.evidence.bundle.bundles import NOW, clock, healthy, problems_of, write_exports, write_files

CANARY = "hunter2-canary-CORRECT-HORSE"
SERVERS = '[{"Name": "EX1", "AdminDisplayVersion": "Version 15.2 (Build 2562.17)", "ServerRole": "Mailbox"}]'


def truncated(content: str) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[: -len(content)])

    return cut


def replaced(content: str | bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return replace


BAD = [
    ("cut off", "users.json", truncated("x" * 200), "ends in the middle", 1),
    ("cut off at a row", "users.json", replaced("[]"), "bundle.json says 50", None),
    ("empty", "users.json", replaced(""), "is empty", None),
    ("no JSON", "org.json", replaced("EwsEnabled : True"), "is not valid JSON", 1),
    ("no JSON later", "org.json", replaced('{\n"EwsEnabled": True}'), "is not valid JSON", 2),
    ("a list of texts", "org.json", replaced('["EwsEnabled"]'), "something else than objects", None),
    ("a text", "org.json", replaced('"EwsEnabled"'), "something else than objects", None),
    ("ANSI", "org.json", replaced('{"EwsEnabled": true,\n"X": "K\u00f6ln"}'.encode("cp1252")), "is not UTF-8", 2),
    ("UTF-16 without a mark", "org.json", replaced('{"a": 1}'.encode("utf-16-le")), "without a byte order mark", None),
    ("half a UTF-16", "org.json", replaced(b'\xff\xfe{\0"\0a'), "it may be cut off", None),
    ("nested too deeply", "org.json", replaced("[" * 100_000 + "]" * 100_000), "nested too deeply", None),
    ("a long number", "org.json", replaced('{"EwsEnabled": ' + "9" * 5000 + "}"), "too long", None),
    ("two rows", "org.json", replaced('[{"EwsEnabled": true}, {"EwsEnabled": true}]'), "about one thing", None),
]


@pytest.mark.parametrize(("file", "spoil", "cause", "line"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_file_that_is_wrong_is_named_and_the_others_are_read(
    tmp_path: Path, file: str, spoil: Callable[[Path], None], cause: str, line: int | None
) -> None:
    folder = write_exports(tmp_path)
    spoil(folder / file)
    examined = examine(folder, clock=clock)
    assert [(Path(one.file).name, one.line) for one in examined.problems] == [(file, line)]
    assert cause in examined.problems[0].message
    assert file.partition(".")[0] not in examined.exports
    assert len(examined.exports) == len(SERVER_EXPORTS) - 1
    assert examined.bundle().role_assignments
    with pytest.raises(InvalidInput, match=cause):
        read_bundle(folder, clock=clock)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = write_exports(tmp_path)
    (folder / "role_assignments.json").write_text('[{"Name": "A"}, {"Name": 7}]', "utf-8")
    found = problems_of(folder)
    assert set(found) == {"role_assignments.json"}
    told = {one.key: str(one) for one in found["role_assignments.json"]}
    assert "must be text, not a number." in told["[1].Name"]
    assert "is missing. So in 1 more." in told["[0].Enabled"]
    assert len(told) == 8


def test_a_file_with_very_many_mistakes_is_told_in_few_words(tmp_path: Path) -> None:
    rows = ",".join('{"PrimarySmtpAddress": "none", "RecipientTypeDetails": true}' for _ in range(2000))
    write_files(tmp_path, {"users.json": f"[{rows}]"})
    told = problems_of(tmp_path)["users.json"]
    assert [one.key for one in told] == ["[0].PrimarySmtpAddress", "[0].RecipientTypeDetails"]
    assert "So in 1,999 more." in told[0].message


@pytest.mark.parametrize(
    ("content", "cause", "line"),
    [
        ('"Name","AdminDisplayVersion"\r\n"EX1","Version 15.2 (Build 1.1)"\r\n', "ServerRole", None),
        ('"EX1","Version 15.2 (Build 1.1)","Mailbox"\r\n', "AdminDisplayVersion", None),
        ('"Name","AdminDisplayVersion","ServerRole"\r\n"EX1","Version 15', "does not end with a line end", 2),
        ('"Name","AdminDisplayVersion","ServerRole"\r\n"EX1","Version 15\r\n', "quotation mark is missing", 2),
        ('"Name","AdminDisplayVersion","ServerRole"\r\n"EX1"\r\n', "fewer fields", 2),
        ('#TYPE X\r\n"Name","AdminDisplayVersion","ServerRole"\r\n\r\n"EX1","V","M","?"\r\n', "more fields", 4),
        ('"Name","AdminDisplayVersion","ServerRole"\r\n"EX1","new","Mailbox"\r\n', "is no version", 2),
        ('"Name","AdminDisplayVersion","ServerRole"\r\n"EX1","System.Object[]","Mailbox"\r\n', "name of its kind", 2),
        ("\ufeff", "is empty", None),
    ],
)
def test_csv_that_is_wrong(tmp_path: Path, content: str, cause: str, line: int | None) -> None:
    write_files(tmp_path, {"servers.csv": content})
    told = problems_of(tmp_path)["servers.csv"]
    assert any(cause in str(one) and one.line == line for one in told), told


def test_several_values_in_csv_are_not_taken_for_data(tmp_path: Path) -> None:
    header = '"PrimarySmtpAddress","RecipientTypeDetails","EmailAddresses"\r\n'
    for value in ("System.Object[]", "SMTP:a@contoso.test smtp:b@contoso.test"):
        write_files(tmp_path, {"svc_mailbox.csv": f'{header}"a@contoso.test","UserMailbox","{value}"\r\n'})
        (told,) = problems_of(tmp_path)["svc_mailbox.csv"]
        assert (told.key, told.line) == ("EmailAddresses", 2)


def test_an_unknown_file_is_named_with_a_guess(tmp_path: Path) -> None:
    names = {
        "server.json": "Did you mean servers?",
        "role-assignments.json": "Did you mean role_assignments?",
        "servers.xml": "Exports are servers.json or servers.csv.",
        "holiday.txt": "Known exports: role_assignments, scopes",
    }
    write_files(tmp_path, {**dict.fromkeys(names, "{}"), "SERVERS.JSON": SERVERS, ".hidden": "", "Thumbs.db": ""})
    (tmp_path / "org.json").mkdir()
    found = problems_of(tmp_path)
    for name, hint in names.items():
        assert found[name][0].hint.startswith(hint)
    assert set(found) == {*names, "org.json"}
    assert examine(tmp_path, clock=clock).bundle().servers


def test_the_same_export_twice(tmp_path: Path) -> None:
    write_files(tmp_path, {"servers.json": SERVERS, "servers.csv": "Name,AdminDisplayVersion,ServerRole\n"})
    (told,) = problems_of(tmp_path)["servers.json"]
    assert told.message == "stands beside servers.csv."


def test_from_the_future(tmp_path: Path) -> None:
    def later(by: timedelta) -> Callable[[], datetime]:
        return lambda: NOW + by

    assert not problems_of(write_exports(tmp_path / "a", clock=later(timedelta(minutes=4))))
    found = problems_of(write_exports(tmp_path / "b", clock=later(timedelta(minutes=6))))
    assert len(found) == len(SERVER_EXPORTS)
    assert all("is from the future" in told.message for (told,) in found.values())
    write_files(tmp_path / "c", {"servers.json": SERVERS})
    os.utime(tmp_path / "c" / "servers.json", (NOW.timestamp() + 3600,) * 2)
    assert set(problems_of(tmp_path / "c")) == {"servers.json"}


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"schema": "other/1", "files": []}',
        '{"schema": "calconnect-exports/1"}',
        '{"schema": "calconnect-exports/1", "files": [3]}',
        '{"schema": "calconnect-exports/1", "files": [{"name": "org.json"}]}',
        '{"schema": "calconnect-exports/1", "files": [{"name": "org.json", "exported_at": "yesterday"}]}',
        '{"schema": "calconnect-exports/1", "fil',
        b"\xff\xfe\xff",
    ],
)
def test_a_list_that_is_wrong_is_named_and_the_exports_are_dated_by_hand(tmp_path: Path, content: str | bytes) -> None:
    write_files(tmp_path, {"bundle.json": content, "servers.json": SERVERS})
    os.utime(tmp_path / "servers.json", (NOW.timestamp() - 60,) * 2)
    examined = examine(tmp_path, clock=clock)
    assert [Path(one.file).name for one in examined.problems] == ["bundle.json"]
    assert examined.bundle().files[0].exported_at == NOW - timedelta(minutes=1)


def test_an_export_that_is_listed_and_not_there(tmp_path: Path) -> None:
    folder = write_exports(tmp_path)
    (folder / "vdirs.json").unlink()
    (told,) = problems_of(folder)["vdirs.json"]
    assert told.message == "is not there, and bundle.json names it."


def test_an_export_that_failed_where_it_was_made_is_no_mistake(tmp_path: Path) -> None:
    folder = write_exports(tmp_path, service_account="nobody@contoso.test")
    examined = examine(folder, clock=clock)
    assert not examined.problems
    assert examined.listed is not None
    assert examined.listed.files["svc_user.json"].error
    assert examined.bundle().account is None


def test_a_folder_that_is_none_or_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, cause in (("gone", "no such folder"), ("file", "is a file"), ("empty", "holds no export")):
        with pytest.raises(InvalidInput, match=cause):
            read_bundle(tmp_path / name, clock=clock)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UserPassword", f'"{CANARY}"'),
        ("unicodePwd", f'["{CANARY}"]'),
        ("ms-Mcs-AdmPwd", f'"{CANARY}"'),
        ("Credential", f'{{"UserName": "svc", "Password": "{CANARY}"}}'),
        ("Secure Password", '{"Length": 12}'),
        ("Notes", f'{{"inner": [{{"ClientSecret": "{CANARY}"}}]}}'),
        ("Kennwort", f'"{CANARY}"'),
        ("Description", f'"Calendar service, password: {CANARY}"'),
        ("Notes", f'["Room 1", "Passwort = {CANARY}"]'),
        ("Certificate", f'"-----BEGIN RSA PRIVATE KEY-----{CANARY}"'),
    ],
)
def test_a_file_with_a_password_is_refused_without_repeating_it(tmp_path: Path, name: str, value: str) -> None:
    row = SERVERS[:-2] + f', "{name}": {value}' + "}]"
    write_files(tmp_path, {"servers.json": row, "org.json": '{"EwsEnabled": null, "DefaultAuthenticationPolicy": ""}'})
    examined = examine(tmp_path, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    (told,) = examined.problems
    assert "looks like a password" in told.message
    assert CANARY not in str(told)
    assert examined.bundle().servers is None
    assert examined.bundle().organization is not None


def test_a_list_of_exports_with_a_password_is_refused_and_not_kept(tmp_path: Path) -> None:
    folder = write_exports(tmp_path)
    listed = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    listed["run_by"] = {"Credential": CANARY}
    (folder / "bundle.json").write_text(json.dumps(listed), encoding="utf-8")
    examined = examine(folder, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    (told,) = examined.problems
    assert (Path(told.file).name, told.message) == ("bundle.json", "holds something that looks like a password.")
    assert not examined.list_files


@pytest.mark.parametrize("value", ["[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900])
def test_a_property_that_is_nested_too_deeply_to_be_looked_through_is_told(tmp_path: Path, value: str) -> None:
    write_files(tmp_path, {"servers.json": SERVERS[:-2] + f', "More": {value}' + "}]"})
    examined = examine(tmp_path, clock=clock)
    assert [told.message for told in examined.problems] == ["is nested too deeply."]


def test_what_is_said_about_passwords_is_no_password(tmp_path: Path) -> None:
    facts = ', "PasswordExpired": true, "PasswordLastSet": "/Date(1)/", "badPwdCount": 3, "PasswordNeverExpires": false'
    facts += ', "Notes": "Password never expires", "Filter": "Name -eq \'Password reset\'"'
    more = ', "ResetPasswordOnNextLogon": "False", "UserPassword": null, "SomePassword": ""'
    write_files(tmp_path, {"servers.json": SERVERS[:-2] + facts + more + "}]"})
    assert read_bundle(tmp_path, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC)).servers


def test_no_message_repeats_a_value(tmp_path: Path) -> None:
    wrong = ",".join(f'"{one.name}": "{CANARY}\\u0007"' for export in EXPORTS for one in export.properties)
    write_files(tmp_path, {f"{export.name}.json": f"{{{wrong}}}" for export in EXPORTS})
    found = problems_of(tmp_path)
    assert len(found) > 10
    assert not any(CANARY in str(one) for told in found.values() for one in told)


def test_a_healthy_tenants_exports_hold_no_password(tmp_path: Path) -> None:
    folder = write_exports(tmp_path)
    account = healthy().service_account
    assert account is not None
    assert not any(account.password in path.read_text("utf-8") for path in folder.iterdir())
