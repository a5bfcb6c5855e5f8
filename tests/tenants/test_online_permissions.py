"""A refusal in the directory names the permission that calconnect's own application needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calconnect.evidence.observation import Observation, Outcome
from calconnect.mock_tenant.server import MockTenant
from calconnect.tenants.exchange_online import ExchangeOnlineTenant
from calconnect.tenants.exchange_online.permissions import MISSING, NEEDED
from tests.tenants.online_mock import connect, half_of

ANN = "robin.okafor@contoso.test"


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeOnlineTenant]:
    """A tenant whose directory calconnect's own application may not look into; it may open calendars."""
    with MockTenant("online-healthy") as server:
        own = next(one for one in half_of(server).applications.values() if one.own)
        own.permissions[:] = ["Calendars.ReadWrite"]
        made = connect(server, Path(tmp_path_factory.mktemp("tenant")), lambda seconds: None)
        yield made
        made.close()


def ask(tenant: ExchangeOnlineTenant) -> list[Observation]:
    return [
        tenant.organization()[-1],
        tenant.users([ANN])[0],
        tenant.directory_roles([ANN])[0],
        tenant.application("10bb7e5b-b80b-4e6e-a209-f78581dbc79e")[-1],
        tenant.group_members("calendar-sync@contoso.test")[-1],
        tenant.some_users(3),
        tenant.rooms()[-1],
        tenant.what_if(ANN, "192.0.2.1"),
    ]


def test_the_permission_is_named_where_the_directory_refuses(tenant: ExchangeOnlineTenant) -> None:
    for observation in ask(tenant):
        assert observation.outcome is Outcome.REFUSED, observation.operation
        permission = NEEDED[observation.operation]
        assert observation.details[MISSING] == permission
        assert observation.reason.endswith(f"It needs the permission {permission}.")


def test_refused_sign_ins_from_several_addresses_are_told_apart_in_a_saved_run(tenant: ExchangeOnlineTenant) -> None:
    for user in (ANN, "no address"):
        assert tenant.what_if(user, "192.0.2.1").details["source"] == "192.0.2.1"


def test_a_mailbox_is_not_a_matter_of_the_directory(tenant: ExchangeOnlineTenant) -> None:
    opened, refused = tenant.open_calendars([ANN, "board.chair@contoso.test"])
    assert opened.ok
    assert refused.outcome is Outcome.REFUSED
    assert MISSING not in refused.details
