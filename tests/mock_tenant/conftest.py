"""Fixtures of the mock tenant's tests: one server for the session, clients for it, mailboxes to spoil."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account, Recipient, RecipientKind
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.schema import FOLDER, schema
from tests.mock_tenant.tenants import SERVICE_AUTH, USER_PASSWORD, describe, organization

_numbers = itertools.count(1)


def pytest_report_header() -> str:
    """Say at the top of the run whether answers are held against the published schema."""
    return f"EWS schema: {'checked' if schema() else f'NOT checked, {FOLDER} is absent'}"


@pytest.fixture(scope="session")
def tenant_server() -> Iterator[MockTenant]:
    """The shared server of contoso.test. Do not change its policies; for mailboxes to spoil, see ``new_user``."""
    with MockTenant(describe(organization())) as server:
        yield server


@pytest.fixture(scope="session")
def soap(tenant_server: MockTenant) -> Iterator[RawClient]:
    """Post SOAP bodies to the shared server as the service account: ``soap(body, impersonate=…, auth=…)``."""
    client = RawClient(tenant_server.ews_url, tenant_server.ca_pem, SERVICE_AUTH)
    yield client
    client.close()


@pytest.fixture
def new_user(tenant_server: MockTenant) -> Callable[..., Recipient]:
    """Return a function that adds a user whom the service account may impersonate, with an account and a mailbox."""

    def add(kind: RecipientKind = RecipientKind.USER, **facts: object) -> Recipient:
        number = next(_numbers)
        made = tenant_server.organization
        with made.lock:
            email = f"user{number}@contoso.test"
            user = made.directory.add(Recipient(email, f"User {number}", kind=kind, **facts))  # type: ignore[arg-type]
            made.directory.add_account(Account((f"CONTOSO\\user{number}", email), USER_PASSWORD, recipient=user))
            group = made.directory.by_address("calendar-users@contoso.test")
            assert group is not None
            group.members.append(email)
            made.directory.membership_changed()
        return user

    return add
