"""``calconnect evidence``, end to end: from a folder of exports to what a run is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect.cli.exits import ExitCode
from calconnect.embedded.folder import write_folder
from calconnect.evidence.bundle.kinds import SERVER_EXPORTS
from calconnect.evidence.bundle.read import read_evidence
from calconnect.evidence.bundle.script import collect_script
from calconnect.foundation.clock import system_clock
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.exports import write_bundle
from calconnect.settings.load import load_settings
from tests.cli.conftest import Call

CANARY = "canary-password-7Q"
ACCOUNT = "svc-calendar@contoso.test"
Export = Callable[..., Path]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Write the settings of a mock tenant without evidence here, and its exports into a folder."""
    tenant = tmp_path / "tenant.toml"
    tenant.write_text('title = "x"\nbase = "healthy"\n[exports]\nsupplied = false\n', encoding="utf-8")
    described = load(tenant)
    write_folder(Path.cwd(), described, 1, authority(), clock=system_clock)

    def write(days_old: int = 0) -> Path:
        folder = tmp_path / "exports"
        folder.mkdir(exist_ok=True)
        write_bundle(
            described.organization,
            folder,
            clock=lambda: system_clock() - timedelta(days=days_old),
            service_account=ACCOUNT,
            group="calendar-sync@contoso.test",
            users=described.listed,
        )
        return folder

    return write


def authority() -> bytes:
    import trustme

    return trustme.CA().cert_pem.bytes()


def test_good_exports_are_imported_and_found_by_the_settings(call: Call, export: Export) -> None:
    ended = call("evidence", "import", str(export(2)))
    assert ended.code == ExitCode.SATISFIED, ended.err
    lines = ended.out.splitlines()
    assert len(lines) == 1 + len(SERVER_EXPORTS)
    (users,) = (line for line in lines if line.startswith("users.json"))
    assert "  50  " in users
    assert "2 days" in users
    assert "Imported 19 exports" in ended.err
    settings = load_settings(Path("calconnect.toml"), clock=system_clock)
    assert settings.evidence.folder is not None
    bundle = read_evidence(settings.evidence.folder, clock=system_clock, service_account=ACCOUNT)
    assert bundle.users is not None
    for file in bundle.files:
        assert file.sha256 in ended.out


def test_as_json(call: Call, export: Export) -> None:
    ended = call("evidence", "import", str(export(9)), "--config", "calconnect.toml", "--json", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["organization"] == "Contoso"
    assert ended.json["service_account"] == ACCOUNT
    assert ended.json["problems"] == []
    assert {(file["days_old"], file["stale"], file["dated_by"]) for file in ended.json["files"]} == {
        (9, True, "bundle.json")
    }


def test_what_is_old_missing_or_dated_by_hand_is_said(call: Call, export: Export) -> None:
    folder = export(9)
    (folder / "vdirs.json").unlink()
    listed = json.loads((folder / "bundle.json").read_text("utf-8"))
    listed["files"] = [one for one in listed["files"] if one["name"] not in ("vdirs.json", "servers.json")]
    listed["files"].append(
        {"name": "vdirs.json", "exported_at": listed["exported_at"], "rows": None, "error": "Access \x1b[31mdenied."}
    )
    (folder / "bundle.json").write_text(json.dumps(listed), "utf-8")
    ended = call("evidence", "import", str(folder))
    assert ended.code == 0
    assert "Older than 7 days" in ended.err
    assert "Dated by modification time, because bundle.json does not name them: servers.json." in ended.err
    assert "vdirs.json could not be exported where the script ran" in ended.err
    assert "\x1b" not in ended.err


def test_what_is_wrong_is_told_by_place_and_cause_and_the_rest_is_imported(call: Call, export: Export) -> None:
    folder = export()
    (folder / "users.json").write_bytes((folder / "users.json").read_bytes()[:-40])
    (folder / "svc_user.json").write_text(f'{{"Name": "svc", "Password": "{CANARY}"}}', "utf-8")
    (folder / "servers.json").write_text('{"Name": "EX1", "AdminDisplayVersion": true}', "utf-8")
    (folder / "scope.json").write_text("[]", "utf-8")
    ended = call("evidence", "import", str(folder))
    assert ended.code == ExitCode.USAGE
    for place in (
        "users.json:",
        "svc_user.json: holds something that looks like a password",
        "servers.json: AdminDisplayVersion: must be text",
        "servers.json: ServerRole: is missing",
        "scope.json: is no export that is known. Did you mean scopes?",
    ):
        assert place in ended.err
    assert "Imported 16 exports" in ended.err
    kept = {path.name: path.read_bytes() for path in Path("evidence").iterdir()}
    assert not {"users.json", "svc_user.json", "servers.json", "scope.json"} & set(kept)
    assert CANARY not in ended.err + ended.out
    assert not any(CANARY.encode() in content for content in kept.values())


def test_problems_as_json(call: Call, export: Export) -> None:
    folder = export()
    (folder / "org.json").write_text("[", "utf-8")
    ended = call("evidence", "import", str(folder), "--json")
    assert ended.json["exit_code"] == ended.code == ExitCode.USAGE
    (problem,) = ended.json["problems"]
    assert problem["file"].endswith("org.json")
    assert problem["line"] == 1
    assert len(ended.json["files"]) == len(SERVER_EXPORTS) - 1


def test_from_another_tenant_nothing_is_imported(call: Call, export: Export) -> None:
    folder = export()
    (folder / "accepted_domains.json").write_text('{"DomainName": "fabrikam.test"}', "utf-8")
    ended = call("evidence", "import", str(folder))
    assert ended.code == ExitCode.USAGE
    assert "from another organisation" in ended.err
    assert "Nothing was imported" in ended.err
    assert not Path("evidence").exists()


def test_an_audit_refuses_evidence_that_was_changed(call: Call, export: Export) -> None:
    call("evidence", "import", str(export()))
    path = Path("evidence") / "users.json"
    path.write_bytes(path.read_bytes().replace(b"UserMailbox", b"RoomMailbox", 1))
    ended = call("audit")
    assert ended.code == ExitCode.USAGE
    assert "users.json: was changed since it was imported." in ended.err


def test_an_audit_refuses_evidence_about_another_account(call: Call, export: Export) -> None:
    call("evidence", "import", str(export()))
    config = Path("calconnect.toml")
    config.write_text(config.read_text("utf-8").replace(ACCOUNT, "other@contoso.test"), "utf-8")
    ended = call("audit")
    assert ended.code == ExitCode.USAGE
    assert f"is about the service account {ACCOUNT}" in ended.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["exports"], "There is no calconnect.toml"),
        (["gone", "--config", "gone.toml"], "gone.toml"),
        ([], "FOLDER"),
        ([""], "empty"),
    ],
)
def test_usage(call: Call, arguments: list[str], told: str) -> None:
    ended = call("evidence", "import", *arguments)
    assert ended.code == ExitCode.USAGE
    assert told in ended.err


def test_a_folder_that_is_not_there(call: Call, export: Export) -> None:
    export()
    ended = call("evidence", "import", "gone", "--json")
    assert ended.code == ExitCode.USAGE
    assert ended.json["problems"][0]["file"] == "gone"


def test_the_script_is_written_out(call: Call) -> None:
    assert call("evidence", "script").out == collect_script()
    ended = call("evidence", "script", "--out", "collect.ps1")
    assert (ended.code, ended.out) == (0, "")
    assert Path("collect.ps1").read_text("ascii") == collect_script()
    again = call("evidence", "script", "--out", "collect.ps1")
    assert again.code == ExitCode.USAGE
    assert "is there already" in again.err
    assert call("evidence", "script", "--out", "gone/collect.ps1").code == ExitCode.USAGE
