"""From tables to policies and databases, and whether those that accounts and mailboxes name are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.people import People
from calconnect.mock_tenant.description.tables import TenantTables
from calconnect.mock_tenant.state.policies import AuthenticationPolicy, DatabaseState, ThrottlingPolicy


def make_authentication_policies(tables: TenantTables) -> dict[str, AuthenticationPolicy]:
    """Return the authentication policies by name."""
    return {one.name: AuthenticationPolicy(one.name, one.block_legacy_ews) for one in tables.authentication_policies}


def make_throttling_policies(tables: TenantTables) -> dict[str, ThrottlingPolicy]:
    """Return the throttling policies by name."""
    return {
        one.name: ThrottlingPolicy(one.name, one.ews_max_concurrency, one.ews_max_subscriptions)
        for one in tables.throttling_policies
    }


def make_databases(tables: TenantTables) -> dict[str, DatabaseState]:
    """Return the states of the databases by name."""
    return {one.name: one.state for one in tables.databases}


def check_policies(tables: TenantTables, people: People, findings: Findings) -> None:
    """Look whether the policies that are assigned and the mailboxes that hang are there, and what databases hold."""
    authentication = [one.name for one in tables.authentication_policies]
    throttling = [one.name for one in tables.throttling_policies]
    for path, name in _assigned(tables, "authentication_policy"):
        _demand(path, name, authentication, "authentication policy", findings)
    for path, name in _assigned(tables, "throttling_policy"):
        _demand(path, name, throttling, "throttling policy", findings)
    for index, address in enumerate(tables.faults.hanging):
        findings.known(people.directory, ("faults", "hanging", index), address, "mailbox that hangs")
    for index, entry in enumerate(tables.mailboxes):
        for key in ("authentication_policy", "throttling_policy"):
            if getattr(entry, key) is not None and entry.email.lower() not in people.accounts_by_email:
                message = "Nobody signs in to this mailbox, so the policy holds for nobody."
                findings.add(("mailboxes", index, key), message, "Add password.")
    held = {one.database for one in people.directory if one.has_mailbox} if tables.databases else set()
    for index, database in enumerate(tables.databases):
        if database.name not in held:
            message = f"No mailbox is in the database {database.name}."
            findings.unknown(("databases", index, "name"), message, database.name, held)


def _assigned(tables: TenantTables, key: str) -> Iterator[tuple[KeyPath, str]]:
    """Return where the policies of a kind are assigned, and the names given there."""
    default = getattr(tables.organization, key, None)
    if default is not None:
        yield ("organization", key), default
    for table in ("mailboxes", "service_accounts"):
        for index, entry in enumerate(getattr(tables, table)):
            name = getattr(entry, key)
            if name is not None:
                yield (table, index, key), name


def _demand(path: KeyPath, name: str, names: Iterable[str], what: str, findings: Findings) -> None:
    if name not in names:
        findings.unknown(path, f"There is no {what} {name}.", name, names)
