"""What the mock tenant exports is the state that it answers from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.exports import SERVER_EXPORT_NAMES, write_bundle

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ACCOUNT = "svc-calendar@contoso.test"


def clock() -> datetime:
    return NOW


def exports(folder: Path, text: str = "", account: str = ACCOUNT, **how: Any) -> dict[str, Any]:
    """Write the exports of the healthy tenant with a change, and return what each file holds, as a list of rows."""
    tenant = folder / "tenant.toml"
    tenant.write_text(f'base = "healthy"\ntitle = "Changed"\n{text}', encoding="utf-8")
    out = folder / "out"
    out.mkdir()
    described = load(tenant, clock)
    write_bundle(described.organization, out, clock=clock, service_account=account, users=described.listed, **how)
    found = {path.stem: json.loads(path.read_text("utf-8-sig")) for path in out.iterdir()}
    return {name: value if isinstance(value, list) or name == "bundle" else [value] for name, value in found.items()}


def test_a_role_group_shows_each_of_its_members(tmp_path: Path) -> None:
    found = exports(
        tmp_path,
        '[[role_groups]]\nname = "Calendar admins"\nmembers = ["CONTOSO\\\\svc-calendar", "it.admin@contoso.test"]\n'
        '[[role_assignments]]\nname = "By group"\nassignee = "Calendar admins"\ndelegating = true\nenabled = false\n'
        '[[mailboxes]]\nemail = "it.admin@contoso.test"\npassword = "x"\n',
    )
    rows = [row for row in found["role_assignments"] if row["Name"] == "By group"]
    assert [(row["RoleAssigneeName"], row["RoleAssigneeType"], row["EffectiveUserName"]) for row in rows] == [
        ("Calendar admins", "RoleGroup", "Calendar service account"),
        ("Calendar admins", "RoleGroup", "Farah Jansen"),
    ]
    assert {(row["RoleAssignmentDelegationType"], row["RecipientWriteScope"], row["Enabled"]) for row in rows} == {
        ("DelegatingOrgWide", "Organization", False)
    }
    (own,) = (row for row in found["role_assignments"] if row["Name"] == "Calendar sync impersonation")
    assert (own["RoleAssigneeType"], own["RecipientWriteScope"]) == ("User", "CustomRecipientScope")


def test_scopes_show_whom_their_filters_find(tmp_path: Path) -> None:
    found = exports(
        tmp_path,
        '[[management_scopes]]\nname = "Board"\nfilter = "Department -eq \'Board\'"\nexclusive = true\n'
        '[[role_assignments]]\nname = "Calendar sync impersonation"\nscope = "Board"\n',
    )
    members = [row["PrimarySmtpAddress"] for row in found["scope_members"] if row["Scope"] == "Board"]
    assert members == ["board.chair@contoso.test"]
    assert {row["Name"]: row["Exclusive"] for row in found["scopes"]} == {"Calendar sync users": False, "Board": True}
    assert found["role_assignments"][0]["RecipientWriteScope"] == "ExclusiveRecipientScope"


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("enabled", {"Enabled": True, "LockedOut": False, "PasswordExpired": False}),
        ("disabled", {"Enabled": False, "LockedOut": False}),
        ("locked", {"Enabled": True, "LockedOut": True}),
        ("password-expired", {"Enabled": True, "PasswordExpired": True}),
        ("must-change-password", {"PasswordExpired": True, "pwdLastSet": 0, "PasswordLastSet": None}),
    ],
)
def test_the_state_of_the_account_shows_in_the_directory(tmp_path: Path, state: str, shown: dict[str, Any]) -> None:
    (row,) = exports(tmp_path, f'[[service_accounts]]\nemail = "{ACCOUNT}"\naccount = "{state}"\n')["svc_ad_user"]
    assert {key: row[key] for key in shown} == shown
    assert (row["pwdLastSet"] == 0) is (state == "must-change-password")


@pytest.mark.parametrize(
    ("mailbox", "kind", "rows"),
    [("true", "UserMailbox", 1), ("false", "User", 0), ('"elsewhere"', "RemoteUserMailbox", 0)],
)
def test_where_the_accounts_mailbox_is(tmp_path: Path, mailbox: str, kind: str, rows: int) -> None:
    found = exports(tmp_path, f'[[service_accounts]]\nemail = "{ACCOUNT}"\nmailbox = {mailbox}\n')
    assert (found["svc_user"][0]["RecipientTypeDetails"], len(found["svc_mailbox"])) == (kind, rows)
    assert len(found["svc_cas_mailbox"]) == rows
    assert found["svc_user"][0]["WindowsEmailAddress"] == ACCOUNT


def test_policies_servers_and_directories_show(tmp_path: Path) -> None:
    found = exports(
        tmp_path,
        '[organization]\nauthentication_policy = "Modern only"\n'
        '[[authentication_policies]]\nname = "Modern only"\nblock_legacy_ews = true\n'
        '[[throttling_policies]]\nname = "Wide"\news_max_concurrency = 0\news_max_subscriptions = 20\n'
        f'[[service_accounts]]\nemail = "{ACCOUNT}"\nthrottling_policy = "Wide"\nadministrator = true\n'
        "ews_enabled = false\n"
        '[server]\nversion = "15.1.2507.6"\nextended_protection = "require"\n'
        "[policies]\nbasic = false\news_enabled = false\n",
    )
    assert found["org"][0]["DefaultAuthenticationPolicy"] == "Modern only"
    assert found["org"][0]["EwsEnabled"] is False
    assert {row["Name"]: row["BlockLegacyAuthWebServices"] for row in found["authentication_policies"]} == {
        "Modern only": True
    }
    assert found["throttling"][0]["ThrottlingPolicyId"] == "Wide"
    wide = next(row for row in found["throttling_policies"] if row["Name"] == "Wide")
    assert (wide["EwsMaxConcurrency"], wide["EwsMaxSubscriptions"]) == ("Unlimited", "20")
    assert found["servers"][0]["AdminDisplayVersion"] == "Version 15.1 (Build 2507.6)"
    assert found["vdirs"][0]["ExtendedProtectionTokenChecking"] == "Require"
    assert found["vdirs"][0]["BasicAuthentication"] is False
    assert found["svc_ad_user"][0]["adminCount"] == 1
    assert found["svc_cas_mailbox"][0]["EwsEnabled"] is False


def test_users_are_those_of_the_list_once_and_as_the_directory_has_them(tmp_path: Path) -> None:
    found = exports(
        tmp_path,
        '[[mailboxes]]\nemail = "user00001@contoso.test"\nkind = "remote"\nadministrator = true\n'
        '[[mailboxes]]\nemail = "user00002@contoso.test"\nstate = "soft-deleted"\n'
        '[[mailboxes]]\nemail = "user00003@contoso.test"\news_enabled = false\n',
    )
    kinds = {row["PrimarySmtpAddress"]: row["RecipientTypeDetails"] for row in found["users"]}
    assert kinds["user00001@contoso.test"] == "RemoteUserMailbox"
    assert "user00002@contoso.test" not in kinds
    assert len(found["users"]) == len(kinds) == 49
    assert "user00001@contoso.test" not in {row["PrimarySmtpAddress"] for row in found["users_cas"]}
    off = [row["PrimarySmtpAddress"] for row in found["users_cas"] if row["EwsEnabled"] is False]
    assert off == ["user00003@contoso.test"]
    counts = {row["mail"]: row["adminCount"] for row in found["users_ad"]}
    assert (counts["user00001@contoso.test"], counts["user00003@contoso.test"]) == (1, None)


def test_the_group_shows_direct_members_and_groups_in_it(tmp_path: Path) -> None:
    found = exports(tmp_path, group="it-admins@contoso.test")
    assert found["group"][0]["DistinguishedName"] == "CN=IT administrators,CN=Users,DC=contoso,DC=test"
    kinds = {row["PrimarySmtpAddress"]: row["RecipientTypeDetails"] for row in found["group_members"]}
    assert kinds == {
        "exchange-admins@contoso.test": "MailUniversalSecurityGroup",
        "it.admin@contoso.test": "UserMailbox",
    }


def test_what_is_left_out_and_what_is_not_there(tmp_path: Path) -> None:
    found = exports(tmp_path, account="nobody@contoso.test", group="no-group@contoso.test", without=["servers"])
    failed = {"svc_user", "svc_ad_user", "throttling", "group", "group_members"}
    assert set(found) == set(SERVER_EXPORT_NAMES) - failed - {"servers"} | {"bundle"}
    listed = {entry["name"]: entry for entry in found["bundle"]["files"]}
    assert {name.partition(".")[0] for name, entry in listed.items() if entry["error"]} == failed
    assert "servers.json" not in listed
    assert listed["users.json"]["rows"] == 50


def test_the_date_is_the_clocks_and_the_age_what_was_asked_for(tmp_path: Path) -> None:
    found = exports(tmp_path, days_old=8, generation="5.1")
    assert found["bundle"]["exported_at"] == "2026-11-14T09:30:00+00:00"
    assert found["bundle"]["powershell_version"].startswith("5.1.")
    assert {entry["exported_at"] for entry in found["bundle"]["files"]} == {"2026-11-14T09:30:00+00:00"}
