"""What the mock tenant's Exchange Online half exports is the state that it answers from; both sides are imported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calconnect.embedded.exports import supply_exports
from calconnect.evidence.bundle.kinds import EXPORTS
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.read import read_evidence
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.exports import EXPORT_NAMES, ONLINE_EXPORT_NAMES, SERVER_EXPORT_NAMES
from calconnect.mock_tenant.state.online.directory import OWN_APPLICATION, VENDOR_APPLICATION

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
GROUP = "calendar-sync@contoso.test"
ROBIN, DANA = "robin.okafor@contoso.test", "dana.lindqvist@contoso.test"


def clock() -> datetime:
    return NOW


def evidence(folder: Path, base: str, text: str = "", account: str = "", trial: str = DANA) -> Bundle:
    """Return the evidence of a tenant with a change, imported as its settings say."""
    folder.mkdir(exist_ok=True)
    tenant = folder / "tenant.toml"
    tenant.write_text(f'base = "{base}"\ntitle = "Changed"\n{text}', encoding="utf-8")
    settings = {
        "connection": {"service_account_email": account, "email_to_impersonate": ROBIN},
        "microsoft365": {"tenant": "contoso.onmicrosoft.com", "trial_mailbox": trial},
        "limit": {"group": GROUP},
    }
    supply_exports(folder, load(tenant, clock), settings, clock=clock)
    return read_evidence(folder / "evidence", clock=clock, service_account=account)


def test_both_sides_name_the_same_exports_as_are_read() -> None:
    assert tuple(export.name for export in EXPORTS) == EXPORT_NAMES


def test_a_tenant_in_exchange_online_alone(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, "online-healthy", trial="")
    assert {file.export for file in bundle.files} == set(ONLINE_EXPORT_NAMES)
    assert {file.exported_at for file in bundle.files} == {NOW}
    online = bundle.online
    assert online.group is not None
    assert online.group.members is not None
    assert (online.group.primary_address, len(online.group.members)) == (GROUP, 12)
    policies = {one.app_id: one for one in online.access_policies or ()}
    assert set(policies) == {VENDOR_APPLICATION, OWN_APPLICATION}
    assert all(GROUP in one.group and not one.denies for one in policies.values())
    made = {one.changed_at for one in policies.values()}
    assert None not in made
    assert {one.granted for one in online.access_tests or ()} == {True}
    assert len(online.access_tests or ()) == 24
    assert online.organization is not None
    assert (online.organization.ews_enabled, online.organization.allowed_app_ids) == (False, ())
    assert [(one.name, one.holds_back) for one in online.transport_rules or ()] == [
        ("Invitations of the calendar service", "")
    ]
    assert set(online.accepted_domains or ()) == {"contoso.test", "contoso.onmicrosoft.com"}


def test_roles_with_scopes_and_what_the_tests_say_of_them(tmp_path: Path) -> None:
    roles = (
        '[[online.application_roles]]\nname = "Calendars"\napp = "vendor"\nrole = "Application Calendars.ReadWrite"\n'
        f'group = "{GROUP}"\ncreated_days_ago = 3\neffective_after_minutes = 60\n'
        '[[online.application_roles]]\nname = "Everywhere"\napp = "own"\nrole = "Application EWS.AccessAsApp"\n'
        '[[mailboxes]]\nemail = "user00001@contoso.test"\ngroups = []\n'
    )
    online = evidence(tmp_path, "online-healthy", roles, trial="").online
    vendor, own = online.roles or ()
    assert (vendor.app_id, vendor.permission, vendor.enabled) == (VENDOR_APPLICATION, "Calendars.ReadWrite", True)
    assert vendor.group is not None
    assert GROUP in vendor.group
    assert vendor.changed_at is not None
    assert abs(NOW - vendor.changed_at - timedelta(days=3)) < timedelta(minutes=1)
    assert (own.app_id, own.group) == (OWN_APPLICATION, ())
    said = {(one.role, one.mailbox): one.in_scope for one in online.authorization_tests or ()}
    assert said["Application Calendars.ReadWrite", "user00001@contoso.test"] is False
    assert said["Application Calendars.ReadWrite", ROBIN] is True
    assert said["Application EWS.AccessAsApp", "user00001@contoso.test"] is True


def test_a_hybrids_sides_are_held_apart(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, "hybrid-healthy", account="svc-calendar@contoso.test")
    assert {file.export for file in bundle.files} == set(EXPORT_NAMES)
    here = {one.primary_address: one.recipient_type for one in bundle.users or ()}
    there = {one.primary_address: one.recipient_type for one in bundle.online.users or ()}
    assert (here[ROBIN], there[ROBIN]) == ("UserMailbox", "MailUser")
    assert (here[DANA], there[DANA]) == ("RemoteUserMailbox", "UserMailbox")
    assert bundle.group is not None
    assert bundle.online.group is not None
    assert bundle.group.members is not None
    assert set(bundle.group.members) == set(bundle.online.group.members or ())
    assert bundle.online.ews_of_mailboxes is not None
    assert ROBIN not in bundle.online.ews_of_mailboxes
    assert bundle.online.ews_of_mailboxes[DANA] is None


def test_switches_of_ews_and_when_they_were_changed(tmp_path: Path) -> None:
    changed = (
        '[online]\news_list_changed_hours_ago = 3\news_access_policy = "EnforceAllowList"\news_allow_list = ["a*"]\n'
    )
    bundle = evidence(tmp_path, "online-ews-healthy", changed, trial=ROBIN)
    found = bundle.online.organization
    assert found is not None
    assert (found.ews_enabled, set(found.allowed_app_ids or ())) == (True, {VENDOR_APPLICATION, OWN_APPLICATION})
    assert (found.access_policy, found.allow_list) == ("EnforceAllowList", ("a*",))
    now = load("online-ews-healthy", clock).organization.now()
    assert found.changed_at is not None
    assert abs(now - found.changed_at - timedelta(hours=3)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["online_org", "transport_rules", "application_roles"])
def test_single_exports_may_be_left_out(tmp_path: Path, name: str) -> None:
    bundle = evidence(tmp_path, "online-healthy", f'[exports]\nwithout = ["{name}"]\n', trial="")
    assert {file.export for file in bundle.files} == set(ONLINE_EXPORT_NAMES) - {name}
    assert not set(SERVER_EXPORT_NAMES) & {file.export for file in bundle.files}
