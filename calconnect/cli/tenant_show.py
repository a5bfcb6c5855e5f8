"""``calconnect tenant show``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from calconnect.cli import options
from calconnect.cli.console import columns, data, json_data

if TYPE_CHECKING:
    from calconnect.mock_tenant.description import Description


@click.command("show")
@click.argument("tenant", metavar="NAME|FILE")
@options.as_json
def show_tenant(tenant: str, *, as_json: bool) -> None:
    """Show what is in a mock tenant: one of the list by NAME, or a tenant FILE.

    Reads the description and checks it; starts nothing. Needs no permissions.
    """
    facts = _facts(tenant)
    if as_json:
        json_data(facts)
        return
    data(f"{facts['name']}: {facts['title']}")
    if facts["description"]:
        data(facts["description"])
    data("")
    account = facts["service_account"]
    rows = [
        ["organisation", facts["organization"]],
        ["domains", ", ".join(facts["domains"])],
        *_halves(facts),
        ["recipients", ", ".join(f"{count:,} {kind}" for kind, count in facts["recipients"].items())],
        ["listed mailboxes", f"{facts['listed']:,}"],
        ["service account", f"{account['email']}, signs in as {account['username']}" if account else "none"],
        ["e-mail to impersonate", facts["email_to_impersonate"] or "none"],
        ["expected to fail", ", ".join(facts["expected"]["failed"]) or "nothing"],
    ]
    for key in ("unknown", "not_applicable", "passed"):
        if facts["expected"][key]:
            rows.append([f"expected {key.replace('_', ' ')}", ", ".join(facts["expected"][key])])
    if facts["expected"]["problems"]:
        rows.append(["settings refused", ", ".join(facts["expected"]["problems"])])
    for line in columns(rows):
        data(line)


def _halves(facts: dict[str, Any]) -> list[list[str]]:
    """Return the rows on the Exchange Server half and the Exchange Online half, as far as they are there."""
    server, online = facts["server"], facts["microsoft365"]
    rows = []
    if online is None or online["topology"] == "hybrid":
        rows.append(["server", f"{server['host']}, build {server['version']}"])
    if online is not None:
        rows.append(["Exchange Online", f"{online['tenant']}, {online['mailboxes']:,} mailboxes"])
        rows.append(["topology", online["topology"]])
    return rows


def _facts(tenant: str) -> dict[str, Any]:
    from calconnect.mock_tenant.description import load

    description = load(tenant)
    organization = description.organization
    account = description.service_account
    return {
        "name": description.name,
        "title": description.title,
        "description": description.description,
        "organization": organization.name,
        "domains": list(organization.domains),
        "server": {"host": organization.host, "version": organization.server.version},
        "microsoft365": _microsoft365(description),
        "recipients": dict(Counter(recipient.kind.value for recipient in organization.directory)),
        "listed": len(description.listed),
        "service_account": None
        if account is None
        else {"email": account.email, "username": account.username, "usernames": list(account.usernames)},
        "email_to_impersonate": description.trial_mailbox,
        "administrators": list(description.administrators),
        "administrator_groups": list(description.administrator_groups),
        "vendor_addresses": list(description.vendor_addresses),
        "expected": {
            "failed": list(description.expected.failed),
            "unknown": list(description.expected.unknown),
            "not_applicable": list(description.expected.not_applicable),
            "passed": list(description.expected.passed),
            "codes": dict(description.expected.codes),
            "problems": list(description.expected.problems),
        },
    }


def _microsoft365(description: Description) -> dict[str, Any] | None:
    facts, half = description.online, description.organization.online
    if facts is None or half is None:
        return None
    return {
        "topology": facts.topology,
        "tenant": facts.tenant,
        "mailboxes": sum(user.location.value == "online" for user in half.users.values()),
        "applications": {one.name: list(one.permissions) for one in half.applications.values()},
    }
