from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from calconnect.evidence.bundle.importing import Imported, import_bundle
from calconnect.evidence.bundle.kinds import ABOUT_THE_ACCOUNT, SERVER_EXPORTS
from calconnect.evidence.bundle.model import DatedBy
from calconnect.evidence.bundle.read import check_owner, evidence_check, read_bundle, read_evidence
from calconnect.foundation.problems import InvalidInput, UsageError
from calconnect.mock_tenant.description import load
from tests.evidence.bundle.bundles import ACCOUNT, GROUP, NOW, clock, write_exports, write_files

SERVERS = '[{"Name": "EX1", "AdminDisplayVersion": "15.2.2562.17", "ServerRole": "Mailbox"}]'


def imported(source: Path, target: Path, account: str = ACCOUNT) -> Imported:
    return import_bundle(source, target, clock=clock, service_account=account)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_imported_is_kept_byte_for_byte_with_hash_and_date(tmp_path: Path, encoding: str) -> None:
    source = write_exports(tmp_path / "exports", encoding=encoding, days_old=2)
    came = imported(source, tmp_path / "evidence")
    assert came.written
    assert not came.problems
    assert came.organization == "Contoso"
    assert names(tmp_path / "evidence") == names(source) | {"manifest.json"}
    for path in source.iterdir():
        assert (tmp_path / "evidence" / path.name).read_bytes() == path.read_bytes()
    kept, given = (
        read_evidence(tmp_path / "evidence", clock=clock, service_account=ACCOUNT),
        read_bundle(source, clock=clock),
    )
    assert kept.account == given.account
    assert kept.role_assignments == given.role_assignments
    assert {(one.name, one.sha256, one.exported_at) for one in kept.files} == {
        (one.name, one.sha256, NOW - timedelta(days=2)) for one in given.files
    }
    assert names(tmp_path) == {"exports", "evidence"}


def test_an_imported_bundle_is_still_dated_by_hand_when_it_is_copied_elsewhere(tmp_path: Path) -> None:
    source = write_files(tmp_path / "exports", {"servers.json": SERVERS})
    (file,) = imported(source, tmp_path / "a").files
    assert (file.dated_by, file.exported_at) == (DatedBy.FILE, NOW - timedelta(hours=1))
    copy = write_files(tmp_path / "b", {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()})
    (again,) = imported(copy, tmp_path / "c").files
    assert (again.dated_by, again.exported_at) == (DatedBy.FILE, NOW - timedelta(hours=1))


def test_what_is_wrong_is_left_out_and_the_rest_is_imported(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    (source / "vdirs.json").write_text("{")
    (source / "notes.txt").write_text("x")
    came = imported(source, tmp_path / "evidence")
    assert {Path(problem.file).name for problem in came.problems} == {"vdirs.json", "notes.txt"}
    assert names(tmp_path / "evidence") == names(source) - {"vdirs.json", "notes.txt"} | {"manifest.json"}
    bundle = read_evidence(tmp_path / "evidence", clock=clock)
    assert bundle.virtual_directories is None
    assert bundle.servers


def test_an_older_import_is_replaced_whole(tmp_path: Path) -> None:
    imported(write_exports(tmp_path / "first"), tmp_path / "evidence")
    came = imported(write_exports(tmp_path / "second", form="csv", without=["users", "servers"]), tmp_path / "evidence")
    assert not came.problems
    assert set(came.missing) == {"users", "servers"}
    bundle = read_evidence(tmp_path / "evidence", clock=clock)
    assert bundle.users is None
    assert bundle.file("org.csv")
    assert bundle.file("org.json") is None
    assert names(tmp_path) == {"first", "second", "evidence"}


def test_where_nothing_is_good_the_older_import_stays(tmp_path: Path) -> None:
    imported(write_exports(tmp_path / "first"), tmp_path / "evidence")
    before = names(tmp_path / "evidence")
    came = imported(write_files(tmp_path / "second", {"servers.json": "{"}), tmp_path / "evidence")
    assert not came.written
    assert came.problems
    assert names(tmp_path / "evidence") == before


def test_a_folder_of_the_users_own_is_never_replaced(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    own = write_files(tmp_path / "evidence", {"terms-signed.pdf": b"%PDF"})
    with pytest.raises(UsageError, match=r"terms-signed\.pdf"):
        imported(source, own)
    assert names(own) == {"terms-signed.pdf"}
    with pytest.raises(UsageError, match="where imported evidence is kept"):
        imported(source, source)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        imported(source, tmp_path / "file")


def test_a_file_put_beside_an_import_keeps_it_from_being_replaced(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    imported(source, tmp_path / "evidence")
    (tmp_path / "evidence" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        imported(source, tmp_path / "evidence")
    assert (tmp_path / "evidence" / "notes.txt").read_text() == "mine"


def test_a_file_that_no_import_can_have_written_is_kept_whatever_the_manifest_says(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    imported(source, tmp_path / "evidence")
    manifest = tmp_path / "evidence" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("servers.json", "photo.jpg"), encoding="utf-8")
    (tmp_path / "evidence" / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"photo\.jpg"):
        imported(source, tmp_path / "evidence")
    assert (tmp_path / "evidence" / "photo.jpg").read_bytes() == b"mine"


def test_what_a_file_manager_puts_beside_an_import_is_in_nobodys_way(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    imported(source, tmp_path / "evidence")
    (tmp_path / "evidence" / ".DS_Store").write_bytes(b"\0")
    assert imported(source, tmp_path / "evidence").written


def test_a_link_to_the_folder_stays_one(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports")
    try:
        (tmp_path / "evidence").symlink_to(tmp_path / "kept", target_is_directory=True)
    except OSError:  # on Windows only who is permitted to may make one; then the plain case is looked at again
        (tmp_path / "kept").mkdir()
    for _ in range(2):
        came = imported(source, tmp_path / "evidence")
        assert came.written
        assert names(came.folder) == names(source) | {"manifest.json"}
    assert names(tmp_path) == {"exports", "evidence", "kept"}


@pytest.mark.parametrize(
    ("account", "place", "cause"),
    [
        ("svc-calendar@fabrikam.test", "accepted_domains.json", "from another organisation"),
        ("svc-calendar@sub.contoso.test", "accepted_domains.json", "from another organisation"),
    ],
)
def test_from_another_tenant_nothing_is_imported(tmp_path: Path, account: str, place: str, cause: str) -> None:
    came = imported(write_exports(tmp_path / "exports"), tmp_path / "evidence", account)
    (problem,) = came.problems
    assert Path(problem.file).name == place
    assert cause in problem.message
    assert not (tmp_path / "evidence").exists()


def test_a_domain_with_its_subdomains(tmp_path: Path) -> None:
    for domain, good in (("*.contoso.test", True), ("*.toso.test", False)):
        source = write_files(tmp_path / domain[2:], {"accepted_domains.json": f'{{"DomainName": "{domain}"}}'})
        came = imported(source, tmp_path / f"evidence-{good}", "svc@sub.contoso.test")
        assert came.written is good


def test_exports_about_another_account_are_left_out(tmp_path: Path) -> None:
    source = write_exports(tmp_path / "exports", service_account="robin.okafor@contoso.test")
    came = imported(source, tmp_path / "evidence")
    assert {Path(one.file).name for one in came.problems} == {f"{name}.json" for name in ABOUT_THE_ACCOUNT}
    assert all("robin.okafor@contoso.test" in one.message for one in came.problems)
    bundle = read_evidence(tmp_path / "evidence", clock=clock)
    assert bundle.account is None
    assert bundle.servers


def test_another_address_of_the_same_mailbox_is_the_same_account(tmp_path: Path) -> None:
    tenant = tmp_path / "tenant.toml"
    tenant.write_text(
        'title = "x"\nbase = "healthy"\n[[service_accounts]]\nemail = "svc-calendar@contoso.test"\n'
        'aliases = ["calendars@contoso.test"]\n',
        encoding="utf-8",
    )
    source = write_exports(tmp_path / "exports", load(tenant, clock))
    assert not imported(source, tmp_path / "evidence", "Calendars@contoso.test").problems


def test_evidence_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    imported(write_exports(tmp_path / "exports"), folder)
    users = (folder / "users.json").read_bytes()
    (folder / "users.json").write_bytes(users.replace(b"UserMailbox", b"RoomMailbox", 1))
    (folder / "org.json").unlink()
    (folder / "vdirs.csv").write_text("x")
    with pytest.raises(InvalidInput) as caught:
        read_evidence(folder, clock=clock)
    told = {Path(one.file).name: one.message for one in caught.value.problems}
    assert set(told) == {"users.json", "org.json", "vdirs.csv"}
    assert "was changed" in told["users.json"]
    assert "is not there" in told["org.json"]
    with pytest.raises(InvalidInput, match=r"users\.json"):
        evidence_check(clock)(folder, "evidence")


@pytest.mark.parametrize("content", ["", "{}", '{"schema": "calconnect-evidence/1", "files": [3]}', b"\xff"])
def test_a_manifest_that_is_wrong(tmp_path: Path, content: str | bytes) -> None:
    folder = tmp_path / "evidence"
    imported(write_exports(tmp_path / "exports"), folder)
    write_files(folder, {"manifest.json": content})
    with pytest.raises(InvalidInput, match=r"manifest\.json"):
        read_evidence(folder, clock=clock)
    with pytest.raises(InvalidInput, match=r"manifest\.json"):
        check_owner(folder, ACCOUNT)


def test_exports_that_were_not_imported_are_no_evidence_of_a_run(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="was not written by an import"):
        read_evidence(write_exports(tmp_path), clock=clock)


def test_evidence_of_another_account_is_refused_in_a_run(tmp_path: Path) -> None:
    imported(write_exports(tmp_path / "exports"), tmp_path / "evidence")
    check_owner(tmp_path / "evidence", ACCOUNT.upper())
    with pytest.raises(InvalidInput, match=r"the settings name other@contoso\.test"):
        check_owner(tmp_path / "evidence", "other@contoso.test")
    with pytest.raises(InvalidInput, match=r"the settings name other@contoso\.test"):
        read_evidence(tmp_path / "evidence", clock=clock, service_account="other@contoso.test")


def test_the_manifest_says_what_there_is(tmp_path: Path) -> None:
    imported(write_exports(tmp_path / "exports", group=GROUP), tmp_path / "evidence")
    manifest = json.loads((tmp_path / "evidence" / "manifest.json").read_text("utf-8"))
    assert manifest["service_account"] == ACCOUNT
    assert manifest["imported_at"] == NOW.isoformat()
    entries = {entry["name"]: entry for entry in manifest["files"]}
    assert set(entries) == {f"{export.name}.json" for export in SERVER_EXPORTS} | {"bundle.json"}
    assert entries["users.json"]["rows"] == 50
    assert entries["users.json"]["dated_by"] == "bundle.json"
