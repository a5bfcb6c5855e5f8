"""The configuration evidence of a run, as steps ask for it: each export is read once, noted, and dated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.judging.configuration import Export, missing, usable
from calconnect.acceptance.judging.rights import Rights
from calconnect.acceptance.observer import Observer
from calconnect.evidence.bundle.model import (
    AccountRecord,
    Bundle,
    GroupRecord,
    ManagementScope,
    OrganizationRecord,
    RoleAssignment,
    ServerRecord,
    ThrottlingRecord,
    UserRecord,
    VirtualDirectory,
)
from calconnect.evidence.observation import Fact
from calconnect.settings.model import Settings

FIND_ASSIGNMENTS = "find the service account's role assignments"
"""What is noted when they are: ``assignments`` and ``scopes``, by name."""
MOST_NAMED = 50
"""So many rows of an export at most are noted one by one."""

Record = TypeVar("Record")


class Exports:
    """Asks the bundle on behalf of the steps. What is read is noted as an observation, with the files' hashes."""

    def __init__(self, bundle: Bundle | None, observer: Observer, settings: Settings) -> None:
        """Take what was imported (None: nothing) and who notes it."""
        self._bundle = bundle
        self._observer = observer
        self._settings = settings

    def assignments(self) -> Export[tuple[RoleAssignment, ...]]:
        """The assignments of ApplicationImpersonation."""
        return self.read("role_assignments", lambda bundle: bundle.role_assignments, _assignment_facts)

    def scopes(self) -> Export[tuple[ManagementScope, ...]]:
        """The management scopes, with their members as far as these were exported."""
        return self.read("scopes", lambda bundle: bundle.scopes, _scope_facts, "scope_members")

    def group(self) -> Export[GroupRecord]:
        """The group that limits impersonation, with its members."""
        return self.read("group", lambda bundle: bundle.group, _group_facts, "group_members")

    def mailbox_of_account(self) -> Export[AccountRecord]:
        """What kind of recipient the service account is."""
        return self.read("svc_mailbox", lambda bundle: bundle.account, _mailbox_facts)

    def ews_of_account(self) -> Export[AccountRecord]:
        """Whether EWS is on for the service account."""
        return self.read("svc_cas_mailbox", lambda bundle: bundle.account, _cas_facts)

    def user_of_account(self) -> Export[AccountRecord]:
        """The service account's authentication policy."""
        return self.read("svc_user", lambda bundle: bundle.account, _user_facts)

    def directory_entry_of_account(self) -> Export[AccountRecord]:
        """The service account in Active Directory: its state, and whether it is or was an administrator's."""
        return self.read("svc_ad_user", lambda bundle: bundle.account, _directory_facts)

    def organization(self) -> Export[OrganizationRecord]:
        """What holds for the whole organisation."""
        return self.read("org", lambda bundle: bundle.organization, _organization_facts)

    def authentication_policies(self) -> Export[OrganizationRecord]:
        """Which authentication policies there are, and which of them block legacy authentication for EWS."""
        names = ("org", "authentication_policies")
        return self.read(names[0], lambda bundle: bundle.organization, _organization_facts, names[1])

    def virtual_directories(self) -> Export[tuple[VirtualDirectory, ...]]:
        """The virtual directories of EWS."""
        return self.read("vdirs", lambda bundle: bundle.virtual_directories, _directory_rows)

    def servers(self) -> Export[tuple[ServerRecord, ...]]:
        """The Exchange servers."""
        return self.read("servers", lambda bundle: bundle.servers, _server_facts)

    def throttling(self) -> Export[ThrottlingRecord]:
        """The throttling policy that holds for the service account."""
        return self.read("throttling", lambda bundle: bundle.throttling, _throttling_facts, "throttling_policies")

    def users(self) -> Export[tuple[UserRecord, ...]]:
        """The users to be integrated: what kind of recipient each is."""
        return self.read("users", lambda bundle: bundle.users, _users_facts)

    def ews_of_users(self) -> Export[tuple[UserRecord, ...]]:
        """The users to be integrated: whether EWS is on for each."""
        return self.read("users", lambda bundle: bundle.users, _users_facts, "users_cas")

    def entries_of_users(self) -> Export[tuple[UserRecord, ...]]:
        """The users to be integrated: whether each is or was an administrator."""
        return self.read("users", lambda bundle: bundle.users, _users_facts, "users_ad")

    def rights(self) -> Rights:
        """Everything that says whom the service account may impersonate."""
        account = self._bundle.account if self._bundle is not None else None
        names = (account.name, account.sam_account_name) if account is not None else ()
        rights = Rights(
            self._settings.connection.service_account_email,
            tuple(name for name in names if name),
            self.assignments(),
            self.scopes(),
        )
        if rights.assignments.says is not None:
            facts: dict[str, Fact] = {
                "assignments": [one.name for one in rights.own],
                "scopes": list(dict.fromkeys(one.custom_scope for one in rights.own if one.custom_scope)),
            }
            self._observer.note(FIND_ASSIGNMENTS, rights.account, facts)
        return rights

    def read(
        self,
        name: str,
        record_of: Callable[[Bundle], Record | None],
        facts_of: Callable[[Record], Mapping[str, Fact]],
        *others: str,
    ) -> Export[Record]:
        """Return what an export says, and note that it was read.

        Args:
            name: the export.
            record_of: what it became in the bundle; None: nothing.
            facts_of: what is noted of that.
            others: exports that belong to it, and must be fresh, too, if they were exported at all.
        """
        settings, bundle = self._settings, self._bundle
        now, most_days_old = self._observer.window.start, settings.evidence.most_days_old
        there = {name, *(other for other in others if _was_exported(bundle, other))}
        files = usable(bundle, sorted(there, key=(name, *others).index), now, most_days_old)
        if not isinstance(files, tuple):
            return Export(files)
        assert bundle is not None
        record = record_of(bundle)
        if record is None:
            return Export(missing(name))
        facts: dict[str, Fact] = {"exported": files[0].exported_at.isoformat(), **facts_of(record)}
        operation = f"read the export {name}" + "".join(f" and {other}" for other in others if other in there)
        read: Answer = self._observer.note(operation, files[0].name, facts, [file.path for file in files])
        return Export(read, record)


def _was_exported(bundle: Bundle | None, name: str) -> bool:
    return bundle is not None and bundle.file(name) is not None


def _assignment_facts(rows: Sequence[RoleAssignment]) -> Mapping[str, Fact]:
    told = [
        f"{row.name}: {row.effective_user or row.assignee}, {row.delegation},"
        f" {row.custom_scope or row.recipient_write_scope}, {'enabled' if row.enabled else 'disabled'}"
        for row in rows
    ]
    return {"assignments": len(rows), "told": told[:MOST_NAMED]}


def _scope_facts(rows: Sequence[ManagementScope]) -> Mapping[str, Fact]:
    told = [
        f"{row.name}{' (exclusive)' if row.exclusive else ''}: {row.recipient_filter}"
        f"{'' if row.members is None else f' ({len(row.members)} members)'}"
        for row in rows
    ]
    return {"scopes": len(rows), "told": told[:MOST_NAMED]}


def _group_facts(record: GroupRecord) -> Mapping[str, Fact]:
    return {
        "group": record.primary_address,
        "distinguished_name": record.distinguished_name,
        "members": None if record.members is None else len(record.members),
        "nested_groups": None if record.nested_groups is None else list(record.nested_groups[:MOST_NAMED]),
    }


def _mailbox_facts(record: AccountRecord) -> Mapping[str, Fact]:
    return {"account": record.primary_address, "recipient_type": record.recipient_type}


def _cas_facts(record: AccountRecord) -> Mapping[str, Fact]:
    return {"account": record.primary_address, "ews_enabled": record.ews_enabled}


def _user_facts(record: AccountRecord) -> Mapping[str, Fact]:
    return {"account": record.primary_address, "authentication_policy": record.authentication_policy}


def _directory_facts(record: AccountRecord) -> Mapping[str, Fact]:
    return {
        "account": record.primary_address,
        "enabled": record.enabled,
        "locked_out": record.locked_out,
        "password_expired": record.password_expired,
        "must_change_password": record.must_change_password,
        "admin_count": record.admin_count,
    }


def _organization_facts(record: OrganizationRecord) -> Mapping[str, Fact]:
    blocking = record.policies_blocking_legacy_ews
    return {
        "ews_enabled": record.ews_enabled,
        "default_authentication_policy": record.default_authentication_policy,
        "policies_blocking_legacy_ews": None if blocking is None else list(blocking[:MOST_NAMED]),
    }


def _directory_rows(rows: Sequence[VirtualDirectory]) -> Mapping[str, Fact]:
    told = [
        f"{row.server}: Basic {_word(row.basic)}, Windows {_word(row.windows)}, Extended Protection"
        f" {row.extended_protection or 'not exported'}"
        for row in rows
    ]
    return {"virtual_directories": len(rows), "told": told[:MOST_NAMED]}


def _server_facts(rows: Sequence[ServerRecord]) -> Mapping[str, Fact]:
    return {"servers": len(rows), "told": [f"{row.name} {row.version}" for row in rows[:MOST_NAMED]]}


def _throttling_facts(record: ThrottlingRecord) -> Mapping[str, Fact]:
    return {
        "policy": record.policy,
        "ews_max_concurrency": "unlimited" if record.ews_max_concurrency is None else record.ews_max_concurrency,
        "ews_max_subscriptions": "unlimited" if record.ews_max_subscriptions is None else record.ews_max_subscriptions,
    }


def _users_facts(rows: Sequence[UserRecord]) -> Mapping[str, Fact]:
    kinds = sorted({row.recipient_type for row in rows})
    return {
        "users": len(rows),
        "recipient_types": kinds[:MOST_NAMED],
        "ews_off": sum(row.ews_enabled is False for row in rows),
        "administrators": sum(row.admin_count == 1 for row in rows),
    }


def _word(flag: bool | None) -> str:
    return "not exported" if flag is None else "on" if flag else "off"
