"""Tenant files: who is in the organisation that they describe."""

from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.mock_tenant.state.directory import (
    AccountState,
    Directory,
    MailboxState,
    Recipient,
    RecipientKind,
)
from tests.mock_tenant.tenant_files import load_text


def who(directory: Directory, address: str) -> Recipient:
    found = directory.by_address(address)
    assert found is not None
    return found


def test_an_empty_organisation(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, "")
    assert tenant.name == "tenant"
    assert tenant.title == "A tenant"
    assert tenant.organization.name == "Contoso"
    assert tenant.organization.domains == ["contoso.test"]
    assert len(tenant.organization.directory) == 0
    assert (tenant.listed, tenant.trial_mailbox, tenant.service_account) == ((), "", None)


def test_a_mailbox_with_nothing_but_its_address(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[mailboxes]]\nemail = "alex.morgan@contoso.test"\n')
    alex = who(tenant.organization.directory, "alex.morgan@contoso.test")
    assert (alex.name, alex.kind, alex.has_mailbox) == ("Alex Morgan", RecipientKind.USER, True)
    assert tenant.listed == ("alex.morgan@contoso.test",)
    assert tenant.trial_mailbox == "alex.morgan@contoso.test"
    assert list(tenant.organization.directory.accounts()) == []


def test_a_mailbox_with_all_that_can_be_said(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[mailboxes]]
email = "b@contoso.test"
name = "Bea"
kind = "shared"
aliases = ["bea@contoso.test"]
upn = "bea@corp.contoso.test"
password = "Bea-1"
account = "locked"
database = "DB07"
time_zone = "Asia/Tokyo"
language = "ja-JP"
department = "Sales"
ews_enabled = false
state = "moving"
hidden = true
administrator = true
listed = true
quota_exceeded = true
""",
    )
    directory = tenant.organization.directory
    bea = who(directory, "bea@contoso.test")
    assert bea is who(directory, "B@contoso.test")
    assert bea is directory.by_upn("bea@corp.contoso.test")
    assert (bea.name, bea.kind, bea.database, bea.time_zone) == ("Bea", RecipientKind.SHARED, "DB07", "Asia/Tokyo")
    assert (bea.language, bea.department, bea.ews_enabled) == ("ja-JP", "Sales", False)
    assert (bea.state, bea.hidden, bea.admin_count) == (MailboxState.MOVING, True, 1)
    assert bea.quota_exceeded
    assert tenant.administrators == ("b@contoso.test",)
    assert tenant.listed == ("b@contoso.test",)
    account = directory.account("bea@corp.contoso.test")
    assert account is directory.account("contoso\\bea")
    assert account is not None
    assert (account.recipient, account.password, account.state) == (bea, "Bea-1", AccountState.LOCKED)


@pytest.mark.parametrize("kind", ["remote", "contact"])
def test_whose_mailbox_is_not_here(tmp_path: Path, kind: str) -> None:
    tenant = load_text(tmp_path, f'[[mailboxes]]\nemail = "c@contoso.test"\nkind = "{kind}"\n')
    assert not who(tenant.organization.directory, "c@contoso.test").has_mailbox
    assert tenant.listed == (("c@contoso.test",) if kind == "remote" else ())
    assert tenant.trial_mailbox == ""


def test_the_trial_mailbox_is_no_administrators(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[mailboxes]]
email = "one@contoso.test"
administrator = true
[[mailboxes]]
email = "two@contoso.test"
groups = ["inner@contoso.test"]
[[mailboxes]]
email = "three@contoso.test"
[[groups]]
email = "inner@contoso.test"
name = "Inner"
[[groups]]
email = "outer@contoso.test"
name = "Outer"
administrators = true
members = ["inner@contoso.test"]
""",
    )
    assert tenant.trial_mailbox == "three@contoso.test"
    assert tenant.administrator_groups == ("outer@contoso.test",)
    assert who(tenant.organization.directory, "two@contoso.test").admin_count == 1


def test_generated_mailboxes_take_their_values_in_turn(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[generate]]
email = "{first}.{last}{n:03}@contoso.test"
count = 5
first = 37
name = "{last}, {first} ({n})"
department = ["A", "B"]
time_zone = ["Europe/Paris", "Asia/Tokyo", "UTC"]
password = "same-for-all"
""",
    )
    people = list(tenant.organization.directory)
    assert [one.email for one in people] == list(tenant.listed)
    assert people[0].email == "ada.yilmaz037@contoso.test"
    assert people[0].name == "Yilmaz, Ada (37)"
    assert [one.department for one in people] == ["A", "B", "A", "B", "A"]
    assert [one.time_zone for one in people] == ["Europe/Paris", "Asia/Tokyo", "UTC", "Europe/Paris", "Asia/Tokyo"]
    assert len({one.seed for one in people}) == 5
    assert tenant.organization.directory.account("CONTOSO\\ada.yilmaz037") is not None


def test_an_entry_changes_a_generated_mailbox(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[generate]]
email = "user{n}@contoso.test"
count = 3
department = "Sales"
groups = ["g@contoso.test"]
[[mailboxes]]
email = "USER2@contoso.test"
time_zone = "Asia/Tokyo"
groups = []
[[mailboxes]]
email = "user3@contoso.test"
listed = false
[[groups]]
email = "g@contoso.test"
name = "G"
""",
    )
    directory = tenant.organization.directory
    assert [one.email for one in directory] == [
        "user1@contoso.test",
        "user2@contoso.test",
        "user3@contoso.test",
        "g@contoso.test",
    ]
    assert (who(directory, "user2@contoso.test").time_zone, who(directory, "user2@contoso.test").department) == (
        "Asia/Tokyo",
        "Sales",
    )
    assert who(directory, "g@contoso.test").members == ["user1@contoso.test", "user3@contoso.test"]
    assert tenant.listed == ("user1@contoso.test", "user2@contoso.test")


def test_groups_hold_who_is_named_on_either_side(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[groups]]
email = "all@contoso.test"
name = "All"
kind = "security"
members = ["sub@contoso.test", "a.alias@contoso.test"]
dn = "CN=Old,DC=contoso,DC=test"
[[groups]]
email = "sub@contoso.test"
name = "Sub"
[[mailboxes]]
email = "a@contoso.test"
aliases = ["a.alias@contoso.test"]
groups = ["all@contoso.test", "sub@contoso.test"]
[[rooms]]
email = "r@contoso.test"
name = "R"
groups = ["lists@contoso.test"]
[[groups]]
email = "lists@contoso.test"
name = "Lists"
kind = "room-list"
""",
    )
    directory = tenant.organization.directory
    assert who(directory, "all@contoso.test").members == ["sub@contoso.test", "a@contoso.test"]
    assert who(directory, "sub@contoso.test").members == ["a@contoso.test"]
    assert who(directory, "lists@contoso.test").members == ["r@contoso.test"]
    assert who(directory, "lists@contoso.test").kind is RecipientKind.ROOM_LIST
    assert who(directory, "all@contoso.test").distinguished_name == "CN=Old,DC=contoso,DC=test"
    assert who(directory, "r@contoso.test").kind is RecipientKind.ROOM


def test_service_accounts(tmp_path: Path) -> None:
    tenant = load_text(
        tmp_path,
        """
[[service_accounts]]
email = "svc@contoso.test"
password = "s3cret-canary"
lock_out_after = 3
authentication_policy = "Block"
administrator = true
[[authentication_policies]]
name = "Block"
block_legacy_ews = true
[[service_accounts]]
email = "boxless@contoso.test"
password = "x"
mailbox = false
usernames = ["CORP\\\\boxless"]
[[service_accounts]]
email = "cloud@contoso.test"
password = "x"
mailbox = "elsewhere"
account = "password-expired"
""",
    )
    directory = tenant.organization.directory
    account = tenant.service_account
    assert account is not None
    assert (account.email, account.username, account.password) == (
        "svc@contoso.test",
        "svc@contoso.test",
        "s3cret-canary",
    )
    assert account.usernames == ("svc@contoso.test", "CONTOSO\\svc")
    first, second, third = directory.accounts()
    assert first.recipient is who(directory, "svc@contoso.test")
    assert (first.lock_out_after, first.authentication_policy) == (3, "Block")
    assert tenant.organization.blocks_legacy(first)
    assert first.is_administrator
    assert (second.recipient, second.email, second.logins) == (None, "boxless@contoso.test", ("CORP\\boxless",))
    assert directory.by_address("boxless@contoso.test") is None
    assert third.state is AccountState.PASSWORD_EXPIRED
    assert who(directory, "cloud@contoso.test").kind is RecipientKind.REMOTE
    assert tenant.listed == ()
    assert "s3cret-canary" not in repr(tenant)


def test_an_address_outside_the_accepted_domains_is_a_misconfiguration_one_may_want(tmp_path: Path) -> None:
    tenant = load_text(tmp_path, '[[mailboxes]]\nemail = "a@elsewhere.test"\n')
    assert tenant.listed == ("a@elsewhere.test",)
