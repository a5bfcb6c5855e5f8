"""A mock tenant with an Exchange Online half, built by hand, and a plain client of its Graph. TLS is verified."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.online.directory import (
    Application,
    Licence,
    Location,
    OnlineDomain,
    OnlineGroup,
    OnlineUser,
)
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.policies import AccessPolicy
from calconnect.mock_tenant.state.organization import Organization
from tests.mock_tenant.tenants import describe

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TENANT = "5e6b7c1d-3b44-4a7c-9d35-0a2f4d1c9b10"
DOMAIN = "contoso.onmicrosoft.com"
OWN = "11111111-2222-4333-8444-555555555555"
VENDOR = "10bb7e5b-b80b-4e6e-a209-f78581dbc79e"
SECRET = "the-secret-of-the-application"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
PERMISSIONS = [
    *("User.Read.All", "Organization.Read.All", "Calendars.ReadWrite", "Application.Read.All", "Domain.Read.All"),
    *("GroupMember.Read.All", "RoleManagement.Read.Directory", "Policy.Read.ConditionalAccess"),
    "Office 365 Exchange Online: full_access_as_app",
]


def online_organization() -> Organization:
    """Return contoso.test in Exchange Online: four users, one of them on the server, and two applications."""
    made = Organization("Contoso", ["contoso.test"], MovableClock(NOW, running=False))
    half = OnlineHalf(
        tenant_id=TENANT,
        name="Contoso",
        domains=[
            OnlineDomain("contoso.test", default=True),
            OnlineDomain(DOMAIN, initial=True),
            OnlineDomain("not-yet.test", verified=False),
        ],
        clock=made.clock,
        lock=made.lock,
        opened=made.opened,
    )
    for name, licence, location in (
        ("ann", Licence.E3, Location.ONLINE),
        ("ben", Licence.F3, Location.ONLINE),
        ("cat", Licence.NONE, Location.NOWHERE),
        ("dan", Licence.E5, Location.SERVER),
    ):
        email = f"{name}@contoso.test"
        recipient = made.directory.add(
            Recipient(email, f"{name.title()} O'Neil", aliases=(f"{name}.alias@contoso.test",))
        )
        upn = f"{name}.upn@contoso.test" if name == "ben" else email
        half.users[email] = OnlineUser(recipient, upn, location, licence, synced=location is Location.SERVER)
    half.users["ann@contoso.test"].directory_roles.append("Exchange Administrator")
    half.groups["team@contoso.test"] = OnlineGroup(
        "team@contoso.test", "Team", ["ann@contoso.test", "sub@contoso.test"]
    )
    half.groups["sub@contoso.test"] = OnlineGroup(
        "sub@contoso.test", "Sub", ["ben@contoso.test"], directory_roles=["User Administrator"]
    )
    own = Application(OWN, "calconnect", list(PERMISSIONS), NOW - timedelta(days=9), own=True)
    own.client_secrets.append(SECRET)
    own.expired_secrets.append("an-expired-secret")
    half.applications[OWN] = own
    half.applications[VENDOR] = Application(
        VENDOR, "Cronofy", ["User.Read.All", "Places.Read.All"], NOW - timedelta(days=2)
    )
    made.online = half
    return made


def half_of(tenant: MockTenant) -> OnlineHalf:
    """Return the Exchange Online half of a tenant."""
    half = tenant.organization.online
    assert half is not None
    return half


def online_tenant() -> MockTenant:
    """Return a tenant that is to be started."""
    return MockTenant(describe(online_organization()))


def restrict_to(half: OnlineHalf, group: str) -> None:
    """Limit calconnect's own application to a group, at once."""
    half.access_policies.append(AccessPolicy(OWN, group, restrict=True, created=NOW, effective=NOW))


class GraphClient:
    """Asks a mock tenant's Graph, with a token that it gets by the application's secret."""

    def __init__(self, tenant: MockTenant) -> None:
        self.tenant = tenant
        context = ssl.create_default_context(cadata=tenant.ca_pem.decode())
        self.http = httpx.Client(base_url=tenant.base_url, verify=context, trust_env=False, timeout=30)
        self.token = ""

    def form(self, scope: str = GRAPH_SCOPE, **more: str) -> dict[str, str]:
        """Return the parameters of a token request."""
        form = {"grant_type": "client_credentials", "client_id": OWN, "client_secret": SECRET, "scope": scope}
        return {name: value for name, value in (form | more).items() if value}

    def ask_token(self, tenant: str = DOMAIN, **form: str) -> httpx.Response:
        """Ask for a token."""
        return self.http.post(f"/{tenant}/oauth2/v2.0/token", data=self.form(**form))

    def sign_in(self, **form: str) -> None:
        """Get a token."""
        self.token = self.ask_token(**form).json()["access_token"]

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Ask ``/v1.0/{path}``; in names of headers, ``_`` stands for ``-``."""
        if not self.token:
            self.sign_in()
        sent = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.http.request(method, f"/v1.0/{path}", json=body, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        """Return the JSON of a GET that has to succeed."""
        response = self("GET", path, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and code of a GET that is refused."""
        response = self("GET", path, **headers)
        return response.status_code, response.json()["error"]["code"]

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
