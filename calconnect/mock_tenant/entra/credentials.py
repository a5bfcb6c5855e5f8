"""How an application proves itself to the token endpoint: a secret, an assertion that its certificate signs, or one of
another identity provider that it trusts.

Assertions: https://learn.microsoft.com/entra/identity-platform/certificate-credentials ; of others:
https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.types import Options

from calconnect.mock_tenant.entra.errors import (
    EntraError,
    expired_secret,
    foreign_assertion,
    malformed_assertion,
    missing_parameter,
    no_credential,
    no_federated_identity,
    out_of_time,
    unregistered_certificate,
    wrong_assertion_audience,
    wrong_secret,
)
from calconnect.mock_tenant.entra.keys import thumbprint
from calconnect.mock_tenant.entra.tokens import SKEW
from calconnect.mock_tenant.state.online.directory import Application
from calconnect.mock_tenant.state.online.half import OnlineHalf

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE_AUDIENCES = frozenset(
    {"api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"}
)
"""The audiences of other providers' assertions."""
_UNCHECKED: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
"""Times and audience are checked here: on the tenant's clock, and with Entra's codes."""


def check_secret(application: Application, secret: str) -> None:
    """Check a client secret.

    Raises:
        EntraError: 7000215 (it is none of the application's), 7000222 (it has expired).
    """
    given = secret.encode()
    if any(hmac.compare_digest(given, one.encode()) for one in application.client_secrets):
        return
    if any(hmac.compare_digest(given, one.encode()) for one in application.expired_secrets):
        raise expired_secret(application.app_id)
    raise wrong_secret(application.app_id)


def check_assertion(
    half: OnlineHalf, application: Application, form: Mapping[str, str], audiences: frozenset[str]
) -> None:
    """Check a client assertion, by the application's own certificate or by another provider.

    Args:
        half: the tenant; its clock counts.
        application: who claims to ask.
        form: the parameters of the request.
        audiences: what an assertion of its own may be made for: the token endpoint's names, in lower case.

    Raises:
        EntraError: 50027, 700021, 700023, 700024, 700027, 70021.
    """
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise missing_parameter("client_assertion_type")
    assertion = form["client_assertion"]
    header, claims = _read(assertion)
    issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
    own = application.app_id.lower()
    if own not in (issuer.lower(), subject.lower()) and "x5t" not in header and "x5t#S256" not in header:
        _check_federated(half, application, assertion, claims)
        return
    if not issuer.lower() == subject.lower() == own:
        raise foreign_assertion(subject or issuer)
    _check_signature(application, assertion, header, half.now())
    audience = str(claims.get("aud", ""))
    if audience.lower().rstrip("/") not in audiences:
        raise wrong_assertion_audience(audience)
    _check_times(claims, half.now())


def require_credential(form: Mapping[str, str]) -> None:
    """See to it that the request carries a credential at all.

    Raises:
        EntraError: 7000218.
    """
    if not form.get("client_secret") and not form.get("client_assertion"):
        raise no_credential()


def _read(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of an assertion, nothing of it checked."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False, **_UNCHECKED})
    except jwt.InvalidTokenError:
        raise malformed_assertion() from None
    return header, claims


def _check_signature(application: Application, assertion: str, header: Mapping[str, Any], at: datetime) -> None:
    for name, algorithm in (("x5t#S256", "sha256"), ("x5t", "sha1")):
        wanted = header.get(name)
        if wanted is None:
            continue
        found = [one for one in application.certificates if thumbprint(one, algorithm) == str(wanted).rstrip("=")]
        break
    else:
        raise unregistered_certificate("The key identifier is missing in the header.", application.app_id)
    if not found:
        raise unregistered_certificate("The key was not found.", application.app_id)
    certificate = x509.load_der_x509_certificate(found[0])
    if at > certificate.not_valid_after_utc + SKEW:
        raise unregistered_certificate("The key used is expired.", application.app_id)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise unregistered_certificate("The key was not found.", application.app_id)
    _verify(
        assertion, key, unregistered_certificate("The key was found, but the signature is not its.", application.app_id)
    )


def _check_federated(half: OnlineHalf, application: Application, assertion: str, claims: Mapping[str, Any]) -> None:
    issuer, subject, audience = (str(claims.get(name, "")) for name in ("iss", "sub", "aud"))
    refused = no_federated_identity(issuer, subject, audience)
    if (issuer, subject) not in application.federated_issuers or audience not in EXCHANGE_AUDIENCES:
        raise refused
    published = half.issuer_keys.get(issuer)
    if published is None:
        raise refused
    key = load_pem_public_key(published)
    if not isinstance(key, RSAPublicKey):
        raise refused
    _verify(assertion, key, EntraError(700027, "Client assertion failed signature validation.", "invalid_client", 401))
    _check_times(claims, half.now())


def _verify(assertion: str, key: RSAPublicKey, refused: EntraError) -> None:
    try:
        jwt.decode(assertion, key, algorithms=["RS256", "PS256"], options=_UNCHECKED)
    except jwt.InvalidTokenError:
        raise refused from None


def _check_times(claims: Mapping[str, Any], at: datetime) -> None:
    """Hold an assertion's ``nbf`` (else ``iat``) and ``exp`` against the tenant's clock."""
    end = claims.get("exp")
    start = claims.get("nbf", claims.get("iat", end))
    if not isinstance(end, (int, float)) or not isinstance(start, (int, float)):
        raise malformed_assertion()
    try:
        first, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    except (ValueError, OverflowError, OSError):
        raise malformed_assertion() from None
    if not first - SKEW <= at <= last + SKEW:
        raise out_of_time(at, first, last)
