"""The front of the mock's Graph: tokens, permissions, errors, headers, batches, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calconnect.mock_tenant.graph.registry import route_table
from calconnect.mock_tenant.graph.resources import users
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.policies import GraphFaults
from tests.mock_tenant.graph_client import NOW, OWN, PERMISSIONS, TENANT, GraphClient, half_of, online_tenant


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with online_tenant() as served:
        yield served


@pytest.fixture
def client(tenant: MockTenant) -> Iterator[GraphClient]:
    """A client of the tenant; what a test changes about tenant, clock and consent is put back."""
    half = half_of(tenant)
    made = GraphClient(tenant)
    yield made
    made.close()
    half.clock.set(NOW)
    half.applications[OWN].permissions = list(PERMISSIONS)
    half.faults = GraphFaults()


def part(number: int, url: str, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": url} | more


def batch(client: GraphClient, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    response = client("POST", "$batch", {"requests": list(parts)})
    assert response.status_code == 200, response.text
    return {one["id"]: one for one in response.json()["responses"]}


def test_a_request_needs_a_token_of_this_entra(client: GraphClient) -> None:
    bare = client.http.get("/v1.0/users")
    assert (bare.status_code, bare.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert bare.headers["WWW-Authenticate"].startswith("Bearer ")
    client.sign_in()
    head, payload, signature = client.token.split(".")
    for token in ("x.y.z", f"{head}.{payload}.{signature[:-6]}AAAAAA", f"{head}.{payload}."):
        client.token = token
        assert client.refused("users") == (401, "InvalidAuthenticationToken")


def test_a_token_expires_on_the_organisations_clock(tenant: MockTenant, client: GraphClient) -> None:
    client.sign_in()
    tenant.organization.clock.set(NOW + timedelta(minutes=59))
    assert client("GET", "users").status_code == 200
    tenant.organization.clock.set(NOW + timedelta(minutes=61))
    expired = client("GET", "users")
    assert (expired.status_code, expired.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "expired" in expired.json()["error"]["message"]
    client.sign_in()
    assert client("GET", "users").status_code == 200


def test_a_token_for_another_service_is_refused(client: GraphClient) -> None:
    client.sign_in(scope="https://outlook.office365.com/.default")
    response = client("GET", "users")
    assert (response.status_code, response.json()["error"]["message"]) == (
        401,
        "Access token validation failure. Invalid audience.",
    )


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("users", "User.Read.All"),
        ("users/ann@contoso.test", "User.Read.All"),
        ("organization", "Organization.Read.All"),
        ("domains", "Domain.Read.All"),
        ("groups", "GroupMember.Read.All"),
        ("servicePrincipals", "Application.Read.All"),
        ("identity/conditionalAccess/policies", "Policy.Read.ConditionalAccess"),
    ],
)
def test_a_directory_resource_needs_its_permission_in_the_token(
    tenant: MockTenant, client: GraphClient, path: str, permission: str
) -> None:
    application = half_of(tenant).applications[OWN]
    application.permissions = [permission]
    client.sign_in()
    assert client("GET", path).status_code == 200
    application.permissions = [one for one in PERMISSIONS if one != permission]
    assert client("GET", path).status_code == 200, "the token keeps what it carries"
    client.sign_in()
    assert client.refused(path) == (403, "Authorization_RequestDenied")


def test_an_error_has_the_documented_shape(tenant: MockTenant, client: GraphClient) -> None:
    response = client("GET", "users/nobody@contoso.test", client_request_id="mine")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (404, "Request_ResourceNotFound")
    assert error["innerError"] == {
        "date": "2026-11-23T09:00:00",
        "request-id": response.headers["request-id"],
        "client-request-id": "mine",
    }
    assert response.headers["client-request-id"] == "mine"
    assert "ServerInfo" in response.headers["x-ms-ags-diagnostic"]
    seen = tenant.recorder.requests()[-1]
    assert (seen.account, seen.target, seen.scheme) == (OWN, "nobody@contoso.test", "bearer")
    assert (seen.operation, seen.codes) == ("GET users/{user}", ("Request_ResourceNotFound",))
    assert seen.request_id == response.headers["request-id"]


def test_paths_and_methods_that_are_not_there(client: GraphClient) -> None:
    assert client.refused("me/calendar") == (400, "BadRequest")
    assert client.refused("nothing/of/the/kind") == (400, "BadRequest")
    assert client("DELETE", "organization").status_code == 405
    assert client("POST", "$batch").status_code == 400
    assert client("GET", "$batch").status_code == 405
    broken = client.http.post("/v1.0/$batch", content=b"{", headers={"Authorization": f"Bearer {client.token}"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "BadRequest")


def test_keys_may_stand_in_brackets(client: GraphClient) -> None:
    assert client.get("users('ann@contoso.test')")["mail"] == "ann@contoso.test"
    assert client.get("users/ann%40contoso.test")["mail"] == "ann@contoso.test"


def test_no_path_is_declared_twice() -> None:
    route = users.ROUTES[0]
    table = type(route_table())
    with pytest.raises(ValueError, match="declared twice"):
        table([route, replace(route, path="Users")])


def test_a_batch_answers_each_part_by_its_id(client: GraphClient) -> None:
    answers = batch(
        client,
        part(1, "/users/ann@contoso.test?$select=mail"),
        part(2, "users/nobody@contoso.test"),
        part(3, "/domains", dependsOn=["2"]),
        part(4, "/organization", dependsOn=["1"]),
        part(5, "/users?$filter=mail eq 'ben@contoso.test'&$select=mail"),
    )
    assert {number: one["status"] for number, one in answers.items()} == {
        "1": 200,
        "2": 404,
        "3": 424,
        "4": 200,
        "5": 200,
    }
    assert answers["1"]["body"]["mail"] == "ann@contoso.test"
    assert answers["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert answers["5"]["body"]["value"] == [{"mail": "ben@contoso.test"}]
    assert answers["1"]["headers"]["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "parts",
    [
        [part(number, "/organization") for number in range(21)],
        [part(1, "/organization"), part(1, "/domains")],
        [part(1, "/organization", dependsOn=["7"])],
        [part(1, "/organization", dependsOn=["2"]), part(2, "/domains", dependsOn=["1"])],
        [part(1, "https://graph.microsoft.com/v1.0/organization")],
        [part(1, "/$batch")],
        [part(1, "/organization", method="POST")],
        [{"id": "1"}],
        ["nonsense"],
        [],
    ],
)
def test_a_batch_that_cannot_be_understood_is_refused_whole(client: GraphClient, parts: list[Any]) -> None:
    response = client("POST", "$batch", {"requests": parts})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "BadRequest")


def test_pages_lead_through_all_and_a_fault_leads_them_round(tenant: MockTenant, client: GraphClient) -> None:
    seen: list[str] = []
    path = "users?$select=mail&$top=3"
    for _ in range(2):
        body = client.get(path)
        seen += [one["mail"] for one in body["value"]]
        path = body.get("@odata.nextLink", "").partition("/v1.0/")[2]
    assert (len(seen), len(set(seen)), path) == (4, 4, "")
    assert client.refused("users?$skiptoken=nonsense") == (400, "Directory_ExpiredPageToken")
    half_of(tenant).faults.endless_pages = True
    first = client.get("users?$top=3")["@odata.nextLink"].partition("/v1.0/")[2]
    assert client.get(first)["@odata.nextLink"].partition("/v1.0/")[2] == first


def test_a_proxy_may_answer_with_its_own_page(tenant: MockTenant, client: GraphClient) -> None:
    client.sign_in()
    half_of(tenant).faults.not_json = True
    response = client("GET", "users")
    assert response.headers["content-type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")


def test_without_an_exchange_online_half_there_is_no_graph(tenant: MockTenant, client: GraphClient) -> None:
    organization = tenant.organization
    half, organization.online = organization.online, None
    try:
        assert client.http.get("/v1.0/users").status_code == 404
        assert client.http.get("/common/discovery/instance").status_code == 404
    finally:
        organization.online = half


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("localhost:[", "/v1.0/users"),
        ("[::1", "/v1.0/users"),
        ("graph.microsoft.com", "/v1.0/users?$filter=id eq " + "9" * 6000),
        ("graph.microsoft.com", "/v1.0/users?$top=" + "9" * 6000),
        ("graph.microsoft.com", "/v1.0/users?$skiptoken=" + "é" * 8),
        ("graph.microsoft.com", "/v1.0/users/%00%ff"),
        ("graph.microsoft.com", "/v2.0/users"),
        ("login.microsoftonline.com", "/common/discovery/instance?authorization_endpoint=https://[::1"),
    ],
)
def test_odd_requests_get_a_worded_answer(client: GraphClient, host: str, path: str) -> None:
    client.sign_in()
    response = client.http.get(path, headers={"Host": host, "Authorization": f"Bearer {client.token}"})
    assert response.status_code in {200, 400, 401, 404}
    assert response.json()


def test_the_clouds_own_names_are_served_and_linked(client: GraphClient) -> None:
    client.sign_in()
    response = client.http.get(
        "/v1.0/users?$top=1",
        headers={"Host": "graph.microsoft.com", "Authorization": f"Bearer {client.token}"},
        extensions={"sni_hostname": "graph.microsoft.com"},
    )
    assert response.json()["@odata.nextLink"].startswith("https://graph.microsoft.com/v1.0/users?$top=1&$skiptoken=")
    found = client.http.get(
        "/contoso.test/v2.0/.well-known/openid-configuration",
        headers={"Host": "login.microsoftonline.com"},
        extensions={"sni_hostname": "login.microsoftonline.com"},
    )
    assert found.json()["issuer"] == f"https://login.microsoftonline.com/{TENANT}/v2.0"
