"""A secret that is missing is to be stored under the very entry that the settings refer to (APP-02)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calconnect.acceptance.judging import application
from calconnect.acceptance.settings_facts import credential_facts, settings_facts
from calconnect.acceptance.verdicts import Finding, Verdict
from calconnect.evidence.observation import Fact
from calconnect.settings.model import ApplicationCredential, ConnectionSettings, Microsoft365Settings
from calconnect.settings.secrets import SecretReference
from tests.acceptance.online_answers import OWN, ok

IN_KEYRING = SecretReference("keyring", "calconnect/application")
ELSEWHERE = SecretReference("keyring", "Contoso secrets/o'brien")
IN_ENVIRONMENT = SecretReference("env", "CALCONNECT_TEST_NOT_SET")


@pytest.fixture(autouse=True)
def empty_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.get_password", lambda service, user: None)
    monkeypatch.delenv("CALCONNECT_TEST_NOT_SET", raising=False)


def missing(findings: list[Finding]) -> Finding:
    (one,) = [finding for finding in findings if finding.verdict is Verdict.FAILED]
    assert one.code == "password-not-found"
    return one


def of_application(credential: ApplicationCredential, facts: dict[str, Fact] | None = None) -> Finding:
    own = Microsoft365Settings(tenant="contoso.com", application=OWN, credential=credential)
    return missing(application.application_valid(own, ok("s", **(facts or credential_facts(credential)))))


def test_the_application_s_entry_is_named_whatever_holds_it(tmp_path: Path) -> None:
    for credential in (
        ApplicationCredential(client_secret=IN_KEYRING),
        ApplicationCredential(federated_assertion=IN_KEYRING),
        ApplicationCredential(certificate=tmp_path / "absent.pem", certificate_password=IN_KEYRING),
    ):
        assert of_application(credential).remediation == "keyring set calconnect application"
    odd = of_application(ApplicationCredential(client_secret=ELSEWHERE))
    assert odd.remediation == "keyring set 'Contoso secrets' 'o''brien'"


def test_what_is_kept_elsewhere_is_not_stored_in_the_keyring(tmp_path: Path) -> None:
    assert of_application(ApplicationCredential(client_secret=IN_ENVIRONMENT)).remediation == ""
    assert of_application(ApplicationCredential(certificate=tmp_path / "absent.pem")).remediation == ""


def test_the_password_s_entry_is_named() -> None:
    form = ConnectionSettings("svc@example.com", SecretReference("keyring", "mail/svc"), "ann@example.com", True)
    assert (
        missing(application.fields_valid(form, ok("s", **settings_facts(form)))).remediation == "keyring set mail svc"
    )
    other = replace(form, service_account_password=IN_ENVIRONMENT)
    assert missing(application.fields_valid(other, ok("s", **settings_facts(other)))).remediation == ""
