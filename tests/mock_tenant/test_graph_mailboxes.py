"""Who gets into a mailbox over the mock's Graph: consent, access policies, roles, location, User-Agent, throttling."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from calconnect.mock_tenant.flaky import Flaky
from calconnect.mock_tenant.graph import dispatch
from calconnect.mock_tenant.graph.registry import Route, RouteTable
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Workload
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import MailboxState
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.state.online.directory import Location
from calconnect.mock_tenant.state.online.policies import AccessPolicy, ApplicationRole, EwsSwitches, GraphFaults
from tests.mock_tenant.graph_client import NOW, OWN, PERMISSIONS, GraphClient, half_of, online_tenant, restrict_to

DENIED = (403, "ErrorAccessDenied")


def look(request: GraphRequest) -> GraphResponse:
    """Answer with whose mailbox was opened."""
    return GraphResponse({"mailbox": request.mailbox.recipient.email, "by": request.user.user_principal_name})


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with online_tenant() as served:
        yield served


@pytest.fixture
def client(tenant: MockTenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphClient]:
    """A client of a tenant with one mailbox resource; what a test changes is put back."""
    route = Route("GET", "users/{user}/look", look, ("Calendars.Read",), Workload.EXCHANGE)
    table = RouteTable([route])
    monkeypatch.setattr(dispatch, "route_table", lambda: table)
    half = half_of(tenant)
    made = GraphClient(tenant)
    yield made
    made.close()
    half.clock.set(NOW)
    half.applications[OWN].permissions = list(PERMISSIONS)
    half.access_policies.clear()
    half.application_roles.clear()
    half.faults, half.ews = GraphFaults(), EwsSwitches()


def statuses(client: GraphClient, *names: str) -> list[int]:
    return [client("GET", f"users/{name}@contoso.test/look").status_code for name in names]


def test_a_mailbox_is_found_by_every_address(client: GraphClient) -> None:
    wanted = {"mailbox": "ben@contoso.test", "by": "ben.upn@contoso.test"}
    for name in ("ben@contoso.test", "ben.upn@contoso.test", "BEN.alias@contoso.test"):
        assert client.get(f"users/{name}/look") == wanted
    assert client.refused("users/nobody@contoso.test/look") == (404, "ErrorInvalidUser")


def test_without_consent_the_mailbox_is_denied(tenant: MockTenant, client: GraphClient) -> None:
    half_of(tenant).applications[OWN].permissions = ["User.Read.All"]
    response = client("GET", "users/ann@contoso.test/look")
    assert (response.status_code, response.json()["error"]["code"]) == DENIED
    assert "AppOnly AccessPolicy" not in response.text


def test_a_policy_restricts_to_its_group_once_it_is_effective(tenant: MockTenant, client: GraphClient) -> None:
    half = half_of(tenant)
    later = NOW + timedelta(hours=1)
    half.access_policies.append(AccessPolicy(OWN, "sub@contoso.test", restrict=True, created=NOW, effective=later))
    assert statuses(client, "ann", "ben.upn") == [200, 200]
    half.clock.set(later)
    client.sign_in()
    assert statuses(client, "ann", "ben.upn") == [403, 200]
    response = client("GET", "users/ann@contoso.test/look")
    assert (response.status_code, response.json()["error"]["code"]) == DENIED
    assert "AppOnly AccessPolicy" in response.json()["error"]["message"]


def test_a_role_lets_in_whom_the_policy_keeps_out(tenant: MockTenant, client: GraphClient) -> None:
    half = half_of(tenant)
    restrict_to(half, "sub@contoso.test")
    role = ApplicationRole("r", OWN, "Application Calendars.ReadWrite", "team@contoso.test", NOW, NOW)
    half.application_roles.append(role)
    assert statuses(client, "ann", "ben") == [200, 200]
    half.applications[OWN].permissions = ["User.Read.All"]
    client.sign_in()
    assert statuses(client, "ann", "ben") == [200, 403], "Ben is in the role's group only through another"


def test_a_mailbox_that_is_elsewhere_or_nowhere_is_told_so(tenant: MockTenant, client: GraphClient) -> None:
    for name in ("dan", "cat"):
        assert client.refused(f"users/{name}@contoso.test/look") == (404, "MailboxNotEnabledForRESTAPI")
    restrict_to(half_of(tenant), "sub@contoso.test")
    assert client.refused("users/dan@contoso.test/look") == (404, "MailboxNotEnabledForRESTAPI")


def test_the_state_of_a_mailbox_decides(tenant: MockTenant, client: GraphClient) -> None:
    recipient = half_of(tenant).users["ann@contoso.test"].recipient
    recipient.state = MailboxState.MOVING
    moving = client.refused("users/ann@contoso.test/look")
    recipient.state = MailboxState.OK
    assert moving == (503, "ErrorMailboxMoveInProgress")
    half_of(tenant).users["ann@contoso.test"].location = Location.SERVER
    away = client.refused("users/ann@contoso.test/look")
    half_of(tenant).users["ann@contoso.test"].location = Location.ONLINE
    assert away == (404, "MailboxNotEnabledForRESTAPI")


def test_a_policy_by_user_agent_holds_for_graph_too(tenant: MockTenant, client: GraphClient) -> None:
    half_of(tenant).ews = EwsSwitches(enabled=True, access_policy="EnforceAllowList", allow_list=("Known*",))
    assert client("GET", "users/ann@contoso.test/look", User_Agent="Known/1.0").status_code == 200
    parts = [{"id": "1", "method": "GET", "url": "/users/ann@contoso.test/look"}]
    (part,) = client("POST", "$batch", {"requests": parts}, User_Agent="Known/1.0").json()["responses"]
    assert part["status"] == 200
    refused = client("GET", "users/ann@contoso.test/look", User_Agent="Other/1.0")
    assert (refused.status_code, refused.json()["error"]["code"]) == DENIED


def test_throttling_refuses_every_nth_request_to_a_mailbox(tenant: MockTenant, client: GraphClient) -> None:
    half_of(tenant).faults.throttle_every = 2
    half_of(tenant).faults.retry_after_seconds = 7
    answers = [client("GET", "users/ann@contoso.test/look") for _ in range(4)]
    assert sorted(one.status_code for one in answers) == [200, 200, 429, 429]
    throttled = next(one for one in answers if one.status_code == 429)
    assert (throttled.headers["Retry-After"], throttled.json()["error"]["code"]) == ("7", "ApplicationThrottled")
    half_of(tenant).faults.retry_after_seconds = None
    without = [client("GET", "users/ann@contoso.test/look") for _ in range(2)]
    assert all("retry-after" not in one.headers for one in without)
    assert {one.status_code for one in without} == {200, 429}


def test_a_rate_over_all_mailboxes_turns_away_parts_or_a_whole_batch(tenant: MockTenant, client: GraphClient) -> None:
    faults = half_of(tenant).faults
    faults.requests_per_second, faults.retry_after_seconds = 0.01, 3
    names = ["ann", "ben"] * 7
    parts = [
        {"id": str(number), "method": "GET", "url": f"/users/{name}@contoso.test/look"}
        for number, name in enumerate(names)
    ]
    assert client("POST", "$batch", {"requests": parts}).status_code == 200
    tenant.live.meters.clear()
    answers = client("POST", "$batch", {"requests": parts}).json()["responses"]
    assert Counter(one["status"] for one in answers) == {200: 6, 429: 8}
    throttled = [one for one in answers if one["status"] == 429]
    assert {(one["headers"]["Retry-After"], one["body"]["error"]["code"]) for one in throttled} == {
        ("3", "TooManyRequests")
    }
    meter = tenant.live.meters.accounts[OWN]
    assert (meter.requests, meter.questions, meter.refused) == (1, 14, 8)
    assert tenant.live.meters.mailboxes["GET users/{user}/look"] == {"ann@contoso.test": 7, "ben@contoso.test": 7}
    faults.whole_batches, faults.retry_after_seconds = True, None
    whole = client("POST", "$batch", {"requests": parts})
    assert (whole.status_code, whole.json()["error"]["code"]) == (429, "TooManyRequests")
    assert "retry-after" not in whole.headers


def test_faults_strike_graph_too(tenant: MockTenant, client: GraphClient) -> None:
    organization = tenant.organization
    organization.faults = Faults(hanging=frozenset({"ann@contoso.test"}))
    names = ("ann", "ben")
    parts = [{"id": name, "method": "GET", "url": f"/users/{name}@contoso.test/look"} for name in names]
    try:
        answers = client("POST", "$batch", {"requests": parts}).json()["responses"]
        assert {one["id"]: one["status"] for one in answers} == {"ann": 504, "ben": 200}
        organization.faults = Faults(1, FaultKind.UNAVAILABLE)
        assert client.refused("users/ben@contoso.test/look") == (503, "serviceNotAvailable")
        organization.faults = Faults(1, FaultKind.SERVER_BUSY, back_off=("soon",))
        tenant.live.flaky = Flaky()
        busy = client("GET", "users/ben@contoso.test/look")
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "soon")
        organization.faults = Faults(1, FaultKind.TRUNCATED)
        with pytest.raises(json.JSONDecodeError):
            client("GET", "users/ben@contoso.test/look").json()
    finally:
        organization.faults = Faults()


def test_parts_of_a_batch_are_throttled_one_by_one(tenant: MockTenant, client: GraphClient) -> None:
    half_of(tenant).faults.throttle_every = 3
    half_of(tenant).faults.retry_after_seconds = 2
    parts = [{"id": str(number), "method": "GET", "url": "/users/ann@contoso.test/look"} for number in range(6)]
    response = client("POST", "$batch", {"requests": parts})
    answers: list[dict[str, Any]] = response.json()["responses"]
    assert response.status_code == 200
    assert sorted(one["status"] for one in answers) == [200, 200, 200, 200, 429, 429]
    assert {one["headers"].get("Retry-After") for one in answers if one["status"] == 429} == {"2"}
