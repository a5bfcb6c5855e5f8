"""The rights that SECURITY.md names for calconnect's own application are enough for every requirement, and are all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.run import observe
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.state.online.directory import OWN_APPLICATION
from calconnect.tenants.exchange_online.permissions import NEEDED

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
BY_ROLE = {"Calendars.ReadWrite", "full_access_as_app"}
"""What reaches mailboxes: to be given as a role with a scope, and not by consent."""
TENANT = """
title = "Roles with scopes for what reaches mailboxes"
base = "online-healthy"

[[groups]]
email = "trial@contoso.test"
name = "The mailbox of the trial"
kind = "security"
members = ["robin.okafor@contoso.test"]

[[online.applications]]
app = "own"
permissions = {permissions}

[[online.application_roles]]
name = "Calendars of the group"
app = "own"
role = "Application Calendars.Read"
group = "calendar-sync@contoso.test"

[[online.application_roles]]
name = "The test event"
app = "own"
role = "Application Calendars.ReadWrite"
group = "trial@contoso.test"
"""


def documented() -> set[str]:
    text = SECURITY.read_text(encoding="utf-8")
    section = text.split("own application needs in Exchange Online\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}


def test_what_is_documented_is_what_the_questions_need() -> None:
    assert documented() - BY_ROLE == set(NEEDED.values())


@pytest.mark.parametrize("tenant", ["online-healthy", "online-ews-healthy", "hybrid-healthy"])
def test_no_healthy_tenant_consents_to_more(tenant: str) -> None:
    online = load(tenant).organization.online
    assert online is not None
    consented = {name.rpartition(": ")[2] for name in online.applications[OWN_APPLICATION].permissions}
    assert consented <= documented()


def test_consent_to_read_the_directory_and_roles_with_scopes_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(TENANT.format(permissions=sorted(documented() - BY_ROLE)), encoding="utf-8")
    audited = observe(file, state_folder=tmp_path)
    verdicts = {key: one.verdict for key, one in audited.scenarios.items()}
    assert {verdicts[one] for one in ("LOC-01", "GR-04", "GR-07", "GR-08", "GR-13", "GR-14", "GR-15")} == {
        Verdict.PASSED
    }
    assert set(verdicts.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}, audited.explain()
