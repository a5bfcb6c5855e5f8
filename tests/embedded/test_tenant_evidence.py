"""A mock tenant has the evidence that its administrator would have imported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from calconnect.embedded.folder import write_folder
from calconnect.evidence.bundle.model import Bundle
from calconnect.evidence.bundle.read import read_evidence
from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.exports import EXPORT_NAMES, SERVER_EXPORT_NAMES
from calconnect.settings.load import load_settings

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def evidence(folder: Path, text: str) -> Bundle | None:
    """Write the settings folder of the healthy tenant with a change, and read the evidence that they name."""
    tenant = folder / "tenant.toml"
    tenant.write_text(f'title = "x"\nbase = "healthy"\n{text}', encoding="utf-8")
    file = write_folder(folder / "settings", load(tenant), 1, trustme.CA().cert_pem.bytes(), clock=clock)
    settings = load_settings(file, clock=clock)
    if settings.evidence.folder is None:
        return None
    account = settings.connection.service_account_email
    return read_evidence(settings.evidence.folder, clock=clock, service_account=account)


def test_the_evidence_is_whole_and_of_today(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, "")
    assert bundle is not None
    assert {file.export for file in bundle.files} == set(SERVER_EXPORT_NAMES)
    assert {file.exported_at for file in bundle.files} == {NOW}
    assert bundle.group is not None
    assert bundle.account is not None


def test_the_tenants_own_clock_does_not_date_it(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, "now = 2031-05-05T08:00:00Z\n")
    assert bundle is not None
    assert {file.exported_at for file in bundle.files} == {NOW}


def test_a_tenant_may_have_old_evidence_or_less(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, '[exports]\ndays_old = 30\nwithout = ["servers", "users"]\n')
    assert bundle is not None
    assert {file.exported_at for file in bundle.files} == {NOW - timedelta(days=30)}
    assert bundle.servers is None
    assert bundle.users is None


@pytest.mark.parametrize("how", ["supplied = false", f"without = {list(EXPORT_NAMES)}"])
def test_a_tenant_may_have_none(tmp_path: Path, how: str) -> None:
    assert evidence(tmp_path, f"[exports]\n{how}\n") is None


def test_what_is_about_another_organisation_is_no_evidence(tmp_path: Path) -> None:
    other = '[settings.connection]\nservice_account_email = "svc-calendar@contoso-sync.test"\n'
    assert evidence(tmp_path, other) is None


def test_an_account_that_is_not_there_has_no_exports_of_its_own(tmp_path: Path) -> None:
    bundle = evidence(tmp_path, '[settings.connection]\nservice_account_email = "svc-calender@contoso.test"\n')
    assert bundle is not None
    assert bundle.account is None
    assert bundle.role_assignments


def test_a_name_that_is_no_export_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Did you mean servers"):
        evidence(tmp_path, '[exports]\nwithout = ["server"]\n')
