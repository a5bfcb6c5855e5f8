"""Configuration evidence for the organisation of the fake tenant: by default as one where everything is in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from calconnect.evidence.bundle.model import (
    AccountRecord,
    Bundle,
    BundleFile,
    GroupRecord,
    ManagementScope,
    OrganizationRecord,
    RoleAssignment,
    ServerRecord,
    ThrottlingRecord,
    UserRecord,
    VirtualDirectory,
)
from tests.acceptance.fake_tenant import ACCOUNT, GROUP, START, USERS

GROUP_DN = "CN=Calendar users,OU=Groups,DC=example,DC=com"
SCOPE = "Calendar users"

_FILES_OF = {
    "role_assignments": ("role_assignments",),
    "scopes": ("scopes", "scope_members"),
    "group": ("group", "group_members"),
    "account": ("svc_mailbox", "svc_cas_mailbox", "svc_user", "svc_ad_user"),
    "organization": ("org", "accepted_domains", "authentication_policies"),
    "virtual_directories": ("vdirs",),
    "servers": ("servers",),
    "throttling": ("throttling", "throttling_policies"),
    "users": ("users", "users_cas", "users_ad"),
}

ASSIGNMENT = RoleAssignment(
    "Calendar connection",
    "Calendar service",
    "User",
    "Calendar service",
    "Regular",
    "CustomRecipientScope",
    SCOPE,
    enabled=True,
)
CALENDAR_SCOPE = ManagementScope(SCOPE, f"MemberOfGroup -eq '{GROUP_DN}'", "", exclusive=False, members=USERS)
ACCOUNT_RECORD = AccountRecord(
    ACCOUNT,
    "UserMailbox",
    name="Calendar service",
    sam_account_name="calendar-service",
    ews_enabled=True,
    authentication_policy="",
    enabled=True,
    locked_out=False,
    password_expired=False,
    must_change_password=False,
    admin_count=0,
    member_of=(),
)
ORGANIZATION = OrganizationRecord(None, "", ("example.com",), ())
DIRECTORY = VirtualDirectory(
    "EX01", "https://mail.example.com/EWS/Exchange.asmx", "", basic=True, windows=True, extended_protection="Allow"
)


def exclusive(*members: str) -> ManagementScope:
    return ManagementScope("Executives", "Department -eq 'Board'", "", exclusive=True, members=members)


def user(address: str, kind: str = "UserMailbox", **more: Any) -> UserRecord:
    return replace(UserRecord(address, kind, ews_enabled=True, admin_count=0, database="DB01"), **more)


def records() -> dict[str, Any]:
    return {
        "role_assignments": (ASSIGNMENT,),
        "scopes": (CALENDAR_SCOPE,),
        "group": GroupRecord(GROUP, GROUP_DN, "MailUniversalSecurityGroup", USERS, ()),
        "account": ACCOUNT_RECORD,
        "organization": ORGANIZATION,
        "virtual_directories": (DIRECTORY,),
        "servers": (ServerRecord("EX01", "15.2.2562.17", "Mailbox"),),
        "throttling": ThrottlingRecord("Calendar connection", 27, 5000),
        "users": tuple(user(address) for address in USERS),
    }


def bundle(
    *, days_old: float = 1, without: Collection[str] = (), account: dict[str, Any] | None = None, **changed: Any
) -> Callable[[Path], Bundle]:
    """Return what makes a bundle in a folder.

    Args:
        days_old: how old its files are when the run begins.
        without: exports that were not made, by name.
        account: fields of the service account that are other than in order.
        changed: records that are other than in order.
    """
    said = records() | changed
    if account is not None:
        said["account"] = replace(ACCOUNT_RECORD, **account)

    def make(folder: Path) -> Bundle:
        home = folder / "evidence"
        home.mkdir(exist_ok=True)
        (home / "empty").write_text("[]", encoding="utf-8")
        files = []
        for names in _FILES_OF.values():
            for name in names:
                if name in without:
                    continue
                path = home / f"{name}.json"
                if not path.exists():
                    os.link(home / "empty", path)  # nothing but the hash is read of it
                files.append(BundleFile(path.name, path, "0" * 64, 2, START - timedelta(days=days_old)))
        there = {key: value for key, value in said.items() if _FILES_OF[key][0] not in without}
        return Bundle(home, tuple(files), **there)

    return make
