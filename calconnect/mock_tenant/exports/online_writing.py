"""Writes the exports of the Exchange Online half: what collect-evidence.ps1 -ExchangeOnline would have left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from calconnect.foundation.clock import Clock
from calconnect.mock_tenant.exports import online
from calconnect.mock_tenant.exports.files import Files
from calconnect.mock_tenant.exports.values import Row
from calconnect.mock_tenant.state.online.directory import (
    OWN_APPLICATION,
    VENDOR_APPLICATION,
    OnlineGroup,
    OnlineUser,
)
from calconnect.mock_tenant.state.online.half import OnlineHalf

MOST_TESTED = 50
"""Of the list's users, so many are tested, as the script does it."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is exported, and about whom."""

    half: OnlineHalf
    group: OnlineGroup | None
    users: tuple[OnlineUser, ...]
    applications: tuple[str, ...]
    """App IDs that are tested."""
    at: datetime
    """The tenant's own time."""

    @property
    def tested(self) -> tuple[OnlineUser, ...]:
        return self.users[:MOST_TESTED]


_ROWS: Mapping[str, Callable[[_Subject], list[Row]]] = {
    "online_org": lambda of: online.organization_rows(of.half),
    "online_accepted_domains": lambda of: online.accepted_domain_rows(of.half),
    "application_access_policies": lambda of: online.access_policy_rows(of.half),
    "access_policy_changes": lambda of: online.access_policy_change_rows(of.half, of.at),
    "service_principals": lambda of: online.service_principal_rows(of.half),
    "application_roles": lambda of: online.application_role_rows(of.half),
    "application_scopes": lambda of: online.application_scope_rows(of.half),
    "online_group": lambda of: online.group_rows(of.half, of.group),
    "online_group_members": lambda of: online.member_rows(of.half, of.group),
    "access_policy_tests": lambda of: online.access_test_rows(of.half, of.applications, of.tested),
    "authorization_tests": lambda of: online.authorization_test_rows(of.half, of.applications, of.tested),
    "online_users": lambda of: online.user_rows(of.users),
    "online_cas_mailboxes": lambda of: online.cas_rows(of.users),
    "transport_rules": lambda of: online.transport_rule_rows(of.half.transport_rules),
}

ONLINE_EXPORT_NAMES = tuple(_ROWS)
"""The exports, by their files' names without ending."""
_NEEDS_GROUP = frozenset({"online_group", "online_group_members"})


def write_online_bundle(
    half: OnlineHalf,
    folder: Path,
    *,
    clock: Clock,
    group: str = "",
    users: Iterable[str] = (),
    vendor_application: str = VENDOR_APPLICATION,
    form: Literal["json", "csv"] = "json",
    days_old: int = 0,
    without: Collection[str] = (),
) -> None:
    """Write the exports of an Exchange Online half into a folder that is there.

    Args:
        half: whose state is exported.
        folder: where the files go; exports of an Exchange Server half may lie there, under other names.
        clock: tells the time; the exports are dated by it.
        group: the address of the group that limits the applications; empty: none is asked about.
        users: the addresses of the users to be integrated.
        vendor_application: App ID of the vendor's application; it and calconnect's own are tested.
        form: whether the files are JSON or CSV.
        days_old: how many days ago they were exported.
        without: exports that are left out, by name.

    Raises:
        OSError: the folder cannot be written to.
    """
    age = timedelta(days=days_old)
    with half.lock:
        own = (OWN_APPLICATION,) if OWN_APPLICATION in half.applications else ()
        subject = _Subject(
            half,
            half.group(group) if group else None,
            tuple(online.listed_users(half, users)),
            (vendor_application, *own),
            half.now() - age,
        )
        wanted = [name for name in ONLINE_EXPORT_NAMES if name not in without and (group or name not in _NEEDS_GROUP)]
        tables = {name: _ROWS[name](subject) for name in wanted}
        name = online.initial_domain(half)
    absent = _NEEDS_GROUP if subject.group is None or not subject.group.mail_enabled else frozenset()
    Files(folder, form).write("bundle-online.json", tables, absent & set(tables), name, clock() - age)
