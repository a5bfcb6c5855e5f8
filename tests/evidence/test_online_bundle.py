"""Exports of Exchange Online: what they are read as, whose they may be, and how old."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.evidence.bundle.dating import most_age
from calconnect.evidence.bundle.importing import Imported, import_bundle
from calconnect.evidence.bundle.kinds import EXPORTS
from calconnect.evidence.bundle.model_online import OnlineRecords
from calconnect.evidence.bundle.read import check_owner, read_bundle, read_evidence
from calconnect.foundation.problems import InvalidInput
from tests.evidence.bundle.bundles import NOW, clock, problems_of, write_exports, write_files

APP, OTHER = "10bb7e5b-b80b-4e6e-a209-f78581dbc79e", "aaaaaaaa-0000-4000-8000-000000000001"
GROUP_ID = "998e9d79-817d-41c9-87d8-d9c07f27f4b2"
DN = "CN=Calendar\\, O'Neil,OU=contoso.onmicrosoft.com,DC=PROD,DC=OUTLOOK,DC=COM"
POLICY = {
    "AppId": APP.upper(),
    "ScopeName": "Calendar sync",
    "ScopeIdentity": "Calendar sync20250922",
    "ScopeIdentityRaw": f"S-1-5-21-1-2-3-4;{GROUP_ID}",
    "AccessRight": "RestrictAccess",
}
GROUP = {
    "Name": "Calendar sync",
    "PrimarySmtpAddress": "calendars@contoso.test",
    "DistinguishedName": DN,
    "ExternalDirectoryObjectId": GROUP_ID,
    "RecipientTypeDetails": "MailUniversalSecurityGroup",
}
ONLINE = [export for export in EXPORTS if export.online]


def records(folder: Path, **exports: Any) -> OnlineRecords:
    """Return what exports, each a list of rows, are read as."""
    return read_bundle(
        write_files(folder, {f"{k}.json": json.dumps(v) for k, v in exports.items()}), clock=clock
    ).online


def test_the_switches(tmp_path: Path) -> None:
    row = {"EwsEnabled": True, "EwsAllowedAppIDs": f"{APP.upper()}, {OTHER}", "WhenChangedUTC": "2026-11-21T08:00:00Z"}
    found = records(tmp_path, online_org=[row]).organization
    assert found is not None
    assert (found.ews_enabled, found.allowed_app_ids, found.access_policy) == (True, (APP, OTHER), "")
    assert found.changed_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    agents = {"EwsApplicationAccessPolicy": "EnforceBlockList", "EwsBlockList": ["Cronofy/*", "a; b"]}
    found = records(tmp_path, online_org=[{"EwsEnabled": None, **agents}]).organization
    assert found is not None
    assert (found.ews_enabled, found.allowed_app_ids, found.block_list) == (None, None, ("Cronofy/*", "a; b"))
    found = records(tmp_path, online_org=[{"EwsEnabled": False, "EwsAllowedAppIDs": ""}]).organization
    assert found is not None
    assert found.allowed_app_ids == ()


def test_a_policy_is_dated_by_the_audit_log_and_its_group_is_known_by_all_names(tmp_path: Path) -> None:
    def change(day: int, group: str, operation: str = "New-ApplicationAccessPolicy", app: str = APP) -> dict[str, str]:
        told = {"CreationDate": f"2026-11-{day:02}T08:00:00", "Operation": operation, "AppId": app}
        return {**told, "PolicyScopeGroupId": group, "AccessRight": "RestrictAccess"}

    log = [
        change(3, "Calendars@contoso.test"),
        change(9, "other@contoso.test"),
        change(10, GROUP_ID, app=OTHER),
        change(11, GROUP_ID, "Remove-ApplicationAccessPolicy"),
    ]
    said = {"application_access_policies": [POLICY], "online_group": [GROUP]}
    (policy,) = records(tmp_path, **said).access_policies or ()
    assert (policy.app_id, policy.denies, policy.changed_at) == (APP, False, None)
    assert set(policy.group) == {"Calendar sync", "Calendar sync20250922", GROUP_ID, "calendars@contoso.test"}
    (policy,) = records(tmp_path, **said, access_policy_changes=log).access_policies or ()
    assert policy.changed_at == datetime(2026, 11, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scope", "filters", "group"),
    [
        (None, [], ()),
        ("S", [f"MemberOfGroup -eq '{DN.replace(chr(39), chr(39) * 2)}'"], ("calendars@contoso.test", "Calendar sync")),
        ("S", ["(MemberOfGroup -eq 'CN=Others,DC=contoso')"], ("Others", "CN=Others,DC=contoso")),
        ("S", ["Department -eq 'Sales'"], None),
        ("S", ["MemberOfGroup -eq 'CN=A,DC=b' -or MemberOfGroup -eq 'CN=B,DC=b'"], None),
        ("S", [], None),
    ],
)
def test_the_group_of_a_roles_scope(
    tmp_path: Path, scope: str | None, filters: list[str], group: tuple[str, ...] | None
) -> None:
    role: dict[str, Any] = {
        "Name": "Calendars",
        "Role": "Application Calendars.ReadWrite",
        "RoleAssigneeName": GROUP_ID,
        "RoleAssigneeType": "ServicePrincipal",
        "CustomResourceScope": scope,
        "Enabled": True,
        "WhenChangedUTC": "/Date(1763802000000)/",
    }
    (found,) = (
        records(
            tmp_path,
            application_roles=[role],
            application_scopes=[{"Name": "s", "RecipientFilter": one} for one in filters],
            service_principals=[{"AppId": APP, "ObjectId": GROUP_ID, "DisplayName": "Cronofy"}],
            online_group=[GROUP],
        ).roles
        or ()
    )
    assert (found.app_id, found.permission) == (APP, "Calendars.ReadWrite")
    assert found.group is None if group is None else (found.group or ())[: len(group)] == group
    (alone,) = records(tmp_path / "alone", application_roles=[role]).roles or ()
    assert (alone.app_id, alone.group) == ("", () if scope is None else None)


def test_results_of_tests_say_nothing_in_another_language(tmp_path: Path) -> None:
    rows = [
        {"AppId": APP, "Identity": f"{word}@contoso.test", "AccessCheckResult": word}
        for word in ("Granted", "denied", "Accorde")
    ]
    roles: list[dict[str, Any]] = [
        {"AppId": APP, "Resource": "a@contoso.test", "RoleName": "Application Mail.Read", "GrantedPermissions": said}
        | {"AllowedResourceScope": "S", "InScope": in_scope}
        for said, in_scope in (("Mail.Read", "True"), (["Mail.Read"], False), (None, None))
    ]
    found = records(tmp_path, access_policy_tests=rows, authorization_tests=roles)
    assert [one.granted for one in found.access_tests or ()] == [True, False, None]
    assert [one.in_scope for one in found.authorization_tests or ()] == [True, False, None]
    assert (found.authorization_tests or ())[0].permissions == ("Mail.Read",)


def test_mail_flow_rules(tmp_path: Path) -> None:
    rule: dict[str, Any] = {"Name": "R", "State": "Enabled", "SenderDomainIs": ["Cronofy.com"]}
    rule |= {"ExceptIfSenderDomainIs": None}
    rule |= {"Conditions": ["SenderDomainIsPredicate"], "Exceptions": [], "Actions": ["RejectMessageAction"]}
    audit = rule | {"Mode": "Audit", "Actions": ["SetSclAction"], "SetSCL": -1, "FromScope": "InOrganization"}
    more = rule | {"Conditions": "SenderDomainIsPredicate;SubjectContainsPredicate", "State": "Disabled"}
    first, second, third = records(tmp_path, transport_rules=[rule, audit, more]).transport_rules or ()
    assert (first.enforced, first.holds_back, first.sender_domains) == (True, "reject", ("cronofy.com",))
    assert (first.from_outside, first.other_conditions) == (True, False)
    assert (second.enforced, second.holds_back, second.spam_confidence, second.from_outside) == (False, "", -1, False)
    assert (third.enforced, third.other_conditions) == (False, True)


def both(folder: Path, domain: str = "contoso.test") -> Path:
    """Write a hybrid's folder: the servers' exports of the mock tenant, and some of Exchange Online with their list."""
    folder = write_exports(folder)
    rows = {"online_accepted_domains": [{"DomainName": domain}], "application_access_policies": [POLICY]}
    moment = (NOW - timedelta(hours=2)).isoformat()
    listed = [{"name": f"{name}.json", "exported_at": moment, "rows": 1, "error": None} for name in rows]
    failed = {"name": "service_principals.json", "exported_at": moment, "rows": None, "error": "Not allowed."}
    schema = {"schema": "calconnect-exports/1", "organization": "contoso.onmicrosoft.com"}
    bundle = {**schema, "exported_at": moment, "files": [*listed, failed]}
    files = {f"{name}.json": json.dumps(value) for name, value in rows.items()}
    return write_files(folder, files | {"bundle-online.json": json.dumps(bundle)})


def imported(source: Path, target: Path) -> Imported:
    return import_bundle(
        source,
        target,
        clock=clock,
        service_account="svc-calendar@contoso.test",
        tenant="contoso.onmicrosoft.com",
        online_mailbox="ann@contoso.test",
    )


def test_an_import_holds_both_sides_each_by_its_own_list(tmp_path: Path) -> None:
    came = imported(both(tmp_path / "exports"), tmp_path / "evidence")
    assert (came.written, came.problems, came.organization) == (True, (), "Contoso, contoso.onmicrosoft.com")
    assert came.not_exported == {"service_principals.json": "Not allowed."}
    kept = read_evidence(tmp_path / "evidence", clock=clock, service_account="svc-calendar@contoso.test")
    assert kept.organization is not None
    assert kept.organization.accepted_domains == kept.online.accepted_domains == ("contoso.test",)
    dates = {file.export: file.exported_at for file in kept.files}
    assert (dates["servers"], dates["application_access_policies"]) == (NOW, NOW - timedelta(hours=2))
    assert {"bundle.json", "bundle-online.json"} <= {path.name for path in (tmp_path / "evidence").iterdir()}
    check_owner(tmp_path / "evidence", "svc-calendar@contoso.test", "Contoso.onmicrosoft.com")
    check_owner(tmp_path / "evidence", "")
    with pytest.raises(InvalidInput, match="about the tenant contoso"):
        check_owner(tmp_path / "evidence", "", "fabrikam.onmicrosoft.com")


def test_another_organisations_exports_leave_the_other_side_alone(tmp_path: Path) -> None:
    came = imported(both(tmp_path / "exports", "fabrikam.test"), tmp_path / "evidence")
    (told,) = came.problems
    assert "from another organisation" in told.message
    assert told.hint.endswith("Nothing of Exchange Online is imported.")
    kept = read_evidence(tmp_path / "evidence", clock=clock)
    assert kept.online == OnlineRecords()
    assert kept.servers


def test_a_command_that_ran_in_the_wrong_session_is_told(tmp_path: Path) -> None:
    folder = both(tmp_path / "exports")
    path = folder / "bundle-online.json"
    path.write_text(path.read_text("utf-8").replace("application_access_policies.json", "servers.json"), "utf-8")
    found = problems_of(folder)
    assert found["servers.json"][0].message == (
        "is an export of the organisation's own servers, and bundle-online.json is about the other side."
    )
    assert set(found) == {"servers.json"}


def test_the_switches_are_out_of_date_after_a_day(tmp_path: Path) -> None:
    assert most_age("online_org", 7) == timedelta(hours=24)
    assert most_age("online_org", 0) == timedelta(0)
    assert {most_age(export.name, 7) for export in ONLINE if export.name != "online_org"} == {timedelta(days=7)}


def test_no_export_of_one_side_is_called_as_one_of_the_other() -> None:
    assert len({export.name for export in EXPORTS}) == len(EXPORTS)
    assert {export.online for export in EXPORTS} == {True, False}


def test_a_client_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    row = {"AppId": APP, "ObjectId": GROUP_ID, "DisplayName": "x", "ClientSecret": "canary-secret"}
    write_files(tmp_path, {"service_principals.json": json.dumps([row])})
    (told,) = problems_of(tmp_path)["service_principals.json"]
    assert told.message == "holds something that looks like a password."
    assert "canary" not in str(told)
