"""The settings folder of a mock tenant: the files that an administrator of that organisation would have made."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calconnect.embedded.exports import supply_exports
from calconnect.embedded.online import online_hosts, online_settings, write_credential
from calconnect.embedded.overlays import supply_overlay
from calconnect.embedded.toml_text import toml_text
from calconnect.foundation.clock import Clock
from calconnect.foundation.files import is_there, write_atomic, write_private
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.firewall import Action, Firewall
from calconnect.mock_tenant.state.directory import RecipientKind

SETTINGS_FILE = "calconnect.toml"
MAILBOXES_FILE = "mailboxes.csv"
PASSWORD_FILE = "service-account-password.txt"  # noqa: S105
CA_FILE = "ca.pem"
VENDOR_FILE = "vendor-addresses.txt"
FIREWALL_FILE = "firewall.csv"

_PATH_KEYS = (
    ("mailboxes", "file"),
    ("evidence", "folder"),
    ("microsoft365", "certificate"),
    ("network", "ca_file"),
    ("network", "vendor_addresses"),
    ("network", "firewall_export"),
    ("run", "suite"),
    ("overlay", "waivers"),
    ("overlay", "attestations"),
)

TIMEOUT_SECONDS = 10.0
"""On loopback nothing takes longer unless it is held on purpose."""


def write_folder(folder: Path, description: Description, port: int, ca_pem: bytes, *, clock: Clock) -> Path:
    """Write the settings, and all files that they name, into ``folder`` and return the settings file.

    Args:
        folder: a folder that is empty, or is not there yet.
        description: the mock tenant.
        port: where it listens.
        ca_pem: the authority that its certificate comes from.
        clock: dates the exports of its configuration, and the days of waivers and attestations.

    Raises:
        OSError: the folder cannot be written to.
    """
    listed = "".join(f"{address}\n" for address in description.listed)
    write_atomic(folder / MAILBOXES_FILE, "PrimarySmtpAddress\n" + listed)
    write_atomic(folder / CA_FILE, ca_pem)
    write_atomic(folder / VENDOR_FILE, "".join(f"{address}\n" for address in description.vendor_addresses))
    write_atomic(folder / FIREWALL_FILE, firewall_csv(description.firewall))
    account = description.service_account
    if account is not None:
        write_private(folder / PASSWORD_FILE, account.password + "\n")
        if account.noted_openly and os.name == "posix":
            (folder / PASSWORD_FILE).chmod(0o644)
    if description.online is not None:
        write_credential(folder, description.online)
    own = _beside(description.settings, description.file.absolute().parent)
    settings = overlay(generated_settings(description, port), own)
    path = folder / SETTINGS_FILE
    write_atomic(path, toml_text(settings))
    supply_overlay(folder, description, clock=clock)
    supply_exports(folder, description, settings, clock=clock)
    return path


def generated_settings(description: Description, port: int) -> dict[str, Any]:
    """Return the settings that connect to a mock tenant, before its own ``[settings]`` are laid over them.

    What connects to the Exchange Online half is among them where there is one. URL and username are left out, so that
    Autodiscover and the sign-in by e-mail address are what is verified; the tenant's host names lead to loopback by
    ``network.connect_to``.
    """
    account = description.service_account
    connection: dict[str, Any] = {}
    if account is not None:
        connection["service_account_email"] = account.email
        connection["service_account_password"] = f"file:{PASSWORD_FILE}"
    if description.trial_mailbox:
        connection["email_to_impersonate"] = description.trial_mailbox
    connection["terms_agreed"] = True
    trial = {
        "administrators": list(description.administrators),
        "administrator_groups": list(description.administrator_groups),
    }
    has_server = description.organization.online is None or not description.organization.online.only
    network: dict[str, Any] = {"ca_file": CA_FILE, "timeout_seconds": TIMEOUT_SECONDS}
    if description.vendor_addresses:
        network["vendor_addresses"] = VENDOR_FILE
        if has_server:
            network["firewall_export"] = FIREWALL_FILE
    hosts = [*host_names(description), *online_hosts(description)]
    network["connect_to"] = {f"{host}:443": f"127.0.0.1:{port}" for host in hosts}
    directory = description.organization.directory
    has_rooms = any(recipient.kind is RecipientKind.ROOM for recipient in directory)
    return {
        **online_settings(description),
        "connection": connection,
        "mailboxes": {"file": MAILBOXES_FILE},
        "trial": {key: value for key, value in trial.items() if value},
        "network": network,
        "rooms": {"wanted": has_rooms},
    }


def host_names(description: Description) -> list[str]:
    """Return the names by which clients look for the tenant's server."""
    organization = description.organization
    names = [organization.host]
    for domain in organization.domains:
        names += [f"mail.{domain}", f"autodiscover.{domain}", domain]
    return list(dict.fromkeys(names))


def overlay(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``change`` over ``base``: tables are merged, an empty string takes a key away, anything else replaces."""
    merged = copy.deepcopy(dict(base))
    for key, value in change.items():
        if value == "":
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = overlay(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def _beside(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the settings of a tenant file, with those paths made absolute that name something beside it."""
    found = {name: dict(table) if isinstance(table, Mapping) else table for name, table in settings.items()}
    for name, key in _PATH_KEYS:
        table = found.get(name)
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str) and value and is_there(folder / value):
            found[name][key] = str(folder / value)
    return found


def firewall_csv(firewall: Firewall) -> str:
    """Return the firewall's rules as the export that an administrator would supply (columns: docs/settings.md)."""
    lines = ["order,action,source,destination,port,enabled"]
    words = {Action.ALLOW: "allow", Action.REJECT: "deny", Action.DROP: "deny"}
    rules = [(words[rule.action], str(rule.network)) for rule in firewall.rules]
    rules.append((words[firewall.default], "any"))
    lines += [f"{order},{action},{source},any,any,true" for order, (action, source) in enumerate(rules, 1)]
    return "\n".join(lines) + "\n"
