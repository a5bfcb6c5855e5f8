"""Writes the bundle of exports of a mock tenant: what collect-evidence.ps1 would have left in a folder there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from calconnect.foundation.clock import Clock
from calconnect.mock_tenant.exports import configuration, recipients
from calconnect.mock_tenant.exports.files import Files
from calconnect.mock_tenant.exports.powershell import Generation
from calconnect.mock_tenant.exports.values import Row
from calconnect.mock_tenant.state.directory import Account, Recipient
from calconnect.mock_tenant.state.organization import Organization


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is exported, and about whom."""

    organization: Organization
    account: Account | None
    group: Recipient | None
    users: tuple[Recipient, ...]
    clock: Clock


_ROWS: Mapping[str, Callable[[_Subject], list[Row]]] = {
    "role_assignments": lambda of: configuration.role_assignment_rows(of.organization),
    "scopes": lambda of: configuration.scope_rows(of.organization),
    "scope_members": lambda of: configuration.scope_member_rows(of.organization),
    "group": lambda of: recipients.group_rows(of.group),
    "group_members": lambda of: recipients.member_rows(of.group, of.organization.directory),
    "svc_mailbox": lambda of: recipients.mailbox_rows(of.account),
    "svc_cas_mailbox": lambda of: recipients.cas_rows(
        [of.account.recipient] if of.account is not None and of.account.recipient is not None else []
    ),
    "svc_user": lambda of: recipients.user_rows(of.account),
    "svc_ad_user": lambda of: recipients.directory_rows(of.account, of.organization.directory, of.clock()),
    "org": lambda of: configuration.organization_rows(of.organization),
    "accepted_domains": lambda of: configuration.accepted_domain_rows(of.organization),
    "authentication_policies": lambda of: configuration.authentication_policy_rows(of.organization),
    "vdirs": lambda of: configuration.virtual_directory_rows(of.organization),
    "servers": lambda of: configuration.server_rows(of.organization),
    "throttling": lambda of: configuration.throttling_rows(of.account),
    "throttling_policies": lambda of: configuration.throttling_policy_rows(of.organization),
    "users": lambda of: recipients.recipient_rows(of.users),
    "users_cas": lambda of: recipients.cas_rows(of.users),
    "users_ad": lambda of: recipients.administrator_rows(of.users),
}

SERVER_EXPORT_NAMES = tuple(_ROWS)
"""The exports, by their files' names without ending."""
_NEEDS_ACCOUNT = frozenset({"svc_user", "svc_ad_user", "throttling"})
"""Commands that fail for an account that is not there."""
_NEEDS_GROUP = frozenset({"group", "group_members"})


def write_bundle(
    organization: Organization,
    folder: Path,
    *,
    clock: Clock,
    service_account: str = "",
    group: str = "",
    users: Iterable[str] = (),
    generation: Generation = "7",
    form: Literal["json", "csv"] = "json",
    encoding: Literal["utf-8", "utf-8-sig", "utf-16"] = "utf-8",
    days_old: int = 0,
    without: Collection[str] = (),
) -> None:
    """Write an organisation's exports into a folder that is there.

    Args:
        organization: whose state is exported.
        folder: where the files go; what is there under their names is replaced.
        clock: tells the time; the exports are dated by it.
        service_account: the address of the account that is asked about; of one that is not there nothing is exported.
        group: the address of the group that limits impersonation; empty: none is asked about.
        users: the addresses of the users to be integrated.
        generation: of PowerShell, which decides how values are written.
        form: whether the files are JSON or CSV; bundle.json is always JSON.
        encoding: of the files; ``utf-16`` is little-endian with a byte order mark, as Out-File of 5.1 writes.
        days_old: how many days ago they were exported.
        without: exports that are left out, by name.

    Raises:
        OSError: the folder cannot be written to.
    """
    exported_at = clock() - timedelta(days=days_old)
    with organization.lock:
        directory = organization.directory
        subject = _Subject(
            organization,
            recipients.account_of(organization, service_account) if service_account else None,
            directory.by_address(group) if group else None,
            tuple(recipients.listed_recipients(directory, users)),
            lambda: exported_at,
        )
        wanted = [name for name in SERVER_EXPORT_NAMES if name not in without and (group or name not in _NEEDS_GROUP)]
        tables = {name: _ROWS[name](subject) for name in wanted}
    absent = {name for name in _NEEDS_ACCOUNT if subject.account is None}
    absent |= {name for name in _NEEDS_GROUP if not _is_group(subject)}
    files = Files(folder, form, generation, encoding, computer=organization.server.server_name)
    files.write("bundle.json", tables, absent, organization.name, exported_at)


def _is_group(subject: _Subject) -> bool:
    return subject.group is not None and subject.group.is_group
