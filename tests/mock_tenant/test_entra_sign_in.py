"""msal signs in to the mock's Entra with its normal checks on: a custom authority, TLS verified by the mock's CA."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.graph_client import DOMAIN, GRAPH_SCOPE, OWN, SECRET, TENANT, GraphClient, half_of, online_tenant

PERMITTED = ["Application.Read.All", "Calendars.ReadWrite", "Domain.Read.All", "GroupMember.Read.All"]
ISSUER, SUBJECT = "https://issuer.test", "calconnect"


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with online_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def http(tenant: MockTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[requests.Session]:
    """What msal asks with: it verifies TLS against the mock's authority."""
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca_file.write_bytes(tenant.ca_pem)
    with requests.Session() as session:
        session.verify = str(ca_file)
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(tenant: MockTenant, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate that is registered for the application."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "calconnect")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    half_of(tenant).applications[OWN].certificates.append(made.public_bytes(serialization.Encoding.DER))
    return made


def pem_of(key: rsa.RSAPrivateKey) -> str:
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return encoded.decode()


def sign_in(tenant: MockTenant, http: requests.Session, credential: Any, name: str = DOMAIN) -> dict[str, Any]:
    # Assertions are made for the machine's time, and the organisation's clock judges them.
    tenant.organization.clock.set(datetime.now(UTC))
    application = msal.ConfidentialClientApplication(
        OWN,
        client_credential=credential,
        authority=f"{tenant.base_url}/{name}",
        http_client=http,
        instance_discovery=False,
    )
    found: dict[str, Any] = application.acquire_token_for_client([GRAPH_SCOPE])
    return found


def roles(found: dict[str, Any]) -> list[str]:
    assert "access_token" in found, found
    claims = jwt.decode(found["access_token"], options={"verify_signature": False})
    granted: list[str] = claims["roles"]
    return granted


def test_msal_signs_in_by_secret_and_finds_its_token_again(tenant: MockTenant, http: requests.Session) -> None:
    tenant.organization.clock.set(datetime.now(UTC))
    application = msal.ConfidentialClientApplication(
        OWN,
        client_credential=SECRET,
        authority=f"{tenant.base_url}/{TENANT}",
        http_client=http,
        instance_discovery=False,
    )
    first = application.acquire_token_for_client([GRAPH_SCOPE])
    again = application.acquire_token_for_client([GRAPH_SCOPE])
    assert roles(first)[:4] == PERMITTED
    assert (again["token_source"], again["access_token"]) == ("cache", first["access_token"])


@pytest.mark.parametrize("header", ["x5t", "x5t#S256"])
def test_msal_signs_in_by_certificate(
    tenant: MockTenant, http: requests.Session, key: rsa.RSAPrivateKey, certificate: x509.Certificate, header: str
) -> None:
    credential: dict[str, str] = {"private_key": pem_of(key)}
    if header == "x5t":
        credential["thumbprint"] = certificate.fingerprint(hashes.SHA1()).hex()
    else:
        credential["public_certificate"] = certificate.public_bytes(serialization.Encoding.PEM).decode()
    found = sign_in(tenant, http, credential)
    assert roles(found)[:4] == PERMITTED
    assert jwt.decode(found["access_token"], options={"verify_signature": False})["appidacr"] == "2"


def federated(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": "api://AzureADTokenExchange",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=10)).timestamp()),
    }
    return jwt.encode(claims | changes, key, algorithm="RS256")


def test_msal_signs_in_by_an_assertion_of_a_trusted_provider(
    tenant: MockTenant, http: requests.Session, key: rsa.RSAPrivateKey
) -> None:
    half = half_of(tenant)
    half.applications[OWN].federated_issuers.append((ISSUER, SUBJECT))
    half.issuer_keys[ISSUER] = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert roles(sign_in(tenant, http, {"client_assertion": lambda: federated(key)}))[:4] == PERMITTED
    long_ago = int((datetime.now(UTC) - timedelta(minutes=6)).timestamp())
    forged = federated(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    for assertion, code in (
        (federated(key, sub="somebody else"), 70021),
        (federated(key, iss="https://another.test"), 70021),
        (federated(key, aud="https://graph.microsoft.com"), 70021),
        (federated(key, exp=long_ago), 700024),
        (forged, 700027),
    ):
        refused = sign_in(tenant, http, {"client_assertion": lambda given=assertion: given})
        assert refused["error_codes"] == [code], refused


def test_a_certificate_that_is_not_registered_is_refused(tenant: MockTenant, http: requests.Session) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    found = sign_in(tenant, http, {"private_key": pem_of(other), "thumbprint": "00" * 20})
    assert (found["error"], found["error_codes"]) == ("invalid_client", [700027])
    assert found["error_description"].startswith("AADSTS700027: ")


def test_a_registered_certificate_with_another_key_is_refused(
    tenant: MockTenant, http: requests.Session, certificate: x509.Certificate
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    found = sign_in(tenant, http, {"private_key": pem_of(other), "thumbprint": thumbprint})
    assert found["error_codes"] == [700027]


@pytest.mark.parametrize(("minutes", "codes"), [(-4, None), (-6, [700024]), (14, None), (16, [700024])])
def test_an_assertion_is_held_against_the_tenants_clock_with_five_minutes_of_tolerance(
    tenant: MockTenant, key: rsa.RSAPrivateKey, certificate: x509.Certificate, minutes: int, codes: list[int] | None
) -> None:
    now = datetime.now(UTC)
    claims = {
        "iss": OWN,
        "sub": OWN,
        "aud": f"{tenant.base_url}/{TENANT}/oauth2/v2.0/token",
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=10)).timestamp()),
    }
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA1())).decode().rstrip("=")
    assertion = jwt.encode(claims, key, algorithm="RS256", headers={"x5t": thumbprint})
    tenant.organization.clock.set(now + timedelta(minutes=minutes))
    client = GraphClient(tenant)
    answer = client.ask_token(
        client_secret="",
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )
    client.close()
    assert answer.json().get("error_codes") == codes
    assert ("access_token" in answer.json()) is (codes is None)


def test_tokens_verify_with_the_published_keys(tenant: MockTenant, http: requests.Session) -> None:
    found = sign_in(tenant, http, SECRET, TENANT)
    configuration = http.get(f"{tenant.base_url}/{DOMAIN}/v2.0/.well-known/openid-configuration").json()
    (published,) = http.get(configuration["jwks_uri"]).json()["keys"]
    verified = jwt.decode(
        found["access_token"],
        jwt.PyJWK(json.loads(json.dumps(published)), algorithm="RS256").key,
        algorithms=["RS256"],
        audience="https://graph.microsoft.com",
    )
    assert (verified["tid"], verified["appid"], verified["idtyp"]) == (TENANT, OWN, "app")
    assert configuration["token_endpoint"] == f"{tenant.base_url}/{TENANT}/oauth2/v2.0/token"


def test_msal_says_that_a_tenant_does_not_exist(tenant: MockTenant, http: requests.Session) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        sign_in(tenant, http, SECRET, "nobody.onmicrosoft.com")
