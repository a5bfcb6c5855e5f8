"""The organisation. Source: https://learn.microsoft.com/graph/api/organization-list"""

from __future__ import annotations

from calconnect.mock_tenant.graph.errors import not_found
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection, entity
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.online.half import OnlineHalf

_PERMISSIONS = ("Organization.Read.All",)


def organization_object(half: OnlineHalf) -> Json:
    """Return the organisation with all properties."""
    domains = [
        {
            "capabilities": "Email, OfficeCommunicationsOnline" if one.email else "OfficeCommunicationsOnline",
            "isDefault": one.default,
            "isInitial": one.initial,
            "name": one.name,
            "type": "Managed",
        }
        for one in half.domains
        if one.verified
    ]
    synced = any(user.synced for user in half.users.values())
    return {
        "id": half.tenant_id,
        "deletedDateTime": None,
        "businessPhones": [],
        "city": None,
        "country": None,
        "countryLetterCode": "GB",
        "displayName": half.name,
        "onPremisesSyncEnabled": True if synced else None,
        "preferredLanguage": "en",
        "tenantType": "AAD",
        "verifiedDomains": domains,
    }


def list_organization(request: GraphRequest) -> GraphResponse:
    """Answer with the organisation, the only one in the list."""
    return collection(request, "organization", [organization_object(request.half)], DIRECTORY)


def get_organization(request: GraphRequest) -> GraphResponse:
    """Answer with the organisation."""
    name = request.parameters["organization"]
    if name.lower() != request.half.tenant_id.lower():
        raise not_found(name)
    return entity(request, "organization/$entity", organization_object(request.half))


ROUTES = (
    Route("GET", "organization", list_organization, _PERMISSIONS),
    Route("GET", "organization/{organization}", get_organization, _PERMISSIONS),
)
