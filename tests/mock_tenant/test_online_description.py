"""The Exchange Online half as tenant files describe it: who is where, which mailbox holds what, what is limited."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.online.access import Allowed, allowed
from calconnect.mock_tenant.state.online.directory import (
    OWN_APPLICATION,
    VENDOR_APPLICATION,
    Licence,
    Location,
    OnlineUser,
)
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import direct_members
from tests.mock_tenant.tenant_files import load_text
from tests.mock_tenant.tenants import NOW

_VENDORS = ["User.Read.All", "Organization.Read.All", "Place.Read.All", "Calendars.ReadWrite"]


def online(folder: Path, text: str) -> OnlineHalf:
    half = load_text(folder, text).organization.online
    assert half is not None
    return half


def found(half: OnlineHalf, key: str) -> OnlineUser:
    user = half.user(key)
    assert user is not None, key
    return user


@pytest.mark.parametrize("name", ["online-healthy", "hybrid-healthy"])
def test_a_healthy_tenant(name: str) -> None:
    tenant = load(name)
    half = tenant.organization.online
    assert half is not None
    group = half.groups["calendar-sync@contoso.test"]
    listed = {one.recipient.email for one in direct_members(half, group) if isinstance(one, OnlineUser)}
    assert len(listed) == 12
    assert listed == set(tenant.listed)
    for app in (VENDOR_APPLICATION, OWN_APPLICATION):
        application, at = half.applications[app], half.now()
        reached = {
            one.recipient.email
            for one in half.users.values()
            if isinstance(allowed(half, application, one, "Calendars.ReadWrite", at), Allowed)
        }
        assert reached == listed
    assert half.applications[VENDOR_APPLICATION].permissions == _VENDORS
    assert tenant.online is not None
    assert tenant.online.trial_mailbox in listed
    assert tenant.online.authorised_by == "it.admin@contoso.test"


def test_a_hybrid_holds_each_mailbox_on_one_side() -> None:
    tenant = load("hybrid-healthy")
    server, half = tenant.organization, tenant.organization.online
    assert half is not None
    assert [found(half, one).location for one in tenant.listed].count(Location.ONLINE) == 6
    for user in half.users.values():
        known = server.directory.by_address(user.recipient.email)
        assert known is not None
        if user.location is Location.SERVER:
            assert known is user.recipient
            assert server.mailbox(known).recipient is known
            with pytest.raises(EwsError, match="ErrorNonExistentMailbox"):
                half.mailbox(user)
        else:
            assert known.kind is RecipientKind.REMOTE
            with pytest.raises(EwsError, match="ErrorNonExistentMailbox"):
                server.mailbox(known)
            assert half.mailbox(user) is half.mailbox(user)
    assert half.mailbox(found(half, "dana.lindqvist@contoso.test")).items
    assert half.lock is server.lock
    assert half.clock is server.clock


def test_a_mailbox_is_one_however_it_is_opened(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[mailboxes]]\nemail = "ann@contoso.test"\n[online]\n')
    half = tenant.organization.online
    assert half is not None
    ann = found(half, "ann@contoso.test")
    assert half.mailbox(ann) is tenant.organization.mailbox(ann.recipient)


def test_users_are_found_by_each_of_their_names(tmp_path: Path) -> None:
    text = (
        '[[mailboxes]]\nemail = "ann@contoso.test"\nupn = "a1@contoso.test"\naliases = ["a2@contoso.test"]\n[online]\n'
    )
    half = online(tmp_path, text)
    ann = half.users["ann@contoso.test"]
    names = ("ANN@contoso.test", "A1@contoso.test", "a2@contoso.test", ann.id, ann.id.upper())
    assert all(half.user(name) is ann for name in names)
    assert half.user("bob@contoso.test") is None


@pytest.mark.parametrize(
    ("said", "location", "licence"),
    [
        ("", Location.ONLINE, Licence.PLAN_1),
        ('licence = "F3"', Location.ONLINE, Licence.F3),
        ('licence = "none"', Location.NOWHERE, Licence.NONE),
        ('location = "nowhere"', Location.NOWHERE, Licence.PLAN_1),
        ('state = "soft-deleted"', Location.NOWHERE, Licence.PLAN_1),
        ('kind = "shared"', Location.ONLINE, Licence.NONE),
    ],
)
def test_who_has_a_mailbox(tmp_path: Path, said: str, location: Location, licence: Licence) -> None:
    half = online(tmp_path, f'[[mailboxes]]\nemail = "ann@contoso.test"\n{said}\n[online]\nlicence = "plan-1"\n')
    ann = found(half, "ann@contoso.test")
    assert (ann.location, ann.licence) == (location, licence)


def test_an_entry_says_what_is_different_about_a_generated_mailbox(tmp_path: Path) -> None:
    text = """
[[generate]]
email = "u{n}@contoso.test"
count = 3
location = "online"
licence = "F1"
[[mailboxes]]
email = "u2@contoso.test"
licence = "E5"
ews_enabled = false
account = "disabled"
[[mailboxes]]
email = "known.elsewhere@contoso.test"
kind = "remote"
[online]
only = false
"""
    half = online(tmp_path, text)
    changed, other = found(half, "u2@contoso.test"), found(half, "u3@contoso.test")
    assert (changed.location, changed.licence, changed.ews_enabled) == (Location.ONLINE, Licence.E5, False)
    assert (other.location, other.licence, other.ews_enabled) == (Location.ONLINE, Licence.F1, None)
    assert (changed.enabled, other.enabled, other.synced) == (False, True, True)
    remote = found(half, "known.elsewhere@contoso.test")
    assert (remote.location, remote.recipient.kind) == (Location.ONLINE, RecipientKind.USER)


def test_times_are_counted_from_the_tenants_first_moment(tmp_path: Path) -> None:
    text = """
[[groups]]
email = "g@contoso.test"
name = "G"
kind = "security"
[online]
ews_allowed_apps = ["own", "aaaaaaaa-0000-0000-0000-00000000000A"]
ews_list_changed_hours_ago = 6
[[online.applications]]
app = "own"
granted_days_ago = 2
[[online.access_policies]]
name = "P"
app = "own"
group = "g@contoso.test"
created_days_ago = 0
effective_after_minutes = 90
"""
    half = online(tmp_path, text)
    (policy,) = half.access_policies
    assert (policy.created, policy.effective) == (NOW, NOW + timedelta(minutes=90))
    assert half.applications[OWN_APPLICATION].granted_at == NOW - timedelta(days=2)
    assert half.ews.allowed_apps == (OWN_APPLICATION, "aaaaaaaa-0000-0000-0000-00000000000a")
    assert half.ews.allowed_apps_effective == NOW + timedelta(hours=18)


def test_domains(tmp_path: Path) -> None:
    text = '[online]\nunverified_domains = ["new.test"]\nno_email_domains = ["contoso.test"]\n'
    half = online(tmp_path, text)
    said = [(one.name, one.verified, one.email, one.initial) for one in half.domains]
    assert said == [
        ("contoso.test", True, False, False),
        ("new.test", False, False, False),
        ("contoso.onmicrosoft.com", True, True, True),
    ]


def test_each_credential_fits_what_the_tenant_takes(tmp_path: Path) -> None:
    own = '[[online.applications]]\napp = "own"\n'
    by = {}
    for credential in ("secret", "certificate", "assertion"):
        tenant = load_text(tmp_path, f'[online]\ncredential = "{credential}"\n{own}')
        assert tenant.organization.online is not None
        assert tenant.online is not None
        by[credential] = tenant.online, tenant.organization.online
    facts, half = by["secret"]
    assert half.applications[OWN_APPLICATION].client_secrets == [facts.client_secret]
    facts, half = by["certificate"]
    (der,) = half.applications[OWN_APPLICATION].certificates
    certificate, key = load_pem_x509_certificate(facts.certificate), load_pem_private_key(facts.certificate, None)
    assert certificate == load_der_x509_certificate(der)
    assert certificate.public_key() == key.public_key()
    facts, half = by["assertion"]
    ((issuer, subject),) = half.applications[OWN_APPLICATION].federated_issuers
    claims = jwt.decode(
        facts.assertion, half.issuer_keys[issuer], algorithms=["RS256"], audience="api://AzureADTokenExchange"
    )
    assert (claims["iss"], claims["sub"]) == (issuer, subject)
    assert all(secret not in repr(facts) for secret in ("PRIVATE KEY", facts.assertion))


def test_a_noted_secret_need_not_be_right(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[online]\n[[online.applications]]\napp = "own"\nnoted_secret = "stale"\n')
    assert tenant.online is not None
    assert tenant.organization.online is not None
    assert tenant.online.client_secret == "stale"
    assert "stale" not in tenant.organization.online.applications[OWN_APPLICATION].client_secrets
