"""What Entra refuses, in its words: the number, OAuth's word for it, the status and the shape."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.graph_client import (
    DOMAIN,
    NOW,
    OWN,
    SECRET,
    TENANT,
    VENDOR,
    GraphClient,
    half_of,
    online_tenant,
)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with online_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def client(tenant: MockTenant) -> Iterator[GraphClient]:
    made = GraphClient(tenant)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"tenant": "nobody.onmicrosoft.com"}, 400, "invalid_request", 90002),
        ({"tenant": "99999999-2222-4333-8444-555555555555"}, 400, "invalid_request", 90002),
        ({"tenant": "not-yet.test"}, 400, "invalid_request", 90002),
        ({"tenant": "nonsense"}, 400, "invalid_request", 900023),
        ({"tenant": "common"}, 400, "invalid_request", 50194),
        ({"client_id": "99999999-2222-4333-8444-555555555555"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": VENDOR}, 401, "invalid_client", 7000215),
        ({"client_secret": "an-expired-secret"}, 401, "invalid_client", 7000222),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"scope": "https://graph.microsoft.com/User.Read.All"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://graph.microsoft.com/.default openid"}, 400, "invalid_scope", 70011),
        ({"scope": "https://example.com/.default"}, 400, "invalid_resource", 500011),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (
            {"client_secret": "", "client_assertion": "x.y.z", "client_assertion_type": ASSERTION_TYPE},
            400,
            "invalid_request",
            50027,
        ),
    ],
)
def test_a_refusal_has_its_number(
    client: GraphClient, form: dict[str, str], status: int, error: str, number: int
) -> None:
    response = client.ask_token(**({"tenant": DOMAIN} | form))
    body = response.json()
    assert (response.status_code, body["error"], body["error_codes"]) == (status, error, [number])


def test_a_refusal_has_the_documented_shape_and_tells_no_secret(tenant: MockTenant, client: GraphClient) -> None:
    response = client.http.post(
        f"/{TENANT}/oauth2/v2.0/token",
        data=client.form(client_secret="wrong-but-secret"),
        headers={"client-request-id": "my-own-id"},
    )
    body = response.json()
    assert set(body) == {
        *("error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri")
    }
    assert body["error_description"].startswith("AADSTS7000215: ")
    assert (body["timestamp"], body["correlation_id"]) == ("2026-11-23 09:00:00Z", "my-own-id")
    assert body["error_uri"].endswith("/error?code=7000215")
    assert "wrong-but-secret" not in response.text
    seen = tenant.recorder.requests()[-1]
    assert (seen.operation, seen.login, seen.account, seen.codes) == ("token", OWN, "", ("AADSTS7000215",))
    assert body["trace_id"] == seen.request_id == response.headers["x-ms-request-id"]


def test_a_disabled_application_gets_no_token(tenant: MockTenant, client: GraphClient) -> None:
    application = half_of(tenant).applications[OWN]
    application.enabled = False
    try:
        body = client.ask_token().json()
    finally:
        application.enabled = True
    assert (body["error"], body["error_codes"]) == ("unauthorized_client", [7000112])


def test_an_application_without_consent_gets_a_token_without_permissions(
    tenant: MockTenant, client: GraphClient
) -> None:
    application = half_of(tenant).applications[OWN]
    granted, application.granted_at = application.granted_at, NOW + timedelta(hours=1)
    try:
        token = client.ask_token().json()["access_token"]
    finally:
        application.granted_at = granted
    assert "roles" not in jwt.decode(token, options={"verify_signature": False})


def test_a_token_has_the_services_permissions_and_the_tenants_time(tenant: MockTenant, client: GraphClient) -> None:
    answer = client.ask_token(scope="https://outlook.office365.com/.default").json()
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["roles"]) == ("https://outlook.office365.com", ["full_access_as_app"])
    assert datetime.fromtimestamp(claims["exp"], UTC) == NOW + timedelta(hours=1)
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)


@pytest.mark.parametrize(
    "audience",
    [
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "00000003-0000-0000-c000-000000000000",
    ],
)
def test_graph_is_known_by_the_names_of_every_cloud(client: GraphClient, audience: str) -> None:
    client.sign_in(scope=f"{audience}/.default")
    assert client.get("organization")["value"][0]["id"] == TENANT


def test_secret_and_id_may_stand_in_the_authorization_header(client: GraphClient) -> None:
    form = client.form(client_id="", client_secret="")
    response = client.http.post(f"/{TENANT}/oauth2/v2.0/token", data=form, auth=(OWN, SECRET))
    assert "access_token" in response.json()


def test_discovery_refuses_what_does_not_exist(client: GraphClient) -> None:
    unknown = client.http.get("/nobody.onmicrosoft.com/v2.0/.well-known/openid-configuration")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_tenant")
    endpoint = {"authorization_endpoint": "https://login.example.com/contoso/oauth2/v2.0/authorize"}
    foreign = client.http.get("/common/discovery/instance", params=endpoint)
    assert (foreign.json()["error"], foreign.json()["error_codes"]) == ("invalid_instance", [50049])
    endpoint = {"authorization_endpoint": "https://login.microsoftonline.us/contoso.test/oauth2/v2.0/authorize"}
    known = client.http.get("/common/discovery/instance", params=endpoint).json()
    assert known["tenant_discovery_endpoint"] == (
        "https://login.microsoftonline.us/contoso.test/v2.0/.well-known/openid-configuration"
    )
    assert any("login.microsoftonline.com" in one["aliases"] for one in known["metadata"])
