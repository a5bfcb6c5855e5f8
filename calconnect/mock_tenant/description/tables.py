"""The tables of a tenant file: which keys there are, of what kind, and what a key left out means.

This is the format; docs/tenant-file.md explains it, and a test holds the two together.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from calconnect.mock_tenant.description.online_tables import OnlineKeys, OnlineTable
from calconnect.mock_tenant.description.server_tables import (
    AuthenticationPolicyTable,
    AutodiscoverTable,
    CertificateTable,
    DatabaseTable,
    FaultsTable,
    FirewallTable,
    PoliciesTable,
    ServerTable,
    ThrottlingPolicyTable,
)
from calconnect.mock_tenant.description.values import (
    STRICT,
    Address,
    Domain,
    EmailPattern,
    ExportName,
    Filter,
    FolderName,
    Moment,
    NamePattern,
    RequirementId,
    Text,
    Texts,
    Zone,
    Zones,
)
from calconnect.mock_tenant.state.directory import AccountState, MailboxState
from calconnect.mock_tenant.state.rbac import IMPERSONATION

MOST_GENERATED = 1_000_000

_Lax = Field(strict=False)
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Table(BaseModel):
    """A table: no other keys than those named, no conversions."""

    model_config = STRICT


class OrganizationTable(Table):
    """``[organization]``."""

    name: Text
    domains: Annotated[list[Domain], Field(min_length=1)]
    authentication_policy: Text | None = None


class RepeatTable(Table):
    """``repeat`` of an event."""

    every: Annotated[int, Field(ge=1, le=99)] = 1
    unit: Literal["day", "week", "month", "year"]
    on: list[Weekday] = []
    which: Literal["First", "Second", "Third", "Fourth", "Last"] | None = None
    times: Annotated[int, Field(ge=1, le=999)] | None = None
    until: date | None = None


class EventTable(Table):
    """``[[mailboxes.events]]``."""

    subject: Text
    start: datetime | date | None = None
    end: datetime | date | None = None
    day: int | None = None
    at: time | None = None
    minutes: Annotated[int, Field(ge=0, le=60 * 24 * 366)] | None = None
    time_zone: Zone | None = None
    all_day: bool = False
    status: Literal["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"] | None = None
    sensitivity: Literal["Normal", "Personal", "Private", "Confidential"] = "Normal"
    location: str = ""
    body: str = ""
    categories: list[Text] = []
    organizer: Address | None = None
    attendees: list[Address] = []
    repeat: RepeatTable | None = None


class OofTable(Table):
    """``oof`` of a mailbox."""

    state: Literal["Disabled", "Enabled", "Scheduled"]
    audience: Literal["None", "Known", "All"] = "All"
    internal: str = ""
    external: str = ""
    start: Moment | None = None
    end: Moment | None = None


class DelegateTable(Table):
    """``[[mailboxes.delegates]]``."""

    email: Address
    calendar: Text = "Editor"
    view_private_items: bool = False
    receive_copies_of_meeting_messages: bool = False


class _MailboxKeys(Table):
    """What all tables that make mailboxes have in common."""

    hidden: bool = False
    ews_enabled: bool = True
    state: Annotated[MailboxState, _Lax] = MailboxState.OK
    quota_exceeded: bool = False
    without_folders: list[FolderName] = []
    events_per_week: Annotated[int, Field(ge=0, le=60)] | None = None


class _GrantKeys(Table):
    """What tables that make mailboxes for others to open have in common."""

    full_access: list[Address] = []
    folder_permissions: dict[str, dict[str, str]] = {}
    delegates: list[DelegateTable] = []


class MailboxTable(_MailboxKeys, _GrantKeys, OnlineKeys):
    """``[[mailboxes]]``."""

    email: Address
    name: Text | None = None
    kind: Literal["user", "shared", "equipment", "remote", "contact"] | None = None
    aliases: list[Address] = []
    upn: Text | None = None
    usernames: Texts | None = None
    password: Text | None = Field(default=None, repr=False)
    account: Annotated[AccountState, _Lax] = AccountState.ENABLED
    authentication_policy: Text | None = None
    throttling_policy: Text | None = None
    database: Text | None = None
    time_zone: Zone | None = None
    language: Text | None = None
    department: str | None = None
    administrator: bool = False
    listed: bool | None = None
    groups: list[Address] | None = None
    oof: OofTable | None = None
    events: list[EventTable] = []


class GenerateTable(_MailboxKeys, _GrantKeys, OnlineKeys):
    """``[[generate]]``."""

    email: EmailPattern
    count: Annotated[int, Field(ge=1, le=MOST_GENERATED)]
    first: Annotated[int, Field(ge=0)] = 1
    name: NamePattern = "{first} {last}"
    kind: Literal["user", "shared"] = "user"
    password: Text | None = Field(default=None, repr=False)
    database: Texts = ["DB01"]
    time_zone: Zones = ["UTC"]
    language: Texts = ["en-US"]
    department: Texts | None = None
    listed: bool | None = None
    groups: list[Address] = []


class RoomTable(_MailboxKeys, _GrantKeys, OnlineKeys):
    """``[[rooms]]``."""

    email: Address
    name: Text
    aliases: list[Address] = []
    database: Text = "DB01"
    time_zone: Zone = "UTC"
    language: Text = "en-US"
    groups: list[Address] = []


class GroupTable(Table):
    """``[[groups]]``."""

    email: Address
    name: Text
    kind: Literal["distribution", "security", "room-list"] = "distribution"
    aliases: list[Address] = []
    members: list[Address] = []
    dn: Text | None = None
    hidden: bool = False
    administrators: bool = False
    directory_roles: list[Text] = []


class ServiceAccountTable(_MailboxKeys):
    """``[[service_accounts]]``."""

    email: Address
    name: Text | None = None
    usernames: Texts | None = None
    password: Text = Field(repr=False)
    account: Annotated[AccountState, _Lax] = AccountState.ENABLED
    lock_out_after: Annotated[int, Field(ge=0)] = 0
    authentication_policy: Text | None = None
    throttling_policy: Text | None = None
    administrator: bool = False
    noted_password: Text | None = Field(default=None, repr=False)
    noted_openly: bool = False
    mailbox: bool | Literal["elsewhere"] = True
    aliases: list[Address] = []
    database: Text = "DB01"
    time_zone: Zone = "UTC"
    language: Text = "en-US"
    groups: list[Address] = []


class RoleGroupTable(Table):
    """``[[role_groups]]``."""

    name: Text
    members: list[Text] = []


class RoleAssignmentTable(Table):
    """``[[role_assignments]]``."""

    name: Text
    assignee: Text
    role: Text = IMPERSONATION
    scope: Text | None = None
    delegating: bool = False
    enabled: bool = True


class ManagementScopeTable(Table):
    """``[[management_scopes]]``."""

    name: Text
    filter: Filter
    exclusive: bool = False


class ExportsTable(Table):
    """``[exports]``."""

    supplied: bool = True
    days_old: Annotated[int, Field(ge=0, le=36_500)] = 0
    without: list[ExportName] = []


class ExpectedTable(Table):
    """``[expected]``."""

    failed: list[RequirementId] = []
    unknown: list[RequirementId] = []
    not_applicable: list[RequirementId] = []
    passed: list[RequirementId] = []
    problems: list[Text] = []
    codes: dict[RequirementId, Text] = {}
    answer: Literal["ready", "not-ready", "not-known"] | None = None


class TenantTables(Table):
    """A whole tenant file, laid over its bases."""

    title: Text
    name: Text | None = None
    description: str = ""
    base: Text | None = None
    now: Moment | None = None
    organization: OrganizationTable
    server: ServerTable = ServerTable()
    policies: PoliciesTable = PoliciesTable()
    authentication_policies: list[AuthenticationPolicyTable] = []
    throttling_policies: list[ThrottlingPolicyTable] = []
    databases: list[DatabaseTable] = []
    faults: FaultsTable = FaultsTable()
    mailboxes: list[MailboxTable] = []
    generate: list[GenerateTable] = []
    rooms: list[RoomTable] = []
    groups: list[GroupTable] = []
    service_accounts: list[ServiceAccountTable] = []
    role_groups: list[RoleGroupTable] = []
    role_assignments: list[RoleAssignmentTable] = []
    management_scopes: list[ManagementScopeTable] = []
    firewall: FirewallTable = FirewallTable()
    certificate: CertificateTable = CertificateTable()
    autodiscover: AutodiscoverTable = AutodiscoverTable()
    settings: dict[str, Any] = {}
    waivers: list[dict[str, Any]] = []
    attestations: list[dict[str, Any]] = []
    exports: ExportsTable = ExportsTable()
    online: OnlineTable | None = None
    expected: ExpectedTable = ExpectedTable()
