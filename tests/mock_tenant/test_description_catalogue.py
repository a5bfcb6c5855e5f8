"""The tenants that come with calconnect: they load, are what they say, and there is one for each requirement."""

from __future__ import annotations

import re
import tomllib
import tracemalloc
from pathlib import Path

import pytest

from calconnect.mock_tenant.description import CatalogueEntry, catalogue, load
from calconnect.mock_tenant.description.document import read_document
from calconnect.mock_tenant.firewall import Action
from calconnect.mock_tenant.state.directory import RecipientKind
from tests.mock_tenant.tenant_files import load_text

_REQUIREMENTS = Path(__file__).resolve().parents[2] / "calconnect" / "requirements" / "catalogue"
_ENTRIES = catalogue()
_HEALTHY = ("online-healthy", "online-ews-healthy", "hybrid-healthy")
"""What stands on its own, as ``healthy`` does: one for each further topology."""


def requirement_ids() -> set[str]:
    """Return the ids of all requirements. (Read from the files: the mock tenant knows nothing of requirements.)"""
    return {
        one["id"]
        for file in _REQUIREMENTS.glob("*.toml")
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["requirement"]
    }


def test_the_catalogue_lists_the_healthy_tenant_first() -> None:
    names = [entry.name for entry in _ENTRIES]
    assert names[0] == "healthy"
    assert names[1:] == sorted(names[1:])
    assert {"large", "password-expired", "wrong-password", "disabled", "locked"} <= set(names)
    assert all(entry.title and entry.file.stem == entry.name for entry in _ENTRIES)
    assert len({entry.title for entry in _ENTRIES}) == len(_ENTRIES)


@pytest.mark.parametrize("entry", _ENTRIES, ids=lambda entry: entry.name)
def test_a_tenant_of_the_catalogue(entry: CatalogueEntry) -> None:
    tenant = load(entry.name)
    assert (tenant.name, tenant.title, tenant.file) == (entry.name, entry.title, entry.file)
    assert tenant.description.endswith(".")
    account, online = tenant.service_account, tenant.organization.online
    if online is None or not online.only:
        assert account is not None
        assert tenant.organization.directory.account(account.username) is not None
    assert len(tenant.listed) >= 10
    assert tenant.trial_mailbox in tenant.listed
    expected = tenant.expected
    assert bool(expected.problems) <= (not expected.failed and not expected.unknown)
    ids = {*expected.failed, *expected.unknown, *expected.not_applicable}
    assert ids <= requirement_ids()
    assert set(expected.codes) <= {*expected.failed, *expected.unknown}
    assert set(expected.failed) <= set(expected.codes)
    named = re.match(r"[a-z]{2,4}-\d{2}", entry.name)
    if named is not None:
        assert named[0].upper() in (*expected.failed, *expected.unknown)


def test_each_requirement_has_a_tenant_that_breaks_it() -> None:
    expected = [tomllib.loads(entry.file.read_text(encoding="utf-8")).get("expected", {}) for entry in _ENTRIES]
    broken = {id_ for one in expected for verdict in ("failed", "unknown") for id_ in one.get(verdict, [])}
    assert requirement_ids() <= broken


def test_each_tenant_differs_from_one_with_nothing_wrong_in_little() -> None:
    files = {entry.name: tomllib.loads(entry.file.read_text(encoding="utf-8")) for entry in _ENTRIES}
    for entry in _ENTRIES[1:]:
        tables = files[entry.name]
        if entry.name in _HEALTHY:
            continue
        base = files[tables["base"]].get("expected", {})
        assert not base.get("failed") and not base.get("unknown"), f"{entry.name} stands on a tenant with a mistake"
        assert 1 <= len(set(tables) - {"title", "description", "base", "expected"}) <= 4, entry.name
        assert read_document(entry.file, []).data["organization"]["name"] == "Contoso"


def test_the_healthy_tenant() -> None:
    tenant = load("healthy")
    made = tenant.organization
    directory = made.directory
    assert made.domains == ["contoso.test"]
    people = [directory.by_address(address) for address in tenant.listed]
    assert len(people) == len(set(tenant.listed)) == 50
    assert len({one.department for one in people if one is not None and one.email.startswith("user")}) == 3
    assert len({one.time_zone for one in people if one is not None}) == 2
    assert (tenant.expected.failed, tenant.expected.unknown) == ((), ())

    group = directory.by_address("calendar-sync@contoso.test")
    assert group is not None
    assert set(group.members) == set(tenant.listed)
    account = directory.account("svc-calendar@contoso.test")
    assert account is not None
    reached = {one.email for one in directory if made.roles.may_impersonate(account, one, directory)}
    assert reached == set(tenant.listed)
    outsiders = tenant.settings["limit"]["outsiders"]
    assert len(outsiders) == 2
    assert all((found := directory.by_address(one)) is not None and found.has_mailbox for one in outsiders)

    (admins,) = tenant.administrator_groups
    administrators = directory.by_address(admins)
    assert administrators is not None
    nested = [directory.by_address(one) for one in administrators.members]
    assert any(one is not None and one.is_group for one in nested)
    kinds = [one.kind for one in directory]
    assert (kinds.count(RecipientKind.ROOM), kinds.count(RecipientKind.ROOM_LIST)) == (3, 1)
    assert len(tenant.vendor_addresses) == 6
    assert all(tenant.firewall.decide(one) is Action.ALLOW for one in (*tenant.vendor_addresses, "127.0.0.1"))
    assert tenant.firewall.decide("127.10.0.7") is Action.REJECT


def test_a_hundred_thousand_mailboxes_are_there_and_none_is_opened() -> None:
    tenant = load("large")
    assert len(tenant.organization.directory) > 100_000
    assert tenant.organization.opened == {}


def test_a_generated_mailbox_takes_little_memory(tmp_path: Path) -> None:
    load_text(tmp_path, "")  # what is made once and for all is not counted
    tracemalloc.start()
    try:
        tenant = load_text(tmp_path, '[[generate]]\nemail = "p{n:06}@contoso.test"\ncount = 5_000\n')
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(tenant.listed) == 5_000
    assert used / 5_000 < 5_000, "100,000 mailboxes would take more than 500 MB"
