"""From ``[online]`` to the Exchange Online half of an organisation."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from calconnect.foundation.clock import MovableClock
from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.findings import Findings
from calconnect.mock_tenant.description.model import OnlineFacts
from calconnect.mock_tenant.description.online_people import check_without_online, make_groups, make_users
from calconnect.mock_tenant.description.online_tables import (
    AccessPolicyTable,
    ApplicationRoleTable,
    ApplicationTable,
    ConditionalAccessTable,
    OnlineTable,
)
from calconnect.mock_tenant.description.online_values import app_id
from calconnect.mock_tenant.description.own_application import ISSUER, OWN_SECRET, SUBJECT, federation, own_certificate
from calconnect.mock_tenant.description.people import People
from calconnect.mock_tenant.description.tables import TenantTables
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.online.directory import (
    OWN_APPLICATION,
    VENDOR_APPLICATION,
    Application,
    Location,
    OnlineDomain,
    object_id,
)
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import directory_roles_of
from calconnect.mock_tenant.state.online.policies import (
    AccessPolicy,
    ApplicationRole,
    ConditionalAccessPolicy,
    EwsSwitches,
    GraphFaults,
    NamedLocation,
    TransportRule,
)

_NAMES = {OWN_APPLICATION: "calconnect", VENDOR_APPLICATION: "Cronofy Enterprise Connect"}
_ANYWHERE = ("All", "AllTrusted")
_LIST_TAKES_EFFECT = timedelta(hours=24)
"""https://techcommunity.microsoft.com/blog/exchange/introducing-ewsallowedappids-preparing-for-the-final-phase-of-ews-retirement/4529471"""


def make_online(tables: TenantTables, people: People, findings: Findings, clock: MovableClock) -> OnlineHalf | None:
    """Make the Exchange Online half; None if the file has none. What does not fit together is a problem."""
    online = tables.online
    if online is None:
        check_without_online(tables, findings)
        return None
    now = clock()
    half = OnlineHalf(
        tenant_id=online.tenant_id or object_id("tenant", initial_domain(tables, online)),
        name=tables.organization.name,
        domains=_domains(tables, online, findings),
        clock=clock,
        lock=threading.RLock(),
        users={one.recipient.email.lower(): one for one in make_users(tables, online, people, findings)},
        groups={one.email.lower(): one for one in make_groups(tables, people)},
        applications={one.app_id: one for one in (_application(entry, online, now) for entry in online.applications)},
        access_policies=[
            AccessPolicy(app_id(one.app), one.group, one.right == "restrict", *_times(one, now))
            for one in online.access_policies
        ],
        application_roles=[
            ApplicationRole(one.name, app_id(one.app), one.role, one.group or "", *_times(one, now))
            for one in online.application_roles
        ],
        ews=_switches(online, now),
        conditional_access=[ConditionalAccessPolicy(**_tuples(one.model_dump())) for one in online.conditional_access],
        locations={one.name: NamedLocation(one.name, tuple(one.ranges), one.trusted) for one in online.named_locations},
        transport_rules=[TransportRule(**_tuples(one.model_dump())) for one in online.transport_rules],
        faults=GraphFaults(
            throttle_every=online.throttle_every,
            retry_after_seconds=online.retry_after_seconds or None,
            requests_per_second=online.requests_per_second,
            whole_batches=online.whole_batches,
            latency_milliseconds=online.latency_milliseconds,
            endless_pages=online.endless_pages,
            not_json=online.not_json,
            stale_delta=online.stale_delta,
        ),
        token_minutes=online.token_minutes,
        only=online.only,
    )
    if online.credential == "assertion":
        half.issuer_keys[ISSUER] = federation().public_key
    _check(online, half, people, findings)
    return half


def online_facts(tables: TenantTables, half: OnlineHalf, people: People) -> OnlineFacts:
    """Return what an administrator would write into the settings."""
    online = tables.online
    assert online is not None, "there is a half only of what the file describes"
    own = next((one for one in online.applications if app_id(one.app) == OWN_APPLICATION), None)
    secret = ""
    if own is not None and online.credential == "secret":
        secret = own.noted_secret or own.client_secret or OWN_SECRET
    connected = online.vendor_connected_days_ago
    return OnlineFacts(
        topology=online.topology or ("exchange-online-graph" if online.only else "hybrid"),
        tenant=initial_domain(tables, online),
        application="" if own is None else OWN_APPLICATION,
        trial_mailbox=next((one for one in people.listed if _is_ordinary(half, one)), ""),
        authorised_by=_global_administrator(half),
        vendor_connected_on=None if connected is None else (half.now() - timedelta(days=connected)).date(),
        client_secret=secret,
        certificate=_pem(own) if online.credential == "certificate" else b"",
        assertion=federation().assertion if online.credential == "assertion" else "",
    )


def _pem(own: ApplicationTable | None) -> bytes:
    return own_certificate(expired=own is not None and own.certificate == "expired").pem


def initial_domain(tables: TenantTables, online: OnlineTable) -> str:
    """Return the domain that the tenant was given when it was made."""
    return online.initial_domain or f"{tables.organization.domains[0].partition('.')[0]}.onmicrosoft.com"


def _domains(tables: TenantTables, online: OnlineTable, findings: Findings) -> list[OnlineDomain]:
    own, without = tables.organization.domains, set(online.no_email_domains)
    for index, name in enumerate(online.no_email_domains):
        if name not in own:
            message = f"{name} is none of the organisation's domains."
            findings.unknown(("online", "no_email_domains", index), message, name, own)
    found = [OnlineDomain(name, default=name == own[0], email=name not in without) for name in own]
    for index, name in enumerate(online.unverified_domains):
        if name in own:
            message = f"{name} is one of the organisation's domains, which are verified."
            findings.add(("online", "unverified_domains", index), message, "Take it out of one of the two lists.")
        found.append(OnlineDomain(name, verified=False, email=False))
    return [*found, OnlineDomain(initial_domain(tables, online), initial=True)]


def _application(entry: ApplicationTable, online: OnlineTable, now: datetime) -> Application:
    identity = app_id(entry.app)
    own = identity == OWN_APPLICATION
    secrets = [entry.client_secret] if entry.client_secret else []
    if own and online.credential == "secret" and not secrets:
        secrets = [OWN_SECRET]
    return Application(
        app_id=identity,
        name=entry.name or _NAMES.get(identity, identity),
        permissions=list(entry.permissions),
        granted_at=now - timedelta(days=entry.granted_days_ago),
        own=own,
        enabled=entry.enabled,
        client_secrets=[] if entry.secret_expired else secrets,
        expired_secrets=secrets if entry.secret_expired else [],
        certificates=_registered(entry) if own and online.credential == "certificate" else [],
        federated_issuers=[(ISSUER, SUBJECT)] if own and online.credential == "assertion" else [],
    )


def _registered(entry: ApplicationTable) -> list[bytes]:
    """Return the certificates that Entra has of calconnect's own application."""
    if entry.certificate == "unregistered":
        return []
    return [own_certificate(expired=entry.certificate == "expired").der]


def _times(entry: AccessPolicyTable | ApplicationRoleTable, now: datetime) -> tuple[datetime, datetime]:
    """Return when a policy or role was made, and when live calls follow it."""
    created = now - timedelta(days=entry.created_days_ago)
    return created, created + timedelta(minutes=entry.effective_after_minutes)


def _switches(online: OnlineTable, now: datetime) -> EwsSwitches:
    changed = online.ews_list_changed_hours_ago
    return EwsSwitches(
        enabled=None if online.ews_enabled == "never-set" else online.ews_enabled,
        allowed_apps=tuple(app_id(one) for one in online.ews_allowed_apps),
        allowed_apps_effective=None if changed is None else now - timedelta(hours=changed) + _LIST_TAKES_EFFECT,
        rollout=online.ews_rollout,
        access_policy=online.ews_access_policy,
        allow_list=tuple(online.ews_allow_list),
        block_list=tuple(online.ews_block_list),
    )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _check(online: OnlineTable, half: OnlineHalf, people: People, findings: Findings) -> None:
    """Look whether everything is there that is referred to."""
    topology = online.topology
    if topology is not None and (topology == "hybrid") is online.only:
        message = "A hybrid has an Exchange Server half." if online.only else f"{topology} has no Exchange Server half."
        findings.add(("online", "topology"), message, "Change topology or only.")
    for table in ("access_policies", "application_roles"):
        for index, entry in enumerate(getattr(online, table)):
            if app_id(entry.app) not in half.applications:
                message = f"The tenant does not know the application {entry.app}."
                findings.add(("online", table, index, "app"), message, "Add it to [[online.applications]].")
            if entry.group is not None:
                _check_group(("online", table, index, "group"), entry.group, people, findings)
    for index, policy in enumerate(online.conditional_access):
        _check_conditional_access(("online", "conditional_access", index), policy, half, people, findings)


def _check_group(path: KeyPath, address: str, people: People, findings: Findings) -> None:
    group = findings.known(people.directory, path, address, "scope")
    if group is not None and group.kind is not RecipientKind.SECURITY_GROUP:
        findings.add(path, f"{address} is no mail-enabled security group.", 'Such a group has kind = "security".')


def _check_conditional_access(
    path: KeyPath, policy: ConditionalAccessTable, half: OnlineHalf, people: People, findings: Findings
) -> None:
    for key in ("users", "excluded_users"):
        for position, name in enumerate(getattr(policy, key)):
            if name != "All":
                findings.known(people.directory, (*path, key, position), name, "user")
    for key in ("locations", "excluded_locations"):
        for position, name in enumerate(getattr(policy, key)):
            if name not in _ANYWHERE and name not in half.locations:
                message = f"There is no named location {name}."
                findings.unknown((*path, key, position), message, name, _names(half.locations))


def _names(locations: Iterable[str]) -> list[str]:
    return [*locations, *_ANYWHERE]


def _is_ordinary(half: OnlineHalf, address: str) -> bool:
    """Whether a mailbox is in Exchange Online and its user no administrator."""
    user = half.user(address)
    if user is None or user.location is not Location.ONLINE or user.recipient.admin_count:
        return False
    return not directory_roles_of(half, user)


def _global_administrator(half: OnlineHalf) -> str:
    found = (one for one in half.users.values() if "Global Administrator" in directory_roles_of(half, one))
    return next((one.user_principal_name for one in found), "")
