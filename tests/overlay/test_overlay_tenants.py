"""The tenants of the catalogue that carry waivers and attestations, audited for real: verdicts, answer and states."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from calconnect import embedded
from calconnect.acceptance.answer import RunAnswer, answer_of
from calconnect.acceptance.engine import RunOutcome, run_suite
from calconnect.acceptance.verdicts import Verdict
from calconnect.foundation.clock import system_clock
from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant.description.model import Expected
from calconnect.overlay.reading import overlay_checks
from calconnect.settings.load import load_settings
from calconnect.tenants.exchange_server import ExchangeServerTenant
from tests.overlay.overlay_files import catalogue

FEW = """\
[organization]
name = "Few"
domains = ["few.test"]

[[mailboxes]]
email = "mia@few.test"

[[mailboxes]]
email = "noa@few.test"

[[service_accounts]]
email = "svc@few.test"
password = "any"
"""


def audited(source: str | Path, folder: Path, select: tuple[str, ...] = ()) -> tuple[RunOutcome, RunAnswer, Expected]:
    """Audit a mock tenant by nothing but its settings folder; the answer is that of the requirements selected."""
    with embedded.start(source) as tenant:
        checks = overlay_checks(catalogue(), system_clock)
        settings = load_settings(tenant.settings_file, clock=system_clock, file_checks=checks)
        exchange = ExchangeServerTenant(
            settings.connection, settings.network, clock=system_clock, run_id="overlay", state_folder=folder
        )
        outcome = run_suite(
            settings, exchange, [], run_id="overlay", clock=system_clock, catalogue=catalogue(), select=select
        )
        expected = tenant.server.description.expected
    asked = [one for one in catalogue().values() if not select or one.id in select]
    return outcome, answer_of(asked, outcome.scenarios, overlay=outcome.overlay), expected


@pytest.mark.parametrize(
    ("name", "select", "waivers", "attestations"),
    [
        ("waiver-valid", ("OPS-06", "NET-03"), ["in-force"], 3),
        ("waiver-expired", ("OPS-06",), ["expired"], 3),
        ("waiver-removable", ("IMP-02", "OPS-06"), ["removable", "removable"], 3),
        ("attestation-missing", ("NET-05", "NET-03"), [], 2),
        ("attestation-ended", ("APP-05", "NET-03"), [], 3),
    ],
)
def test_a_tenant_of_the_catalogue_comes_to_what_its_file_says(
    name: str, select: tuple[str, ...], waivers: list[str], attestations: int, tmp_path: Path
) -> None:
    outcome, answer, expected = audited(name, tmp_path, select)
    assert answer.state.value == expected.answer, answer.headline
    by_verdict = {one.requirement.partition("v")[0]: one.verdict for one in outcome.scenarios}
    assert {id_ for id_, verdict in by_verdict.items() if verdict is Verdict.FAILED} == set(expected.failed)
    assert {id_ for id_, verdict in by_verdict.items() if verdict is Verdict.UNKNOWN} == set(expected.unknown)
    for id_, code in expected.codes.items():
        (scenario,) = [one for one in outcome.scenarios if one.requirement.startswith(id_)]
        assert code in {finding.code for finding in scenario.findings}
    assert [one.state.value for one in outcome.overlay.waivers] == waivers
    assert len(outcome.overlay.attestations) == attestations


def test_the_healthy_tenant_has_every_attestation_that_is_asked_for(tmp_path: Path) -> None:
    outcome, _, _ = audited("healthy", tmp_path, ("APP-01", "APP-05", "NET-05"))
    assert {one.verdict for one in outcome.scenarios} == {Verdict.PASSED}
    assert all(one.decides for one in outcome.overlay.attestations)


def test_days_of_a_tenant_file_are_counted_from_the_clock_that_it_is_started_with(tmp_path: Path) -> None:
    text = f"""title = "Few"
    {FEW}
    [[waivers]]
    requirement = "IMP-02"
    reason = "r"
    approved_by = "a"
    approved_days_ago = 3
    expires_in_days = 14
    risk = "r"
    """
    file = tmp_path / "few.toml"
    file.write_text(text, encoding="utf-8")
    with embedded.start(file) as tenant:
        written = (tenant.settings_file.parent / "waivers.toml").read_text(encoding="utf-8")
        settings = load_settings(tenant.settings_file, clock=system_clock)
    today = system_clock().date()
    near = [today - timedelta(days=1), today, today + timedelta(days=1)]  # midnight may pass in between
    assert settings.waivers is not None
    assert settings.attestations is None
    assert any(f"expires = {day + timedelta(days=14)}" in written for day in near)
    assert any(f"approved_on = {day - timedelta(days=3)}" in written for day in near)


def test_a_mistake_in_a_tenant_files_waivers_is_named_there(tmp_path: Path) -> None:
    file = tmp_path / "few.toml"
    file.write_text(
        f'title = "Few"\n{FEW}\n[[waivers]]\nrequirement = "IMP-92"\nexpires_in_days = 400\n'
        '[[attestations]]\nrequirement = "NET-05"\nattested_days_ago = -3\nvalid_for_days = 9\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as caught:
        embedded.check(file, clock=system_clock, file_checks=overlay_checks(catalogue(), system_clock))
    lines = file.read_text(encoding="utf-8").splitlines()
    found = {problem.key: lines[(problem.line or 1) - 1] for problem in caught.value.problems}
    assert found["waivers[0].requirement"] == 'requirement = "IMP-92"'
    assert found["waivers[0].expires_in_days"] == "expires_in_days = 400"
    assert found["waivers[0].reason"] == "[[waivers]]"
    assert found["attestations[0].attested_days_ago"] == "attested_days_ago = -3"
    assert {problem.file for problem in caught.value.problems} == {str(file)}
