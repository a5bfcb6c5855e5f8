"""What clients read before they ask for a token: OpenID discovery, keys, and which clouds there are.

Source: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

import uuid
from typing import Any

from calconnect.mock_tenant.entra.clouds import LOGIN_HOSTS, cloud_names, host_name
from calconnect.mock_tenant.entra.errors import EntraError, unknown_tenant
from calconnect.mock_tenant.entra.keys import signing_key
from calconnect.mock_tenant.state.online.half import OnlineHalf

_COMMON = frozenset({"common", "organizations", "consumers"})
"""Names that stand for no tenant: https://learn.microsoft.com/entra/identity-platform/msal-client-application-configuration"""


def find_tenant(half: OnlineHalf, name: str, *, discovering: bool = False) -> str:
    """Return the tenant id that a tenant id or verified domain names.

    Args:
        half: the only tenant that there is.
        name: as it stands in the path; ``common`` and the like stand for it while discovering.
        discovering: whether discovery asks and not the token endpoint.

    Raises:
        EntraError: 90002 (no such tenant), 900023 (no name of a tenant), 50194 (a token wants a tenant of its own).
    """
    lowered = name.lower()
    if lowered == half.tenant_id.lower():
        return half.tenant_id
    if any(one.verified and one.name.lower() == lowered for one in half.domains):
        return half.tenant_id
    if lowered in _COMMON:
        if discovering:
            return lowered
        raise EntraError(
            50194,
            "The application is not configured as a multi-tenant application. Usage of the /common endpoint is not "
            "supported for such applications.",
            "invalid_request",
        )
    if "." not in name and not _is_guid(name):
        raise EntraError(
            900023,
            f"Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain.",
            "invalid_tenant" if discovering else "invalid_request",
        )
    raise unknown_tenant(name, discovering=discovering)


def openid_configuration(tenant: str, host: str) -> dict[str, Any]:
    """Return the OpenID configuration of a tenant.

    Args:
        tenant: its id, or ``common``.
        host: name and port that the client asked.
    """
    base = f"https://{host}/{tenant}"
    issuer = "{tenantid}" if tenant in _COMMON else tenant
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"https://{host}/{issuer}/v2.0",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": f"https://{host}/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
        "tenant_region_scope": None if tenant in _COMMON else "EU",
        "cloud_instance_name": host,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    }


def keys(tenant: str, host: str) -> dict[str, Any]:
    """Return the keys that tokens are signed with."""
    issuer = "{tenantid}" if tenant in _COMMON else tenant
    return {"keys": [signing_key().json_web_key(f"https://{host}/{issuer}/v2.0")]}


def instances(authorization_endpoint: str, host: str) -> dict[str, Any]:
    """Return which clouds there are, to a client that wants to know whether its authority is one of them.

    Args:
        authorization_endpoint: of the client's authority.
        host: name and port that the client asked.

    Raises:
        EntraError: 50049: that authority is no instance of Entra.
    """
    name, _, path = authorization_endpoint.partition("://")[2].partition("/")
    if host_name(name) not in LOGIN_HOSTS and name.lower() != host.lower():
        raise EntraError(50049, f"Unknown or invalid instance '{name}'.", "invalid_instance")
    tenant = path.partition("/")[0] or "common"
    return {
        "tenant_discovery_endpoint": f"https://{name}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": cloud_names(host),
    }


def _is_guid(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True
