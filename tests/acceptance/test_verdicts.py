"""Each requirement has been seen to pass, to fail with its code, and to be unknown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.settings.secrets import SecretReference
from tests.acceptance.bundles import bundle
from tests.acceptance.cases import (
    DENIED,
    FAILING,
    GIVEN_SAYS,
    NOT_APPLICABLE,
    REFUSED,
    UNKNOWN,
    Case,
    only,
)
from tests.acceptance.fake_tenant import (
    GROUP,
    OUTSIDER,
    TRIAL,
    URL,
    USERS,
    FakeTenant,
    Says,
    make_settings,
    refuses,
    silent,
)
from tests.acceptance.suite_run import not_asked, run, scenario

LESS_ACCESS = ("OPS-02v1", "OPS-03v1", "SEC-02v1")
"""What does not apply where full access was agreed."""
VOUCHED = ("APP-01v1", "APP-05v1", "NET-05v1")
"""What somebody must vouch for, and nobody has."""


def decided(ended: ScenarioFinished) -> list[tuple[str, str]]:
    return [(finding.target, finding.code) for finding in ended.findings if finding.verdict is ended.verdict]


def name(case: Case) -> str:
    return f"{case.requirement} {case.code or case.reason or ''}"


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_it_fails_with_its_code(tmp_path: Path, case: Case) -> None:
    ended = scenario(tmp_path, case.requirement, case.script, **case.changes)
    assert ended.verdict is Verdict.FAILED, ended.sentence
    assert case.code in {code for _, code in decided(ended)}
    assert not case.target or case.target in {target for target, _ in decided(ended)}
    assert ended.sentence
    assert all(finding.observations for finding in ended.findings), "a finding rests on something"
    assert "failed" in {step.verdict.value for step in ended.steps}


@pytest.mark.parametrize("case", UNKNOWN, ids=name)
def test_it_is_unknown_and_says_why(tmp_path: Path, case: Case) -> None:
    ended = scenario(tmp_path, case.requirement, case.script, **case.changes)
    assert (ended.verdict, ended.reason) == (Verdict.UNKNOWN, case.reason), ended.sentence
    assert not case.target or case.target in {target for target, _ in decided(ended)}
    assert ended.sentence


@pytest.mark.parametrize("case", NOT_APPLICABLE, ids=name)
def test_it_does_not_apply(tmp_path: Path, case: Case) -> None:
    ended = scenario(tmp_path, case.requirement, **case.changes)
    assert ended.verdict is Verdict.NOT_APPLICABLE
    assert ended.sentence
    assert not ended.findings


def test_every_requirement_is_seen_to_fail_and_to_be_unknown() -> None:
    everything = {case.requirement for case in FAILING} | {"SEC-01"}  # which has tests of its own
    by_settings = {"APP-02", "APP-06", "SVC-03"}
    assert {case.requirement for case in UNKNOWN} == everything - by_settings


def test_everything_passes_where_everything_is_in_order(tmp_path: Path) -> None:
    outcome = run(make_settings(tmp_path), bundle=bundle()(tmp_path))
    assert {
        ended.requirement: ended.verdict.value for ended in outcome.scenarios if ended.verdict is not Verdict.PASSED
    } == dict.fromkeys(("NET-01v1", *LESS_ACCESS, *not_asked()), "not-applicable") | dict.fromkeys(VOUCHED, "unknown")
    passed = [ended for ended in outcome.scenarios if ended.verdict is Verdict.PASSED]
    assert all(step.verdict is Verdict.PASSED for ended in passed for step in ended.steps)
    known = {observation.id for observation in outcome.observations}
    for ended in outcome.scenarios:
        assert set(ended.observations) <= known
        assert ended.observations or ended.verdict is not Verdict.PASSED


def test_everything_passes_with_url_and_username_given(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, exchange_server_url=URL, service_account_username="EXAMPLE\\svc")
    outcome = run(settings, FakeTenant(GIVEN_SAYS), bundle=bundle()(tmp_path))
    not_passed = {
        ended.requirement: ended.verdict for ended in outcome.scenarios if ended.verdict is not Verdict.PASSED
    }
    absent = ("NET-02v1", "SVC-08v1", *LESS_ACCESS, *not_asked())
    assert not_passed == dict.fromkeys(absent, Verdict.NOT_APPLICABLE) | dict.fromkeys(VOUCHED, Verdict.UNKNOWN)


def test_an_unreachable_server_leaves_everything_live_unknown(tmp_path: Path) -> None:
    script = {"locate": silent("connection-refused"), "tls": silent("connection-refused")}
    tenant = FakeTenant(script)
    outcome = run(make_settings(tmp_path, firewall_export=None), tenant)
    verdicts = {ended.requirement: ended.verdict for ended in outcome.scenarios}
    assert {key for key, verdict in verdicts.items() if verdict is Verdict.PASSED} == {
        "APP-02v1",
        "APP-06v1",
        "SVC-03v1",
    }
    assert Verdict.FAILED not in verdicts.values()
    assert {probe for probe, _ in tenant.asked} == {"locate", "tls"}


def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    tenant = FakeTenant({"sign-in": REFUSED})
    outcome = run(make_settings(tmp_path), tenant)
    failing = {ended.requirement for ended in outcome.scenarios if ended.verdict is Verdict.FAILED}
    assert failing == {"SVC-04v1", "SVC-08v1"}
    assert tenant.count("sign-in") == 1
    assert {probe for probe, _ in tenant.asked} == {"locate", "tls", "offered-authentication", "sign-in", "reach-from"}


def test_a_password_that_autodiscover_refused_is_not_tried_again(tmp_path: Path) -> None:
    tenant = FakeTenant({"locate": REFUSED, "tls": silent("not-located")})
    outcome = run(make_settings(tmp_path), tenant)
    failing = {ended.requirement for ended in outcome.scenarios if ended.verdict is Verdict.FAILED}
    assert failing == {"SVC-04v1", "SVC-08v1"}
    assert tenant.count("sign-in") == 0


def test_a_wrong_certificate_fails_alone(tmp_path: Path) -> None:
    script = {"locate": silent("certificate-untrusted"), "tls": silent("not-located")}
    tenant = FakeTenant(script)
    outcome = run(make_settings(tmp_path), tenant)
    failing = {ended.requirement for ended in outcome.scenarios if ended.verdict is Verdict.FAILED}
    assert failing == {"NET-03v1"}
    assert tenant.count("sign-in") == 0


def test_no_password_means_that_nothing_is_sent(tmp_path: Path) -> None:
    tenant = FakeTenant()
    settings = make_settings(tmp_path, service_account_password=SecretReference("file", "nowhere.txt", tmp_path))
    outcome = run(settings, tenant)
    verdicts = {ended.requirement: (ended.verdict, ended.reason) for ended in outcome.scenarios}
    assert verdicts["APP-02v1"][0] is Verdict.FAILED
    assert verdicts["SVC-04v1"] == (Verdict.UNKNOWN, UnknownReason.BLOCKED)
    assert tenant.asked == []


def test_a_nested_member_is_not_in_the_scope(tmp_path: Path) -> None:
    class Nested(FakeTenant):
        def expand_group(self, address: str) -> Any:
            if address != GROUP:
                return super().expand_group(address)
            outer = self._answer("expand-group", GROUP, Says(details={"members": list(USERS[1:])}))
            inner = self._answer("expand-group", "inner@example.com", Says(details={"members": [TRIAL], "depth": 1}))
            return (outer, inner)

    outcome = run(make_settings(tmp_path), Nested(), select=["IMP-03"])
    (ended,) = outcome.scenarios
    (finding,) = [one for one in ended.findings if one.verdict is Verdict.FAILED]
    assert (finding.target, finding.code) == (TRIAL, "nested-member")
    assert "inner@example.com" in finding.sentence
    assert finding.remediation == f"Add-DistributionGroupMember -Identity '{GROUP}' -Member '{TRIAL}'"


def test_an_alias_in_the_list_is_a_member_by_its_primary_address(tmp_path: Path) -> None:
    alias = "alias@example.com"
    says = {"resolve-address": lambda target: Says(details={"primary_smtp": TRIAL} if target == alias else {})}
    ended = scenario(tmp_path, "IMP-03", says, users=(alias, *USERS[1:]))
    assert ended.verdict is Verdict.PASSED, ended.sentence


def test_who_is_in_the_group_beyond_the_list_is_told(tmp_path: Path) -> None:
    ended = scenario(
        tmp_path, "IMP-03", {f"expand-group {GROUP}": Says(details={"members": [*USERS, "extra@example.com"]})}
    )
    assert ended.verdict is Verdict.PASSED
    assert "extra@example.com" in ended.sentence


def test_another_calendar_that_opens_shows_that_impersonation_is_enabled(tmp_path: Path) -> None:
    says = {"open-calendar": only(TRIAL, says=DENIED)}
    assert scenario(tmp_path, "IMP-01", says).verdict is Verdict.PASSED
    assert scenario(tmp_path, "IMP-02", says).verdict is Verdict.FAILED


def test_a_trial_mailbox_outside_the_list_must_be_covered_too(tmp_path: Path) -> None:
    says = {"open-calendar": only("guest@example.com", says=DENIED)}
    ended = scenario(tmp_path, "IMP-02", says, email_to_impersonate="guest@example.com")
    assert decided(ended) == [("guest@example.com", "ErrorImpersonateUserDenied")]
    bad = {"open-calendar": only("guest@example.com", says=refuses("ErrorNonPrimarySmtpAddress", 200))}
    assert scenario(tmp_path, "IMP-02", bad, email_to_impersonate="guest@example.com").verdict is Verdict.PASSED
    assert scenario(tmp_path, "IMP-07", bad, email_to_impersonate="guest@example.com").verdict is Verdict.FAILED


def test_the_wire_decides_where_this_machine_can_take_the_address_on(tmp_path: Path) -> None:
    (tmp_path / "vendor.txt").write_text("203.0.113.7\n192.0.2.1\n")
    settings = make_settings(tmp_path)
    (tmp_path / "vendor.txt").write_text("203.0.113.7\n192.0.2.1\n")
    says = {"reach-from": only("192.0.2.1", says=Says(), others=silent("cannot-bind"))}
    (ended,) = run(settings, FakeTenant(says), select=["NET-04"]).scenarios
    assert {finding.target: finding.code for finding in ended.findings} == {
        "203.0.113.7": "admitted-by-rule",
        "192.0.2.1": "observed-on-the-wire",
    }
    assert "Judged from configuration." in ended.findings[0].sentence
    assert "Observed on the wire." in ended.findings[1].sentence


def test_a_rule_that_denies_is_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    (tmp_path / "firewall.csv").write_text("order,action,source,destination,port,enabled\n7,deny,any,any,any,true\n")
    (ended,) = run(settings, select=["NET-04"]).scenarios
    assert {finding.code for finding in ended.findings} == {"denied-by-rule"}
    assert "rule 7, line 2" in ended.findings[0].sentence


def test_files_that_a_verdict_rests_on_are_recorded_with_their_hash(tmp_path: Path) -> None:
    outcome = run(make_settings(tmp_path))
    facts = {key for observation in outcome.observations for key in observation.details}
    assert {"sha256 of vendor.txt", "sha256 of firewall.csv", "sha256 of mailboxes.csv"} <= facts
    hashed = {key for key in facts if key.startswith("sha256")}
    assert not any("password" in key for key in hashed), "the hash of a short secret gives the secret away"


@pytest.mark.skipif(os.name != "posix", reason="files have such modes on POSIX only")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_password_that_others_can_read_is_not_kept_securely(tmp_path: Path, mode: int) -> None:
    settings = make_settings(tmp_path)
    (tmp_path / "password.txt").chmod(mode)
    (ended,) = run(settings, select=["SEC-01"]).scenarios
    assert ended.verdict is Verdict.FAILED
    assert ("service_account_password", "readable-by-others") in decided(ended)


def test_credentials_that_went_over_http_are_not_kept_securely(tmp_path: Path) -> None:
    ended = scenario(tmp_path, "SEC-01", {"sign-in": Says(url="http://mail.example.com/EWS/Exchange.asmx")})
    assert ("service_account_password", "sent-without-tls") in decided(ended)


@pytest.mark.parametrize("kind", ["env", "keyring"])
def test_other_references_hold_no_file_to_look_at(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVC_PASSWORD", "secret")
    monkeypatch.setattr("keyring.get_password", lambda service, user: "secret")
    place = "SVC_PASSWORD" if kind == "env" else "calconnect/svc"
    ended = scenario(tmp_path, "SEC-01", service_account_password=SecretReference(kind, place))
    assert ended.verdict is Verdict.PASSED
    assert {finding.code for finding in ended.findings} == {"by-reference", "verified-before-use"}


def test_every_step_has_its_say_so_that_one_run_finds_all(tmp_path: Path) -> None:
    script = {
        "open-calendar": Says(),
        f"expand-group {GROUP}": Says(details={"members": list(USERS[1:])}),
    }
    ended = scenario(tmp_path, "IMP-03", script)
    assert set(decided(ended)) == {(TRIAL, "not-a-member"), (OUTSIDER, "NoError")}
    assert [step.verdict.value for step in ended.steps[-2:]] == ["failed", "failed"]


def test_an_address_that_is_no_good_is_mended_otherwise_than_a_missing_right(tmp_path: Path) -> None:
    script = {
        "open-calendar": lambda user: {USERS[1]: refuses("ErrorNonExistentMailbox"), USERS[2]: DENIED}.get(user, Says())
    }
    ended = scenario(tmp_path, "IMP-02", script)
    mending = {finding.target: finding.remediation for finding in ended.findings if finding.verdict is Verdict.FAILED}
    assert mending[USERS[1]].startswith(f"Get-Recipient -Identity '{USERS[1]}' | Format-List ")
    assert mending[USERS[2]] == ""
