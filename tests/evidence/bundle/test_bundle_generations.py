from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.evidence.bundle.model import (
    Bundle,
    DatedBy,
    ManagementScope,
    RoleAssignment,
    ServerRecord,
    VirtualDirectory,
)
from calconnect.evidence.bundle.read import read_bundle
from tests.evidence.bundle.bundles import NOW, clock, write_exports, write_files


def content(folder: Path) -> Bundle:
    """Return what a folder says, without where it stands."""
    return replace(read_bundle(folder, clock=clock), folder=Path(), files=())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("generation", ["5.1", "7"])
def test_both_generations_read_the_same_in_every_form_and_encoding(
    tmp_path: Path, generation: str, form: str, encoding: str
) -> None:
    expected = content(write_exports(tmp_path / "plain"))
    found = content(write_exports(tmp_path / "other", generation=generation, form=form, encoding=encoding))
    assert found == expected
    assert expected.role_assignments
    assert expected.users
    assert expected.account is not None


def test_big_endian_and_utf_32_with_a_mark_read_the_same(tmp_path: Path) -> None:
    plain = write_exports(tmp_path / "plain", generation="5.1")
    for encoding, mark in (("utf-16-be", b"\xfe\xff"), ("utf-32-le", b"\xff\xfe\0\0"), ("utf-32-be", b"\0\0\xfe\xff")):
        files = {path.name: mark + path.read_text("utf-8").encode(encoding) for path in plain.iterdir()}
        assert content(write_files(tmp_path / encoding, files)) == content(plain)


def test_the_mock_writes_what_each_generation_writes(tmp_path: Path) -> None:
    old = write_exports(tmp_path / "old", generation="5.1")
    new = write_exports(tmp_path / "new", generation="7")
    svc = (old / "svc_mailbox.json").read_bytes().decode()
    assert svc.startswith("{\r\n")  # one object, and no list around it
    assert '"RecipientTypeDetails":  1,' in svc
    assert '"Domain":  "contoso.test"' in svc
    assert r'"PasswordLastSet":  "\/Date(' in (old / "svc_ad_user.json").read_text("utf-8")
    assert r"MemberOfGroup -eq \u0027CN=Calendar sync" in (old / "scopes.json").read_text("utf-8")
    svc = (new / "svc_mailbox.json").read_text("utf-8")
    assert '"RecipientTypeDetails": "UserMailbox"' in svc
    assert '"PSComputerName": "EX01"' in svc
    moment = json.loads((new / "svc_ad_user.json").read_text("utf-8"))["PasswordLastSet"]
    assert datetime.fromisoformat(moment).tzinfo is not None
    csv = (write_exports(tmp_path / "csv", generation="5.1", form="csv") / "org.csv").read_text("utf-8")
    assert csv.startswith("#TYPE ")


def test_exports_made_by_hand_in_the_old_shell(tmp_path: Path) -> None:
    folder = write_files(
        tmp_path,
        {
            # Get-… | ConvertTo-Json | Out-File, of Windows PowerShell 5.1: UTF-16, one object, numbers for names.
            "role_assignments.json": b"\xff\xfe"
            + (
                '{\r\n    "Name":  "Impersonation \\u0026 more",\r\n    "RoleAssigneeName":  "svc",\r\n'
                '    "RoleAssigneeType":  0,\r\n    "EffectiveUserName":  "svc",\r\n'
                '    "RoleAssignmentDelegationType":  {"value":  6,  "Value":  "Regular"},\r\n'
                '    "RecipientWriteScope":  7,\r\n'
                '    "CustomRecipientWriteScope":  {"Name":  "Calendar users", "Depth":  12},\r\n'
                '    "Enabled":  true,\r\n    "WhenChangedUTC":  "\\/Date(1763802000000+0100)\\/",\r\n'
                '    "PSShowComputerName":  false\r\n}\r\n'
            ).encode("utf-16-le"),
            "servers.json": '{"value": [{"Name": "EX1", "AdminDisplayVersion": {"Major": 15, "Minor": 2, "Build": 2562,'
            ' "Revision": 17, "FilePatchLevelDescription": ""}, "ServerRole": 54},'
            ' {"Name": "EX2", "AdminDisplayVersion": "Version 15.1 (Build 2507.6)", "ServerRole": "Edge"}],'
            ' "Count": 2}',
        },
    )
    bundle = read_bundle(folder, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    assert bundle.role_assignments == (
        RoleAssignment(
            "Impersonation & more",
            "svc",
            "User",
            "svc",
            "Regular",
            "CustomRecipientScope",
            "Calendar users",
            True,
            datetime(2025, 11, 22, 9, 0, tzinfo=UTC),
        ),
    )
    assert bundle.servers == (
        ServerRecord("EX1", "15.2.2562.17", "Mailbox, ClientAccess, UnifiedMessaging, HubTransport"),
        ServerRecord("EX2", "15.1.2507.6", "Edge"),
    )
    assert {file.dated_by for file in bundle.files} == {DatedBy.FILE}
    assert bundle.users is None
    assert bundle.organization is None


def test_exports_made_by_hand_in_the_new_shell(tmp_path: Path) -> None:
    folder = write_files(
        tmp_path,
        {
            "scopes.csv": '"Name","RecipientRoot","RecipientFilter","Exclusive","RunspaceId"\r\n'
            '"Board, and legal","","Department -eq \'Board\'","True","1f0c"\r\n',
            "scope_members.csv": "#TYPE Selected.Deserialized\r\nScope;PrimarySmtpAddress;RecipientTypeDetails\r\n"
            "board, AND legal;chair@contoso.test;UserMailbox\r\n",
            "vdirs.json": '[{"server": "EX1", "INTERNALURL": null, "externalUrl": "https://mail.contoso.test/EWS/",'
            ' "BasicAuthentication": true, "WindowsAuthentication": false, "ExtendedProtectionTokenChecking": 2}]',
            "throttling.json": '{"ThrottlingPolicyId": "CN=Fast,CN=Global Settings,DC=contoso,DC=test"}',
            "throttling_policies.json": '[{"Name": "Fast", "ThrottlingPolicyScope": "Regular", "EwsMaxConcurrency":'
            ' {"IsUnlimited": true}, "EwsMaxSubscriptions": "5,000"}]',
        },
    )
    bundle = read_bundle(folder, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    assert bundle.scopes == (
        ManagementScope("Board, and legal", "Department -eq 'Board'", "", True, ("chair@contoso.test",)),
    )
    assert bundle.virtual_directories == (
        VirtualDirectory("EX1", "https://mail.contoso.test/EWS/", "", True, False, "Require"),
    )
    assert bundle.throttling is not None
    assert (bundle.throttling.policy, bundle.throttling.ews_max_concurrency) == ("Fast", None)
    assert bundle.throttling.ews_max_subscriptions == 5000


def test_a_file_is_found_with_its_ending_and_without(tmp_path: Path) -> None:
    bundle = read_bundle(write_exports(tmp_path, form="csv"), clock=clock)
    file = bundle.file("servers")
    assert file is not None
    assert file is bundle.file("servers.csv")
    assert bundle.file("servers.json") is None
    assert (file.export, file.rows, file.dated_by) == ("servers", 1, DatedBy.BUNDLE)
    assert file.exported_at == NOW


def test_an_export_that_found_nothing_is_not_one_that_is_missing(tmp_path: Path) -> None:
    bundle = read_bundle(write_exports(tmp_path / "a", without=["users"]), clock=clock)
    assert bundle.organization is not None
    assert bundle.organization.policies_blocking_legacy_ews == ()
    assert bundle.users is None
    bundle = read_bundle(write_exports(tmp_path / "b", without=["authentication_policies"]), clock=clock)
    assert bundle.organization is not None
    assert bundle.organization.policies_blocking_legacy_ews is None


def test_the_age_is_that_of_the_export(tmp_path: Path) -> None:
    bundle = read_bundle(write_exports(tmp_path, days_old=9), clock=clock)
    assert {file.exported_at for file in bundle.files} == {NOW - timedelta(days=9)}
