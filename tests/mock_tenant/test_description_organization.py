"""Tenant files: rights, policies, the way to the server, and what is expected of an audit."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts, AutodiscoverMode
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.firewall import Action
from calconnect.mock_tenant.state.faults import FaultKind
from calconnect.mock_tenant.state.policies import Policies
from calconnect.mock_tenant.tls import CertificateFacts, CertificateKind, TlsVersion
from tests.mock_tenant.tenant_files import HEAD, load_text

_ACCOUNTS = """
[[service_accounts]]
email = "svc@contoso.test"
usernames = ["CONTOSO\\\\svc", "svc@contoso.test"]
password = "x"
[[mailboxes]]
email = "a@contoso.test"
groups = ["g@contoso.test"]
[[mailboxes]]
email = "b@contoso.test"
department = "Board"
[[groups]]
email = "g@contoso.test"
name = "G"
"""


@pytest.mark.parametrize(
    ("rights", "allowed"),
    [
        ("", []),
        ('[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\n', ["a", "b"]),
        ('[[role_assignments]]\nname = "r"\nassignee = "contoso\\\\SVC"\nenabled = false\n', []),
        ('[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\ndelegating = true\n', []),
        ('[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\nrole = "Mailbox Search"\n', []),
        (
            '[[role_groups]]\nname = "Sync"\nmembers = ["svc@contoso.test"]\n'
            '[[role_assignments]]\nname = "r"\nassignee = "sync"\n',
            ["a", "b"],
        ),
        (
            '[[role_groups]]\nname = "Sync"\nmembers = []\n'  # the account has left it
            '[[role_assignments]]\nname = "r"\nassignee = "Sync"\n',
            [],
        ),
        (
            '[[role_groups]]\nname = "Sync"\nmembers = ["svc@contoso.test"]\n'
            '[[role_assignments]]\nname = "r"\nassignee = "Sync"\nenabled = false\n',
            [],
        ),
        (
            '[[groups]]\nemail = "outer@contoso.test"\nname = "Outer"\nmembers = ["g@contoso.test", "b@contoso.test"]\n'
            '[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\nscope = "s"\n'
            '[[management_scopes]]\nname = "S"\n'
            "filter = \"MemberOfGroup -eq 'CN=Outer,CN=Users,DC=contoso,DC=test'\"\n",
            ["b"],
        ),
        (
            '[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\nscope = "s"\n'
            '[[management_scopes]]\nname = "S"\nfilter = "MemberOfGroup -eq \'CN=G,CN=Users,DC=contoso,DC=test\'"\n',
            ["a"],
        ),
        (
            '[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\nscope = "s"\n'
            '[[management_scopes]]\nname = "s"\nfilter = "MemberOfGroup -eq \'CN=G,OU=Moved,DC=contoso,DC=test\'"\n',
            [],
        ),
        (
            '[[role_assignments]]\nname = "r"\nassignee = "svc@contoso.test"\n'
            '[[management_scopes]]\nname = "VIP"\nfilter = "Department -eq \'Board\'"\nexclusive = true\n',
            ["a"],
        ),
    ],
)
def test_who_may_be_impersonated(tmp_path: Path, rights: str, allowed: list[str]) -> None:
    made = load_text(tmp_path, _ACCOUNTS + rights).organization
    account = made.directory.account("svc@contoso.test")
    assert account is not None
    found = [
        one.email[0]
        for one in made.directory
        if one.email[0] in "ab" and made.roles.may_impersonate(account, one, made.directory)
    ]
    assert found == allowed


def test_every_policy_can_be_set(tmp_path: Path) -> None:
    defaults = Policies()
    changed = {
        one.name: (not value) if isinstance(value := getattr(defaults, one.name), bool) else value + 1
        for one in dataclasses.fields(Policies)
    }
    lines = [f"{key} = {str(value).lower()}" for key, value in changed.items()]
    made = load_text(tmp_path, "[policies]\n" + "\n".join(lines))
    assert dataclasses.asdict(made.organization.policies) == changed
    assert load_text(tmp_path, "").organization.policies == defaults


def test_faults_are_mixed_by_percent(tmp_path: Path) -> None:
    lines = """
[faults]
seed = 7
percent = { reset = 5, 503 = 2.5 }
back_off = ["0", "", "soon"]
hanging = ["A@contoso.test"]
hanging_one_in = 1000
"""
    made = load_text(tmp_path, _ACCOUNTS + lines).organization.faults
    assert made.percent == {FaultKind.RESET: 5.0, FaultKind.UNAVAILABLE: 2.5}
    assert (made.seed, made.back_off, made.hanging_one_in) == (7, ("0", "", "soon"), 1000)
    assert made.hanging == {"a@contoso.test"}


def test_the_server(tmp_path: Path) -> None:
    made = load_text(tmp_path, '[server]\nversion = "15.1.2507.44"\nhost = "mx.contoso.test"\n').organization
    assert (made.server.version, made.host, made.server.server_name) == ("15.1.2507.44", "mx.contoso.test", "EX01")


def test_the_firewall_tries_its_rules_by_order(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[firewall]
default = "drop"
vendor_addresses = ["127.10.0.1"]
[[firewall.rules]]
order = 20
action = "reject"
source = "127.10.0.0/16"
[[firewall.rules]]
order = 10
action = "allow"
source = "127.10.0.1"
""",
    )
    assert tenant.firewall.decide("127.10.0.1") is Action.ALLOW
    assert tenant.firewall.decide("127.10.0.2") is Action.REJECT
    assert tenant.firewall.decide("127.0.0.1") is Action.DROP
    assert tenant.vendor_addresses == ("127.10.0.1",)


def test_without_a_firewall_everybody_is_let_in(tmp_path: Path) -> None:
    assert load_text(tmp_path, "").firewall.decide("127.0.0.1") is Action.ALLOW


def test_certificate_and_autodiscover(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[certificate]
kind = "expired"
tls_minimum = "1.0"
tls_maximum = "1.1"
[autodiscover]
mode = "redirect-url"
target = "https://other.contoso.test/autodiscover/autodiscover.xml"
""",
    )
    assert tenant.certificate == CertificateFacts(CertificateKind.EXPIRED, TlsVersion.TLS_1_0, TlsVersion.TLS_1_1)
    assert tenant.autodiscover.mode is AutodiscoverMode.REDIRECT_URL
    assert tenant.autodiscover.target == "https://other.contoso.test/autodiscover/autodiscover.xml"
    plain = load_text(tmp_path, "")
    assert (plain.certificate, plain.autodiscover) == (CertificateFacts(), AutodiscoverFacts())


def test_settings_and_expected(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[settings.connection]
exchange_server_url = "https://mail.contoso.test/EWS/Exchange.asmx"
[expected]
failed = ["IMP-02"]
unknown = ["OPS-06"]
codes = { IMP-02 = "ErrorImpersonateUserDenied" }
""",
    )
    assert tenant.settings == {"connection": {"exchange_server_url": "https://mail.contoso.test/EWS/Exchange.asmx"}}
    assert (tenant.expected.failed, tenant.expected.unknown) == (("IMP-02",), ("OPS-06",))
    assert tenant.expected.codes == {"IMP-02": "ErrorImpersonateUserDenied"}


def test_the_clock_starts_at_now_and_a_clock_that_is_given_wins(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text("now = 2027-03-01T09:00:00+01:00\n" + HEAD, encoding="utf-8")
    start = load(file).organization.now()
    assert 0 <= (start - datetime(2027, 3, 1, 8, tzinfo=UTC)).total_seconds() < 30
    given = MovableClock(datetime(2026, 1, 1, tzinfo=UTC), running=False)
    assert load(file, given).organization.clock is given
    assert load(file, lambda: datetime(2025, 1, 1, tzinfo=UTC)).organization.now().year == 2025
