"""The tables of a tenant file that describe its Exchange Online half."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from calconnect.mock_tenant.description.online_values import App, ApplicationRoleName, Guid, Permission
from calconnect.mock_tenant.description.values import STRICT, Address, Domain, Network, Text
from calconnect.mock_tenant.state.online.directory import Licence, Location

_Lax = Field(strict=False)
_MOST_DAYS = 36_500
_Days = Annotated[int, Field(ge=0, le=_MOST_DAYS)]
_Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 366)]


class _Table(BaseModel):
    model_config = STRICT


class OnlineKeys(_Table):
    """What ``[[mailboxes]]``, ``[[generate]]`` and ``[[rooms]]`` say of the Exchange Online half."""

    location: Annotated[Location, _Lax] | None = None
    licence: Annotated[Licence, _Lax] | None = None
    directory_roles: list[Text] = []
    synced: bool | None = None


class ApplicationTable(_Table):
    """``[[online.applications]]``."""

    app: App
    name: Text | None = None
    permissions: list[Permission] = []
    granted_days_ago: _Days = 30
    enabled: bool = True
    client_secret: Text | None = Field(default=None, repr=False)
    noted_secret: Text | None = Field(default=None, repr=False)
    secret_expired: bool = False
    certificate: Literal["registered", "unregistered", "expired"] = "registered"


class AccessPolicyTable(_Table):
    """``[[online.access_policies]]``."""

    name: Text
    app: App
    group: Address
    right: Literal["restrict", "deny"] = "restrict"
    created_days_ago: _Days = 30
    effective_after_minutes: _Minutes = 60


class ApplicationRoleTable(_Table):
    """``[[online.application_roles]]``."""

    name: Text
    app: App
    role: ApplicationRoleName
    group: Address | None = None
    created_days_ago: _Days = 30
    effective_after_minutes: _Minutes = 60


class ConditionalAccessTable(_Table):
    """``[[online.conditional_access]]``."""

    name: Text
    state: Literal["enabled", "disabled", "enabledForReportingButNotEnforced"] = "enabled"
    users: list[Text] = ["All"]
    excluded_users: list[Address] = []
    applications: list[Text] = ["All"]
    locations: list[Text] = ["All"]
    excluded_locations: list[Text] = []
    client_app_types: list[Text] = ["all"]
    controls: list[Text] = ["mfa"]


class NamedLocationTable(_Table):
    """``[[online.named_locations]]``."""

    name: Text
    ranges: Annotated[list[Network], Field(min_length=1)]
    trusted: bool = False


class TransportRuleTable(_Table):
    """``[[online.transport_rules]]``."""

    name: Text
    enabled: bool = True
    sender_domains: list[Domain] = []
    action: Literal["", "bypass", "quarantine", "reject"] = ""


class OnlineTable(_Table):
    """``[online]``."""

    only: bool = True
    topology: Literal["exchange-online-graph", "exchange-online-ews", "hybrid"] | None = None
    tenant_id: Guid | None = None
    initial_domain: Domain | None = None
    unverified_domains: list[Domain] = []
    no_email_domains: list[Domain] = []
    licence: Annotated[Licence, _Lax] = Licence.E3
    token_minutes: Annotated[int, Field(ge=1, le=60 * 24)] = 60
    credential: Literal["secret", "certificate", "assertion"] = "secret"
    vendor_connected_days_ago: Annotated[int, Field(ge=-_MOST_DAYS, le=_MOST_DAYS)] | None = None
    ews_enabled: bool | Literal["never-set"] = "never-set"
    ews_allowed_apps: list[App] = []
    ews_list_changed_hours_ago: Annotated[int, Field(ge=0, le=24 * _MOST_DAYS)] | None = None
    ews_rollout: date = date(2026, 10, 1)
    ews_access_policy: Literal["", "EnforceAllowList", "EnforceBlockList"] = ""
    ews_allow_list: list[Text] = []
    ews_block_list: list[Text] = []
    throttle_every: Annotated[int, Field(ge=0)] = 0
    retry_after_seconds: Annotated[int, Field(ge=0, le=3600)] = 1
    requests_per_second: Annotated[float, Field(ge=0)] = 0.0
    whole_batches: bool = False
    latency_milliseconds: Annotated[int, Field(ge=0)] = 0
    endless_pages: bool = False
    not_json: bool = False
    stale_delta: bool = False
    applications: list[ApplicationTable] = []
    access_policies: list[AccessPolicyTable] = []
    application_roles: list[ApplicationRoleTable] = []
    conditional_access: list[ConditionalAccessTable] = []
    named_locations: list[NamedLocationTable] = []
    transport_rules: list[TransportRuleTable] = []
